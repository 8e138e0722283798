"""Louder or softer, and driven over full scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .applied import Applied, Range, amplitude, check_range, uniform


@dataclass(frozen=True)
class AppliedGain(Applied):
    """One gain.

    Parameters
    ----------
    db : float
    """

    name = "gain"
    db: float

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        return samples * amplitude(self.db)


@dataclass(frozen=True)
class Gain:
    """A gain in decibels; nothing is clipped.

    Parameters
    ----------
    db : (lowest, highest), dB, -120 to 120

    Examples
    --------
    >>> half = Gain(db=(-6.0206, -6.0206)).draw(np.random.default_rng(0))
    >>> half(np.ones(3, "float32"), sample_rate=16000)
    array([0.5, 0.5, 0.5], dtype=float32)
    """

    db: Range = (-12.0, 12.0)

    def __post_init__(self) -> None:
        check_range("db", self.db, at_least=-120.0, at_most=120.0)

    def draw(self, rng: np.random.Generator) -> AppliedGain:
        """Throw the dice."""
        return AppliedGain(uniform(rng, self.db))


@dataclass(frozen=True)
class AppliedClipping(Applied):
    """Everything above one level is cut off.

    Parameters
    ----------
    below_peak_db : float
    """

    name = "clipping"
    below_peak_db: float

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        limit = np.abs(samples).max() * amplitude(-self.below_peak_db)
        return np.clip(samples, -limit, limit)


@dataclass(frozen=True)
class Clipping:
    """A recording that was driven too far: samples are cut off some decibels below their peak.

    Parameters
    ----------
    below_peak_db : (lowest, highest), dB, 0 to 60

    Examples
    --------
    >>> clipped = Clipping(below_peak_db=(6.0206, 6.0206)).draw(np.random.default_rng(0))
    >>> clipped(np.array([0.2, -0.8, 0.4], "float32"), sample_rate=16000)
    array([ 0.2, -0.4,  0.4], dtype=float32)
    """

    below_peak_db: Range = (1.0, 12.0)

    def __post_init__(self) -> None:
        check_range("below_peak_db", self.below_peak_db, at_least=0.0, at_most=60.0)

    def draw(self, rng: np.random.Generator) -> AppliedClipping:
        """Throw the dice."""
        return AppliedClipping(uniform(rng, self.below_peak_db))
