"""Comparing the rows of one task with their best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .resampling import paired_bootstrap
from .row import Row
from .statistics import holm, mcnemar

if TYPE_CHECKING:
    from .summary import Results


def task_of(row: Row) -> tuple[object, ...]:
    """What rows must have in common to stand in one table."""
    return (
        row.train_corpora, row.test_corpora, row.protocol, row.label_set, row.emotions, row.task,
        row.dimension,
    )  # fmt: skip


def with_significance(
    rows: Sequence[Row], results: Sequence[Results], *, seed: int = 0
) -> list[Row]:
    """Rows with `is_best`, `p_value` and `p_mcnemar` filled in.

    Only finished rows are compared, and only those that were tested on the same utterances as
    the best of their task.

    Parameters
    ----------
    rows : sequence of Row
    results : sequence of Results
        Of the same rows.
    seed : int
        Of the resampling.
    """
    tasks: dict[tuple[object, ...], list[int]] = {}
    for index, row in enumerate(rows):
        if row.n_folds_done == row.n_folds and not math.isnan(_main(row)):
            tasks.setdefault(task_of(row), []).append(index)
    compared = list(rows)
    for members in tasks.values():
        best = max(members, key=lambda index: _main(rows[index]))
        compared[best] = replace(compared[best], is_best=True)
        others = [
            index
            for index in members
            if index != best and _same_test(results[index], results[best])
        ]
        by_speaker = [_bootstrap(results[best], results[index], seed=seed) for index in others]
        by_utterance = [_mcnemar(results[best], results[index]) for index in others]
        for name, values in (("p_value", by_speaker), ("p_mcnemar", by_utterance)):
            known = [place for place, value in enumerate(values) if value is not None]
            corrected = holm([value for value in values if value is not None])
            for place, value in zip(known, corrected, strict=True):
                index = others[place]
                compared[index] = replace(compared[index], **{name: value})  # type: ignore[arg-type]
    return compared


def _main(row: Row) -> float:
    return row.ua.value if row.ccc is None else row.ccc.value


def _same_test(first: Results, second: Results) -> bool:
    return sorted(first.utterances) == sorted(second.utterances)


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
