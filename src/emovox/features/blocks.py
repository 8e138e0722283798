"""Frames taken block by block, so that the way from sound to contours needs little memory.

A spectrum has far more numbers than what is told from it. Whatever is computed for each frame by
itself is computed for a few hundred frames, reduced to its contours, and let go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAMES = 512
"""Frames of a block: five seconds of sound at 10 ms."""


def blocks(n_frames: int) -> list[slice]:
    """Stretches of `FRAMES` frames; the last has what is left as well, up to twice as many.

    Fewer than two blocks' frames, most utterances, are one block.

    Examples
    --------
    >>> blocks(1023), blocks(1100)
    ([slice(0, 1023, None)], [slice(0, 512, None), slice(512, 1100, None)])
    """
    starts = [FRAMES * index for index in range(max(1, n_frames // FRAMES))]
    stops = [*starts[1:], n_frames]
    return [slice(start, stop) for start, stop in zip(starts, stops, strict=True)]


def blockwise(
    n_frames: int, compute: Callable[[slice], tuple[NDArray[Any], ...]]
) -> tuple[NDArray[Any], ...]:
    """Arrays of all frames from those of each block.

    Parameters
    ----------
    n_frames : int
    compute : callable
        Slice of frames -> arrays, shape (frames of the slice, ...).

    Returns
    -------
    tuple of array, shape (n_frames, ...)

    Examples
    --------
    >>> squares, halves = blockwise(5, lambda block: (np.arange(5)[block] ** 2, np.ones(5)[block]))
    >>> squares.tolist()
    [0, 1, 4, 9, 16]
    """
    parts = [compute(block) for block in blocks(n_frames)]
    if len(parts) == 1:
        return parts[0]
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))
