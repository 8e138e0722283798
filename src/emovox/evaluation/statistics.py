"""Tests of whether methods differ: two on the same utterances or folds, or many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import UsageError, need


@dataclass(frozen=True)
class McNemar:
    """Outcome of McNemar's test.

    Parameters
    ----------
    only_first, only_second : int
        Utterances that only the first, or only the second method recognised.
    exact : float
        Two-sided exact p-value (binomial).
    mid_p : float
        Two-sided mid-p value, less conservative (Fagerland et al. 2013).
    """

    only_first: int
    only_second: int
    exact: float
    mid_p: float


def mcnemar(first: npt.ArrayLike, second: npt.ArrayLike) -> McNemar:
    """McNemar's test on the utterances that exactly one of two methods recognised.

    It takes utterances as independent; the paired bootstrap over speakers does not.

    Parameters
    ----------
    first, second : bool array, shape (utterances,)
        Whether each method recognised the utterance.

    Examples
    --------
    >>> round(mcnemar([1, 1, 1, 0], [0, 0, 0, 0]).exact, 6)
    0.25
    """
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    only_first, only_second = int((a & ~b).sum()), int((~a & b).sum())
    n, fewer = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return McNemar(0, 0, 1.0, 1.0)
    masses = [
        math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2))
        for k in range(fewer + 1)
    ]
    exact = 1.0 if only_first == only_second else min(1.0, 2 * math.fsum(masses))
    mid = min(1.0, 2 * math.fsum(masses) - masses[-1])
    return McNemar(only_first, only_second, exact, mid)


def wilcoxon(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Exact two-sided p-value of Wilcoxon's signed-rank test, such as over folds.

    Differences of zero are left out; equal ones share their mean rank. The distribution is that
    of all signs, counted out, ties included.

    Parameters
    ----------
    first, second : float array, shape (folds,)
        NaN in either leaves the fold out.

    Returns
    -------
    float; 1.0 where no fold differs

    Examples
    --------
    >>> wilcoxon([0.9, 0.8, 0.7, 0.9, 0.8], [0.5, 0.6, 0.6, 0.4, 0.2])
    0.0625
    """
    differences = np.asarray(first, float) - np.asarray(second, float)
    differences = differences[~np.isnan(differences)]
    # Equal up to rounding is equal: .7 - .6 and .8 - .7 are a tie.
    differences = np.round(differences, 12)
    differences = differences[differences != 0]
    if len(differences) == 0:
        return 1.0
    doubled = np.rint(2 * _ranks(np.abs(differences))).astype(int)
    ways = np.zeros(doubled.sum() + 1)
    ways[0] = 1.0
    for rank in doubled:
        moved = np.zeros_like(ways)
        moved[rank:] = ways[: len(ways) - rank]
        ways = (ways + moved) / 2
    observed = int(doubled[differences > 0].sum())
    tail = min(ways[: observed + 1].sum(), ways[observed:].sum())
    return float(min(1.0, 2 * tail))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction, in the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected = [1.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = largest
    return corrected


@dataclass(frozen=True)
class Ranking:
    """Outcome of Friedman's test with Nemenyi's critical distance.

    Parameters
    ----------
    mean_ranks : tuple of float
        Of each method; 1 is the best.
    statistic, p_value : float
        Friedman's chi-square, corrected for ties.
    critical_distance : float
        Methods whose mean ranks are closer than this do not differ (level `alpha`).
    alpha : float
    n_blocks : int
        Folds or corpora.
    """

    mean_ranks: tuple[float, ...]
    statistic: float
    p_value: float
    critical_distance: float
    alpha: float
    n_blocks: int


def friedman_nemenyi(scores: npt.ArrayLike, *, alpha: float = 0.05) -> Ranking:
    """Compare many methods over folds or corpora (Demšar 2006).

    Parameters
    ----------
    scores : float array, shape (blocks, methods)
        More is better.
    alpha : float

    Raises
    ------
    UsageError
        ``usage`` with fewer than three methods or two blocks, or a score that is NaN.
    MissingExtra
        Without scipy.
    """
    table = np.array(scores, dtype=float, ndmin=2)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 3 or np.isnan(table).any():
        raise UsageError(
            "usage",
            f"Friedman's test needs at least 2 folds or corpora and 3 methods with all scores, "
            f"and got shape {table.shape}; compare two methods by the paired bootstrap",
        )
    stats = need("scipy.stats", extra="bench", for_what="Friedman's test")
    n, k = table.shape
    ranks = np.array([_ranks(-row) for row in np.round(table, 12)])
    mean_ranks = ranks.mean(axis=0)
    ties = sum(
        float((counts**3 - counts).sum())
        for counts in (np.unique(row, return_counts=True)[1] for row in ranks)
    )
    below = n * k * (k + 1) - ties / (k - 1)
    above = 12 * n**2 * float((mean_ranks**2).sum()) - 3 * n**2 * k * (k + 1) ** 2
    statistic = above / below if below > 0 else 0.0
    quantile = float(stats.studentized_range.ppf(1 - alpha, k, np.inf)) / math.sqrt(2)
    return Ranking(
        mean_ranks=tuple(float(rank) for rank in mean_ranks),
        statistic=statistic,
        p_value=float(stats.chi2.sf(statistic, k - 1)),
        critical_distance=quantile * math.sqrt(k * (k + 1) / (6 * n)),
        alpha=alpha,
        n_blocks=n,
    )


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks from 1, equal values sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: npt.NDArray[np.float64] = (last - (counts - 1) / 2)[place]
    return mean
