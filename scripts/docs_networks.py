"""The compact networks step by step: what is published, and what is left without its leaks."""

from __future__ import annotations

from pathlib import Path

from docs_goals import score, table_of
from emovox.evaluation import Row, read_records, summarise

PUBLISHED = {
    ("tim-net", "emodb", "best"): "95.2 / 95.7",
    ("tim-net", "emodb", "last"): "89.2 / 90.3",
    ("tim-net", "ravdess", "best"): "91.9 / 92.1",
    ("tim-net", "ravdess", "last"): "90.0 / 90.1",
    ("light-sernet", "emodb", "best"): "94.2 / 94.2",
}
"""(method, corpus, which epoch of random folds) -> published UA / WA in per cent."""

RECORDS = (
    "inflation-tim-net-emodb",
    "inflation-tim-net-ravdess",
    "inflation-light-sernet-emodb",
    "inflation-light-sernet-ravdess",
)

NOTES = (
    "Ten random folds share every speaker between training and test. *Best epoch* is the one with "
    "the best accuracy on the test fold, as the published code takes it; *last epoch* is read off "
    "the same trainings. *Speakers apart* leaves one speaker out (RAVDESS: EmoBox's folds), with "
    "the epoch chosen on a fifth of the training speakers. UA and WA over the utterances of all "
    "folds together, in per cent."
)

OURS = (
    ("EmoDB, leave one speaker out, 7 classes", "light-emodb", 85.0),
    ("RAVDESS, EmoBox's six folds, 8 classes", "light-ravdess", 70.0),
)


def networks(folder: Path) -> str:
    """Tables of the published networks under three protocols, and of ours."""
    parts = [_steps(folder), _ours(folder)]
    return "\n\n".join(part for part in parts if part)


def _steps(folder: Path) -> str:
    lines = []
    for name in RECORDS:
        before: Row | None = None
        rows = sorted(_rows(folder, name), key=lambda row: (row.protocol in APART, not _best(row)))
        for row in rows:
            step = "speakers apart" if row.protocol in APART else "random folds, last epoch"
            step = "random folds, best epoch on test" if _best(row) else step
            kind = "best" if _best(row) else "last"
            said = PUBLISHED.get((row.method, row.test_corpora[0], kind), "")
            change = "" if before is None else f"{100 * (row.ua.value - before.ua.value):+.1f}"
            folds = f"{row.n_folds_done} of {row.n_folds}"
            lines.append(
                [row.test_corpora[0], f"`{row.method}`", step,
                 "" if row.protocol in APART else said, score(row), f"{100 * row.wa.value:.1f}",
                 change, folds, f"[{name}](../results/{name}.md)"]
            )  # fmt: skip
            before = row
    if not lines:
        return ""
    heading = ["corpus", "method", "protocol", "published UA / WA", "UA [95 % interval]", "WA",
               "points", "folds", "records"]  # fmt: skip
    return f"## The compact networks, step by step\n\n{NOTES}\n\n{table_of([heading, *lines])}"


APART = ("speaker", "emobox")


def _ours(folder: Path) -> str:
    lines = []
    for task, name, goal in OURS:
        for row in _rows(folder, name):
            is_ours = row.method == "light"
            reached = ("yes" if 100 * row.ua.value >= goal else "no") if is_ours else ""
            lines.append(
                [task, f"`{row.method}`", f"{goal:g}" if is_ours else "", score(row),
                 f"{100 * row.wa.value:.1f}", reached, f"[{name}](../results/{name}.md)"]
            )  # fmt: skip
        for row in _rows(folder, f"{name}-without-copies"):
            lines.append(
                [task, f"`{row.method}`, without copies", "", score(row),
                 f"{100 * row.wa.value:.1f}", "",
                 f"[{name}-without-copies](../results/{name}-without-copies.md)"]
            )  # fmt: skip
    if not lines:
        return ""
    heading = ["task", "method", "goal, UA", "UA [95 % interval]", "WA", "reached", "records"]
    said = (
        "`light` is a dense network on `paralinguistic`, taught with six copies of each recording "
        "that sound like other speakers. It was developed on these corpora, with these folds in "
        "sight. Statistics of the training part only; in per cent."
    )
    return f"## The light network\n\n{said}\n\n{table_of([heading, *lines])}"


def _best(row: Row) -> bool:
    return bool(row.epoch_on_test)


def _rows(folder: Path, name: str) -> list[Row]:
    path = folder / f"{name}.jsonl.gz"
    return summarise(read_records(path)) if path.exists() else []
