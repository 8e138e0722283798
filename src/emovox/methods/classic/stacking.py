"""The stacks of ccser's experiments: members whose scores teach a last estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV, RidgeCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from ...errors import unknown_name

Members = list[tuple[str, Any]]


def _neighbors() -> Any:
    return KNeighborsClassifier(3, p=1, weights="distance")


def _logistic() -> Any:
    return LogisticRegression(max_iter=1000)


def _basic() -> Members:
    return [
        ("linear-svc", LinearSVC(max_iter=5000)),
        ("ridge", RidgeClassifierCV()),
        ("logistic", _logistic()),
        ("knn", _neighbors()),
        ("nb", GaussianNB()),
        ("tree", DecisionTreeClassifier(criterion="entropy", max_depth=7, max_features="sqrt")),
    ]


def _forest_and_adaboost() -> Members:
    return [
        ("rf", RandomForestClassifier(10, max_depth=3)),
        ("adab", AdaBoostClassifier(n_estimators=10, learning_rate=0.1)),
    ]


def _ensembles() -> Members:
    return [*_forest_and_adaboost(), ("gb", GradientBoostingClassifier())]


def _perceptron() -> Members:
    return [("mlp", MLPClassifier((300,), max_iter=400))]


def _simple() -> Any:
    members = [("knn", _neighbors()), ("nb", GaussianNB())]
    return StackingClassifier(members, LinearSVC(max_iter=5000))


VARIANTS: dict[str, Callable[[], Any]] = {
    "rf+adab": lambda: StackingClassifier(_forest_and_adaboost(), _logistic()),
    "basic-svc": lambda: StackingClassifier(_basic(), SVC(break_ties=True)),
    "basic-rf": lambda: StackingClassifier(_basic(), RandomForestClassifier()),
    "basic-mlp": lambda: StackingClassifier(_basic(), MLPClassifier(max_iter=400)),
    "basic+ens-nb": lambda: StackingClassifier([*_basic(), *_ensembles()], GaussianNB()),
    "basic+mlp-nb": lambda: StackingClassifier([*_basic(), *_perceptron()], GaussianNB()),
    "basic+mlp-lr": lambda: StackingClassifier([*_basic(), *_perceptron()], _logistic()),
    "basic+ens-simple": lambda: StackingClassifier([*_basic(), *_ensembles()], _simple()),
    "simple": _simple,
}
"""Name -> members and, after the dash, the last estimator."""


def stacking_classifier(*, variant: str = "rf+adab") -> Any:
    """Unfitted stack of a name of `VARIANTS`.

    Parameters
    ----------
    variant : str

    Returns
    -------
    sklearn StackingClassifier

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if variant not in VARIANTS:
        raise unknown_name("variant of the stack", variant, list(VARIANTS))
    return VARIANTS[variant]()


def stacking_regressor(*, variant: str = "rf+adab") -> Any:
    """Unfitted stack for numbers, whose last estimator is a ridge regression.

    Parameters
    ----------
    variant : {"rf+adab", "basic+ens"}
        Forest and AdaBoost; or with support vectors, neighbours and boosting beside them.

    Returns
    -------
    sklearn StackingRegressor

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    members: Members = [
        ("rf", RandomForestRegressor(10, max_depth=3)),
        ("adab", AdaBoostRegressor(n_estimators=10, learning_rate=0.1)),
    ]
    if variant == "basic+ens":
        members += [
            ("svr", SVR(C=1.0, gamma="auto")),
            ("knn", KNeighborsRegressor(3, p=1, weights="distance")),
            ("gb", GradientBoostingRegressor()),
        ]
    elif variant != "rf+adab":
        raise unknown_name("variant of the stack", variant, ["rf+adab", "basic+ens"])
    return StackingRegressor(members, RidgeCV())
