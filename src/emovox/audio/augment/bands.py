"""Frequencies that a line or a microphone takes away or stresses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ..level import active_level_db
from .applied import Applied, Range, amplitude, check_range, uniform
from .spectral_filter import Doubles, filtered

EDGE = 0.05
"""A band's edge is as wide as a tenth of its frequency: from 5 % below to 5 % above."""
LOWEST_HZ, HIGHEST_HZ = 100.0, 8000.0


@dataclass(frozen=True)
class AppliedBandLimit(Applied):
    """One band.

    Parameters
    ----------
    low_hz, high_hz : float
    """

    name = "band-limit"
    low_hz: float
    high_hz: float

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        return filtered(samples, self.gain, sample_rate=sample_rate)

    def gain(self, frequencies: Doubles) -> Doubles:
        """Return the factor at each frequency in Hz."""
        factors = 1.0 - _rise(frequencies, self.high_hz)
        return factors * _rise(frequencies, self.low_hz) if self.low_hz > 0 else factors


@dataclass(frozen=True)
class BandLimit:
    """What lies below one frequency or above another is taken away.

    Within 5 % of an edge the gain goes from 1 to 0 like half a cosine, without any delay; beyond
    that nothing is left.

    Parameters
    ----------
    high_hz : (lowest, highest), Hz, above 0
    low_hz : (lowest, highest), Hz, 0 to 2000
        0 keeps everything below.

    Examples
    --------
    >>> BandLimit(high_hz=(3400, 3400), low_hz=(300, 300)).draw(np.random.default_rng(0))
    AppliedBandLimit(low_hz=300.0, high_hz=3400.0)
    """

    high_hz: Range = (3000.0, 7000.0)
    low_hz: Range = (0.0, 0.0)

    def __post_init__(self) -> None:
        check_range("high_hz", self.high_hz, at_least=20.0, at_most=200_000.0)
        check_range("low_hz", self.low_hz, at_least=0.0, at_most=2000.0)

    def draw(self, rng: np.random.Generator) -> AppliedBandLimit:
        """Throw the dice."""
        return AppliedBandLimit(
            high_hz=uniform(rng, self.high_hz), low_hz=uniform(rng, self.low_hz)
        )


TELEPHONE = BandLimit(high_hz=(3400.0, 3400.0), low_hz=(300.0, 300.0))
"""The band of a telephone line."""


@dataclass(frozen=True)
class AppliedEqualisation(Applied):
    """One curve.

    Parameters
    ----------
    db : tuple of float
        Gains at frequencies that lie evenly, by octaves, from 100 to 8000 Hz.
    """

    name = "equalisation"
    db: tuple[float, ...]

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        peak = float(np.abs(samples).max())
        changed = filtered(samples / peak, self.gain, sample_rate=sample_rate)
        wanted = active_level_db((samples / peak).astype(np.float32), sample_rate=sample_rate)
        found = active_level_db(changed.astype(np.float32), sample_rate=sample_rate)
        if not np.isfinite(wanted - found):
            return changed * peak
        return changed * (peak * amplitude(wanted - found))

    def gain(self, frequencies: Doubles) -> Doubles:
        """Return the factor at each frequency in Hz."""
        last = len(self.db) - 1
        octaves = np.log2(np.clip(frequencies, LOWEST_HZ, HIGHEST_HZ) / LOWEST_HZ)
        place = octaves / np.log2(HIGHEST_HZ / LOWEST_HZ) * last
        before = np.minimum(place.astype(int), last - 1)
        # Half a cosine from each point to the next: smooth, and never beyond the two.
        share = 0.5 - 0.5 * np.cos(np.pi * (place - before))
        gains = np.array(self.db)
        decibels = gains[before] + share * (gains[before + 1] - gains[before])
        return np.asarray(10.0 ** (decibels / 20.0))


@dataclass(frozen=True)
class Equalisation:
    """A smooth random gain over frequency: another microphone, another distance.

    The active speech level stays.

    Parameters
    ----------
    db : (lowest, highest), dB, -40 to 40
        At each point of the curve.
    points : int, at least 2
        They lie evenly, by octaves, from 100 to 8000 Hz.

    Examples
    --------
    >>> curve = Equalisation(points=2).draw(np.random.default_rng(0))
    >>> gain_db = 20 * np.log10(curve.gain(np.array([50.0, 9000.0])))
    >>> np.allclose(gain_db, curve.db)
    True
    """

    db: Range = (-6.0, 6.0)
    points: int = 6

    def __post_init__(self) -> None:
        check_range("db", self.db, at_least=-40.0, at_most=40.0)
        if self.points < 2:
            raise UsageError("usage", f"points is {self.points}; give 2 or more")

    def draw(self, rng: np.random.Generator) -> AppliedEqualisation:
        """Throw the dice."""
        return AppliedEqualisation(tuple(uniform(rng, self.db) for _ in range(self.points)))


def _rise(frequencies: Doubles, edge_hz: float) -> Doubles:
    """0 below an edge, 1 above, half a cosine between."""
    share = np.clip((frequencies / edge_hz - (1.0 - EDGE)) / (2.0 * EDGE), 0.0, 1.0)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * share))
