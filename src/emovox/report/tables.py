"""The field's table: rows of results grouped by task, ready to be written in any form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import wording
from .figures import (
    MISSING,
    interval,
    mean_and_deviation,
    p_value,
    percentage,
    quantity,
    seconds,
)

if TYPE_CHECKING:
    from ..evaluation.row import LeakSummary, Row, Score

COLUMNS: dict[str, str] = {
    "method": "method",
    "ua": "UA [95 % interval]",
    "folds": "over folds",
    "wa": "WA",
    "f1": "F1",
    "parameters": "params",
    "flops": "FLOPs",
    "macs": "mult-adds",
    "seconds": "s/file",
    "p": "p",
    "leak": "leak",
}
"""Key -> heading of a classification."""

GLOSSARY: tuple[str, ...] = (
    "All in percent. UA: recall of each class over the test utterances of all folds together, "
    "then the mean; in brackets its 95 % interval by bootstrap over speakers. Over folds: mean "
    "± standard deviation of the folds' UA, over the classes present in each. WA: accuracy. F1: "
    "macro F1. Of a dimension, the first figure is the concordance correlation (CCC), times 100.",
    "p: paired bootstrap over speakers against the best of the table, Holm-corrected.",
    "FLOPs = 2 x multiply-adds of one prediction, without features; s/file: seconds for features "
    "and prediction of one file.",
    "Leak: test speakers (sentences, recordings) that are also in the training part, of how many, "
    "in the worst fold; statistics: of the test part, seen by the scaler.",
)
"""What the columns are; the same for every table."""


@dataclass(frozen=True)
class Line:
    """One method's line.

    Parameters
    ----------
    cells : mapping
        Key of `COLUMNS` -> text.
    details : tuple of str
        What must be said with the figures: features where they differ, a normalisation that is
        not from the training part alone, an unfinished run.
    row : Row
    """

    cells: Mapping[str, str]
    details: tuple[str, ...]
    row: Row


@dataclass(frozen=True)
class Table:
    """All methods on one task.

    Parameters
    ----------
    title : str
    lines : tuple of Line
        Best first.
    notes : tuple of str
        Protocol, n, classes, chance, what is not kept apart.
    """

    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    @property
    def headings(self) -> dict[str, str]:
        """Key -> heading; a regression is judged by its CCC."""
        if any(line.row.ccc is not None for line in self.lines):
            return {**COLUMNS, "ua": "CCC [95 % interval]"}
        return COLUMNS


def tables_by_task(rows: Iterable[Row]) -> list[Table]:
    """Group rows by task (corpora, protocol, label set) and sort each group, best first.

    Parameters
    ----------
    rows : iterable of `emovox.evaluation.row.Row`

    Returns
    -------
    list of Table, in the order in which the tasks first appear
    """
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(task_of(row), []).append(row)
    return [_table(group) for group in groups.values()]


def task_of(row: Row) -> tuple[object, ...]:
    """What two rows must have in common for their figures to be compared."""
    return (
        row.train_corpora, row.test_corpora, row.protocol, row.label_set, row.emotions, row.task,
        row.dimension,
    )  # fmt: skip


def main_score(row: Row) -> Score:
    """UA, or CCC of a regression."""
    return row.ccc if row.ccc is not None else row.ua


def corpora_of(row: Row) -> str:
    """Where the row was trained and tested.

    Corpora that were both trained on and tested are named once.
    """
    train, test = "+".join(row.train_corpora), "+".join(row.test_corpora)
    return test if train == test else f"{train} → {test}"


def short_name(row: Row) -> str:
    """Name of the method, with its normalisation where that is not the usual one."""
    name = wording.NORMALISATION_NAMES.get(row.normalisation)
    return f"{row.method} ({name})" if name else row.method


def chance(row: Row) -> float:
    """UA of guessing; NaN for a regression."""
    return 1 / len(row.emotions) if row.emotions and row.task == "classification" else float("nan")


def leak(row: Row) -> str:
    """What is shared, in the worst fold: ``"speaker 10/10, sentence 10/10"`` or ``"none"``."""
    found = [f"{_plain(item.kind)} {item.shared}/{item.of}" for item in row.leak if item.folds]
    if row.normalisation == "before-folds":
        found.append("statistics")
    return ", ".join(found) or "none"


def seconds_a_file(row: Row) -> float | None:
    """Features and prediction together; None unless both were measured."""
    if row.features_s is None or row.predict_s is None:
        return None
    return row.features_s + row.predict_s


def _table(group: Sequence[Row]) -> Table:
    ranked = sorted(group, key=lambda row: (-_sortable(main_score(row).value), row.method))
    first = ranked[0]
    several_features = len({row.features for row in ranked}) > 1
    lines = tuple(
        Line(_cells(row), _details(row, several_features=several_features), row) for row in ranked
    )
    return Table(_title(first), lines, _notes(ranked, several_features=several_features))


def _cells(row: Row) -> dict[str, str]:
    score = main_score(row)
    bounds = None if score.low is None or score.high is None else (score.low, score.high)
    value = percentage(score.value)
    return {
        "method": row.method,
        "ua": f"{value} {interval(bounds)}" if bounds else value,
        "folds": mean_and_deviation(score.fold_mean, score.fold_sd),
        "wa": percentage(row.wa.value),
        "f1": percentage(row.f1.value),
        "parameters": quantity(row.parameters),
        "flops": quantity(row.flops),
        "macs": quantity(row.macs),
        "seconds": seconds(seconds_a_file(row)),
        "p": "best" if row.is_best else p_value(row.p_value),
        "leak": leak(row),
    }


def _details(row: Row, *, several_features: bool) -> tuple[str, ...]:
    said = []
    if several_features:
        said.append(f"features {row.features}")
    if row.normalisation != "training":
        said.append(f"normalised {wording.normalisation(row.normalisation)}")
    if row.n_folds_done < row.n_folds:
        said.append(f"unfinished: {row.n_folds_done} of {row.n_folds} folds")
    if len(row.seeds) > 1:
        said.append(f"{len(row.seeds)} seeds")
    return tuple(said)


def _title(row: Row) -> str:
    what = f"{row.dimension}, CCC" if row.task == "regression" else f"{len(row.emotions)} classes"
    return f"{corpora_of(row)}, protocol {row.protocol}, {what}, n = {row.n_test}"


def _notes(ranked: Sequence[Row], *, several_features: bool) -> tuple[str, ...]:
    row = ranked[0]
    cut = wording.protocol(row.protocol)
    folds = f"{row.n_folds} folds" if row.n_folds != 1 else "one fold"
    notes = [f"Protocol {row.protocol}{f': {cut}' if cut else ''}; {folds}."]
    notes.append(_sizes(row))
    if not several_features:
        notes.append(f"Features {row.features}.")
    notes.append(_normalisation(ranked))
    notes += separation(row)
    notes += _remarks(ranked)
    return tuple(notes)


def _remarks(ranked: Sequence[Row]) -> list[str]:
    """Sentences that rows bring, with the methods that they are about where it is not all."""
    about: dict[str, list[Row]] = {}
    for row in ranked:
        for note in row.notes:
            about.setdefault(note, []).append(row)
    said = []
    for note, rows in about.items():
        sentence = note if note.endswith(".") else f"{note}."
        methods = ", ".join(dict.fromkeys(short_name(row) for row in rows))
        everywhere = len(rows) == len(ranked)
        said.append(sentence[0].upper() + sentence[1:] if everywhere else f"{methods}: {sentence}")
    return said


def _sizes(row: Row) -> str:
    speakers = f" of {row.n_speakers} speakers" if row.n_speakers else ""
    size = f"n = {row.n_test} test utterances{speakers}"
    if row.task == "regression":
        return f"{size}; a guess without hearing has CCC 0."
    names = ", ".join(row.emotions)
    return (
        f"{size}; {len(row.emotions)} classes, label set {row.label_set} ({names}); "
        f"chance {percentage(chance(row))} %."
    )


def _normalisation(ranked: Sequence[Row]) -> str:
    """Say where the statistics of the features come from, unless each line says it itself."""
    if all(row.normalisation == "training" for row in ranked):
        return "Features are normalised by statistics of the training part only."
    return (
        "Features are normalised by statistics of the training part only, except where a line "
        "says otherwise."
    )


def separation(row: Row) -> list[str]:
    """Sentences about what the folds do not keep apart, and what could not be counted."""
    said = [_shared(item) for item in row.leak if item.folds]
    if not said and row.leak:
        kinds = ", ".join(_plain(item.kind) for item in row.leak)
        said.append(f"Nothing that was counted ({kinds}) is in both parts of any fold.")
    known = {item.kind for item in row.leak}
    unknown = [_plain(k) for k in ("speaker", "sentence", "identical_audio") if k not in known]
    if unknown:
        said.append(f"Could not be counted for this data: {', '.join(unknown)}.")
    return said


def _shared(item: LeakSummary) -> str:
    plural = wording.SEPARABLE.get(item.kind, item.kind)
    return (
        f"Not kept apart: {plural}; in the worst fold {item.shared} of {item.of} in the test part "
        f"are in the training part too ({item.folds} of {item.n_folds} folds, "
        f"{percentage(item.test_share)} % of the test utterances)."
    )


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


def _sortable(value: float) -> float:
    return value if value == value else float("-inf")


__all__ = [
    "COLUMNS", "GLOSSARY", "MISSING", "Line", "Table", "chance", "corpora_of", "leak", "main_score",
    "seconds_a_file", "separation", "short_name", "tables_by_task", "task_of",
]  # fmt: skip
