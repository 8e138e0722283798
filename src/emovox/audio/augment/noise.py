"""Noise at a signal-to-noise ratio: recorded, or synthetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ..level import active_level_db
from .applied import Applied, Range, amplitude, check_range, uniform
from .coloured import NOISES, coloured_noise
from .sources import Source
from .spectral_filter import Doubles

MAX_LIFT_DB = 20.0
"""A gap in a noise is lifted no further than this above the level of its whole recording."""


@dataclass(frozen=True)
class AppliedNoise(Applied):
    """One noise at one ratio.

    Parameters
    ----------
    snr_db : float
    kind : str
        ``"recorded"`` or the name of a synthetic noise.
    dice : int
        Seed of a synthetic noise.
    places : tuple of (index, place)
        For each recording that is added up: its number in the source, and where in it to begin,
        0 to 1.
    source : Source, optional
    """

    name = "noise"
    snr_db: float
    kind: str
    dice: int
    places: tuple[tuple[int, float], ...] = ()
    source: Source | None = field(default=None, repr=False, compare=False)

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        peak = float(np.abs(samples).max())
        speech_db = active_level_db((samples / peak).astype(np.float32), sample_rate=sample_rate)
        if self.source is None:
            rng = np.random.default_rng(self.dice)
            noise = coloured_noise(self.kind, samples.size, sample_rate=sample_rate, rng=rng)
            power = float(np.mean(np.square(noise)))
        else:
            noise, power = self._recorded(samples.size, sample_rate)
        if power <= 0.0:
            return samples
        wanted = peak * amplitude(speech_db - self.snr_db)
        noisy: Doubles = samples + noise * (wanted / np.sqrt(power))
        return noisy

    def as_json(self) -> dict[str, Any]:
        """See `Applied.as_json`; recordings by their names."""
        drawn: dict[str, Any] = {"name": self.name, "snr_db": self.snr_db, "kind": self.kind}
        if self.source is None:
            return {**drawn, "dice": self.dice}
        clips = [[self.source.name(index), place] for index, place in self.places]
        return {**drawn, "clips": clips}

    def _recorded(self, n_samples: int, sample_rate: int) -> tuple[Doubles, float]:
        """Sum of stretches of recordings, each at the level of 1, and its power."""
        total = np.zeros(n_samples)
        for index, place in self.places:
            clip = self.source.samples(index, sample_rate=sample_rate)  # type: ignore[union-attr]
            whole = float(np.mean(np.square(clip, dtype=np.float64)))
            if whole > 0.0:
                total += _stretch(clip.astype(np.float64), n_samples, place) / np.sqrt(whole)
        power = float(np.mean(np.square(total)))
        return total, max(power, 10.0 ** (-MAX_LIFT_DB / 10.0) if power > 0.0 else 0.0)


@dataclass(frozen=True)
class Noise:
    """Noise that is added at a signal-to-noise ratio.

    The ratio is that of the active speech level (`emovox.audio.level`) to the power of the noise
    over the whole recording. Digital silence stays silent.

    Parameters
    ----------
    snr_db : (lowest, highest), dB, -60 to 100
    of : {"white", "pink", "babble"} or Source
        A synthetic noise, or recordings (`Clips`, `Arrays`), of which one is drawn, and where in
        it to begin; one that is too short begins again. A stretch more than 20 dB below the
        level of its whole recording, such as a pause between barks, is lifted by 20 dB only.
    voices : int
        How many recordings are added up: six of speech are a babble.

    Raises
    ------
    UsageError

    Examples
    --------
    >>> hiss = Noise(snr_db=(10, 10), of="pink").draw(np.random.default_rng(0))
    >>> hiss.snr_db, hiss.kind
    (10.0, 'pink')
    """

    snr_db: Range = (0.0, 20.0)
    of: str | Source = "white"
    voices: int = 1

    def __post_init__(self) -> None:
        check_range("snr_db", self.snr_db, at_least=-60.0, at_most=100.0)
        if isinstance(self.of, str) and self.of not in NOISES:
            sentence = f"there is no noise {self.of!r}; known: {', '.join(NOISES)}"
            raise UsageError("name-unknown", f"{sentence}, or give Clips(folder)")
        if self.voices < 1:
            raise UsageError("usage", f"voices is {self.voices}; give 1 or more")

    def draw(self, rng: np.random.Generator) -> AppliedNoise:
        """Throw the dice."""
        snr_db = uniform(rng, self.snr_db)
        if isinstance(self.of, str):
            return AppliedNoise(snr_db, self.of, int(rng.integers(2**63)))
        places = tuple(
            (int(rng.integers(len(self.of))), float(rng.random())) for _ in range(self.voices)
        )
        return AppliedNoise(snr_db, "recorded", 0, places, self.of)


def _stretch(clip: Doubles, n_samples: int, place: float) -> Doubles:
    """So many samples of a clip: within it where it is long enough, else round and round."""
    if clip.size >= n_samples:
        start = int(place * (clip.size - n_samples + 1))
        return clip[start : start + n_samples]
    return np.resize(np.roll(clip, -int(place * clip.size)), n_samples)
