"""From the scores of an estimator to probabilities: one scale for all classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

Array = npt.NDArray[np.float64]


def score_kind(estimator: Any) -> str:
    """``"probability"`` where the fitted estimator has probabilities, else ``"decision"``."""
    return "probability" if hasattr(estimator, "predict_proba") else "decision"


def class_scores(estimator: Any, X: npt.NDArray[np.floating]) -> Array:
    """Scores of each class: probabilities, or decision values.

    Parameters
    ----------
    estimator : fitted scikit-learn classifier or pipeline
    X : float array, shape (utterances, features)

    Returns
    -------
    float64 array, shape (utterances, classes)
        Of two classes whose decision value is d, the scores are -d/2 and d/2, so that their
        softmax is the logistic function of d.
    """
    if score_kind(estimator) == "probability":
        return np.asarray(estimator.predict_proba(X), dtype=np.float64)
    decision = np.asarray(estimator.decision_function(X), dtype=np.float64)
    if decision.ndim == 1:
        return np.stack([-decision / 2, decision / 2], axis=1)
    return decision


def fit_temperature(
    scores: Array, truth: npt.NDArray[np.intp], *, rows: npt.NDArray[np.integer] | None = None
) -> float:
    """Temperature under which the softmax of `scores` makes `truth` the most likely.

    Parameters
    ----------
    scores : float array, shape (utterances, classes)
        Of utterances that the estimator was not fitted on.
    truth : int array, shape (utterances,)
        Column of the right class.
    rows : int array, shape (windows,), optional
        Where `scores` has a row for each window: whose window it is. The probabilities of an
        utterance are then the means over its windows.

    Returns
    -------
    float, in 1e-4..1e4; without windows it never changes which class is the top one

    Notes
    -----
    Guo et al., "On calibration of modern neural networks", ICML 2017, equation 9.

    Examples
    --------
    >>> scores = np.array([[9.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 0.0]])
    >>> of_four = fit_temperature(scores, np.array([0, 0, 1, 1]))
    >>> round(9 / of_four, 2)  # three of four are right: ln 3
    1.1
    """
    if rows is not None and len(rows) > len(truth):
        return _of_windows(scores, truth, rows)
    if rows is not None:
        scores = scores[np.argsort(rows)]
    rows = np.arange(len(truth))

    def negative_log_likelihood(log_temperature: float) -> float:
        scaled = scores * np.exp(-log_temperature)
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, np.newaxis]).sum(axis=1))
        return float(np.mean(total - scaled[rows, truth]))

    bounds = (np.log(1e-4), np.log(1e4))
    found = minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded")
    return float(np.exp(found.x))


def _of_windows(scores: Array, truth: npt.NDArray[np.intp], rows: npt.NDArray[np.integer]) -> float:
    """Temperature that is applied to each window before the mean of the probabilities."""
    n_windows = np.bincount(rows, minlength=len(truth))

    def negative_log_likelihood(log_temperature: float) -> float:
        scaled = scores * np.exp(-log_temperature)
        raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        right = raised[np.arange(len(raised)), truth[rows]] / raised.sum(axis=1)
        mean = np.bincount(rows, weights=right, minlength=len(truth)) / n_windows
        return float(-np.log(np.maximum(mean, 1e-300)).mean())

    bounds = (np.log(1e-4), np.log(1e4))
    found = minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded")
    return float(np.exp(found.x))
