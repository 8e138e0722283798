"""The features that the registry names, and how several of them become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import registry
from ..errors import UsageError
from .cepstrum import mfcc
from .chroma import PITCH_CLASSES, chromagram
from .contrast import spectral_contrast
from .kurpukdee import filter_banks
from .mel import log_mel_spectrogram, mel_spectrogram
from .spectrum import Floats, Signal, as_signal
from .tonnetz import tonnetz

SAMPLE_RATE = 16000
"""Hz at which the registered features work; recordings are resampled to it."""

Sound: TypeAlias = Signal | NDArray[np.floating]


class Feature(Protocol):
    """What every registered feature offers; all of it is pure."""

    @property
    def name(self) -> str:
        """Name in the registry, or several joined by ``+``."""

    @property
    def version(self) -> str:
        """Changes when the values do, so that stored values are not mistaken for new ones."""

    @property
    def sample_rate(self) -> int:
        """Hz at which signals are taken."""

    @property
    def names(self) -> tuple[str, ...]:
        """One name for each dimension of `functionals`; none where there are only frames."""

    @property
    def frame_names(self) -> tuple[str, ...]:
        """One name for each dimension of `frames`."""

    def settings(self) -> dict[str, Any]:
        """Everything that the values depend on, as JSON has it."""

    def functionals(self, signal: Sound) -> Floats:
        """One vector of the utterance, float32, shape (dim,)."""

    def frames(self, signal: Sound) -> Floats:
        """Values over time, float32, shape (time, dim of a frame)."""


@dataclass(frozen=True)
class SpectralFeature:
    """A feature of frames, summarised by functionals over time.

    Parameters
    ----------
    name, version : str
    dimensions : tuple of str
        One name a dimension of a frame.
    compute : callable
        Signal -> float32 array (frames, dimensions).
    chosen : mapping
        The settings that `compute` uses.
    statistics : tuple of {"mean", "sd"}
        Functionals over frames, one block of all dimensions after the other; none for a feature
        that has frames only.
    sample_rate : int, Hz
    """

    name: str
    version: str
    dimensions: tuple[str, ...]
    compute: Callable[[Signal], Floats]
    chosen: dict[str, Any] = field(hash=False)
    statistics: tuple[str, ...] = ("mean",)
    sample_rate: int = SAMPLE_RATE

    @property
    def names(self) -> tuple[str, ...]:
        """One name a dimension; the mean's is the dimension's own where it is alone."""
        if self.statistics == ("mean",):
            return self.dimensions
        return tuple(f"{name}_{what}" for what in self.statistics for name in self.dimensions)

    @property
    def frame_names(self) -> tuple[str, ...]:
        """One name for each dimension of a frame."""
        return self.dimensions

    def settings(self) -> dict[str, Any]:
        """Everything that the values depend on."""
        return {
            "name": self.name,
            "version": self.version,
            "sample_rate": self.sample_rate,
            "statistics": list(self.statistics),
            **self.chosen,
        }

    def frames(self, signal: Sound) -> Floats:
        """Values over time, float32, shape (frames, dimensions)."""
        return self.compute(as_signal(signal, self.sample_rate))

    def functionals(self, signal: Sound) -> Floats:
        """Statistics over frames, float32, shape (len(names),).

        Raises
        ------
        UsageError
            If the feature has frames only.
        """
        if not self.statistics:
            raise UsageError(
                "usage",
                f"{self.name} has frames only, for methods that take sequences; this method takes "
                "one vector a recording: choose another feature",
            )
        frames = self.frames(signal)
        parts = {"mean": lambda: frames.mean(axis=0), "sd": lambda: frames.std(axis=0)}
        return np.concatenate([parts[what]() for what in self.statistics]).astype(np.float32)


@dataclass(frozen=True)
class CombinedFeature:
    """Several features of one signal, side by side, in the order of their names."""

    parts: tuple[Feature, ...]

    @property
    def name(self) -> str:
        """The parts' names joined by ``+``."""
        return "+".join(part.name for part in self.parts)

    @property
    def version(self) -> str:
        """The parts' versions joined by ``+``."""
        return "+".join(part.version for part in self.parts)

    @property
    def sample_rate(self) -> int:
        """Hz, common to all parts."""
        return self.parts[0].sample_rate

    @property
    def names(self) -> tuple[str, ...]:
        """The parts' dimensions, one part after the other; none if a part has frames only."""
        if not all(part.names for part in self.parts):
            return ()
        return tuple(name for part in self.parts for name in part.names)

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The dimensions of the parts' frames, one part after the other."""
        return tuple(name for part in self.parts for name in part.frame_names)

    def settings(self) -> dict[str, Any]:
        """The parts' settings."""
        return {
            "name": self.name,
            "version": self.version,
            "sample_rate": self.sample_rate,
            "parts": [part.settings() for part in self.parts],
        }

    def functionals(self, signal: Sound) -> Floats:
        """The parts' vectors side by side; they share the signal's spectra."""
        shared = as_signal(signal, self.sample_rate)
        return np.concatenate([part.functionals(shared) for part in self.parts])

    def frames(self, signal: Sound) -> Floats:
        """The parts' frames side by side.

        Raises
        ------
        UsageError
            If their frames do not go together.
        """
        shared = as_signal(signal, self.sample_rate)
        parts = [part.frames(shared) for part in self.parts]
        if len({len(part) for part in parts}) > 1:
            counts = ", ".join(
                f"{part.name} {len(frames)}" for part, frames in zip(self.parts, parts, strict=True)
            )
            raise UsageError(
                "usage",
                f"the frames of {self.name} differ in number ({counts}); ask for one at a time",
            )
        return np.concatenate(parts, axis=1)


