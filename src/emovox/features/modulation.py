"""Modulation spectrum: how strongly each contour fluctuates at which rate.

Speech moves its spectrum at the pace of its syllables (around 4 Hz), and emotion changes that
pace and its depth (Wu, Falk and Chan 2011, "Automatic speech emotion recognition using
modulation spectral features"; here on logarithmic envelopes, so that the level does not matter).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

EDGES_HZ: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 50.0)
"""Limits of the bands of modulation rates."""

NAMES: tuple[str, ...] = tuple(f"{low:g}_{high:g}hz" for low, high in pairwise(EDGES_HZ))
"""Bands of `modulation_spectrum`."""

WINDOW = 100
STEP = 25
N_FFT = 128
"""Windows of one second every quarter of a second, zero-padded to bins 0.78 Hz apart."""

_WINDOWS = 64
"""Windows of a block, so that memory is bounded: 16 s."""

FLOOR = 1e-2
"""Mean square (dB squared a bin) below which a fluctuation counts as none."""


def modulation_spectrum(
    contours: NDArray[np.floating], *, hop_s: float = 0.01
) -> NDArray[np.float64]:
    """Logarithmic power of each contour's fluctuations in the bands of `EDGES_HZ`.

    Parameters
    ----------
    contours : float array, shape (frames, contours)
        Such as log-mel levels in decibels.
    hop_s : float, seconds

    Returns
    -------
    float64 array, shape (bands, contours)
        Natural logarithm of the mean power in the band, over Hann windows of 100 frames; a
        shorter clip is padded with its own mean.

    Examples
    --------
    >>> time = np.arange(400) * 0.01
    >>> powers = modulation_spectrum(np.sin(2 * np.pi * 5.0 * time)[:, None])
    >>> NAMES[int(powers[:, 0].argmax())]
    '4_8hz'
    """
    centred = contours - contours.mean(axis=0)
    if len(centred) < WINDOW:
        centred = np.pad(centred, ((0, WINDOW - len(centred)), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(centred, WINDOW, axis=0)[::STEP]
    taper = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(1, WINDOW + 1) / (WINDOW + 1))
    power = np.zeros((centred.shape[1], N_FFT // 2 + 1))
    for first in range(0, len(windows), _WINDOWS):
        block = windows[first : first + _WINDOWS]
        block = (block - block.mean(axis=-1, keepdims=True)) * taper
        spectra = np.fft.rfft(block, N_FFT, axis=-1)
        for each in np.square(spectra.real) + np.square(spectra.imag):
            power += each
    power /= len(windows)
    rates = np.fft.rfftfreq(N_FFT, hop_s)
    bands = [
        power[:, (rates >= low) & (rates < high)].mean(axis=1) for low, high in pairwise(EDGES_HZ)
    ]
    return np.log(np.stack(bands) + FLOOR)
