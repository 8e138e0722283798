"""Measures of recognition, all from confusion matrices or sums, so that they vectorise.

Every function of a confusion matrix takes any number of leading axes: a thousand resampled
matrices cost one call.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def confusion_matrix(truth: npt.ArrayLike, prediction: npt.ArrayLike, *, n_classes: int) -> Ints:
    """Count predictions by true class.

    Parameters
    ----------
    truth, prediction : int array, shape (utterances,)
        Indices of classes.
    n_classes : int

    Returns
    -------
    int array, shape (n_classes, n_classes): rows truth, columns prediction

    Examples
    --------
    >>> confusion_matrix([0, 0, 1], [0, 1, 1], n_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    cells = np.asarray(truth, dtype=np.int64) * n_classes + np.asarray(prediction, dtype=np.int64)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def recalls(confusion: npt.NDArray[Any]) -> Floats:
    """Recall of each class; NaN for a class without utterances.

    Parameters
    ----------
    confusion : array, shape (..., classes, classes)

    Returns
    -------
    float array, shape (..., classes)
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return _ratio(hits, confusion.sum(axis=-1))


def unweighted_average_recall(confusion: npt.NDArray[Any]) -> Floats:
    """UA, the mean recall over the classes that have utterances (balanced accuracy, UAR).

    Parameters
    ----------
    confusion : array, shape (..., classes, classes)

    Returns
    -------
    float array, shape (...); NaN where no class has utterances

    Examples
    --------
    >>> float(unweighted_average_recall(np.array([[8, 2], [1, 1]])))
    0.65
    """
    return _mean_over_present(recalls(confusion), confusion)


def weighted_accuracy(confusion: npt.NDArray[Any]) -> Floats:
    """WA, the share of all utterances that are recognised (accuracy, WAR)."""
    hits = np.trace(confusion, axis1=-2, axis2=-1)
    return _ratio(hits, confusion.sum(axis=(-2, -1)))


def macro_f1(confusion: npt.NDArray[Any]) -> Floats:
    """F1 of each class that has utterances, then the mean.

    A class with utterances that is never predicted counts as 0.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = _ratio(2 * hits, confusion.sum(axis=-1) + confusion.sum(axis=-2))
    return _mean_over_present(f1, confusion)


def concordance(truth: npt.ArrayLike, prediction: npt.ArrayLike) -> float:
    """Concordance correlation coefficient (Lin 1989), with population variances.

    Parameters
    ----------
    truth, prediction : float array, shape (utterances,)

    Returns
    -------
    float in -1..1; NaN without utterances or where both are the same constant

    Examples
    --------
    >>> round(concordance([0.0, 0.5, 1.0], [0.1, 0.5, 0.9]), 3)
    0.976
    """
    sums = concordance_sums(np.asarray(truth, float), np.asarray(prediction, float))
    return float(concordance_of_sums(sums))


def concordance_sums(truth: Floats, prediction: Floats) -> Floats:
    """Sums that the CCC is made of: n, t, p, tt, pp, tp. They add up over utterances."""
    products = (truth * truth, prediction * prediction, truth * prediction)
    parts = (np.ones_like(truth), truth, prediction, *products)
    return np.array([part.sum() for part in parts])


def concordance_of_sums(sums: Floats) -> Floats:
    """CCC of `concordance_sums`, shape (..., 6) -> (...)."""
    n, t, p, tt, pp, tp = np.moveaxis(np.asarray(sums, float), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_t, mean_p = t / n, p / n
        below = tt / n - mean_t**2 + pp / n - mean_p**2 + (mean_t - mean_p) ** 2
        ccc: Floats = np.where(below > 1e-15, 2 * (tp / n - mean_t * mean_p) / below, np.nan)
    return ccc


def brier_score(probabilities: npt.NDArray[Any], truth: npt.ArrayLike) -> float:
    """Multi-class Brier score: mean squared distance from the one-hot truth (0 best, 2 worst).

    Parameters
    ----------
    probabilities : float array, shape (utterances, classes)
    truth : int array, shape (utterances,)
    """
    if len(probabilities) == 0:
        return float("nan")
    distance = np.array(probabilities, dtype=float)
    distance[np.arange(len(distance)), np.asarray(truth)] -= 1
    return float((distance**2).sum(axis=1).mean())


def reliability_bins(
    probabilities: npt.NDArray[Any], truth: npt.ArrayLike, *, n_bins: int = 15
) -> list[tuple[float, float, int]]:
    """Mean confidence, accuracy and number of predictions in bins of equal width.

    Parameters
    ----------
    probabilities : float array, shape (utterances, classes)
    truth : int array, shape (utterances,)
    n_bins : int

    Returns
    -------
    list of (confidence, accuracy, n), of the bins that hold predictions
    """
    confidence = np.asarray(probabilities, float).max(axis=1) if len(probabilities) else np.empty(0)
    correct = np.asarray(probabilities).argmax(axis=1) == truth if len(confidence) else confidence
    place = np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
    return [
        (float(confidence[inside].mean()), float(correct[inside].mean()), int(inside.sum()))
        for inside in (place == number for number in range(n_bins))
        if inside.any()
    ]


def expected_calibration_error(
    probabilities: npt.NDArray[Any], truth: npt.ArrayLike, *, n_bins: int = 15
) -> float:
    """ECE: mean distance of confidence and accuracy over bins, weighted by their predictions.

    Parameters
    ----------
    probabilities : float array, shape (utterances, classes)
    truth : int array, shape (utterances,)
    n_bins : int
        Of equal width (Guo et al. 2017 use 15).

    Examples
    --------
    >>> round(expected_calibration_error(np.array([[0.9, 0.1], [0.9, 0.1]]), [0, 1]), 6)
    0.4
    """
    bins = reliability_bins(probabilities, truth, n_bins=n_bins)
    total = sum(n for _, _, n in bins)
    if total == 0:
        return float("nan")
    return sum(n * abs(confidence - accuracy) for confidence, accuracy, n in bins) / total


def _ratio(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Floats:
    """Quotient; NaN where the divisor is 0."""
    above, below = np.asarray(above, float), np.asarray(below, float)
    quotient: Floats = np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)
    return quotient


def _mean_over_present(values: Floats, confusion: npt.NDArray[Any]) -> Floats:
    """Mean of values of classes that have utterances."""
    present = confusion.sum(axis=-1) > 0
    return _ratio(np.where(present, values, 0.0).sum(axis=-1), present.sum(axis=-1))
