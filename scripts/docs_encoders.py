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
)  # fmt: skip
"""Task, records, the best published figure with statistics of the training part, our goals."""

NOTES = (
    "The encoder of Whisper base, frozen; mean and standard deviation over time of hidden states; "
    "every recording's speech at -26 dBFS; clips are not padded to 30 s. The layers stand in the "
    "name of the feature, and all that were run are shown; *layers chosen* chooses among five "
    "layers, and some of them together, on inner folds of each training part: that line alone is "
    "to be held against the goal and the best published figure. That layers 1 to 5 are the ones to "
    "look at is known from a trial on these corpora. UA in per cent; *per speaker* uses the "
    "unlabelled recordings of each test speaker."
)


def encoders(folder: Path) -> str:
    """Table of frozen encoders; nothing where there are no records."""
    lines = []
    for task, name, published, goals in TASKS:
        found = [(row, name) for row in _rows(folder, name)]
        found += [(row, f"{name}-chosen") for row in _rows(folder, f"{name}-chosen")]
        for row, records in sorted(
            found, key=lambda one: (one[0].normalisation != "training", -one[0].ua.value)
        ):
            is_chosen = records != name
            lines.append(
                [task, f"`{row.method}`" + (", layers chosen" if is_chosen else ""),
                 f"`{row.features}`",
                 "per speaker" if row.normalisation == "speaker" else "training part",
                 published if row.normalisation == "training" and is_chosen else "",
                 f"{goals[row.normalisation]}" if is_chosen else "", score(row),
                 f"{100 * row.wa.value:.1f}", f"[{records}](../results/{records}.md)"]
            )  # fmt: skip
    if not lines:
        return ""
    heading = ["task", "method", "feature", "statistics", "best published UA", "goal, UA",
               "UA [95 % interval]", "WA", "records"]  # fmt: skip
    return f"## Pretrained encoders, frozen\n\n{NOTES}\n\n{table_of([heading, *lines])}"


def _rows(folder: Path, name: str) -> list[Row]:
    path = folder / f"{name}.jsonl.gz"
    return summarise(read_records(path)) if path.exists() else []
