"""Sequences of frames as inputs of a network: windows of long ones, statistics of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Frames = NDArray[np.floating[Any]]

REPEATED = 1e-5
"""Frames that differ by less than this share of the largest number say nothing new."""


def time_axis(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Time axis of the network's input, as `emovox.models.runtime.Runtime` takes it.

    Parameters
    ----------
    given : mapping
        ``input`` of ``model.json``.

    Returns
    -------
    tuple
        Empty for vectors; else the number of frames, or None where it takes any number.

    Examples
    --------
    >>> time_axis({"dim": 180}), time_axis({"dim": 39, "form": "frames", "frames": 188})
    ((), (188,))
    """
    if given.get("form") != "frames":
        return ()
    frames = given.get("frames")
    return (None if frames is None else int(frames),)


def windows(frames: Frames, *, length: int, hop: int, pad: str = "tile") -> list[Frames]:
    """Windows of a sequence, which together hold every frame of it.

    Parameters
    ----------
    frames : float array, shape (time, dim)
        At least one frame.
    length, hop : int, frames
        A window begins every `hop` frames; the last one ends with the sequence.
    pad : {"tile", "none"}
        A sequence that is shorter than a window is repeated until it fills one, or is taken as
        it is.

    Returns
    -------
    list of float arrays, each of shape (length, dim), or shorter where there is one alone

    Examples
    --------
    >>> [each[:, 0].tolist() for each in windows(np.arange(7.0)[:, None], length=4, hop=2)]
    [[0.0, 1.0, 2.0, 3.0], [2.0, 3.0, 4.0, 5.0], [3.0, 4.0, 5.0, 6.0]]
    >>> [each[:, 0].tolist() for each in windows(np.arange(3.0)[:, None], length=4, hop=2)]
    [[0.0, 1.0, 2.0, 0.0]]
    """
    if len(frames) < length and pad == "none":
        return [frames]
    if len(frames) < length:
        return [frames[np.arange(length) % len(frames)]]
    starts = list(range(0, len(frames) - length + 1, hop))
    if starts[-1] + length < len(frames):
        starts.append(len(frames) - length)
    return [frames[start : start + length] for start in starts]


def statistics(frames: Array) -> Array:
    """Mean and standard deviation over time of each dimension of a sequence.

    Frames that repeat the ones beside them are left out: they are what a front end fills an
    input of fixed length with, and their number would tell no more than how short a recording
    is.

    Parameters
    ----------
    frames : float array, shape (time, dim)

    Returns
    -------
    float64 array, shape (2 * dim,)

    Examples
    --------
    >>> statistics(np.array([[0.0], [0.0], [0.0], [2.0], [4.0]])).tolist()
    [3.0, 1.0]
    """
    kept = frames
    if len(frames) > 2:
        steps = np.abs(np.diff(frames, axis=0)).max(axis=1)
        is_new = steps > REPEATED * max(float(np.abs(frames).max()), 1e-30)
        differs = np.concatenate([is_new[:1], is_new[:-1] & is_new[1:], is_new[-1:]])
        if differs.any():
            kept = frames[differs]
    return np.concatenate([kept.mean(axis=0), kept.std(axis=0)])


def by_length(sequences: Sequence[Frames]) -> dict[int, list[int]]:
    """Places of the sequences of each number of frames.

    Examples
    --------
    >>> by_length([np.ones((2, 1)), np.ones((5, 1)), np.ones((2, 1))])
    {2: [0, 2], 5: [1]}
    """
    places: dict[int, list[int]] = {}
    for place, frames in enumerate(sequences):
        places.setdefault(len(frames), []).append(place)
    return places
