"""What classification and regression share in `fit`: search, steps, estimator, one pipeline."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from .building import fitted
from .deferred import written
from .folds import InnerFolds, inner_folds
from .ledger import Ledger, data_key
from .search import Candidate, Search, candidates, choose, fold_data
from .steps import Recipe


@dataclass(frozen=True)
class Trained:
    """What training leaves behind.

    Parameters
    ----------
    pipeline : sklearn Pipeline
        Everything that was fitted.
    candidate : dict
        The settings chosen.
    results : list of dict
        Every score of the search.
    folds : InnerFolds
        The folds inside the training part.
    """

    pipeline: Pipeline
    candidate: Candidate
    results: list[dict[str, Any]]
    folds: InnerFolds


def train(
    search: Search,
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None,
    *,
    n_folds: int,
    scoring: str,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Trained:
    """Choose settings inside the training part, then fit all steps on all of it.

    Parameters
    ----------
    search : Search
    X : float array, shape (utterances, features)
    y : array, shape (utterances,) or (utterances, dimensions)
    groups : array, shape (utterances,), optional
        Speakers, kept apart in the inner folds.
    n_folds : int
        Inner folds.
    scoring : str
        Name of the criterion, part of the checkpoint's key.
    checkpoint : folder, optional
        Where the scores of the search are kept.

    Returns
    -------
    Trained
    """
    folds = inner_folds(
        y, groups, n_folds=n_folds, random_state=search.random_state, classes=search.n_classes > 0
    )
    candidate: Candidate = {}
    results: list[dict[str, Any]] = []
    if search.how is not None:
        key = _key(search, X, y, groups, n_folds=n_folds, scoring=scoring)
        ledger = Ledger(checkpoint, key=key)
        candidate, results = choose(search, X, y, groups, folds=folds, ledger=ledger)
    columns = search.parts.get(candidate.get("columns", ""))
    steps, transformed = search.recipe.fit(X, y, columns=columns)
    estimator = search.built(candidate, shape=transformed.shape)
    fitted(estimator, transformed, y, groups, random_state=search.random_state)
    return Trained(Pipeline([*steps, ("estimator", estimator)]), candidate, results, folds)


def held_out(
    search: Search,
    trained: Trained,
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None,
) -> list[tuple[Any, npt.NDArray[np.floating], npt.NDArray[np.intp]]]:
    """Estimators of the chosen settings, each with rows of the training part it has not seen.

    Returns
    -------
    list of (fitted estimator, transformed rows, their indices); folds whose training part lacks
    a class are left out.
    """
    n_classes = len(np.unique(y))
    found = []
    for split in trained.folds.splits:
        if len(np.unique(y[split[0]])) == n_classes:
            data = fold_data(search, trained.candidate, X, y, groups, split)
            estimator, rows = data.fit(search, trained.candidate)
            found.append((estimator, rows, split[1]))
    return found


def _key(
    search: Search,
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None,
    *,
    n_folds: int,
    scoring: str,
) -> str:
    """Key of a search: all that its scores depend on."""
    recipe: Recipe = search.recipe
    settings = {
        "estimator": type(search.estimator).__name__,
        "parameters": written(search.estimator.get_params(deep=True)),
        "recipe": written(vars(recipe)),
        "candidates": [written(candidate) for candidate in candidates(search.grid)],
        "parts": {name: list(part) for name, part in search.parts.items()},
        "class_weight": search.class_weight,
        "seed": search.random_state,
        "n_folds": n_folds,
        "scoring": scoring,
    }
    if search.estimators:
        settings["estimators"] = {
            name: [type(one).__name__, written(one.get_params(deep=True))]
            for name, one in search.estimators.items()
        }
    return data_key(settings, X, y, groups)
