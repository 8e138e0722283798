"""Cepstra: the cosine transform of log-mel energies."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .mel import log_mel_spectrogram
from .spectrum import Floats, Signal, frozen


def mfcc(
    signal: Signal,
    *,
    n_mfcc: int = 40,
    n_mels: int = 128,
    n_fft: int = 2048,
    hop_length: int = 512,
) -> Floats:
    """Mel-frequency cepstral coefficients (librosa's ``feature.mfcc``).

    Parameters
    ----------
    signal : Signal
    n_mfcc, n_mels : int
        Coefficients kept, from the zeroth; mel bands.
    n_fft, hop_length : int, samples

    Returns
    -------
    float32 array, shape (frames, n_mfcc)
        Orthonormal cosine transform of decibels, no lifter.

    Examples
    --------
    >>> mfcc(Signal(np.ones(1600, "float32"), 16000)).shape
    (4, 40)
    """
    decibels = log_mel_spectrogram(signal, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels)
    return decibels @ dct_matrix(n_mfcc, n_mels).T


@lru_cache(maxsize=8)
def dct_matrix(n_outputs: int, n_inputs: int) -> Floats:
    """Orthonormal discrete cosine transform of type II as a matrix.

    Returns
    -------
    float32 array, shape (n_outputs, n_inputs), read-only
        Row k is sqrt(2 / n) cos(pi k (2 i + 1) / (2 n)), row 0 divided by sqrt(2).

    Examples
    --------
    >>> dct_matrix(1, 4)
    array([[0.5, 0.5, 0.5, 0.5]], dtype=float32)
    """
    angles = np.pi * np.outer(np.arange(n_outputs), 2 * np.arange(n_inputs) + 1) / (2 * n_inputs)
    matrix = np.sqrt(2.0 / n_inputs) * np.cos(angles)
    matrix[0] /= np.sqrt(2.0)
    return frozen(matrix.astype(np.float32))
