"""Pieces of one length of utterances of any: random crops in training, windows after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...models import sequences

Array = npt.NDArray[np.floating]


def crop(array: Array, dice: np.random.Generator, *, length: int) -> Array:
    """A random piece of `length` frames; a shorter utterance is repeated up to it.

    Parameters
    ----------
    array : float array, shape (time, dim), time from 1 on
    dice : numpy.random.Generator
        One number is drawn from it, whatever the length of `array`.
    length : int, frames

    Returns
    -------
    float array, shape (length, dim)

    Examples
    --------
    >>> frames = np.arange(3.0)[:, None]
    >>> crop(frames, np.random.default_rng(0), length=5)[:, 0].tolist()
    [0.0, 1.0, 2.0, 0.0, 1.0]
    """
    start = int(dice.integers(max(0, len(array) - length) + 1))
    return array[(start + np.arange(length)) % len(array)]


def crops(
    windows: Mapping[str, Any] | None,
) -> Callable[[Array, np.random.Generator], Array] | None:
    """`crop` to the length of `windows`, or None where utterances stay whole."""
    return None if windows is None else partial(crop, length=int(windows["frames"]))


def windows(given: Mapping[str, Any] | None) -> Callable[[Array], list[Array]] | None:
    """Windows over which the answer is the mean, or None where utterances stay whole.

    Parameters
    ----------
    given : mapping, optional
        ``frames`` and ``hop``, as in a model folder.
    """
    if given is None:
        return None
    return partial(sequences.windows, length=int(given["frames"]), hop=int(given["hop"]))
