"""The classifier of all classic methods: from a vector of features to emotions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score, recall_score
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from ...errors import UsageError, unknown_name
from ...models.model import softmax
from .balance import rows_to_keep
from .deferred import written
from .scores import class_scores, fit_temperature, score_kind
from .search import Judge, Search
from .steps import Recipe
from .training import held_out, train
from .utterance_method import UtteranceMethod

SCORINGS = ("unweighted_average_recall", "accuracy")


class UtteranceClassifier(UtteranceMethod, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Scaler, selection, principal components and an estimator, all fitted on the training part.

    Parameters
    ----------
    estimator : scikit-learn classifier, optional
        Unfitted; by default a support vector machine (RBF, C 10, gamma 1/F). Its settings may be
        deferred (`deferred.PerFeature`).
    feature : str
        The feature that it is made for.
    scaler : {"standard", "minmax", "robust", "quantile"}, optional
    select : int, optional
        Keep so many features of the highest mutual information with the label.
    pca : int, float, "mle", optional
        At most so many principal components, a share of the variance, or Minka's choice.
    pca_solver : {"auto", "full", "arpack", "randomized"}
    balance : {"undersample", "undersample-random", "class_weight"}, optional
        See `balance.BALANCES`.
    shuffle : bool
        Put the training rows into a random order first.
    search : {"exhaustive", "halving", "random"}, optional
        Choose the settings of `grid` inside the training part.
    grid : mapping or list of mappings, optional
        Setting of the estimator -> values; ``columns`` chooses one of `parts`, ``estimator`` one
        of `estimators`.
    search_folds : int
        Inner folds of the search and of the temperature.
    scoring : {"unweighted_average_recall", "accuracy"}
        Criterion of the search.
    n_random : int
        Candidates of a random search.
    parts : mapping, optional
        Name -> (start, stop) of parts of the features.
    estimators : mapping, optional
        Name -> unfitted classifier, one of which a search may choose in the place of `estimator`.
    n_jobs : int, optional
        Processes of the search.
    random_state : int, optional
        Seed of everything that draws.
    checkpoint : folder, optional
        Where the scores of the search are kept; a killed search goes on from there.

    Attributes
    ----------
    classes_ : array, shape (classes,)
        Sorted labels.
    pipeline_ : sklearn Pipeline
        Fitted steps ``columns``, ``scaler``, ``select``, ``pca``, ``estimator``, those that are
        used. It was taught with the labels' places in `classes_`.
    score_kind_ : {"probability", "decision"}
        What the pipeline's last step gives.
    temperature_ : float
        Scale of the softmax of decision values; 1 where there are probabilities.
    chosen_ : dict
        Settings chosen by the search.
    search_results_ : list of dict
        Every candidate with its scores.
    inner_split_ : {"speaker", "stratified"}
        What the inner folds keep apart.
    n_features_in_ : int

    Notes
    -----
    Decision values become probabilities by one temperature for all classes, fitted on inner
    folds of the training part (with speakers apart where `groups` are given), never by the
    internal cross-validation of ``SVC(probability=True)``, which mixes speakers and may contradict
    the predicted label. A support vector machine for several classes predicts the class of the
    largest one-versus-rest-shaped decision value (scikit-learn's ``break_ties=True``), so ties
    of its votes are decided by the margins.

    Examples
    --------
    >>> X = np.array([[0.0, 1.0], [0.1, 0.9], [1.0, 0.1], [0.9, 0.0]])
    >>> model = UtteranceClassifier().fit(X, ["anger", "anger", "sadness", "sadness"])
    >>> model.predict(X).tolist()
    ['anger', 'anger', 'sadness', 'sadness']
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
        balance: str | None = None,
        shuffle: bool = False,
        search: str | None = None,
        grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]] | None = None,
        search_folds: int = 3,
        scoring: str = "unweighted_average_recall",
        n_random: int = 20,
        parts: Mapping[str, tuple[int, int]] | None = None,
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
        self.balance = balance
        self.shuffle = shuffle
        self.search = search
        self.grid = grid
        self.search_folds = search_folds
        self.scoring = scoring
        self.n_random = n_random
        self.parts = parts
        self.estimators = estimators
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.checkpoint = checkpoint

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Fit every step on the training part.

        Parameters
        ----------
        X : float array, shape (utterances, features)
        y : array, shape (utterances,)
            Labels.
        groups : array, shape (utterances,), optional
            Speakers: inner folds keep them apart.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            scikit-learn's own, for NaN, wrong shapes and wrong kinds of label.
        UsageError
            For fewer than two classes, or settings that are not known.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, encoded = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise UsageError(
                "usage",
                f"a classifier needs at least two classes; the labels hold only one class: "
                f"{self.classes_[0]!r}",
            )
        speakers = None if groups is None else np.asarray(groups)
        if speakers is not None:
            check_consistent_length(X, speakers)
        rows = rows_to_keep(
            encoded, balance=self.balance, shuffle=self.shuffle, random_state=self.random_state
        )
        X, encoded = X[rows], encoded[rows]
        speakers = None if speakers is None else speakers[rows]
        search = self._search(len(self.classes_))
        trained = train(
            search,
            X,
            encoded,
            speakers,
            n_folds=self.search_folds,
            scoring=self.scoring,
            checkpoint=self.checkpoint,
        )
        self.pipeline_ = trained.pipeline
        self.chosen_ = written(trained.candidate)
        self.search_results_ = trained.results
        self.inner_split_ = trained.folds.by
        self.score_kind_ = score_kind(self.pipeline_[-1])
        self.temperature_ = 1.0
        if self.score_kind_ == "decision":
            held = held_out(search, trained, X, encoded, speakers)
            if held:
                scores = np.concatenate([class_scores(model, rows) for model, rows, _ in held])
                truth = np.concatenate([encoded[rows] for _, _, rows in held])
                self.temperature_ = fit_temperature(scores, truth)
        return self

    def _search(self, n_classes: int) -> Search:
        default = SVC(C=10.0, gamma="auto", break_ties=True)
        return Search(
            estimator=default if self.estimator is None else self.estimator,
            recipe=Recipe(
                scaler=self.scaler,
                select=self.select,
                pca=self.pca,
                pca_solver=self.pca_solver,
                random_state=self.random_state,
            ),
            grid=self.grid or {},
            judge=judge(self.scoring),
            how=self.search,
            n_random=self.n_random,
            parts=self.parts or {},
            estimators=self.estimators or {},
            n_classes=n_classes,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
            class_weight=self.balance == "class_weight",
        )

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Probability of each class.

        Parameters
        ----------
        X : float array, shape (utterances, features)

        Returns
        -------
        float64 array, shape (utterances, classes); rows sum to 1, columns as `classes_`
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        scores = class_scores(self.pipeline_, X)
        if self.score_kind_ == "decision":
            return softmax(scores, self.temperature_)
        # Networks that were taught in single precision sum to one only within it.
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Most likely class of each utterance.

        Parameters
        ----------
        X : float array, shape (utterances, features)

        Returns
        -------
        array, shape (utterances,), of `classes_`
        """
        top = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[top])


def judge(scoring: str) -> Judge:
    """Score of a name of `SCORINGS`, as a function of a fitted estimator, rows and truth.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if scoring == "unweighted_average_recall":
        return _unweighted_average_recall
    if scoring == "accuracy":
        return _accuracy
    raise unknown_name("scoring", scoring, SCORINGS)


def _prediction(estimator: Any, X: npt.NDArray[np.floating]) -> npt.NDArray[np.generic]:
    return np.asarray(estimator.classes_[np.argmax(class_scores(estimator, X), axis=1)])


def _unweighted_average_recall(
    estimator: Any, X: npt.NDArray[np.floating], truth: npt.NDArray[np.generic]
) -> float:
    """Mean recall over the classes present in `truth`."""
    present = np.unique(truth)
    predicted = _prediction(estimator, X)
    return float(recall_score(truth, predicted, labels=present, average="macro", zero_division=0))


def _accuracy(estimator: Any, X: npt.NDArray[np.floating], truth: npt.NDArray[np.generic]) -> float:
    return float(accuracy_score(truth, _prediction(estimator, X)))
