"""Comparing the rows of one task with their best, and with one another."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MissingExtra
from .ranking import fold_means, rank
from .resampling import paired_bootstrap
from .row import Row
from .statistics import holm, mcnemar, wilcoxon

if TYPE_CHECKING:
    from .summary import Results

MIN_RANKED = 3
"""Fewer rows are not ranked: two are compared as a pair."""
MIN_FOLDS = 5
"""Over fewer folds rows are not ranked: the chi-square of Friedman's test is too rough there."""


def task_of(row: Row) -> tuple[object, ...]:
    """What rows must have in common to stand in one table."""
    return (
        row.train_corpora, row.test_corpora, row.protocol, row.label_set, row.emotions, row.task,
        row.dimension,
    )  # fmt: skip


def with_significance(
    rows: Sequence[Row], results: Sequence[Results], *, seed: int = 0
) -> list[Row]:
    """Rows with `is_best`, the p-values, `ranking` and `mean_rank` filled in.

    Only finished rows are compared, and only those that were tested on the same utterances as
    the best of their task that knew as much: who knows the test recordings' statistics, or chose
    an epoch by them, is not what one who does not is to be judged by.

    Parameters
    ----------
    rows : sequence of Row
    results : sequence of Results
        Of the same rows.
    seed : int
        Of the resampling.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, row in enumerate(rows):
        if row.n_folds_done == row.n_folds and not math.isnan(_main(row)):
            groups.setdefault((*task_of(row), *row.known), []).append(index)
    tests: dict[str, Callable[[Results, Results], float | None]] = {
        "p_value": partial(_bootstrap, seed=seed),
        "p_mcnemar": _mcnemar,
        "p_wilcoxon": _wilcoxon,
    }
    compared = list(rows)
    for members in groups.values():
        best = max(members, key=lambda index: _main(rows[index]))
        compared[best] = replace(compared[best], is_best=True)
        others = [
            index
            for index in members
            if index != best and _same_test(results[index], results[best])
        ]
        for name, test in tests.items():
            values = {index: test(results[best], results[index]) for index in others}
            known = {index: value for index, value in values.items() if value is not None}
            for index, value in zip(known, holm(list(known.values())), strict=True):
                compared[index] = replace(compared[index], **{name: value})  # type: ignore[arg-type]
        same = [index for index in others if _folds(results[index]) == _folds(results[best])]
        _rank(compared, sorted([best, *same]))
    return compared


def _main(row: Row) -> float:
    return row.ua.value if row.ccc is None else row.ccc.value


def _same_test(first: Results, second: Results) -> bool:
    return sorted(first.utterances) == sorted(second.utterances)


def _folds(results: Results) -> set[tuple[str, tuple[str, ...]]]:
    """Names and test utterances of the folds; seeds that cut alike give the same."""
    return {
        (record["fold"]["name"], tuple(sorted(record["test"]["utterance"])))
        for record in results.records
    }


def _bootstrap(first: Results, second: Results, *, seed: int) -> float | None:
    """p-value of the difference of UA (or CCC), by paired bootstrap over speakers."""
    outcome = paired_bootstrap(first.sums, second.sums, first.main_measure, seed=seed)
    return None if outcome is None else outcome[2]


def _mcnemar(first: Results, second: Results) -> float | None:
    """Mid-p of McNemar's test; None for a regression, or utterances that are tested twice."""
    if first.is_regression or len(set(first.utterances)) < len(first.utterances):
        return None
    right = [
        (one.truth == one.prediction)[np.argsort(np.array(one.utterances))]
        for one in (first, second)
    ]
    return mcnemar(right[0], right[1]).mid_p


def _wilcoxon(first: Results, second: Results) -> float | None:
    """p-value of Wilcoxon's test over the folds; None where they differ, or with fewer than two."""
    if _folds(first) != _folds(second):
        return None
    a, b = (
        fold_means(zip(one.fold_names, one.fold_values(one.main_measure), strict=True))
        for one in (first, second)
    )
    common = [name for name in a if name in b]
    if len(common) < 2:
        return None
    return wilcoxon([a[name] for name in common], [b[name] for name in common])


def _rank(rows: list[Row], members: Sequence[int]) -> None:
    """Fill in the ranking of the rows that were tested in the same folds."""
    scored = [fold_means((fold.name, fold.ua) for fold in rows[index].by_fold) for index in members]
    common = set.intersection(*(set(one) for one in scored))
    if len(members) < MIN_RANKED or len(common) < MIN_FOLDS:
        return
    try:
        ranking = rank([rows[index] for index in members])
    except MissingExtra as error:
        for index in members:
            notes = (*rows[index].notes, error.sentence)
            rows[index] = replace(rows[index], notes=notes)
        return
    for index, mean_rank in zip(members, ranking.mean_ranks, strict=True):
        rows[index] = replace(rows[index], ranking=ranking, mean_rank=mean_rank)
