"""Pretrained encoders on the corpora: beside what is published, and what is aimed at."""

from __future__ import annotations

from pathlib import Path

from docs_goals import score, table_of
from emovox.evaluation import Row, read_records, summarise

TASKS = (
    ("EmoDB, leave one speaker out, 7 classes", "encoder-emodb",
     "93.4 (wav2vec2-large-robust tuned on MSP-Podcast, + SVC)", {"training": 96, "speaker": 97}),
    ("RAVDESS, EmoBox's six folds, 8 classes", "encoder-ravdess",
     "75.3 (EmoBox, Whisper large-v3)", {"training": 82, "speaker": 87}),
    ("EMOVO, leave one speaker out, 7 classes", "encoder-emovo",
     "57.8 (EmoBox, Whisper large-v3)", {"training": 66, "speaker": 75}),
    ("CREMA-D, six speaker groups, 6 classes", "encoder-crema-d",
     "66 (ERTK)", {"training": 66, "speaker": 76}),
    ("URDU, six speaker groups, 4 classes", "encoder-urdu",
     "65 (ERTK, best of nine classifiers)", {"training": 65, "speaker": ""}),
)  # fmt: skip
"""Task, records, the best published figure with statistics of the training part, our goals."""

NOTES = (
    "The encoder of Whisper base, frozen; mean and standard deviation over time of hidden states; "
    "every recording's speech at -26 dBFS; clips are not padded to 30 s. The layers stand in the "
    "name of the feature, and all that were run are shown; *layers chosen* chooses among five "
    "layers, and some of them together, on inner folds of each training part: that line alone is "
    "to be held against the goal and the best published figure (on CREMA-D and URDU nothing was "
    "tried but all five together). That layers 1 to 5 are the ones to "
    "look at is known from a trial on these corpora. UA in per cent; *per speaker* uses the "
    "unlabelled recordings of each test speaker."
)


def encoders(folder: Path) -> str:
    """Table of frozen encoders; nothing where there are no records."""
    lines = []
    for task, name, published, goals in TASKS:
        chosen = [(row, f"{name}-chosen") for row in _rows(folder, f"{name}-chosen")]
        found = [(row, name) for row in _rows(folder, name)] + chosen
        for row, records in sorted(
            found, key=lambda one: (one[0].normalisation != "training", -one[0].ua.value)
        ):
            is_chosen = records != name
            is_judged = is_chosen or not chosen
            lines.append(
                [task, f"`{row.method}`" + (", layers chosen" if is_chosen else ""),
                 f"`{row.features}`",
                 "per speaker" if row.normalisation == "speaker" else "training part",
                 published if row.normalisation == "training" and is_judged else "",
                 f"{goals[row.normalisation]}" if is_judged else "", score(row),
                 f"{100 * row.wa.value:.1f}", f"[{records}](../results/{records}.md)"]
            )  # fmt: skip
    if not lines:
        return ""
    heading = ["task", "method", "feature", "statistics", "best published UA", "goal, UA",
               "UA [95 % interval]", "WA", "records"]  # fmt: skip
    parts = [f"## Pretrained encoders, frozen\n\n{NOTES}\n\n{table_of([heading, *lines])}"]
    return "\n\n".join([*parts, *_across(folder)])


ACROSS = (
    ("encoder-lda", "encoder-cross-corpus", "whisper-base@1-5"),
    ("ridge", "cross-corpus", "paralinguistic-narrow"),
    ("ridge", "cross-corpus", "paralinguistic"),
)
"""Method, records, feature."""
STATISTICS = ("training", "corpus")


def _across(folder: Path) -> list[str]:
    """Matrix of the directed pairs of corpora, and the means beside classic features."""
    means = []
    matrix = ""
    for method, name, feature in ACROSS:
        found = {
            (row.normalisation, row.train_corpora[0], row.test_corpora[0]): 100 * row.ua.value
            for row in _rows(folder, name)
            if row.method == method and row.features == feature
        }
        if not found:
            continue
        mean = [[value for key, value in found.items() if key[0] == kind] for kind in STATISTICS]
        means.append(
            [f"`{method}`", f"`{feature}`", *(f"{sum(one) / len(one):.1f}" for one in mean),
             f"[{name}](../results/{name}.md)"]
        )  # fmt: skip
        matrix = matrix or _matrix(found)
    if not matrix:
        return []
    heading = ["method", "feature", "training part", "target's unlabelled recordings", "records"]
    return [
        "## From corpus to corpus, four emotions\n\nAnger, happiness, neutral, sadness; trained on "
        "one corpus, tested on another (that layers 1 to 5 are the ones to take is known from a "
        "trial on these corpora). UA in per cent, mean over the "
        "twenty directed pairs, with statistics of the training part, and with the mean and "
        "deviation of the target's own unlabelled recordings. The goals are 75 and 80.\n\n"
        + table_of([heading, *means]),
        "Whisper base, layers 1 to 5, each pair: training part / target's statistics.\n\n" + matrix,
    ]


def _matrix(found: dict[tuple[str, str, str], float]) -> str:
    """From each corpus (rows) to each other (columns)."""
    names = sorted({key[1] for key in found})
    lines = [["from \\ to", *names]]
    for one in names:
        cells = []
        for other in names:
            pair = [found.get((kind, one, other)) for kind in STATISTICS]
            cells.append(" / ".join("-" if each is None else f"{each:.1f}" for each in pair))
        lines.append(
            [one, *("" if name == one else cell for name, cell in zip(names, cells, strict=True))]
        )
    return table_of(lines)


def _rows(folder: Path, name: str) -> list[Row]:
    path = folder / f"{name}.jsonl.gz"
    return summarise(read_records(path)) if path.exists() else []
