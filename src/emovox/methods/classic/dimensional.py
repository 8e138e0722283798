"""The regressor of all classic methods: from a vector of features to arousal or its like."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.multioutput import MultiOutputRegressor
from sklearn.svm import SVR
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from ...errors import unknown_name
from .deferred import written
from .search import Judge, Search
from .steps import Recipe
from .training import train
from .utterance_method import UtteranceMethod

SCORINGS = ("concordance", "mean_squared_error")


class UtteranceRegressor(UtteranceMethod, RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Scaler, selection, principal components and a regressor, all fitted on the training part.

    Parameters
    ----------
    estimator : scikit-learn regressor, optional
        Unfitted; by default a support vector machine (RBF, C 1, gamma 1/F).
    feature, scaler, select, pca, pca_solver, search, grid, search_folds, n_random, estimators, \
n_jobs, random_state, checkpoint
        As of `UtteranceClassifier`.
    shuffle : bool
        Put the training rows into a random order first.
    scoring : {"concordance", "mean_squared_error"}
        Criterion of the search; the smaller error wins.

    Attributes
    ----------
    pipeline_ : sklearn Pipeline
    chosen_, search_results_, inner_split_, n_features_in_
        As of `UtteranceClassifier`.
    n_outputs_ : int
        Number of dimensions.

    Examples
    --------
    >>> X = np.linspace(0, 1, 20)[:, np.newaxis]
    >>> model = UtteranceRegressor().fit(X, X[:, 0])
    >>> bool(abs(model.predict(X) - X[:, 0]).max() < 0.2)
    True
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        feature: str = "chroma+mel+mfcc",
        scaler: str | None = "standard",
        select: int | None = None,
        pca: int | float | Literal["mle"] | None = None,
        pca_solver: str = "auto",
        shuffle: bool = False,
        search: str | None = None,
        grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]] | None = None,
        search_folds: int = 3,
        scoring: str = "concordance",
        n_random: int = 20,
        estimators: Mapping[str, Any] | None = None,
        n_jobs: int | None = None,
        random_state: int | None = 0,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> None:
        self.estimator = estimator
        self.feature = feature
        self.scaler = scaler
        self.select = select
        self.pca = pca
        self.pca_solver = pca_solver
        self.shuffle = shuffle
        self.search = search
        self.grid = grid
        self.search_folds = search_folds
        self.scoring = scoring
        self.n_random = n_random
        self.estimators = estimators
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.checkpoint = checkpoint

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that several dimensions are learned at once."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Fit every step on the training part.

        Parameters
        ----------
        X : float array, shape (utterances, features)
        y : float array, shape (utterances,) or (utterances, dimensions)
        groups : array, shape (utterances,), optional
            Speakers: inner folds keep them apart.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            scikit-learn's own, for NaN and wrong shapes.
        UsageError
            For settings that are not known.
        """
        X, y = validate_data(
            self, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True
        )
        y = np.asarray(y, dtype=np.float64)
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        speakers = None if groups is None else np.asarray(groups)
        if speakers is not None:
            check_consistent_length(X, speakers)
        if self.shuffle:
            rows = np.random.default_rng(self.random_state).permutation(len(X))
            X, y = X[rows], y[rows]
            speakers = None if speakers is None else speakers[rows]
        trained = train(
            self._search(many=y.ndim == 2),
            X,
            y,
            speakers,
            n_folds=self.search_folds,
            scoring=self.scoring,
            checkpoint=self.checkpoint,
        )
        self.pipeline_ = trained.pipeline
        self.chosen_ = written(trained.candidate)
        self.search_results_ = trained.results
        self.inner_split_ = trained.folds.by
        return self

    def _search(self, *, many: bool) -> Search:
        """Return the search; of several dimensions each has an estimator of its own."""
        estimator = SVR(C=1.0, gamma="auto") if self.estimator is None else self.estimator
        estimators = dict(self.estimators or {})
        if many:
            estimator = MultiOutputRegressor(estimator)
            estimators = {name: MultiOutputRegressor(one) for name, one in estimators.items()}
        return Search(
            estimator=estimator,
            recipe=Recipe(
                scaler=self.scaler,
                select=self.select,
                pca=self.pca,
                pca_solver=self.pca_solver,
                random_state=self.random_state,
                regression=True,
            ),
            grid=self.grid or {},
            judge=judge(self.scoring),
            how=self.search,
            n_random=self.n_random,
            estimators=estimators,
            n_classes=0,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
        )

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """Value of each dimension.

        Parameters
        ----------
        X : float array, shape (utterances, features)

        Returns
        -------
        float64 array, shape (utterances,) or (utterances, dimensions)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.asarray(self.pipeline_.predict(X), dtype=np.float64)


def judge(scoring: str) -> Judge:
    """Score of a name of `SCORINGS`: more is better, so an error counts negative.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if scoring == "concordance":
        return _concordance
    if scoring == "mean_squared_error":
        return _negative_mean_squared_error
    raise unknown_name("scoring", scoring, SCORINGS)


def concordance(truth: npt.NDArray[np.floating], predicted: npt.NDArray[np.floating]) -> float:
    """Concordance correlation coefficient (Lin 1989), the mean over dimensions.

    Parameters
    ----------
    truth, predicted : float array, shape (utterances,) or (utterances, dimensions)

    Returns
    -------
    float, in -1..1; 0 where both are constant

    Examples
    --------
    >>> concordance(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    1.0
    """
    truth_mean, predicted_mean = truth.mean(axis=0), predicted.mean(axis=0)
    together = ((truth - truth_mean) * (predicted - predicted_mean)).mean(axis=0)
    spread = truth.var(axis=0) + predicted.var(axis=0) + (truth_mean - predicted_mean) ** 2
    return float(np.mean(2 * together / np.where(spread > 0, spread, 1.0)))


def _concordance(
    estimator: Any, X: npt.NDArray[np.floating], truth: npt.NDArray[np.generic]
) -> float:
    return concordance(np.asarray(truth, dtype=np.float64), np.asarray(estimator.predict(X)))


def _negative_mean_squared_error(
    estimator: Any, X: npt.NDArray[np.floating], truth: npt.NDArray[np.generic]
) -> float:
    return -float(np.mean((np.asarray(truth, dtype=np.float64) - estimator.predict(X)) ** 2))
