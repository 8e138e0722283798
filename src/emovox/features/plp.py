"""Perceptual linear prediction: an all-pole model of the spectrum as the ear weighs it.

H. Hermansky, "Perceptual linear predictive (PLP) analysis of speech", Journal of the Acoustical
Society of America 87(4), 1990. Equations are numbered as there.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .spectrum import fft_frequencies, frozen

Doubles = NDArray[np.float64]
_FLOOR = 1e-10


def plp_cepstra(
    power: NDArray[np.floating], *, sample_rate: int, n_cepstra: int = 13, order: int = 12
) -> Doubles:
    """Cepstra of the perceptual all-pole model of each frame.

    Parameters
    ----------
    power : array, shape (frames, 1 + n_fft // 2)
    sample_rate : int, Hz
    n_cepstra : int, at most order + 1
        From c0, the logarithm of the model's gain.
    order : int
        Poles of the model.

    Returns
    -------
    float64 array, shape (frames, n_cepstra)

    Examples
    --------
    >>> plp_cepstra(np.ones((2, 257)), sample_rate=16000).shape
    (2, 13)
    """
    n_fft = 2 * (power.shape[1] - 1)
    bands = np.maximum(power @ bark_filterbank(sample_rate, n_fft).T, _FLOOR)
    loudness = np.cbrt(bands * equal_loudness(_band_centres_hz(sample_rate)))
    # The weights vanish at 0 Hz and are not meant for the highest band: both copy a neighbour.
    loudness[:, 0] = loudness[:, 1]
    loudness[:, -1] = loudness[:, -2]
    autocorrelation = np.fft.irfft(loudness)[:, : order + 1]
    coefficients, error = linear_prediction(autocorrelation)
    return _cepstra(coefficients, error, n_cepstra)


@lru_cache(maxsize=4)
def bark_filterbank(sample_rate: int, n_fft: int) -> Doubles:
    """Critical-band masking curves about one Bark apart (equations 3 and 4).

    Returns
    -------
    float64 array, shape (bands, 1 + n_fft // 2), read-only
        The first band is at 0 Hz, the last at half the sampling rate: 21 for 16 kHz.
    """
    bins = hz_to_bark(fft_frequencies(sample_rate, n_fft))
    away = bins - _band_centres_bark(sample_rate)[:, None]
    rising = 10.0 ** (2.5 * np.minimum(away + 0.5, 0.0))
    falling = 10.0 ** (-np.maximum(away - 0.5, 0.0))
    curve = np.minimum(rising, falling)
    return frozen(np.where((away < -1.3) | (away > 2.5), 0.0, curve))


def hz_to_bark(frequencies: Doubles) -> Doubles:
    """Bark scale of equation 2: 6 asinh(f / 600).

    Examples
    --------
    >>> hz_to_bark(np.array([8000.0])).round(2).tolist()
    [19.71]
    """
    return 6.0 * np.arcsinh(frequencies / 600.0)


def equal_loudness(frequencies: Doubles) -> Doubles:
    """Weights that approximate the ear's sensitivity at 40 dB (equation 7, in Hz).

    Examples
    --------
    >>> bool(equal_loudness(np.array([3000.0])) > equal_loudness(np.array([100.0])))
    True
    """
    squares = np.square(frequencies)
    return np.square(squares / (squares + 1.6e5)) * (squares + 1.44e6) / (squares + 9.61e6)


def linear_prediction(autocorrelation: Doubles) -> tuple[Doubles, Doubles]:
    """All-pole model of each row by Levinson's and Durbin's recursion.

    Parameters
    ----------
    autocorrelation : float64 array, shape (frames, order + 1)
        Lags 0 to order, lag 0 above 0.

    Returns
    -------
    coefficients : float64 array, shape (frames, order + 1)
        Of the prediction-error filter; the first is 1.
    error : float64 array, shape (frames,)
        Energy that is left.

    Examples
    --------
    >>> coefficients, error = linear_prediction(np.array([[1.0, 0.5, 0.25]]))
    >>> coefficients.round(6).tolist(), error.tolist()
    ([[1.0, -0.5, 0.0]], [0.75])
    """
    order = autocorrelation.shape[1] - 1
    coefficients = np.zeros_like(autocorrelation)
    coefficients[:, 0] = 1.0
    error = autocorrelation[:, 0].copy()
    for step in range(1, order + 1):
        past = autocorrelation[:, step:0:-1]
        reflection = -np.einsum("ij,ij->i", coefficients[:, :step], past) / error
        mirrored = coefficients[:, step::-1].copy()
        coefficients[:, : step + 1] += reflection[:, None] * mirrored
        error *= 1.0 - np.square(reflection)
    return coefficients, error


def _cepstra(coefficients: Doubles, error: Doubles, n_cepstra: int) -> Doubles:
    """Cepstrum of the model's spectrum error / |A|**2, from the recursion on its logarithm."""
    cepstra = np.zeros((len(coefficients), n_cepstra))
    cepstra[:, 0] = np.log(error)
    for n in range(1, n_cepstra):
        earlier = np.arange(1, n)
        products = earlier / n * cepstra[:, 1:n] * coefficients[:, n - 1 : 0 : -1]
        cepstra[:, n] = -coefficients[:, n] - products.sum(axis=1)
    return cepstra


def _band_centres_bark(sample_rate: int) -> Doubles:
    top = 6.0 * math.asinh(sample_rate / 2 / 600.0)
    return np.linspace(0.0, top, math.ceil(top) + 1)


def _band_centres_hz(sample_rate: int) -> Doubles:
    return 600.0 * np.sinh(_band_centres_bark(sample_rate) / 6.0)
