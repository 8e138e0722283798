"""Filtering and convolving by one Fourier transform over the whole signal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


def filtered(
    samples: Doubles, gain: Callable[[Doubles], Doubles], *, sample_rate: int, around_s: float = 0.1
) -> Doubles:
    """Multiply the spectrum by a gain over frequency, without any delay.

    Parameters
    ----------
    samples : float64 array, shape (samples,)
    gain : callable
        Frequencies in Hz to factors.
    sample_rate : int, Hz
    around_s : float
        Zeros around the signal, so that its end does not ring into its beginning.

    Returns
    -------
    float64 array, shape (samples,)
    """
    size = fast_size(samples.size + round(around_s * sample_rate))
    frequencies: Doubles = np.fft.rfftfreq(size, 1.0 / sample_rate).astype(np.float64)
    factors = gain(frequencies)
    return np.asarray(np.fft.irfft(np.fft.rfft(samples, size) * factors, size)[: samples.size])


def convolved(samples: Doubles, response: Doubles) -> Doubles:
    """Linear convolution, shape (samples + response - 1,).

    Examples
    --------
    >>> convolved(np.array([1.0, 2.0]), np.array([1.0, 0.5])).round(6)
    array([1. , 2.5, 1. ])
    """
    length = samples.size + response.size - 1
    size = fast_size(length)
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(spectrum, size)[:length])


def fast_size(length: int) -> int:
    """Return the smallest 2^k or 3 * 2^k that is at least `length`.

    Examples
    --------
    >>> [fast_size(length) for length in (1, 5, 7, 48000, 50000)]
    [2, 6, 8, 49152, 65536]
    """
    power = 2
    while power < length:
        power *= 2
    return power // 4 * 3 if power >= 4 and power // 4 * 3 >= length else power
