"""Spectral contrast: how far the peaks of a band stand above its valleys."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from .spectrum import Floats, Signal, fft_frequencies, power_to_db


def spectral_contrast(
    signal: Signal,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    fmin: float = 200.0,
    n_bands: int = 6,
    quantile: float = 0.02,
) -> Floats:
    """Spectral contrast of octave bands and of what lies below them.

    D.-N. Jiang et al., "Music type classification by spectral contrast feature", ICME 2002;
    equal to librosa's ``feature.spectral_contrast(S=abs(stft(y)))``: ten times the logarithm of
    the mean of the largest `quantile` of a band's magnitudes less that of the smallest.

    Parameters
    ----------
    signal : Signal
    n_fft, hop_length : int, samples
    fmin : float, Hz
        Upper end of the lowest band.
    n_bands : int
        Octaves above `fmin`; the highest reaches to half the sampling rate.
    quantile : float

    Returns
    -------
    float32 array, shape (frames, n_bands + 1)

    Raises
    ------
    UsageError
        If the highest band would begin above half the sampling rate.
    """
    bins = fft_frequencies(signal.sample_rate, n_fft)
    edges = np.concatenate(([0.0], fmin * 2.0 ** np.arange(n_bands + 1)))
    if edges[-2] >= signal.sample_rate / 2:
        raise UsageError(
            "usage",
            f"spectral contrast with bands up to {edges[-2]:.0f} Hz needs a sampling rate above "
            f"{2 * edges[-2]:.0f} Hz, not {signal.sample_rate} Hz",
        )
    magnitude = signal.magnitude(n_fft, hop_length)
    peaks = np.zeros((len(magnitude), n_bands + 1))
    valleys = np.zeros_like(peaks)
    for band in range(n_bands + 1):
        inside = np.flatnonzero((bins >= edges[band]) & (bins <= edges[band + 1]))
        first = inside[0] - (band > 0)
        last = len(bins) if band == n_bands else inside[-1] + 1
        count = max(1, round(quantile * (last - first)))
        # All but the highest band leave their last bin to the next one.
        ordered = np.sort(magnitude[:, first : last - (band < n_bands)], axis=1)
        valleys[:, band] = ordered[:, :count].mean(axis=1)
        peaks[:, band] = ordered[:, -count:].mean(axis=1)
    return (power_to_db(peaks) - power_to_db(valleys)).astype(np.float32)
