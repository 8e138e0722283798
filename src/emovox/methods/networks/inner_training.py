"""Trainings inside the training part: for choosing settings, and for the temperature."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from ...engine.data import Data
from ...engine.recipe import Recipe
from ...engine.seeds import threads
from ...engine.watching import answers
from ...errors import UsageError
from ..classic.folds import InnerFolds, inner_folds
from ..classic.scores import fit_temperature
from .arrays import checked
from .views import windows

if TYPE_CHECKING:
    from .estimator import NetworkClassifier

Array = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Speakers = npt.NDArray[np.generic] | None
CALIBRATION_FOLDS = 3
_NOT_SEARCHED = ("calibrate", "checkpoint", "feature", "grid", "network", "search", "search_folds")
_OF_THE_EPOCH = ("criterion", "epoch", "patience", "ties", "watch")


def checked_grid(estimator: NetworkClassifier) -> dict[str, Sequence[Any]]:
    """Settings that a search tries.

    Raises
    ------
    UsageError
        If there are none, or some that no search may choose: those of the search itself, and
        with ``watch="test"`` how an epoch is chosen, as inner folds never see the test part.
    """
    grid: dict[str, Sequence[Any]] = dict(estimator.grid or estimator.network.grid)
    name = estimator.network.name
    if not grid:
        raise UsageError("usage", f"{name} has no grid to search; give one")
    for setting in grid:
        if setting in _NOT_SEARCHED:
            raise UsageError("usage", f"the grid of {name} has {setting!r}, which is not searched")
        if setting in _OF_THE_EPOCH and estimator.watch == "test":
            raise UsageError(
                "usage",
                f"the grid of {name} has {setting!r} and watch=test: inner folds do not see the "
                "test part; set watch=speakers",
            )
    if "test" in grid.get("watch", ()):
        raise UsageError(
            "usage",
            f"the grid of {name} has watch=test: inner folds do not see the test part; allowed: "
            "none, speakers",
        )
    return grid


def searched(
    estimator: NetworkClassifier,
    X: Sequence[Array],
    encoded: Labels,
    speakers: Speakers,
    grid: Mapping[str, Sequence[Any]],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Settings of the best mean recall over inner folds of the training part.

    Parameters
    ----------
    estimator : NetworkClassifier
    X, encoded, speakers
        The training part, as `NetworkClassifier.fit` is given it.
    grid : mapping

    Returns
    -------
    dict, the settings; list of dict with ``settings``, ``scores`` and ``mean`` of each candidate

    Raises
    ------
    UsageError
        If there are too few utterances to hold any out.
    """
    folds = inner_folds(
        encoded, speakers, n_folds=estimator.search_folds, random_state=estimator.random_state
    )
    if not folds.splits:
        raise UsageError("usage", "too few utterances to hold any out; set search=none")
    results: list[dict[str, Any]] = []
    for values in itertools.product(*grid.values()):
        candidate = dict(zip(grid, values, strict=True))
        scores = []
        for kept, held in folds.splits:
            one = _inner(estimator).set_params(**candidate)
            _fit(one, X, encoded, speakers, kept)
            right = one.predict([X[row] for row in held]) == encoded[held]
            recalls = [right[encoded[held] == k].mean() for k in np.unique(encoded[held])]
            scores.append(float(np.mean(recalls)))
        results.append({"settings": candidate, "scores": scores, "mean": float(np.mean(scores))})
    best = max(results, key=lambda one: float(one["mean"]))
    return dict(best["settings"]), results


def calibrated(
    estimator: NetworkClassifier, X: Sequence[Array], encoded: Labels, speakers: Speakers
) -> tuple[float, InnerFolds]:
    """Temperature of the answers to inner folds, each by a network trained on the others.

    Each of the three networks is trained as `estimator` is. All rows that are held out count,
    changed copies of recordings too; copies are in the fold of their recording's speaker.

    Returns
    -------
    float, the temperature; InnerFolds

    Raises
    ------
    UsageError
        If there are too few utterances to hold any out.
    """
    folds = inner_folds(
        encoded, speakers, n_folds=CALIBRATION_FOLDS, random_state=estimator.random_state
    )
    n_classes = int(encoded.max()) + 1
    scores: list[npt.NDArray[np.float64]] = []
    rows_of: list[npt.NDArray[np.int64]] = []
    truth: list[npt.NDArray[np.intp]] = []
    n_rows = 0
    for kept, held in folds.splits:
        known = np.unique(encoded[kept])
        # What a fold was not taught it cannot answer.
        rows = held[np.isin(encoded[held], known)]
        if len(known) < 2 or not len(rows):
            continue
        one = _fit(_inner(estimator), X, encoded, speakers, kept)
        told = checked(one.network, [X[row] for row in rows])
        data = Data(told, windows=windows(one.input_["window"]))
        with threads((one.recipe or Recipe()).threads):
            found = answers(one.network_, data, device=one.device)
        logits = np.full((len(found.logits), n_classes), -np.inf)
        logits[:, one.classes_] = found.logits
        scores.append(logits)
        rows_of.append(found.rows + n_rows)
        truth.append(encoded[rows].astype(np.intp))
        n_rows += len(rows)
    if not scores:
        raise UsageError("usage", "too few utterances to hold any out; set calibrate=none")
    found_rows = np.concatenate(rows_of)
    return (
        fit_temperature(np.concatenate(scores), np.concatenate(truth), rows=found_rows),
        folds,
    )


def _inner(estimator: NetworkClassifier) -> NetworkClassifier:
    """The estimator, untrained, for a part of the training part: it sees no test part."""
    one: NetworkClassifier = clone(estimator).set_params(search=None, calibrate=None)
    return one.set_params(watch=None, epoch="last") if one.watch == "test" else one


def _fit(
    estimator: NetworkClassifier,
    X: Sequence[Array],
    encoded: Labels,
    speakers: Speakers,
    rows: npt.NDArray[np.intp],
) -> NetworkClassifier:
    """Fit on some rows of the training part."""
    groups = None if speakers is None else speakers[rows]
    return estimator.fit([X[row] for row in rows], encoded[rows], groups=groups)
