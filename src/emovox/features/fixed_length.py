"""A clip brought to a fixed number of samples around its centre, for networks of fixed input."""

from __future__ import annotations

import numpy as np

from .spectrum import Floats


def centre_cropped(samples: Floats, length: int) -> Floats:
    """Middle of a clip that is too long; of an odd rest, the end loses one more.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    length : int, samples

    Returns
    -------
    float32 array, shape (at most length,), a view

    Examples
    --------
    >>> centre_cropped(np.arange(6, dtype="float32"), 3)
    array([1., 2., 3.], dtype=float32)
    """
    first = max(0, len(samples) - length) // 2
    return samples[first : first + length]


def centre_padded(samples: Floats, length: int) -> Floats:
    """A clip that is too short between zeros; an odd one more stands at the end.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    length : int, samples

    Returns
    -------
    float32 array, shape (at least length,)

    Examples
    --------
    >>> centre_padded(np.ones(2, "float32"), 5)
    array([0., 1., 1., 0., 0.], dtype=float32)
    """
    missing = max(0, length - len(samples))
    return np.pad(samples, (missing // 2, missing - missing // 2))
