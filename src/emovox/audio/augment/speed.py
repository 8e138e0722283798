"""Speed, tempo and pitch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .applied import Applied, Range, check_range, uniform
from .stretching import resampled, stretched


@dataclass(frozen=True)
class AppliedSpeed(Applied):
    """One speed.

    Parameters
    ----------
    factor : float
    """

    name = "speed"
    factor: float

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        return resampled(samples, self.factor)

    def length(self, n_samples: int) -> int:
        """See `Applied.length`."""
        return max(1, round(n_samples / self.factor)) if n_samples else 0


@dataclass(frozen=True)
class Speed:
    """A recording played faster or slower: pitch, formants and duration change together.

    Parameters
    ----------
    factor : (lowest, highest), 0.25 to 4
        1.1 is a tenth faster and higher, and shorter by as much.

    Examples
    --------
    >>> faster = Speed(factor=(1.25, 1.25)).draw(np.random.default_rng(0))
    >>> faster(np.ones(1000, "float32"), sample_rate=16000).shape
    (800,)
    """

    factor: Range = (0.9, 1.1)

    def __post_init__(self) -> None:
        check_range("factor", self.factor, at_least=0.25, at_most=4.0)

    def draw(self, rng: np.random.Generator) -> AppliedSpeed:
        """Throw the dice."""
        return AppliedSpeed(uniform(rng, self.factor))


@dataclass(frozen=True)
class AppliedTempo(Applied):
    """One tempo.

    Parameters
    ----------
    factor : float
    """

    name = "tempo"
    factor: float

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        return stretched(samples, 1.0 / self.factor, sample_rate=sample_rate)

    def length(self, n_samples: int) -> int:
        """See `Applied.length`."""
        return max(1, round(n_samples * (1.0 / self.factor))) if n_samples else 0


@dataclass(frozen=True)
class Tempo:
    """Faster or slower speech at the same pitch, with the same formants.

    Parameters
    ----------
    factor : (lowest, highest), 0.25 to 4
        1.25 speaks a quarter faster.

    Examples
    --------
    >>> slower = Tempo(factor=(0.5, 0.5)).draw(np.random.default_rng(0))
    >>> slower(np.ones(1000, "float32"), sample_rate=16000).shape
    (2000,)
    """

    factor: Range = (0.8, 1.25)

    def __post_init__(self) -> None:
        check_range("factor", self.factor, at_least=0.25, at_most=4.0)

    def draw(self, rng: np.random.Generator) -> AppliedTempo:
        """Throw the dice."""
        return AppliedTempo(uniform(rng, self.factor))


@dataclass(frozen=True)
class AppliedPitch(Applied):
    """One pitch.

    Parameters
    ----------
    semitones : float
    """

    name = "pitch"
    semitones: float

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        factor = 2.0 ** (self.semitones / 12.0)
        longer = stretched(samples, factor, sample_rate=sample_rate)
        changed = resampled(longer, factor)[: samples.size]
        return np.pad(changed, (0, samples.size - changed.size))


@dataclass(frozen=True)
class Pitch:
    """A higher or lower voice of the same duration; its formants move along.

    Parameters
    ----------
    semitones : (lowest, highest), -12 to 12

    Examples
    --------
    >>> higher = Pitch(semitones=(2, 2)).draw(np.random.default_rng(0))
    >>> higher(np.ones(1000, "float32"), sample_rate=16000).shape
    (1000,)
    """

    semitones: Range = (-2.0, 2.0)

    def __post_init__(self) -> None:
        check_range("semitones", self.semitones, at_least=-12.0, at_most=12.0)

    def draw(self, rng: np.random.Generator) -> AppliedPitch:
        """Throw the dice."""
        return AppliedPitch(uniform(rng, self.semitones))
