"""Pieces of one length of utterances of any: random crops in training, windows after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...audio.augment import SpecAugment
from ...models import sequences

Array = npt.NDArray[np.floating]
Transform = Callable[[Array, np.random.Generator], Array]


def crop(array: Array, dice: np.random.Generator, *, length: int, tiled: bool = True) -> Array:
    """A random piece of `length` frames; a shorter utterance is repeated up to it, or stays.

    Parameters
    ----------
    array : float array, shape (time, dim), time from 1 on
    dice : numpy.random.Generator
        One number is drawn from it, whatever the length of `array`.
    length : int, frames
    tiled : bool
        Repeat a shorter utterance.

    Returns
    -------
    float array, shape (length, dim), or `array` where it is shorter and not repeated

    Examples
    --------
    >>> frames = np.arange(3.0)[:, None]
    >>> crop(frames, np.random.default_rng(0), length=5)[:, 0].tolist()
    [0.0, 1.0, 2.0, 0.0, 1.0]
    """
    start = int(dice.integers(max(0, len(array) - length) + 1))
    if not tiled and len(array) <= length:
        return array
    return array[(start + np.arange(length)) % len(array)]


def transform(
    windows: Mapping[str, Any] | None, masks: tuple[int, int] | None = None
) -> Transform | None:
    """What training does to an utterance: a crop to the length of `windows`, then masks.

    Parameters
    ----------
    windows : mapping, optional
        With ``frames``; utterances stay whole where there are none.
    masks : (int, int), optional
        Largest width of two masks over time, in frames, and of two over the dimensions.

    Returns
    -------
    callable, (array, generator) -> array; None where nothing is done
    """
    steps: list[Transform] = []
    if windows is not None:
        tiled = windows["pad"] != "none"
        steps.append(partial(crop, length=int(windows["frames"]), tiled=tiled))
    if masks is not None:
        time_width, frequency_width = masks
        steps.append(SpecAugment(time_width=time_width, frequency_width=frequency_width).transform)
    if not steps:
        return None

    def changed(array: Array, dice: np.random.Generator) -> Array:
        for step in steps:
            array = step(array, dice)
        return array

    return changed


def windows(given: Mapping[str, Any] | None) -> Callable[[Array], list[Array]] | None:
    """Windows over which the answer is the mean, or None where utterances stay whole.

    Parameters
    ----------
    given : mapping, optional
        ``frames``, ``hop`` and ``pad``, as in a model folder.
    """
    if given is None:
        return None
    return partial(
        sequences.windows, length=int(given["frames"]), hop=int(given["hop"]), pad=given["pad"]
    )
