"""Intervals and paired differences by resampling speakers, not utterances.

Utterances of one speaker resemble each other, so that resampling them one by one makes intervals
that are far too narrow. Whole speakers are drawn with replacement instead (cluster bootstrap),
as many as there are. A resample in which a class has no utterance left averages the recalls of
the classes that it still has, as a fold does; one without any defined value is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .metrics import Floats, concordance_sums

Measure = Callable[[npt.NDArray[Any]], Floats]
"""A function of the sums of many resamples, shape (resamples, ...) -> (resamples,)."""

N_RESAMPLES = 2000


def confusions_by_speaker(
    truth: npt.NDArray[Any],
    prediction: npt.NDArray[Any],
    speakers: Sequence[str],
    *,
    n_classes: int,
) -> npt.NDArray[np.int64]:
    """One confusion matrix for each speaker, in the order of their names.

    Returns
    -------
    int array, shape (speakers, n_classes, n_classes)
    """
    names, place = np.unique(np.asarray(speakers), return_inverse=True)
    cells = (place * n_classes + truth) * n_classes + prediction
    counts = np.bincount(cells, minlength=len(names) * n_classes**2)
    return counts.reshape(len(names), n_classes, n_classes)


def concordance_sums_by_speaker(
    truth: Floats, prediction: Floats, speakers: Sequence[str]
) -> Floats:
    """`concordance_sums` of each speaker, in the order of their names, shape (speakers, 6)."""
    named = np.asarray(speakers)
    return np.array(
        [
            concordance_sums(truth[named == name], prediction[named == name])
            for name in np.unique(named)
        ]
    )


def resampled(
    sums: npt.NDArray[Any], measure: Measure, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> Floats:
    """Measure on resamples of the speakers.

    Parameters
    ----------
    sums : array, shape (speakers, ...)
        What adds up over speakers: confusion matrices, or sums.
    measure : callable
    n_resamples, seed : int
        The same seed and number of speakers give the same draws, so that two methods that were
        tested on the same speakers are compared on the same resamples.

    Returns
    -------
    float array, shape (n_resamples,)
    """
    n_speakers = len(sums)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n_speakers, np.full(n_speakers, 1 / n_speakers), size=n_resamples)
    return measure(np.tensordot(times.astype(float), sums.astype(float), axes=1))


def interval(
    sums: npt.NDArray[Any],
    measure: Measure,
    *,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Percentile interval of a measure by bootstrap over speakers.

    Parameters
    ----------
    sums : array, shape (speakers, ...)
    measure : callable
    level : float
    n_resamples, seed : int

    Returns
    -------
    (low, high), or None with fewer than two speakers

    Examples
    --------
    >>> from emovox.evaluation.metrics import weighted_accuracy
    >>> interval(np.array([[[5, 0], [0, 5]]] * 4), weighted_accuracy)
    (1.0, 1.0)
    """
    if len(sums) < 2:
        return None
    values = resampled(sums, measure, n_resamples=n_resamples, seed=seed)
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_bootstrap(
    first: npt.NDArray[Any],
    second: npt.NDArray[Any],
    measure: Measure,
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> tuple[float, tuple[float, float], float] | None:
    """Difference of two methods that were tested on the same speakers.

    Parameters
    ----------
    first, second : array, shape (speakers, ...)
        In the same order of speakers.
    measure : callable
    n_resamples, seed : int

    Returns
    -------
    difference : float
        First minus second.
    interval : (low, high)
        95 %.
    p_value : float
        Two-sided: twice the smaller share of resamples on one side of zero, ties on both,
        with one added above and below the line so that it is never zero.

    None with fewer than two speakers.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} speakers are not the same speakers")
    if len(first) < 2:
        return None
    a, b = (
        resampled(sums, measure, n_resamples=n_resamples, seed=seed) for sums in (first, second)
    )
    differences = (a - b)[~np.isnan(a - b)]
    if len(differences) == 0:
        return None
    sides = ((differences <= 0).sum(), (differences >= 0).sum())
    p_value = min(1.0, 2 * (min(sides) + 1) / (len(differences) + 1))
    low, high = np.quantile(differences, [0.025, 0.975])
    total = measure(np.stack([first.sum(axis=0), second.sum(axis=0)]))
    return float(total[0] - total[1]), (float(low), float(high)), float(p_value)
