"""Derivatives of features over time by local regression."""

from __future__ import annotations

import numpy as np

from ..errors import SignalError
from .spectrum import Floats


def regression_deltas(frames: Floats, *, reach: int = 2) -> Floats:
    """Slope of a line through the frames up to `reach` away, the edges repeated.

    sum_k k (x[t + k] - x[t - k]) / (2 sum_k k**2), k = 1 .. reach (S. Young et al., The HTK
    Book, section 5.9).

    Parameters
    ----------
    frames : float32 array, shape (frames, dim)
    reach : int, frames

    Returns
    -------
    float32 array, shape (frames, dim), per frame

    Examples
    --------
    >>> regression_deltas(np.array([[0], [3], [6], [9], [12], [15]], "float32"))[2:4, 0]
    array([3., 3.], dtype=float32)
    """
    padded = np.pad(frames, ((reach, reach), (0, 0)), mode="edge")
    slopes = np.zeros(frames.shape, np.float32)
    for k in range(1, reach + 1):
        later = padded[reach + k : reach + k + len(frames)]
        earlier = padded[reach - k : reach - k + len(frames)]
        slopes += np.float32(k) * (later - earlier)
    return slopes / np.float32(2 * sum(k * k for k in range(1, reach + 1)))


def deltas(frames: Floats, *, width: int = 9, order: int = 1) -> Floats:
    """Derivative of a polynomial through `width` frames (librosa's ``feature.delta``).

    A. Savitzky and M. Golay, "Smoothing and differentiation of data by simplified least squares
    procedures", Analytical Chemistry 36(8), 1964. The polynomial has degree `order`; the first
    and last frames take their derivative from the first and last whole window.

    Parameters
    ----------
    frames : float32 array, shape (frames, dim)
    width : int, frames, odd
    order : {1, 2, ...}
        The first derivative, the second, ...

    Returns
    -------
    float32 array, shape (frames, dim), per frame

    Raises
    ------
    SignalError
        ``too-short`` if there are fewer frames than `width`.

    Examples
    --------
    >>> deltas(np.arange(20, dtype="float32")[:, None] ** 2, order=2)[[0, 9], 0].round(4)
    array([2., 2.], dtype=float32)
    """
    if len(frames) < width:
        raise SignalError(
            "too-short",
            f"derivatives over {width} frames need at least as many, not {len(frames)}; "
            "take a smaller width or a longer recording",
        )
    places = np.arange(width) - width // 2
    # Row `order` of the pseudo-inverse gives the coefficient of t**order; a polynomial of that
    # degree has the same derivative everywhere, so the edges repeat the outermost windows'.
    powers = np.vander(places.astype(np.float64), order + 1, increasing=True)
    weights = np.linalg.pinv(powers)[order] * float(np.prod(np.arange(1, order + 1)))
    windows = np.lib.stride_tricks.sliding_window_view(frames, width, axis=0)
    inner = windows @ weights
    edges = ((width // 2, width // 2), (0, 0))
    return np.pad(inner, edges, mode="edge").astype(np.float32)
