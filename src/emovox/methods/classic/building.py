"""From an unfitted estimator and settings to one that is fitted on prepared rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.ensemble import StackingClassifier, StackingRegressor

from ...errors import UsageError
from .deferred import resolved
from .folds import inner_folds


def built(
    estimator: Any,
    settings: Mapping[str, Any],
    *,
    shape: tuple[int, ...],
    n_classes: int,
    random_state: int | None,
    class_weight: bool = False,
) -> Any:
    """Clone of `estimator` with `settings`, deferred values and seeds filled in.

    Parameters
    ----------
    estimator : scikit-learn estimator
    settings : mapping
        Parameter -> value; they win over the estimator's own.
    shape : (rows, features)
        Of what it will be fitted on.
    n_classes : int
    random_state : int, optional
        For every part of it that draws and has no seed of its own.
    class_weight : bool
        Weight the classes by the inverse of their size.

    Raises
    ------
    UsageError
        If a setting is unknown, or the estimator cannot weight classes.
    """
    fresh = clone(estimator)
    known = fresh.get_params(deep=True)
    settings = {setting_name(name, known): value for name, value in settings.items()}
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise UsageError(
            "name-unknown",
            f"{type(fresh).__name__} has no setting {unknown[0]!r}; known: "
            f"{', '.join(sorted(known))}",
        )
    own = resolved({**known, **settings}, n_features=shape[1], n_classes=n_classes)
    changed = {name: value for name, value in own.items() if value is not known[name]}
    for name, value in own.items():
        last = name.rpartition("__")[2]
        if last == "random_state" and value is None and random_state is not None:
            changed[name] = random_state
        if last == "batch_size" and isinstance(value, int):
            changed[name] = min(value, shape[0])
        if last == "n_neighbors" and isinstance(value, int):
            changed[name] = min(value, shape[0])
    if class_weight:
        names = [name for name in known if name.rpartition("__")[2] == "class_weight"]
        if not names:
            raise UsageError(
                "usage",
                f"{type(fresh).__name__} has no class weights; balance may be None, "
                "'undersample' or 'undersample-random'",
            )
        changed.update(dict.fromkeys(names, "balanced"))
    fresh.set_params(**changed)
    return fresh


def setting_name(name: str, known: Collection[str]) -> str:
    """Name of a setting in an estimator that may wrap the one whose setting it is.

    Examples
    --------
    >>> setting_name("C", {"C"}), setting_name("C", {"estimator__C"})
    ('C', 'estimator__C')
    """
    inner = f"estimator__{name}"
    return inner if name not in known and inner in known else name


def fitted(
    estimator: Any,
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None,
    *,
    random_state: int | None,
) -> Any:
    """Fit `estimator`; the inner folds of a stack keep speakers apart where they are known.

    A stack's inner folds are stratified instead where a class would be missing from one of
    them, because every member must then know every class.
    """
    stacks = _stacks(estimator)
    if not stacks:
        return estimator.fit(X, y)
    is_classifier = isinstance(estimator, StackingClassifier)
    folds = inner_folds(y, groups, n_folds=5, random_state=random_state, classes=is_classifier)
    if is_classifier and not _all_classes(y, folds.splits):
        folds = inner_folds(y, None, n_folds=5, random_state=random_state)
    if len(folds.splits) < 2:
        raise UsageError("usage", "a stack needs at least two utterances of each class")
    before = [stack.cv for stack in stacks]
    for stack in stacks:
        stack.cv = list(folds.splits)
    estimator.fit(X, y)
    # The rows of the folds belong to the training data, not to the model.
    for stack, cv in zip(_stacks(estimator), before, strict=True):
        stack.cv = cv
    last = getattr(estimator, "final_estimator_", None)
    if isinstance(last, StackingClassifier | StackingRegressor):
        last.cv = before[-1]
    return estimator


def _stacks(estimator: Any) -> list[Any]:
    """`estimator` and its final estimator, as far as they are stacks."""
    found = []
    while isinstance(estimator, StackingClassifier | StackingRegressor):
        found.append(estimator)
        estimator = estimator.final_estimator
    return found


def _all_classes(y: npt.NDArray[np.generic], splits: Any) -> bool:
    """Whether the training part of every fold holds every class."""
    n_classes = len(np.unique(y))
    return all(len(np.unique(y[train])) == n_classes for train, _ in splits)
