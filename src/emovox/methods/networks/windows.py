"""Pieces of equal length of a sequence of frames: one at random, or all that cover it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import SignalError, UsageError


def crop(
    frames: NDArray[np.float32], rng: np.random.Generator, length: int = 300
) -> NDArray[np.float32]:
    """A random piece of `length` frames; a shorter sequence is repeated up to it.

    Parameters
    ----------
    frames : float32 array, shape (time, dim)
    rng : numpy.random.Generator
        One number is drawn from it, whatever the length of `frames`.
    length : int, frames

    Returns
    -------
    float32 array, shape (length, dim)

    Raises
    ------
    SignalError
        ``too-short`` if there is no frame.

    Examples
    --------
    >>> frames = np.arange(3, dtype="float32")[:, None]
    >>> crop(frames, np.random.default_rng(0), length=5).T
    array([[0., 1., 2., 0., 1.]], dtype=float32)
    """
    start = int(rng.integers(max(0, len(frames) - length) + 1))
    return tiled(frames[start : start + length], length)


def tiled(frames: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """`frames` repeated from their beginning up to `length`, or cut to it: (length, dim)."""
    if len(frames) == 0:
        raise SignalError("too-short", "a sequence of no frames cannot be repeated; give one")
    return frames[np.arange(length) % len(frames)]


def windows(n_frames: int, length: int = 300, hop: int = 150) -> list[int]:
    """Where the windows that cover `n_frames` frames begin; the last ends with the last frame.

    Parameters
    ----------
    n_frames, length, hop : int, frames

    Returns
    -------
    list of int; [0] where there is no more than one window (see `tiled` for what is shorter)

    Examples
    --------
    >>> windows(700), windows(300), windows(40)
    ([0, 150, 300, 400], [0], [0])
    """
    if length < 1 or hop < 1:
        raise UsageError(
            "usage", f"windows are at least one frame long and apart, not {length} and {hop}"
        )
    last = max(0, n_frames - length)
    return [*range(0, last, hop), last]
