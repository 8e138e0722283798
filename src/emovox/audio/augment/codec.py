"""Codec round trips: what a telephone, a messenger or a music player does to a voice."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from ...errors import UsageError
from .applied import Applied, Range, check_range, uniform
from .spectral_filter import Doubles

CODECS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "a-law": ("WAV", "ALAW", (8_000,)),
    "gsm": ("WAV", "GSM610", (8_000,)),
    "mp3": ("MP3", "MPEG_LAYER_III", (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)),
    "mu-law": ("WAV", "ULAW", (8_000,)),
    "opus": ("OGG", "OPUS", (8_000, 12_000, 16_000, 24_000, 48_000)),
    "vorbis": ("OGG", "VORBIS", (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)),
}
"""Name -> libsndfile's container and coding, and the rates (Hz) at which it is used here; those
of 8 kHz are the telephone's."""

WITH_QUALITY = frozenset({"mp3", "opus", "vorbis"})
LARGEST_COMPRESSION = 0.99
"""libsndfile's MP3 encoder refuses 1."""
HEADROOM = 0.99


@dataclass(frozen=True)
class AppliedCodec(Applied):
    """One round trip.

    Parameters
    ----------
    codec : str
    quality : float, optional
    """

    name = "codec"
    codec: str
    quality: float | None

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        _, _, rates = CODECS[self.codec]
        rate = min((each for each in rates if each >= sample_rate), default=rates[-1])
        # Encoders clip at full scale; the trip is made below it.
        scale = max(float(np.abs(samples).max()) / HEADROOM, 1.0)
        coded = self._round_trip(_at_rate(samples / scale, sample_rate, rate), rate)
        back = _at_rate(coded, rate, sample_rate)
        # Decoders take out the codec's delay; what is left over fills the last block.
        found = back[: samples.size] * scale
        return np.pad(found, (0, samples.size - found.size))

    def _round_trip(self, samples: Doubles, rate: int) -> Doubles:
        """Encode and decode in memory."""
        container, coding, _ = CODECS[self.codec]
        options = (
            {}
            if self.quality is None
            else {"compression_level": min(1.0 - self.quality, LARGEST_COMPRESSION)}
        )
        buffer = io.BytesIO()
        sound = samples.astype(np.float32)
        soundfile.write(buffer, sound, rate, format=container, subtype=coding, **options)
        buffer.seek(0)
        decoded, _ = soundfile.read(buffer, dtype="float64")
        return np.asarray(decoded, dtype=np.float64)


@dataclass(frozen=True)
class Codec:
    """A recording that was encoded and decoded by a lossy codec.

    Length and place of the sound are kept.

    Parameters
    ----------
    names : sequence of {"a-law", "gsm", "mp3", "mu-law", "opus", "vorbis"}
        Of which one is drawn. Those of 8 kHz (a-law, gsm, mu-law) leave nothing above 4 kHz.
    quality : (lowest, highest), 0 to 1, optional
        Of Opus, Vorbis and MP3; 1 is the best. Without it the encoder's own choice.

    Raises
    ------
    UsageError
        ``name-unknown``, or ``usage`` if this computer's libsndfile lacks a codec.

    Examples
    --------
    >>> trip = Codec(names=("mu-law",)).draw(np.random.default_rng(0))
    >>> trip(np.sin(np.arange(800) * 0.3).astype("float32"), sample_rate=16000).shape
    (800,)
    """

    names: Sequence[str] = ("opus", "vorbis", "mu-law", "a-law", "gsm")
    quality: Range | None = None

    def __post_init__(self) -> None:
        if not self.names:
            raise UsageError("usage", f"names is empty; give some of {', '.join(CODECS)}")
        for name in self.names:
            if name not in CODECS:
                sentence = f"there is no codec {name!r}; known: {', '.join(CODECS)}"
                raise UsageError("name-unknown", sentence)
            if name not in available_codecs():
                version = soundfile.__libsndfile_version__
                raise UsageError(
                    "usage",
                    f"libsndfile {version} of this computer has no {name}; "
                    f"it has {', '.join(available_codecs())}",
                )
        if self.quality is not None:
            check_range("quality", self.quality, at_least=0.0, at_most=1.0)
            if "compression_level" not in signature(soundfile.write).parameters:
                sentence = f"soundfile {soundfile.__version__} cannot set the quality of a codec"
                raise UsageError("usage", f"{sentence}; install 0.13 or later, or give None")

    def draw(self, rng: np.random.Generator) -> AppliedCodec:
        """Throw the dice."""
        name = self.names[int(rng.integers(len(self.names)))]
        quality = None if self.quality is None else uniform(rng, self.quality)
        return AppliedCodec(name, quality if name in WITH_QUALITY else None)


def available_codecs() -> list[str]:
    """Return the names of the codecs that this computer's libsndfile has.

    Examples
    --------
    >>> "mu-law" in available_codecs()
    True
    """
    known = {
        kind: set(soundfile.available_subtypes(kind)) for kind in soundfile.available_formats()
    }
    return [
        name for name, (kind, coding, _) in CODECS.items() if coding in known.get(kind, frozenset())
    ]


def _at_rate(samples: Doubles, rate: int, to_rate: int) -> Doubles:
    if rate == to_rate:
        return samples
    return np.asarray(soxr.resample(samples, rate, to_rate), dtype=np.float64)
