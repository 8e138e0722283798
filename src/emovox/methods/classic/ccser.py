"""The methods of ccser: scikit-learn estimators with the settings that it has stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn import svm

from .method import ClassicMethod

SOURCE = "ccser (cxxu, 2023), after x4nth055's emotion-recognition-using-speech (2019)"
FEATURE = "chroma+mel+mfcc"

SVC_GRID: dict[str, Sequence[Any]] = {
    "C": [0.0005, 0.001, 0.002, 0.01, 0.1, 1, 10],
    "gamma": [0.001, 0.01, 0.1, 1],
    "kernel": ["rbf", "poly", "sigmoid"],
}


def _svc() -> Any:
    return svm.SVC(C=10, gamma=0.001, kernel="rbf", break_ties=True)


def _svr() -> Any:
    return svm.SVR(C=10, gamma=0.001, kernel="rbf")


SVC = ClassicMethod(
    name="ccser-svc",
    title="Support vector machine with an RBF kernel",
    source=SOURCE,
    feature=FEATURE,
    build=_svc,
    build_regressor=_svr,
    grid=SVC_GRID,
    regression_grid=SVC_GRID,
)
