"""Synthetic noises: white, pink, and one that sounds like many people talking at once."""

from __future__ import annotations

import numpy as np

from .spectral_filter import Doubles, fast_size

NOISES = ("babble", "pink", "white")
BABBLE_VOICES = 6
SYLLABLES_HZ = 4.0
"""Voices of a babble rise and fall at up to the rate of syllables."""


def coloured_noise(
    kind: str, n_samples: int, *, sample_rate: int, rng: np.random.Generator
) -> Doubles:
    """Synthetic noise with a power of about 1.

    Parameters
    ----------
    kind : {"babble", "pink", "white"}
        Pink falls by 3 dB an octave from 20 Hz on. Babble is six noises with the long-term
        spectrum of speech, each with its own rise and fall.
    n_samples : int
    sample_rate : int, Hz
    rng : numpy.random.Generator

    Returns
    -------
    float64 array, shape (n_samples,)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = coloured_noise("pink", 16000, sample_rate=16000, rng=rng)
    >>> noise.shape, bool(0.5 < np.mean(noise**2) < 2)
    ((16000,), True)
    """
    if kind == "white":
        return rng.standard_normal(n_samples)
    if kind == "pink":
        return _shaped(n_samples, sample_rate, rng, "pink")
    total = np.zeros(n_samples)
    for _ in range(BABBLE_VOICES):
        voice = _shaped(n_samples, sample_rate, rng, "speech")
        total += voice * _envelope(n_samples, sample_rate, rng)
    total /= np.sqrt(BABBLE_VOICES)
    return total


def _shaped(n_samples: int, sample_rate: int, rng: np.random.Generator, shape: str) -> Doubles:
    """White noise whose spectrum is given a shape; power 1 on average."""
    size = fast_size(n_samples)
    frequencies = np.fft.rfftfreq(size, 1.0 / sample_rate)
    if shape == "pink":
        factors = 1.0 / np.sqrt(np.maximum(frequencies, 20.0))
    else:
        # Long-term average speech (Byrne et al. 1994): flat from 100 to 500 Hz, then 9 dB an
        # octave down, 12 dB an octave below.
        factors = np.minimum(1.0, (np.maximum(frequencies, 1.0) / 100.0) ** 2)
        factors /= np.maximum(1.0, frequencies / 500.0) ** 1.5
    factors /= np.sqrt(np.mean(np.square(factors)))
    spectrum = np.fft.rfft(rng.standard_normal(size)) * factors
    return np.asarray(np.fft.irfft(spectrum, size)[:n_samples])


def _envelope(n_samples: int, sample_rate: int, rng: np.random.Generator) -> Doubles:
    """How one voice rises and falls: the size of slow noise, mean square 1 on average."""
    n_points = int(n_samples / sample_rate * 2 * SYLLABLES_HZ) + 3
    points = np.abs(rng.standard_normal(n_points))
    # Each point has its place in seconds; linear between them.
    at = np.arange(n_samples) / sample_rate * 2 * SYLLABLES_HZ + rng.random()
    return np.asarray(np.interp(at, np.arange(n_points), points)) / MEAN_SQUARE_ROOT


MEAN_SQUARE_ROOT = float(np.sqrt(2 / 3 + (2 / np.pi) / 3))
"""Root of the mean square of a straight line between two sizes of normal numbers: E[a^2] = 1 and
E[ab] = 2/pi, so 2/3 E[a^2] + 1/3 E[ab]."""
