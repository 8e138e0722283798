"""Many rows on the same folds: which rank above which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .row import Row
from .statistics import Ranking, friedman_nemenyi


def rank(rows: Sequence[Row], *, alpha: float = 0.05) -> Ranking:
    """Friedman's test over the folds that all rows have, with Nemenyi's critical distance.

    Parameters
    ----------
    rows : sequence of Row
        At least three, of one task. A fold that was tested with several seeds is one block, by
        the mean over its seeds: seeds are no folds of their own.
    alpha : float

    Returns
    -------
    Ranking, its mean ranks in the order of `rows`

    Raises
    ------
    UsageError
        ``usage`` with fewer than three rows or two common folds.
    MissingExtra
        Without scipy.
    """
    scores = [fold_means((fold.name, fold.ua) for fold in row.by_fold) for row in rows]
    common = [name for name in (scores[0] if scores else {}) if all(name in one for one in scores)]
    return friedman_nemenyi([[one[name] for one in scores] for name in common], alpha=alpha)


def fold_means(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    """One score for each fold: the mean where it was tested with several seeds; none that is NaN.

    Examples
    --------
    >>> fold_means([("a", 0.5), ("b", 0.25), ("a", 0.75)])
    {'a': 0.625, 'b': 0.25}
    """
    found: dict[str, list[float]] = {}
    for name, score in scores:
        found.setdefault(name, []).append(score)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return {name: mean for name, mean in means.items() if not np.isnan(mean)}
