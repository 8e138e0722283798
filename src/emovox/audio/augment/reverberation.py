"""Reverberation: a recording as it would sound in a room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..level import active_level_db
from .applied import Applied, Range, amplitude, check_range, uniform
from .sources import Source
from .spectral_filter import Doubles, convolved

GAP_S = 0.0025
"""Between the direct sound and the first reflection: a detour of 85 cm."""


@dataclass(frozen=True)
class AppliedReverberation(Applied):
    """One room response.

    Parameters
    ----------
    rt60_s, direct_db : float
        Of a synthetic response.
    dice : int
        Seed of a synthetic response.
    index : int, optional
        Number of a recorded response in the source.
    source : Source, optional
    """

    name = "reverberation"
    rt60_s: float
    direct_db: float
    dice: int
    index: int | None = None
    source: Source | None = field(default=None, repr=False, compare=False)

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        if self.source is None or self.index is None:
            rng = np.random.default_rng(self.dice)
            response = decaying_response(
                self.rt60_s, direct_db=self.direct_db, sample_rate=sample_rate, rng=rng
            )
            direct = 0
        else:
            clip = self.source.samples(self.index, sample_rate=sample_rate)
            response = clip.astype(np.float64)
            direct = int(np.abs(response).argmax())
        peak = float(np.abs(samples).max())
        wet = convolved(samples / peak, response)[direct : direct + samples.size]
        return peak * _at_level_of(samples / peak, wet, sample_rate)

    def as_json(self) -> dict[str, Any]:
        """See `Applied.as_json`; a recorded response by its name."""
        if self.source is not None and self.index is not None:
            return {"name": self.name, "response": self.source.name(self.index)}
        drawn = {"rt60_s": self.rt60_s, "direct_db": self.direct_db, "dice": self.dice}
        return {"name": self.name, **drawn}


@dataclass(frozen=True)
class Reverberation:
    """A room response that the recording is convolved with.

    The direct sound (the largest sample of a recorded response) stays where it was, the length
    and the active speech level too; what rings on after the end is cut.

    Parameters
    ----------
    of : Source, optional
        Recorded responses (`Clips`, `Arrays`), of which one is drawn. Without it a synthetic one:
        the direct sound, then noise that decays exponentially.
    rt60_s : (lowest, highest), seconds, 0.02 to 10
        In which a synthetic response falls by 60 dB.
    direct_db : (lowest, highest), dB, -40 to 60
        Energy of the direct sound over that of all else, in a synthetic response.

    Examples
    --------
    >>> room = Reverberation(rt60_s=(0.5, 0.5)).draw(np.random.default_rng(0))
    >>> room(np.ones(100, "float32"), sample_rate=16000).shape
    (100,)
    """

    of: Source | None = None
    rt60_s: Range = (0.2, 0.8)
    direct_db: Range = (-3.0, 9.0)

    def __post_init__(self) -> None:
        check_range("rt60_s", self.rt60_s, at_least=0.02, at_most=10.0)
        check_range("direct_db", self.direct_db, at_least=-40.0, at_most=60.0)

    def draw(self, rng: np.random.Generator) -> AppliedReverberation:
        """Throw the dice."""
        if self.of is not None:
            return AppliedReverberation(0.0, 0.0, 0, int(rng.integers(len(self.of))), self.of)
        rt60_s, direct_db = uniform(rng, self.rt60_s), uniform(rng, self.direct_db)
        return AppliedReverberation(rt60_s, direct_db, int(rng.integers(2**63)))


def decaying_response(
    rt60_s: float, *, direct_db: float, sample_rate: int, rng: np.random.Generator
) -> Doubles:
    """Room response of a direct sound and noise that decays exponentially (Polack's model).

    Parameters
    ----------
    rt60_s : float
        Seconds in which it falls by 60 dB.
    direct_db : float
        Energy of the direct sound over that of the rest.
    sample_rate : int, Hz
    rng : numpy.random.Generator

    Returns
    -------
    float64 array, shape (samples,), the direct sound 1 and first

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> response = decaying_response(0.5, direct_db=6.0206, sample_rate=16000, rng=rng)
    >>> len(response), round(float(np.sum(response[1:] ** 2)), 3)
    (8000, 0.25)
    """
    time_s = np.arange(max(2, round(rt60_s * sample_rate))) / sample_rate
    tail = rng.standard_normal(time_s.size) * 10.0 ** (-3.0 * time_s / rt60_s)
    tail[: max(1, round(GAP_S * sample_rate))] = 0.0
    energy = float(np.sum(np.square(tail)))
    if energy > 0.0:
        tail *= amplitude(-direct_db) / np.sqrt(energy)
    tail[0] = 1.0
    return tail


def _at_level_of(samples: Doubles, changed: Doubles, sample_rate: int) -> Doubles:
    """Bring what was changed to the active level of what it was made from."""
    peak = float(np.abs(changed).max())
    if peak == 0.0:
        return changed
    changed = changed / peak
    wanted = active_level_db(samples.astype(np.float32), sample_rate=sample_rate)
    found = active_level_db(changed.astype(np.float32), sample_rate=sample_rate)
    return changed * amplitude(wanted - found)
