"""What augmentations have in common: dice drawn first, then applied to samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import SignalError, UsageError
from ..decode import Samples

Range: TypeAlias = tuple[float, float]
"""The lowest and the highest value; all between are equally likely."""

LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Applied(ABC):
    """One augmentation with its dice thrown: calling it twice gives the same samples twice.

    Kinds of it hold every random number as a field and say in `change` what they do.
    """

    name: ClassVar[str]

    def __call__(self, samples: Samples, *, sample_rate: int) -> Samples:
        """Return the changed samples; those given are left as they are.

        Parameters
        ----------
        samples : float32 array, shape (samples,)
            No sample at all, and digital silence, are allowed.
        sample_rate : int, Hz

        Returns
        -------
        float32 array, shape (samples,), finite
            Of another length where speed or tempo change.

        Raises
        ------
        SignalError
            ``channels-out-of-range`` for more than one channel, ``not-finite`` for NaN.
        """
        given = np.asarray(samples, dtype=np.float32)
        if given.ndim != 1:
            sentence = f"samples have the shape {given.shape}; give one channel, (samples,)"
            raise SignalError("channels-out-of-range", sentence)
        if not np.isfinite(given).all():
            raise SignalError("not-finite", "the samples hold NaN or infinite values")
        if not given.any():
            return np.zeros(self.length(given.size), np.float32)
        changed = self.change(given.astype(np.float64), sample_rate)
        return np.clip(changed, -LARGEST, LARGEST).astype(np.float32)

    @abstractmethod
    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """Change samples that are finite and not all zero; into a new array.

        Parameters
        ----------
        samples : float64 array, shape (samples,)
        sample_rate : int, Hz

        Returns
        -------
        float64 array, shape (samples,)
        """

    def length(self, n_samples: int) -> int:
        """Return how many samples come out where `n_samples` go in."""
        return n_samples

    def as_json(self) -> dict[str, Any]:
        """Return what was drawn, in the form in which logs and records keep it."""
        return {
            "name": self.name,
            **{each.name: getattr(self, each.name) for each in fields(self) if each.compare},
        }


class Augmentation(Protocol):
    """A distribution of changes: whatever has `draw`."""

    def draw(self, rng: np.random.Generator) -> Applied:
        """Throw the dice."""
        ...


def uniform(rng: np.random.Generator, bounds: Range) -> float:
    """Draw a number between two bounds, as a plain float."""
    return float(rng.uniform(*bounds))


def amplitude(db: float) -> float:
    """Return the factor that is so many decibels."""
    return float(10.0 ** (db / 20.0))


def check_range(
    name: str, bounds: Range, *, at_least: float = -np.inf, at_most: float = np.inf
) -> None:
    """Refuse a range that is reversed or reaches past its limits.

    Raises
    ------
    UsageError
        With the name of the setting, its value and what is allowed.
    """
    ordered = len(bounds) == 2 and np.isfinite(bounds).all() and bounds[0] <= bounds[1]
    if not (ordered and at_least <= bounds[0] and bounds[1] <= at_most):
        raise UsageError(
            "usage",
            f"{name} is {bounds}; give (lowest, highest) within {at_least:g} to {at_most:g}",
        )
