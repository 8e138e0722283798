"""The field's table: rows of results grouped by task, ready to be written in any form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import wording
from .differences import sentences as differences
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

LABEL_SET_COLUMNS: dict[str, str] = {
    "method": "label set",
    "ua": "UA [95 % interval]",
    "folds": "over folds",
    "seeds": "range of seeds",
    "wa": "WA",
    "f1": "F1",
    "n": "n",
    "chance": "chance",
    "parameters": "params",
    "flops": "FLOPs",
    "macs": "mult-adds",
    "seconds": "s/file",
    "leak": "leak",
}
"""Key -> heading where one method's label sets stand under one another."""

GLOSSARY: tuple[str, ...] = (
    "All in percent. UA: recall of each class over the test utterances of all folds together, "
    "then the mean; in brackets its 95 % interval by bootstrap over speakers. Over folds: mean "
    "± standard deviation of the folds' UA (of all seeds), over the classes present in each. WA: "
    "accuracy. F1: macro F1. Of a dimension, the first figure is the concordance correlation "
    "(CCC), times 100.",
    "p: paired bootstrap over speakers against the best of the table among the lines of the same "
    "normalisation, Holm-corrected over these lines.",
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
    is_best : bool
        Printed more strongly than the others.
    """

    cells: Mapping[str, str]
    details: tuple[str, ...]
    row: Row
    is_best: bool = False


@dataclass(frozen=True)
class Table:
    """All methods on one task, or one method on one task with several label sets.

    Parameters
    ----------
    title : str
    lines : tuple of Line
        Best first; label sets in the order in which they come.
    notes : tuple of str
        Protocol, n, classes, chance, what is not kept apart.
    headings : mapping
        Key -> heading, of the columns that the lines have.
    """

    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    headings: Mapping[str, str]


def tables_by_task(rows: Iterable[Row]) -> list[Table]:
    """Group rows by task (corpora, protocol, label set) and sort each group, best first.

    Where one method alone was tested with several label sets, one table holds them all.

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
    joined: dict[tuple[object, ...], list[Row]] = {}
    for task, group in groups.items():
        key = _but_label_set(group[0]) if len(group) == 1 else task
        joined.setdefault(key, []).extend(group)
    return [
        _table(group) if len({task_of(row) for row in group}) == 1 else _label_set_table(group)
        for group in joined.values()
    ]


def task_of(row: Row) -> tuple[object, ...]:
    """What two rows must have in common for their figures to be compared."""
    return (
        row.train_corpora, row.test_corpora, row.protocol, row.label_set, row.emotions, row.task,
        row.dimension,
    )  # fmt: skip


def main_score(row: Row) -> Score:
    """UA, or CCC of a regression."""
    return row.ccc if row.ccc is not None else row.ua


def n_utterances(row: Row) -> int:
    """Test utterances; one that was tested with several seeds counts once."""
    return row.n_test // max(len(row.seeds), 1)


def corpora_of(row: Row) -> str:
    """Where the row was trained and tested.

    Corpora that were both trained on and tested are named once.
    """
    train, test = "+".join(row.train_corpora), "+".join(row.test_corpora)
    return test if train == test else f"{train} → {test}"


def short_name(row: Row, method: str | None = None) -> str:
    """Name of the method (or the one given), with a normalisation that is not the usual one."""
    name = wording.NORMALISATION_NAMES.get(row.normalisation)
    return f"{method or row.method} ({name})" if name else method or row.method


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
    several_seeds = len({row.seeds for row in ranked}) > 1
    lines = tuple(
        Line(
            _cells(row),
            _details(row, several_features=several_features, several_seeds=several_seeds),
            row,
            is_best=row.is_best,
        )
        for row in ranked
    )
    headings = dict(COLUMNS)
    if any(row.ccc is not None for row in ranked):
        headings["ua"] = "CCC [95 % interval]"
    headings["folds"] = _over(ranked)
    notes = _notes(ranked, several_features=several_features)
    return Table(_title(first), lines, notes, headings)


def _label_set_table(group: Sequence[Row]) -> Table:
    """One method, a line for each label set."""
    first = group[0]
    several_seeds = len({row.seeds for row in group}) > 1
    lines = tuple(
        Line(
            {
                **_cells(row),
                "method": row.label_set,
                "seeds": seed_range(row),
                "n": str(n_utterances(row)),
                "chance": percentage(chance(row)),
            },
            _details(row, several_features=False, several_seeds=several_seeds, is_ranged=True),
            row,
        )
        for row in group
    )
    headings = {**LABEL_SET_COLUMNS, "folds": _over(group)}
    if not any(row.by_seed for row in group):
        del headings["seeds"]
    sets = "; ".join(f"{row.label_set}: {', '.join(row.emotions)}" for row in group)
    notes = [
        _folds(first),
        f"Label sets: {sets}.",
        f"Method {first.method}, features {first.features}.",
        *_seeds(first, several_seeds=several_seeds),
        _normalisation(group),
        *_separations(group),
        *_remarks(group, named=lambda row: row.label_set),
    ]
    title = (
        f"{corpora_of(first)}, protocol {first.protocol}, {first.method}, {len(group)} label sets"
    )
    return Table(title, lines, tuple(notes), headings)


def _but_label_set(row: Row) -> tuple[object, ...]:
    """All that rows have in common which differ in the label set and the seeds alone."""
    apart = ("label_set", "emotions", "data", "seed")
    settings = {name: value for name, value in row.settings.items() if name not in apart}
    return (
        row.method, row.features, row.normalisation, row.train_corpora, row.test_corpora,
        row.protocol, row.task, row.dimension,
        json.dumps(settings, sort_keys=True, default=str),
    )  # fmt: skip


def _over(rows: Sequence[Row]) -> str:
    """What the mean and the deviation are over: the folds, or the seeds of one fold."""
    one_fold = all(row.n_folds == len(row.seeds) for row in rows)
    return "over seeds" if one_fold and any(len(row.seeds) > 1 for row in rows) else "over folds"


def seed_range(row: Row) -> str:
    """Lowest and highest UA of the seeds, each over all its folds: ``"68.1 to 71.9"``."""
    values = [seed.ua for seed in row.by_seed if seed.ua == seed.ua]
    if not values:
        return MISSING
    low, high = percentage(min(values)), percentage(max(values))
    return low if low == high else f"{low} to {high}"


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


def _details(
    row: Row, *, several_features: bool, several_seeds: bool, is_ranged: bool = False
) -> tuple[str, ...]:
    said = []
    if several_features:
        said.append(f"features {row.features}")
    if row.normalisation != "training":
        said.append(f"normalised {wording.normalisation(row.normalisation)}")
    if row.n_folds_done < row.n_folds:
        said.append(f"unfinished: {row.n_folds_done} of {row.n_folds} folds")
    if row.by_seed and not is_ranged:
        measure = "CCC" if row.ccc is not None else "UA"
        said.append(f"{len(row.seeds)} seeds, {measure} {seed_range(row)}")
    elif several_seeds:
        said.append(f"seed {', '.join(map(str, row.seeds))}")
    return tuple(said)


def _title(row: Row) -> str:
    what = f"{row.dimension}, CCC" if row.task == "regression" else f"{len(row.emotions)} classes"
    return f"{corpora_of(row)}, protocol {row.protocol}, {what}, n = {n_utterances(row)}"


def _notes(ranked: Sequence[Row], *, several_features: bool) -> tuple[str, ...]:
    row = ranked[0]
    notes = [_folds(row), _sizes(row)]
    if not several_features:
        notes.append(f"Features {row.features}.")
    notes.append(_normalisation(ranked))
    notes += separation(row)
    notes += _remarks(ranked)
    notes += differences(ranked)
    return tuple(notes)


def _folds(row: Row) -> str:
    cut = wording.protocol(row.protocol)
    n_folds = row.n_folds // max(len(row.seeds), 1)
    folds = f"{n_folds} folds" if n_folds != 1 else "one fold"
    return f"Protocol {row.protocol}{f': {cut}' if cut else ''}; {folds}."


def _seeds(row: Row, *, several_seeds: bool) -> list[str]:
    """Sentence about the seeds of all rows, unless each line says its own."""
    if several_seeds or len(row.seeds) < 2:
        return []
    seeds = ", ".join(map(str, row.seeds))
    return [f"Each label set was run with {len(row.seeds)} seeds ({seeds}); n counts one of them."]


def _separations(rows: Sequence[Row]) -> list[str]:
    """Sentences of `separation`, with the label sets that they are about where it is not all."""
    about: dict[str, list[str]] = {}
    for row in rows:
        for sentence in separation(row):
            about.setdefault(sentence, []).append(row.label_set)
    return [
        sentence if len(sets) == len(rows) else f"{', '.join(sets)}: {sentence}"
        for sentence, sets in about.items()
    ]


def _remarks(ranked: Sequence[Row], *, named: Callable[[Row], str] = short_name) -> list[str]:
    """Sentences that rows bring, with the rows that they are about where it is not all."""
    about: dict[str, list[Row]] = {}
    for row in ranked:
        for note in row.notes:
            about.setdefault(note, []).append(row)
    said = []
    for note, rows in about.items():
        sentence = note if note.endswith(".") else f"{note}."
        methods = ", ".join(dict.fromkeys(named(row) for row in rows))
        everywhere = len(rows) == len(ranked)
        said.append(sentence[0].upper() + sentence[1:] if everywhere else f"{methods}: {sentence}")
    return said


def _sizes(row: Row) -> str:
    speakers = f" of {row.n_speakers} speakers" if row.n_speakers else ""
    size = f"n = {n_utterances(row)} test utterances{speakers}"
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
    said = [_shared(item, n_seeds=len(row.seeds)) for item in row.leak if item.folds]
    if not said and row.leak:
        kinds = ", ".join(_plain(item.kind) for item in row.leak)
        said.append(f"Nothing that was counted ({kinds}) is in both parts of any fold.")
    known = {item.kind for item in row.leak}
    unknown = [_plain(k) for k in ("speaker", "sentence", "identical_audio") if k not in known]
    if unknown:
        said.append(f"Could not be counted for this data: {', '.join(unknown)}.")
    return said


def _shared(item: LeakSummary, *, n_seeds: int) -> str:
    plural = wording.SEPARABLE.get(item.kind, item.kind)
    repeated = f", over {n_seeds} seeds" if n_seeds > 1 else ""
    return (
        f"Not kept apart: {plural}; in the worst fold {item.shared} of {item.of} in the test part "
        f"are in the training part too ({item.folds} of {item.n_folds} folds{repeated}, "
        f"{percentage(item.test_share)} % of the test utterances)."
    )


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


def _sortable(value: float) -> float:
    return value if value == value else float("-inf")


__all__ = [
    "COLUMNS", "GLOSSARY", "LABEL_SET_COLUMNS", "MISSING", "Line", "Table", "chance", "corpora_of",
    "leak", "main_score", "n_utterances", "seconds_a_file", "seed_range", "separation",
    "short_name", "tables_by_task", "task_of",
]  # fmt: skip
