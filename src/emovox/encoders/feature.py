"""Hidden states of a frozen encoder as a feature: ``whisper-base@2``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from .. import registry
from ..errors import need
from ..features.sets import SAMPLE_RATE, Feature, Sound
from ..features.spectrum import Floats, Signal, as_signal
from .finding import Found, find, origin
from .names import Layers, parse

STATISTICS = ("mean", "sd")
PADDED_S = 30
"""Whisper was trained on clips padded with silence to so many seconds."""


@dataclass(frozen=True)
class EncoderFeature:
    """Hidden states of some layers; over an utterance their mean and standard deviation.

    Parameters
    ----------
    name : str
        As `emovox.encoders.names.parse` reads it.

    Raises
    ------
    UsageError
        For a layer that there is not.
    ModelError
        Where the encoder is not to be had.
    """

    name: str

    @cached_property
    def layers(self) -> Layers:
        """What the name says."""
        return parse(self.name)

    @cached_property
    def _found(self) -> Found:
        return find(self.layers.encoder)

    @cached_property
    def chosen(self) -> tuple[int, ...]:
        """Hidden states that are taken, in order."""
        return self.layers.chosen(self._found.n_layers)

    @cached_property
    def sha256(self) -> str:
        """Hash of the encoder's weights."""
        return self._found.sha256()

    def origin(self) -> dict[str, Any]:
        """What a model card says of the encoder: `emovox.encoders.finding.origin`."""
        return origin(self._found, self.chosen)

    @property
    def version(self) -> str:
        """Changes with the weights."""
        return f"1-{self.sha256[:16]}"

    @property
    def sample_rate(self) -> int:
        """Hz at which signals are taken."""
        return SAMPLE_RATE

    @cached_property
    def frame_names(self) -> tuple[str, ...]:
        """One name for each dimension of a frame: layer after layer."""
        dim = self._found.dim
        return tuple(f"layer{layer}_{index:04}" for layer in self.chosen for index in range(dim))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The mean of each dimension, then the standard deviation of each, layer after layer."""
        width = len(self.frame_names) // len(self.chosen)
        return tuple(
            f"{name}_{what}"
            for start in range(0, len(self.frame_names), width)
            for what in STATISTICS
            for name in self.frame_names[start : start + width]
        )

    def settings(self) -> dict[str, Any]:
        """Everything that the values depend on."""
        return {
            "name": self.name,
            "version": self.version,
            "sample_rate": self.sample_rate,
            "statistics": list(STATISTICS),
            "layers": list(self.chosen),
            "padded": self.layers.padded,
            "sha256": self.sha256,
        }

    def frames(self, signal: Sound) -> Floats:
        """Hidden states over time, layers side by side, float32, shape (frames, layers x dim)."""
        return np.concatenate(self._states(signal), axis=1)

    def functionals(self, signal: Sound) -> Floats:
        """Mean and standard deviation over time of each layer, float32."""
        return _statistics(self._states(signal))

    @property
    def encoder(self) -> Any:
        """What `emovox.encoders.speech.load` gives, without the blocks that are not used."""
        need("torch", extra="ssl", for_what=f"the feature {self.name}")
        return _loaded(self.layers.encoder, self.chosen[-1])[0]

    @property
    def heard(self) -> str:
        """Name of the feature whose frames the encoder takes."""
        return _loaded(self.layers.encoder, self.chosen[-1])[1]

    def frames_of(self, heard: Floats) -> Floats:
        """Hidden states of frames of the feature `heard`, layers side by side."""
        return np.concatenate(self._states_of(heard), axis=1)

    def vector_of(self, heard: Floats) -> Floats:
        """Mean and standard deviation over time of the hidden states of such frames."""
        return _statistics(self._states_of(heard))

    def _states(self, signal: Sound) -> list[Floats]:
        """Hidden states of the chosen layers."""
        given: Feature = registry.get("feature", self.heard)
        signal = as_signal(signal, self.sample_rate)
        if not self.layers.padded:
            return self._states_of(given.frames(signal))
        n_frames = self.encoder.n_frames(len(given.frames(signal)))
        return [state[:n_frames] for state in self._states_of(given.frames(_padded(signal)))]

    def _states_of(self, heard: Floats) -> list[Floats]:
        torch = need("torch", extra="ssl", for_what=f"the feature {self.name}")
        given = torch.from_numpy(np.asarray(heard, dtype=np.float32))
        with torch.inference_mode():
            states, _ = self.encoder(given[None], torch.tensor([len(heard)]))
        return [states[layer][0].numpy() for layer in self.chosen]


def _statistics(states: Sequence[Floats]) -> Floats:
    parts = [part for state in states for part in (state.mean(axis=0), state.std(axis=0))]
    return np.concatenate(parts).astype(np.float32)


def _padded(signal: Signal) -> Signal:
    """The signal and zeros, up to 30 s or a multiple of it."""
    missing = -len(signal.samples) % (PADDED_S * signal.sample_rate)
    return Signal(np.pad(signal.samples, (0, missing)), signal.sample_rate)


@lru_cache(maxsize=16)
def encoder_feature(name: str) -> EncoderFeature:
    """Feature of a name such as ``whisper-base@2``; looked for by `emovox.registry`."""
    made = EncoderFeature(name)
    made.chosen  # noqa: B018 -- a wrong name is told at once
    return made


@lru_cache(maxsize=2)
def _loaded(name: str, top: int) -> tuple[Any, str]:
    """Encoder without the blocks above `top`, and the feature that it takes."""
    from .speech import input_feature, load

    found = find(name)
    return load(found, top=top), input_feature(found)
