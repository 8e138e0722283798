"""Pieces of one length of utterances of any: random crops in training, windows after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def crop(
    windows: Mapping[str, Any] | None,
) -> Callable[[Array, np.random.Generator], Array] | None:
    """Give the random crop that training takes, or None where utterances stay whole.

    Parameters
    ----------
    windows : mapping, optional
        With ``frames``, the length of a piece; shorter utterances are repeated.
    """
    if windows is None:
        return None
    length = int(windows["frames"])

    def cropped(array: Array, dice: np.random.Generator) -> Array:
        start = int(dice.integers(max(len(array) - length, 0) + 1))
        return tiled(array[start : start + length], length)

    return cropped


def windows(spec: Mapping[str, Any] | None) -> Callable[[Array], list[Array]] | None:
    """Give the windows over which the answer is the mean, or None where utterances stay whole.

    Parameters
    ----------
    spec : mapping, optional
        ``frames`` and ``hop``; the last window ends where the utterance does.
    """
    if spec is None:
        return None
    length, hop = int(spec["frames"]), int(spec["hop"])

    def cut(array: Array) -> list[Array]:
        if len(array) <= length:
            return [tiled(array, length)]
        starts = [*range(0, len(array) - length, hop), len(array) - length]
        return [array[start : start + length] for start in starts]

    return cut


def tiled(array: Array, length: int) -> Array:
    """`array`, repeated to `length` frames.

    Examples
    --------
    >>> tiled(np.array([[1.0], [2.0]]), 3)[:, 0].tolist()
    [1.0, 2.0, 1.0]
    """
    repeats = -(-length // len(array))
    return np.tile(array, (repeats, 1))[:length] if repeats > 1 else array[:length]
