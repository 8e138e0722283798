"""SpecAugment: stretches of time and bands of frequency that are masked in a sequence of frames.

Park et al. 2019, "SpecAugment: A simple data augmentation method for automatic speech
recognition", Interspeech; without its time warping, which the paper found to matter least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import SignalError, UsageError

Frames: TypeAlias = npt.NDArray[np.float32]
Value: TypeAlias = Literal["mean", "zero"]


@dataclass(frozen=True)
class Mask:
    """One mask.

    Parameters
    ----------
    axis : {"time", "frequency"}
    width : int, frames or bands
    place : float, 0 to 1
        Where it lies among all places that it fits in.
    """

    axis: Literal["time", "frequency"]
    width: int
    place: float

    def cells(self, n: int, *, max_share: float = 1.0) -> slice:
        """Return what it covers of `n` frames or bands, at most `max_share` of them."""
        width = min(self.width, int(max_share * n))
        start = int(self.place * (n - width + 1))
        return slice(start, start + width)


@dataclass(frozen=True)
class AppliedMasks:
    """The masks that were drawn for one utterance.

    Parameters
    ----------
    masks : tuple of Mask
    max_time_share : float
    value : {"mean", "zero"}
    """

    masks: tuple[Mask, ...]
    max_time_share: float
    value: Value

    def __call__(self, frames: npt.NDArray[np.floating]) -> Frames:
        """Return masked frames; those given are left as they are.

        Parameters
        ----------
        frames : float array, shape (time, dim)
            Without padding: a mask lies within the utterance.

        Returns
        -------
        float32 array, shape (time, dim)

        Raises
        ------
        SignalError
            If there is another number of axes.
        """
        if frames.ndim != 2:
            sentence = f"frames have the shape {frames.shape}; give one utterance, (time, dim)"
            raise SignalError("channels-out-of-range", sentence)
        masked: Frames = np.array(frames, dtype=np.float32)
        if masked.size == 0:
            return masked
        fill = np.zeros(frames.shape[1], np.float32)
        if self.value == "mean":
            fill = frames.mean(axis=0, dtype=np.float64).astype(np.float32)
        for mask in self.masks:
            if mask.axis == "time":
                masked[mask.cells(len(frames), max_share=self.max_time_share)] = fill
            else:
                bands = mask.cells(frames.shape[1])
                masked[:, bands] = fill[bands]
        return masked

    def as_json(self) -> dict[str, Any]:
        """Return what was drawn, in the form in which logs and records keep it."""
        masks = [[mask.axis, mask.width, mask.place] for mask in self.masks]
        return {"name": "spec-augment", "masks": masks, "value": self.value}


@dataclass(frozen=True)
class SpecAugment:
    """Masks over time and over frequency, on the frames of one utterance.

    Parameters
    ----------
    time_masks, frequency_masks : int, at least 0
    time_width, frequency_width : int, frames and bands
        The largest; each mask's own is any from 0 to it.
    max_time_share : float, 0 to 1
        No time mask covers more of an utterance (the paper's p).
    value : {"mean", "zero"}
        What masked cells become: the utterance's mean of that dimension, or 0, which is the same
        where features are normalised by utterance.

    Raises
    ------
    UsageError

    Examples
    --------
    >>> drawn = SpecAugment(time_masks=1, time_width=3, frequency_masks=0, value="zero").draw(
    ...     np.random.default_rng(1)
    ... )
    >>> drawn(np.ones((6, 2), "float32"))[:, 0]
    array([1., 1., 1., 1., 1., 0.], dtype=float32)
    """

    time_masks: int = 2
    time_width: int = 40
    frequency_masks: int = 2
    frequency_width: int = 8
    max_time_share: float = 0.2
    value: Value = "mean"

    def __post_init__(self) -> None:
        for name in ("time_masks", "time_width", "frequency_masks", "frequency_width"):
            if getattr(self, name) < 0:
                raise UsageError("usage", f"{name} is {getattr(self, name)}; give 0 or more")
        if not 0.0 <= self.max_time_share <= 1.0:
            raise UsageError("usage", f"max_time_share is {self.max_time_share}; give 0 to 1")
        if self.value not in ("mean", "zero"):
            raise UsageError("usage", f"value is {self.value!r}; give 'mean' or 'zero'")

    def draw(self, rng: np.random.Generator) -> AppliedMasks:
        """Throw the dice; how long the utterance is need not be known."""
        masks = [
            Mask("time", int(rng.integers(self.time_width + 1)), float(rng.random()))
            for _ in range(self.time_masks)
        ]
        masks += [
            Mask("frequency", int(rng.integers(self.frequency_width + 1)), float(rng.random()))
            for _ in range(self.frequency_masks)
        ]
        return AppliedMasks(tuple(masks), self.max_time_share, self.value)

    def transform(self, frames: npt.NDArray[np.floating], rng: np.random.Generator) -> Frames:
        """Throw the dice and mask at once: the shape in which the engine takes a transform."""
        return self.draw(rng)(frames)
