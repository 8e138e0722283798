"""Settings that are known only when the training data are: gamma = 1/F, neighbours = classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PerFeature:
    """A number divided by the width of what the estimator sees.

    Examples
    --------
    >>> PerFeature(3.0).value(n_features=180, n_classes=7)
    0.016666666666666666
    >>> str(PerFeature(0.3))
    '0.3/F'
    """

    factor: float

    def value(self, *, n_features: int, n_classes: int) -> float:
        """`factor` over the number of features."""
        return self.factor / n_features

    def __str__(self) -> str:
        return f"{self.factor:g}/F"


@dataclass(frozen=True)
class NumberOfClasses:
    """As many as there are classes in the training part.

    Examples
    --------
    >>> NumberOfClasses().value(n_features=180, n_classes=7)
    7
    """

    def value(self, *, n_features: int, n_classes: int) -> int:
        """Return the number of classes."""
        return n_classes

    def __str__(self) -> str:
        return "classes"


Deferred = PerFeature | NumberOfClasses


def resolved(settings: Mapping[str, Any], *, n_features: int, n_classes: int) -> dict[str, Any]:
    """`settings` with every deferred value replaced by its number."""
    return {
        name: value.value(n_features=n_features, n_classes=n_classes)
        if isinstance(value, Deferred)
        else value
        for name, value in settings.items()
    }


def written(settings: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` as JSON can hold them: deferred values and tuples in words and lists."""
    return {name: _written(value) for name, value in settings.items()}


def _written(value: Any) -> Any:
    if isinstance(value, Deferred):
        return str(value)
    if isinstance(value, tuple | list):
        return [_written(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _written(item) for name, item in value.items()}
    if hasattr(value, "item"):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return repr(value)
