"""Two methods on the same folds: every test at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError
from .metrics import concordance_of_sums, unweighted_average_recall
from .records import Record
from .resampling import paired_bootstrap
from .statistics import McNemar, mcnemar, wilcoxon
from .summary import Results


@dataclass(frozen=True)
class Comparison:
    """First method minus second, on the same test utterances.

    Parameters
    ----------
    difference : float
        Of the UA (or the CCC of a regression) over all test utterances together.
    low, high : float, optional
        95 % interval by paired bootstrap over speakers; None with fewer than two speakers.
    p_bootstrap : float, optional
        Two-sided, of the same bootstrap.
    p_wilcoxon : float
        Exact signed-rank test over the folds' UA (or CCC).
    mcnemar : McNemar, optional
        On the accuracy; None for a regression.
    """

    difference: float
    low: float | None
    high: float | None
    p_bootstrap: float | None
    p_wilcoxon: float
    mcnemar: McNemar | None


def compare(first: Sequence[Record], second: Sequence[Record], *, seed: int = 0) -> Comparison:
    """Compare two methods by the records of the same folds.

    Parameters
    ----------
    first, second : sequence of records
        One record for each fold; the folds have the same names and test utterances.
    seed : int
        Of the resampling.

    Raises
    ------
    UsageError
        ``usage`` if the folds are not the same.
    """
    a, b = (Results(sorted(part, key=lambda one: one["fold"]["index"])) for part in (first, second))
    if not a.records or not b.records or a.utterances != b.utterances:
        raise UsageError(
            "usage",
            f"{len(first)} and {len(second)} records do not hold the same test utterances in the "
            "same folds; run both methods under one protocol, seed and label set",
        )
    measure = concordance_of_sums if a.is_regression else unweighted_average_recall
    outcome = paired_bootstrap(a.sums, b.sums, measure, seed=seed)
    totals = measure(np.stack([a.sums.sum(axis=0), b.sums.sum(axis=0)]))
    exact = None
    if not a.is_regression:
        exact = mcnemar(a.truth == a.prediction, b.truth == b.prediction)
    return Comparison(
        difference=float(totals[0] - totals[1]),
        low=None if outcome is None else outcome[1][0],
        high=None if outcome is None else outcome[1][1],
        p_bootstrap=None if outcome is None else outcome[2],
        p_wilcoxon=wilcoxon(a.fold_values(measure), b.fold_values(measure)),
        mcnemar=exact,
    )
