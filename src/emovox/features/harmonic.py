"""The harmonic part of a sound: what stands still over time in the spectrogram.

D. Fitzgerald, "Harmonic/percussive separation using median filtering", DAFx 2010: medians along
time keep harmonics, medians along frequency keep clicks; a soft mask divides the energy.
"""

from __future__ import annotations

import numpy as np

from .median import sliding_median
from .spectrum import Floats, Signal, istft

N_FFT = 2048
HOP_LENGTH = 512


def harmonic(signal: Signal) -> Signal:
    """Harmonic part of a signal (librosa's `effects.harmonic` with its default settings).

    Medians of 31 frames and of 31 bins of the 2048/512 magnitude, a Wiener mask (power 2).

    Returns
    -------
    Signal
        Of the same length and rate; kept with `signal`.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) / 5).astype("float32")
    >>> still = harmonic(Signal(tone, 16000)).samples
    >>> bool(np.abs(still - tone)[4096:-4096].max() < 0.01)
    True
    """
    return signal.keep(("harmonic",), lambda: _harmonic(signal))


def _harmonic(signal: Signal) -> Signal:
    magnitude = signal.magnitude(N_FFT, HOP_LENGTH)
    along_time = sliding_median(magnitude)
    along_frequency = sliding_median(np.ascontiguousarray(magnitude.T)).T
    mask = soft_mask(along_time, np.ascontiguousarray(along_frequency))
    spectra = signal.stft(N_FFT, HOP_LENGTH) * mask
    samples = istft(spectra, length=len(signal.samples), hop_length=HOP_LENGTH)
    return Signal(samples, signal.sample_rate)


def soft_mask(wanted: Floats, other: Floats) -> Floats:
    """Share of `wanted` in the energy of both: w**2 / (w**2 + o**2), one half where both are 0.

    Parameters
    ----------
    wanted, other : float32 array of one shape
        Magnitudes.

    Returns
    -------
    float32 array

    Examples
    --------
    >>> soft_mask(np.array([3, 0], "float32"), np.array([1, 0], "float32"))
    array([0.9, 0.5], dtype=float32)
    """
    # Divided by the larger of both first, or the squares of small magnitudes would vanish.
    larger = np.maximum(wanted, other)
    np.maximum(larger, np.finfo(np.float32).tiny, out=larger)
    wanted_energy = np.square(wanted / larger)
    total = np.square(other / larger)
    total += wanted_energy
    empty = total == 0
    if empty.any():
        wanted_energy[empty] = 1.0
        total[empty] = 2.0
    wanted_energy /= total
    return wanted_energy
