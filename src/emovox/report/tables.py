"""The field's table: rows of results grouped by task, ready to be written in any form."""

from __future__ import annotations

import json
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
from .row_facts import chance, corpora_of, main_score, n_utterances, short_name, task_of
from .table_notes import (
    label_set_notes,
    label_set_title,
    separation,
    task_notes,
    task_title,
)

if TYPE_CHECKING:
    from ..evaluation.row import Row

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
    "normalisation (and epochs chosen alike), Holm-corrected over these lines.",
    "FLOPs = 2 x multiply-adds of one prediction, without features; s/file: seconds for features "
    "and prediction of one file.",
    "Leak: test speakers (sentences, recordings) that are also in the training part, of how many, "
    "in the worst fold; statistics: of the test part, seen by the scaler; epoch: chosen on the "
    "test part.",
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


def tables_by_task(rows: Iterable[Row], *, language: str = "en") -> list[Table]:
    """Group rows by task (corpora, protocol, label set) and sort each group, best first.

    Where one method alone was tested with several label sets, one table holds them all.

    Parameters
    ----------
    rows : iterable of `emovox.evaluation.row.Row`
    language : str
        Of titles and notes; one of `wording.LANGUAGES`.

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
        _table(group, language)
        if len({task_of(row) for row in group}) == 1
        else _label_set_table(group, language)
        for group in joined.values()
    ]


def leak(row: Row) -> str:
    """What is shared, in the worst fold: ``"speaker 10/10, sentence 10/10"`` or ``"none"``."""
    found = [f"{_plain(item.kind)} {item.shared}/{item.of}" for item in row.leak if item.folds]
    if row.normalisation == "before-folds":
        found.append("statistics")
    if row.epoch_on_test:
        found.append("epoch")
    return ", ".join(found) or "none"


def seconds_a_file(row: Row) -> float | None:
    """Features and prediction together; None unless both were measured."""
    if row.features_s is None or row.predict_s is None:
        return None
    return row.features_s + row.predict_s


def _table(group: Sequence[Row], language: str) -> Table:
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
    notes = task_notes(ranked, several_features=several_features, language=language)
    return Table(task_title(first, language), lines, notes, headings)


def _label_set_table(group: Sequence[Row], language: str) -> Table:
    """One method, a line for each label set."""
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
    notes = label_set_notes(group, several_seeds=several_seeds, language=language)
    return Table(label_set_title(group, language), lines, notes, headings)


def _but_label_set(row: Row) -> tuple[object, ...]:
    """All that rows have in common which differ in the label set and the seeds alone."""
    apart = ("label_set", "emotions", "data", "seed")
    settings = {name: value for name, value in row.settings.items() if name not in apart}
    return (
        row.method, row.features, *row.known, row.train_corpora, row.test_corpora,
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
    if row.settings.get("augment"):
        said.append(f"taught with copies {row.settings['augment']}")
    if row.epoch_on_test:
        said.append(f"{wording.EPOCH_ON_TEST}: a leak")
    if row.n_folds_done < row.n_folds:
        said.append(f"unfinished: {row.n_folds_done} of {row.n_folds} folds")
    if row.by_seed and not is_ranged:
        measure = "CCC" if row.ccc is not None else "UA"
        said.append(f"{len(row.seeds)} seeds, {measure} {seed_range(row)}")
    elif several_seeds:
        said.append(f"seed {', '.join(map(str, row.seeds))}")
    return tuple(said)


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


def _sortable(value: float) -> float:
    return value if value == value else float("-inf")


__all__ = [
    "COLUMNS", "GLOSSARY", "LABEL_SET_COLUMNS", "MISSING", "Line", "Table", "chance", "corpora_of",
    "leak", "main_score", "n_utterances", "seconds_a_file", "seed_range", "separation",
    "short_name", "tables_by_task", "task_of",
]  # fmt: skip
