"""Support vector machines on utterance features, after Kurpukdee et al. 2017: a reconstruction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from ...errors import UsageError
from .deferred import PerFeature
from .estimator import UtteranceClassifier
from .method import ClassicMethod

SOURCE = (
    "N. Kurpukdee, S. Kasuriya, V. Chunwijitra, C. Wutiwiwatchai, P. Lamsrichan, "
    '"A study of support vector machines for emotional speech recognition", IC-ICTES 2017'
)
NOTE = (
    "A reconstruction: the paper's features, cost and kernel parameters are unknown, so sizes, "
    "functionals and grids are this project's choice. Ties of votes are decided by the margins, "
    "not by the label's order as in libsvm. coef0=0 is the homogeneous polynomial, degree=2 the "
    "quadratic, bsvm=True one machine per class."
)

WIDTHS: dict[str, int] = {"fbank": 720, "mfcc": 234, "plp": 234, "prosody": 37}
"""Feature set -> its dimension, in the order in which they stand side by side."""

KERNELS = ("linear", "rbf", "poly")
COSTS = [0.01, 0.1, 1.0, 10.0, 100.0]
GAMMAS = [PerFeature(factor) for factor in (0.1, 0.3, 1.0, 3.0, 10.0)]


def kernel_grid(kernel: str) -> dict[str, Sequence[Any]]:
    """Costs of a kernel, and gammas where it has one.

    Examples
    --------
    >>> sorted(kernel_grid("linear")), sorted(kernel_grid("rbf"))
    (['C', 'kernel'], ['C', 'gamma', 'kernel'])
    """
    grid: dict[str, Sequence[Any]] = {"kernel": [kernel], "C": COSTS}
    return grid if kernel == "linear" else {**grid, "gamma": GAMMAS}


def parts() -> dict[str, tuple[int, int]]:
    """Columns (start, stop) of each feature set when all four stand side by side.

    Examples
    --------
    >>> parts()["mfcc"]
    (720, 954)
    """
    stops = np.cumsum(list(WIDTHS.values())).tolist()
    return {
        name: (stop - width, stop)
        for (name, width), stop in zip(WIDTHS.items(), stops, strict=True)
    }


def _machine(kernel: str, *, bsvm: bool = False) -> Any:
    """Return the machine with the sheet's fixed settings: d = 3, r = 1, tolerance 1e-3."""
    machine = SVC(
        kernel=kernel,
        C=1.0,
        gamma=PerFeature(1.0),
        degree=3,
        coef0=1.0,
        tol=1e-3,
        break_ties=not bsvm,
    )
    return OneVsRestClassifier(machine) if bsvm else machine


def _method(name: str, title: str, **more: Any) -> ClassicMethod:
    defaults = {
        "search": "exhaustive",
        "scoring": "accuracy",
        "search_folds": 3,
        **more.pop("defaults", {}),
    }
    return ClassicMethod(
        name=name,
        title=title,
        source=SOURCE,
        note=NOTE,
        options={"bsvm": False},
        defaults=defaults,
        **more,
    )


CHOSEN = _method(
    "svm-kurpukdee",
    "The one of twelve support vector machines that inner folds of the training part choose",
    feature="+".join(f"kurpukdee-{name}" for name in WIDTHS),
    build=partial(_machine, "poly"),
    grid=[{"columns": [name], **kernel_grid(kernel)} for name in WIDTHS for kernel in KERNELS],
    defaults={"parts": parts()},
)


def _one(feature: str, kernel: str) -> ClassicMethod:
    return _method(
        f"svm-kurpukdee-{feature}-{kernel}",
        f"Support vector machine, {kernel} kernel, on the {feature} functionals",
        feature=f"kurpukdee-{feature}",
        build=partial(_machine, kernel),
        grid=kernel_grid(kernel),
    )


FBANK_LINEAR = _one("fbank", "linear")
FBANK_RBF = _one("fbank", "rbf")
FBANK_POLY = _one("fbank", "poly")
MFCC_LINEAR = _one("mfcc", "linear")
MFCC_RBF = _one("mfcc", "rbf")
MFCC_POLY = _one("mfcc", "poly")
PLP_LINEAR = _one("plp", "linear")
PLP_RBF = _one("plp", "rbf")
PLP_POLY = _one("plp", "poly")
PROSODY_LINEAR = _one("prosody", "linear")
PROSODY_RBF = _one("prosody", "rbf")
PROSODY_POLY = _one("prosody", "poly")


@dataclass(frozen=True)
class SupportVectors:
    """How many support vectors a fitted machine holds.

    Parameters
    ----------
    per_class : mapping
        Class -> number (one-versus-one), or vectors of its own machine (one-versus-rest).
    n_features : int
        Width of each.
    """

    per_class: Mapping[Any, int]
    n_features: int

    @property
    def total(self) -> int:
        """Number of vectors."""
        return sum(self.per_class.values())

    @property
    def n_bytes(self) -> int:
        """Bytes in double precision: n_SV F 8."""
        return self.total * self.n_features * 8


def support_vectors(classifier: UtteranceClassifier) -> SupportVectors:
    """Count the support vectors of a fitted classifier.

    Parameters
    ----------
    classifier : UtteranceClassifier
        Fitted; its estimator an SVC, or one for each class (`bsvm`).

    Returns
    -------
    SupportVectors

    Raises
    ------
    UsageError
        If its estimator has none.
    """
    estimator = classifier.pipeline_[-1]
    if isinstance(estimator, SVC):
        counts = estimator.n_support_.tolist()
        width = estimator.support_vectors_.shape[1]
    elif isinstance(estimator, OneVsRestClassifier):
        machines = estimator.estimators_
        counts = [int(machine.n_support_.sum()) for machine in machines]
        width = machines[0].support_vectors_.shape[1]
    else:
        raise UsageError("usage", f"{type(estimator).__name__} has no support vectors")
    return SupportVectors(dict(zip(classifier.classes_.tolist(), counts, strict=False)), width)
