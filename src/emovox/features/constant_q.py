"""The constant-Q transform: filters a fixed fraction of a semitone apart, octave by octave.

C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", SMC 2010:
the filters of the highest octave serve all others, because the signal is halved in rate from
octave to octave.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soxr
from numpy.typing import NDArray

from ..errors import UsageError
from .spectrum import Floats, Signal, frame, frozen, window_of

C1_HZ = 440.0 * 2.0 ** (-45 / 12)
# Equivalent noise bandwidth of a Hann window in bins.
_HANN_BANDWIDTH = 1.50018310546875
# Bins that together hold less than this share of a filter's magnitude are dropped.
_SPARSITY = 0.01


@dataclass(frozen=True)
class _Octaves:
    """The highest octave's filters and how far the signal is halved before it.

    `kernel` (n_fft, 2 bins) holds real and imaginary parts in turn, in time.
    """

    kernel: Floats
    halvings: int
    scale: Floats


def constant_q(
    signal: Signal,
    *,
    hop_length: int = 512,
    bins_per_octave: int = 36,
    n_octaves: int = 7,
    tuning: float = 0.0,
) -> Floats:
    """Magnitude of the constant-Q transform from C1 upward (librosa's ``abs(cqt(y))``).

    Parameters
    ----------
    signal : Signal
    hop_length : int, samples
        A multiple of 2 ** (n_octaves - 1).
    bins_per_octave, n_octaves : int
    tuning : float
        Deviation from A = 440 Hz in bins.

    Returns
    -------
    float32 array, shape (frames, n_octaves * bins_per_octave)

    Raises
    ------
    UsageError
        If the highest filter would reach beyond half the sampling rate.
    """
    octaves = _octaves(signal.sample_rate, hop_length, bins_per_octave, n_octaves, tuning)
    samples = signal.samples
    for _ in range(octaves.halvings):
        samples = _halved(samples)
    hop_length >>= octaves.halvings
    responses = []
    for octave in range(n_octaves):
        if octave:
            samples = _halved(samples)
            hop_length //= 2
        padded = np.pad(samples, len(octaves.kernel) // 2)
        framed = frame(padded, frame_length=len(octaves.kernel), hop_length=hop_length)
        responses.append(framed @ octaves.kernel)
    n_frames = min(len(response) for response in responses)
    # From the highest octave downwards; the lowest frequency stands first.
    complexes = np.stack([response[:n_frames] for response in reversed(responses)], axis=1)
    magnitude = np.abs(complexes.view(np.complex64)).reshape(n_frames, -1)
    magnitude *= octaves.scale
    return magnitude


def _halved(samples: Floats) -> Floats:
    """Half the rate, the same energy."""
    wanted = -(-len(samples) // 2)
    found = soxr.resample(samples, 2, 1, "soxr_hq")[:wanted]
    halved = np.zeros(wanted, np.float32)
    np.multiply(found, np.float32(math.sqrt(2.0)), out=halved[: len(found)])
    return halved


@lru_cache(maxsize=128)
def _octaves(
    sample_rate: int, hop_length: int, bins_per_octave: int, n_octaves: int, tuning: float
) -> _Octaves:
    """Filters for one tuning."""
    n_bins = n_octaves * bins_per_octave
    frequencies = C1_HZ * 2.0 ** ((np.arange(n_bins) + tuning) / bins_per_octave)
    ratio = 2.0 ** (2.0 / bins_per_octave)
    quality = (ratio + 1) / (ratio - 1)
    cutoff = frequencies[-1] * (1 + 0.5 * _HANN_BANDWIDTH / quality)
    if cutoff > sample_rate / 2:
        raise UsageError(
            "usage",
            f"a constant-Q transform up to {cutoff:.0f} Hz needs a sampling rate of at least "
            f"{2 * cutoff:.0f} Hz, not {sample_rate} Hz",
        )
    halvings = _halvings(sample_rate / 2 / cutoff, hop_length, n_octaves)
    rate = sample_rate / 2**halvings
    lengths = quality * rate / frequencies
    top = slice(n_bins - bins_per_octave, None)
    # Below the highest octave the halved rate makes every length the same and the filters
    # louder by sqrt(2) an octave, which the common scale takes back.
    octave = np.repeat(np.arange(n_octaves)[::-1], bins_per_octave)
    scale = np.sqrt(2.0**octave / lengths).astype(np.float32)
    kernel = _kernel(frequencies[top], lengths[top], rate)
    return _Octaves(kernel, halvings, frozen(scale))


def _halvings(headroom: float, hop_length: int, n_octaves: int) -> int:
    """How often the rate can be halved before the highest octave."""
    by_frequency = max(0, math.ceil(math.log2(headroom)) - 2)
    twos = (hop_length & -hop_length).bit_length() - 1
    return min(by_frequency, max(0, twos - n_octaves + 1))


def _kernel(frequencies: NDArray[np.float64], lengths: NDArray[np.float64], rate: float) -> Floats:
    """Filters in time, shape (n_fft, 2 * filters), real and imaginary parts in turn.

    They are made in frequency, where their small values and the negative frequencies are left
    out, and brought back: a product with frames in time then equals one with their spectra.
    """
    n_fft = 1 << math.ceil(math.log2(lengths.max()))
    filters = np.zeros((len(lengths), n_fft), np.complex64)
    for row, (length, frequency) in enumerate(zip(lengths, frequencies, strict=True)):
        time = np.arange(math.floor(-length / 2), math.floor(length / 2), dtype=np.float64)
        taper = window_of("hann", len(time))
        taper = taper / taper.sum() * (length / n_fft)
        start = (n_fft - len(time)) // 2
        filters[row, start : start + len(time)] = taper * np.exp(
            2j * np.pi * frequency / rate * time
        )
    spectra = np.fft.fft(filters.astype(np.complex128))[:, : n_fft // 2 + 1]
    magnitudes = np.abs(spectra)
    ordered = np.sort(magnitudes, axis=1)
    share = np.cumsum(ordered, axis=1) / ordered.sum(axis=1, keepdims=True)
    kept_from = np.argmax(share >= _SPARSITY, axis=1)
    threshold = np.take_along_axis(ordered, kept_from[:, None], axis=1)
    spectra[magnitudes < threshold] = 0
    # sum_k B[k] X[k] with X[k] = sum_n x[n] exp(-2 pi i k n / n_fft) is sum_n x[n] b[n].
    kernel = np.fft.fft(spectra, n_fft).T
    return frozen(np.ascontiguousarray(kernel.astype(np.complex64)).view(np.float32))
