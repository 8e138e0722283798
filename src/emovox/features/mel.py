"""The mel scale and its filters."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .spectrum import Floats, Signal, fft_frequencies, frozen, power_to_db

_GROUP = 16


def mel_spectrogram(
    signal: Signal,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
) -> Floats:
    """Power in mel bands, linear (librosa's ``feature.melspectrogram``).

    Parameters
    ----------
    signal : Signal
    n_fft, hop_length : int, samples
    n_mels : int, bands
    fmin, fmax : float, Hz
        `fmax` is half the sampling rate if not given.

    Returns
    -------
    float32 array, shape (frames, n_mels)

    Examples
    --------
    >>> mel_spectrogram(Signal(np.ones(1600, "float32"), 16000), n_mels=40).shape
    (4, 40)
    """
    filters = mel_filterbank(signal.sample_rate, n_fft, n_mels, fmin, fmax)
    key = ("mel", n_fft, hop_length, n_mels, fmin, fmax)
    return signal.keep(key, lambda: _weighted(signal.power(n_fft, hop_length), filters))


def log_mel_spectrogram(
    signal: Signal,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    n_mels: int = 128,
    top_db: float | None = 80.0,
) -> Floats:
    """Power in mel bands in decibels, at most `top_db` below the clip's largest.

    Returns
    -------
    float32 array, shape (frames, n_mels)
    """
    key = ("log-mel", n_fft, hop_length, n_mels, top_db)
    return signal.keep(
        key,
        lambda: power_to_db(
            mel_spectrogram(signal, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels),
            top_db=top_db,
        ),
    )


def _weighted(power: Floats, filters: Floats) -> Floats:
    """Power through narrow filters in groups, each over the bins that it reaches."""
    energies = np.empty((len(power), len(filters)), np.float32)
    for first in range(0, len(filters), _GROUP):
        group = filters[first : first + _GROUP]
        reached = np.flatnonzero(group.any(axis=0))
        if not reached.size:
            energies[:, first : first + _GROUP] = 0
            continue
        bins = slice(reached[0], reached[-1] + 1)
        energies[:, first : first + _GROUP] = power[:, bins] @ group[:, bins].T
    return energies


def hz_to_mel(frequencies: NDArray[np.float64], *, htk: bool = False) -> NDArray[np.float64]:
    """Mel scale: Slaney's (linear below 1 kHz, logarithmic above) or HTK's formula."""
    if htk:
        return np.asarray(2595.0 * np.log10(1.0 + frequencies / 700.0))
    logarithmic = 15.0 + np.log(np.maximum(frequencies, 1000.0) / 1000.0) / (np.log(6.4) / 27.0)
    return np.where(frequencies >= 1000.0, logarithmic, frequencies * 3.0 / 200.0)


def mel_to_hz(mels: NDArray[np.float64], *, htk: bool = False) -> NDArray[np.float64]:
    """Inverse of `hz_to_mel`.

    Examples
    --------
    >>> mel_to_hz(hz_to_mel(np.array([200.0, 4000.0]))).round(6).tolist()
    [200.0, 4000.0]
    """
    if htk:
        return np.asarray(700.0 * (10.0 ** (mels / 2595.0) - 1.0))
    logarithmic = 1000.0 * np.exp(np.log(6.4) / 27.0 * (np.maximum(mels, 15.0) - 15.0))
    return np.where(mels >= 15.0, logarithmic, mels * 200.0 / 3.0)


@lru_cache(maxsize=16)
def mel_filterbank(
    sample_rate: int,
    n_fft: int,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: Literal["slaney"] | None = "slaney",
) -> Floats:
    """Triangular filters, equally spaced on the mel scale, over the bins of a spectrum.

    Parameters
    ----------
    sample_rate : int, Hz
    n_fft : int, samples
    n_mels : int, bands
    fmin, fmax : float, Hz
        `fmax` is half the sampling rate if not given.
    htk : bool
        HTK's mel formula instead of Slaney's.
    norm : {"slaney", None}
        Divide each triangle by half its width, so that all have the same area.

    Returns
    -------
    float32 array, shape (n_mels, 1 + n_fft // 2), read-only

    Examples
    --------
    >>> mel_filterbank(16000, 512, n_mels=40).shape
    (40, 257)
    """
    top = sample_rate / 2.0 if fmax is None else fmax
    ends = hz_to_mel(np.array([fmin, top]), htk=htk)
    corners = mel_to_hz(np.linspace(ends[0], ends[1], n_mels + 2), htk=htk)[:, None]
    bins = fft_frequencies(sample_rate, n_fft)
    rising = (bins - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - bins) / (corners[2:] - corners[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    if norm == "slaney":
        triangles *= 2.0 / (corners[2:] - corners[:-2])
    return frozen(triangles.astype(np.float32))