def feature(names: str) -> Feature:
    """Look up a feature by name, or combine several joined by ``+``.

    Parameters
    ----------
    names : str
        Such as ``"mfcc"`` or ``"chroma+mel+mfcc"``; sorted, and each taken once.

    Returns
    -------
    Feature

    Raises
    ------
    UsageError
        ``name-unknown``, listing the known names; or if sampling rates differ.

    Examples
    --------
    >>> combined = feature("mfcc+chroma+mel")
    >>> combined.name, len(combined.names)
    ('chroma+mel+mfcc', 180)
    """
    parts: list[Feature] = [
        registry.get("feature", name)
        for name in sorted({part.strip() for part in names.split("+")})
    ]
    if len(parts) == 1:
        return parts[0]
    _require_one_rate(parts)
    return CombinedFeature(tuple(parts))


def _require_one_rate(parts: Sequence[Feature]) -> None:
    if len({part.sample_rate for part in parts}) > 1:
        rates = ", ".join(f"{part.name} {part.sample_rate} Hz" for part in parts)
        raise UsageError("usage", f"features of different sampling rates do not combine: {rates}")


_STFT = {"n_fft": 2048, "hop_length": 512, "window": "hann"}

MFCC = SpectralFeature(
    "mfcc",
    "1",
    tuple(f"mfcc_{index}" for index in range(40)),
    mfcc,
    {**_STFT, "n_mfcc": 40, "n_mels": 128, "top_db": 80.0},
)
CHROMA = SpectralFeature(
    "chroma",
    "1",
    tuple(f"chroma_{name}" for name in PITCH_CLASSES),
    chromagram,
    {**_STFT, "tuning": "estimated", "spectrum": "magnitude"},
)
MEL = SpectralFeature(
    "mel",
    "1",
    tuple(f"mel_{index}" for index in range(128)),
    mel_spectrogram,
    {**_STFT, "n_mels": 128, "scale": "power"},
)
CONTRAST = SpectralFeature(
    "contrast",
    "1",
    tuple(f"contrast_{index}" for index in range(7)),
    spectral_contrast,
    {**_STFT, "n_bands": 6, "fmin": 200.0, "quantile": 0.02},
)
TONNETZ = SpectralFeature(
    "tonnetz",
    "1",
    tuple(f"tonnetz_{index}" for index in range(6)),
    tonnetz,
    {**_STFT, "median": 31, "bins_per_octave": 36, "n_octaves": 7, "tuning": "estimated"},
)
LOGMEL = SpectralFeature(
    "logmel",
    "1",
    tuple(f"logmel_{index}" for index in range(128)),
    log_mel_spectrogram,
    {**_STFT, "n_mels": 128, "top_db": 80.0},
    ("mean", "sd"),
)
FBANK = SpectralFeature(
    "fbank",
    "1",
    tuple(f"fbank_{index}" for index in range(40)),
    filter_banks,
    {
        "frame_length": 400,
        "hop_length": 160,
        "window": "hamming",
        "pre_emphasis": 0.97,
        "n_fft": 512,
        "n_mels": 40,
        "fmin": 20.0,
        "fmax": 8000.0,
    },
    ("mean", "sd"),
)
