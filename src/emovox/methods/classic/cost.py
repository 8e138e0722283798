"""What a fitted pipeline holds and what one prediction computes, by closed formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.ensemble._forest import BaseForest
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ...errors import UsageError
from ..contract import Cost


def pipeline_cost(pipeline: Pipeline, *, n_features: int) -> Cost:
    """Cost of a fitted pipeline for one utterance.

    Parameters
    ----------
    pipeline : sklearn Pipeline
        Fitted, with steps named as of `UtteranceClassifier`.
    n_features : int
        Width of what comes in.

    Returns
    -------
    Cost
        A scaler counts two parameters and one multiply-add a feature, a selection nothing,
        principal components F k (+ F for the mean); see `estimator_cost` for the last step.
    """
    total = Cost(0, 0)
    width = n_features
    for name, step in pipeline.steps[:-1]:
        if name == "columns":
            width = len(step.transformers_[0][2])
        elif name == "scaler":
            total += Cost(_scaler_parameters(step, width), width)
        elif name == "select":
            width = int(step.get_support().sum())
        else:
            kept = step.components_.shape[0]
            total += Cost(width * kept + width, width * kept)
            width = kept
    return total + estimator_cost(pipeline[-1], n_features=width)


def _scaler_parameters(step: Any, width: int) -> int:
    """Two numbers a feature; of a quantile scaler its quantiles."""
    quantiles = getattr(step, "quantiles_", None)
    return 2 * width if quantiles is None else int(np.size(quantiles))


def estimator_cost(estimator: Any, *, n_features: int) -> Cost:
    """Cost of a fitted estimator for one row.

    Parameters
    ----------
    estimator : fitted scikit-learn estimator
    n_features : int

    Returns
    -------
    Cost
        Linear: C F (+ C). Support vectors: n_SV F for the kernel and n_SV (C-1) for the sums
        (a linear kernel is counted as it is computed, through its support vectors). Trees: four
        numbers an inner node and the values of the leaves; comparisons along the deepest path.
        Nearest neighbours: n F. Perceptron: its weights. Ensembles: the sum of their members.

    Raises
    ------
    UsageError
        For an estimator without a formula.
    """
    for kinds, formula in _FORMULAS:
        if isinstance(estimator, kinds):
            cost: Cost = formula(estimator, n_features)
            return cost
    if hasattr(estimator, "coef_"):
        return _linear(estimator, n_features)
    raise UsageError("usage", f"there is no formula for the cost of {type(estimator).__name__}")


def _linear(estimator: Any, n_features: int) -> Cost:
    weights = int(np.size(estimator.coef_))
    return Cost(weights + int(np.size(estimator.intercept_)), weights)


def _support_vectors(estimator: Any, n_features: int) -> Cost:
    n_vectors = estimator.support_vectors_.shape[0]
    sums = int(np.size(estimator.dual_coef_))
    parameters = n_vectors * n_features + sums + int(np.size(estimator.intercept_))
    return Cost(parameters, n_vectors * n_features + sums)


def _tree(estimator: Any, n_features: int) -> Cost:
    tree = estimator.tree_
    n_leaves = int(tree.n_leaves)
    inner = int(tree.node_count) - n_leaves
    return Cost(4 * inner + n_leaves * int(tree.value[0].size), int(tree.max_depth))


def _members(estimator: Any, n_features: int) -> Cost:
    return _sum(estimator.estimators_, n_features)


def _boosting(estimator: Any, n_features: int) -> Cost:
    """One tree a round and class."""
    return _sum(estimator.estimators_.ravel(), n_features)


def _weighted(estimator: Any, n_features: int) -> Cost:
    n_members = len(estimator.estimators_)
    return _sum(estimator.estimators_, n_features) + Cost(n_members, n_members)


def _bagging(estimator: Any, n_features: int) -> Cost:
    total = Cost(0, 0)
    members = zip(estimator.estimators_, estimator.estimators_features_, strict=True)
    for member, columns in members:
        total += estimator_cost(member, n_features=len(columns))
    return total


def _neighbours(estimator: Any, n_features: int) -> Cost:
    n_rows = int(estimator.n_samples_fit_)
    n_targets = 1 if estimator._y.ndim == 1 else estimator._y.shape[1]
    return Cost(n_rows * (n_features + n_targets), n_rows * n_features)


def _perceptron(estimator: Any, n_features: int) -> Cost:
    weights = sum(int(np.size(layer)) for layer in estimator.coefs_)
    return Cost(weights + sum(int(np.size(layer)) for layer in estimator.intercepts_), weights)


def _naive_bayes(estimator: Any, n_features: int) -> Cost:
    n_classes = len(estimator.classes_)
    return Cost(2 * n_classes * n_features + n_classes, 2 * n_classes * n_features)


def _stack(estimator: Any, n_features: int) -> Cost:
    members = _sum(estimator.estimators_, n_features)
    last = estimator.final_estimator_
    return members + estimator_cost(last, n_features=int(last.n_features_in_))


def _sum(members: Any, n_features: int) -> Cost:
    total = Cost(0, 0)
    for member in members:
        total += estimator_cost(member, n_features=n_features)
    return total


_FORMULAS: tuple[tuple[tuple[type, ...], Any], ...] = (
    ((SVC, SVR), _support_vectors),
    ((DecisionTreeClassifier, DecisionTreeRegressor), _tree),
    ((GradientBoostingClassifier, GradientBoostingRegressor), _boosting),
    ((BaseForest,), _members),
    ((AdaBoostClassifier, AdaBoostRegressor), _weighted),
    ((BaggingClassifier, BaggingRegressor), _bagging),
    ((KNeighborsClassifier, KNeighborsRegressor), _neighbours),
    ((MLPClassifier, MLPRegressor), _perceptron),
    ((GaussianNB,), _naive_bayes),
    ((StackingClassifier, StackingRegressor), _stack),
    ((VotingClassifier, VotingRegressor, OneVsRestClassifier, MultiOutputRegressor), _members),
)
