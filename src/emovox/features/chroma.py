"""Chroma: the energy of the twelve pitch classes, and the tuning that it is measured by."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .spectrum import Floats, Signal, fft_frequencies, frozen

PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_RESOLUTION = 0.01


def chromagram(
    signal: Signal, *, n_fft: int = 2048, hop_length: int = 512, tuning: float | None = None
) -> Floats:
    """Chroma of the magnitude spectrum, each frame divided by its largest value.

    Equal to librosa's ``feature.chroma_stft(S=abs(stft(y)))``: Gaussian bumps one semitone wide
    on the octave circle, weighted by a broad Gaussian around 5 octaves above A0.

    Parameters
    ----------
    signal : Signal
    n_fft, hop_length : int, samples
    tuning : float, optional
        Deviation from A = 440 Hz in semitones; estimated from the signal if not given.

    Returns
    -------
    float32 array, shape (frames, 12), from C to B

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000).astype("float32")
    >>> PITCH_CLASSES[chromagram(Signal(tone, 16000)).mean(0).argmax()]
    'A'
    """
    if tuning is None:
        tuning = estimate_tuning(signal, n_fft=n_fft, hop_length=hop_length)
    filters = chroma_filterbank(signal.sample_rate, n_fft, tuning)
    return normalised(signal.magnitude(n_fft, hop_length) @ filters.T, "max")


def normalised(values: Floats, by: Literal["max", "sum"]) -> Floats:
    """Divide each row by its largest absolute value or their sum; rows of zeros stay.

    Examples
    --------
    >>> normalised(np.array([[1, 4], [0, 0]], "float32"), "max")
    array([[0.25, 1.  ],
           [0.  , 0.  ]], dtype=float32)
    """
    absolute = np.abs(values).astype(np.float64)
    lengths = absolute.max(axis=1) if by == "max" else absolute.sum(axis=1)
    lengths[lengths < np.finfo(np.float32).tiny] = 1.0
    divided: Floats = (values / lengths[:, None]).astype(np.float32)
    return divided


def estimate_tuning(
    signal: Signal, *, n_fft: int = 2048, hop_length: int = 512, bins_per_octave: int = 12
) -> float:
    """Deviation of the sounding pitches from A = 440 Hz, in fractions of a bin.

    The commonest deviation, in steps of 0.01, of the stronger half of the spectral peaks.

    Parameters
    ----------
    signal : Signal
    n_fft, hop_length : int, samples
    bins_per_octave : int
        12 for semitones.

    Returns
    -------
    float, in [-0.5, 0.5); 0 where there is no peak
    """
    key = ("tuning", n_fft, hop_length, bins_per_octave)
    return signal.keep(
        key,
        lambda: _commonest(
            tuning_counts(
                signal, n_fft=n_fft, hop_length=hop_length, bins_per_octave=bins_per_octave
            )
        ),
    )


def tuning_counts(
    signal: Signal, *, n_fft: int = 2048, hop_length: int = 512, bins_per_octave: int = 12
) -> NDArray[np.intp]:
    """Number of peaks at each deviation -0.50, -0.49, ..., 0.49 of a bin, shape (100,).

    Where the two largest counts are equal or nearly so, rounding decides the tuning.
    """
    frequencies, magnitudes = spectral_peaks(signal, n_fft=n_fft, hop_length=hop_length)
    if frequencies.size:
        frequencies = frequencies[magnitudes >= np.median(magnitudes)]
    octaves = np.log2(frequencies / (440.0 / 16))
    deviation = np.mod(bins_per_octave * octaves, 1.0)
    deviation[deviation >= 0.5] -= 1.0
    counts, _ = np.histogram(deviation, _tuning_edges())
    return counts


def _commonest(counts: NDArray[np.intp]) -> float:
    """Tuning of the largest count, the lowest of several."""
    return float(_tuning_edges()[counts.argmax()]) if counts.any() else 0.0


def _tuning_edges() -> NDArray[np.float64]:
    return np.linspace(-0.5, 0.5, round(1 / _RESOLUTION) + 1)


def spectral_peaks(
    signal: Signal,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    fmin: float = 150.0,
    fmax: float = 4000.0,
    threshold: float = 0.1,
) -> tuple[Floats, Floats]:
    """Peaks of the magnitude spectrum, placed between the bins by a parabola.

    J. O. Smith, "Sinusoidal peak interpolation", in Spectral Audio Signal Processing, 2011.

    Parameters
    ----------
    signal : Signal
    n_fft, hop_length : int, samples
    fmin, fmax : float, Hz
        Where peaks are sought.
    threshold : float
        A peak is above this share of its frame's largest value.

    Returns
    -------
    frequencies, magnitudes : float32 array, shape (peaks,), Hz
    """
    magnitude = signal.magnitude(n_fft, hop_length)
    bins = fft_frequencies(signal.sample_rate, n_fft)
    inside = np.flatnonzero((bins >= fmin) & (bins < min(fmax, signal.sample_rate / 2)))
    if not inside.size:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    first, last = inside[0], inside[-1] + 1
    here = magnitude[:, first:last]
    floor = np.float32(threshold) * magnitude.max(axis=1, keepdims=True)
    peaks = here > magnitude[:, first - 1 : last - 1]
    peaks &= here >= magnitude[:, first + 1 : last + 1]
    peaks &= here > floor
    frame, place = np.nonzero(peaks)
    place += first
    peak = magnitude[frame, place]
    before, after = magnitude[frame, place - 1], magnitude[frame, place + 1]
    curvature = after + before - 2 * peak
    slope = (after - before) / 2
    shift = np.zeros_like(peak)
    np.divide(-slope, curvature, out=shift, where=np.abs(slope) < np.abs(curvature))
    frequencies = (place + shift) * signal.sample_rate / n_fft
    heights = peak + np.float32(0.5) * slope * shift
    return frequencies.astype(np.float32), heights.astype(np.float32, copy=False)


@lru_cache(maxsize=128)
def chroma_filterbank(sample_rate: int, n_fft: int, tuning: float) -> Floats:
    """Weights of the bins for each pitch class.

    D. P. W. Ellis, "Chroma feature analysis and synthesis", 2007; librosa's ``filters.chroma``
    with its default settings.

    Returns
    -------
    float32 array, shape (12, 1 + n_fft // 2), from C to B, read-only
    """
    n_bins = 1 + n_fft // 2
    frequencies = np.arange(1, n_bins + 1) * (sample_rate / n_fft)
    octaves = np.log2(frequencies / (440.0 * 2.0 ** (tuning / 12) / 16))
    # 0 Hz has no octave: it is put one and a half below the first bin.
    semitones = 12 * np.concatenate(([octaves[0] - 1.5], octaves))
    widths = np.maximum(np.diff(semitones), 1.0)
    semitones = semitones[:n_bins]
    distance = np.mod(semitones - np.arange(12)[:, None] + 6 + 120, 12) - 6
    bumps = np.exp(-0.5 * np.square(2 * distance / widths))
    bumps /= np.sqrt(np.square(bumps).sum(axis=0))
    bumps *= np.exp(-0.5 * np.square((semitones / 12 - 5.0) / 2.0))
    # The circle of `semitones` begins at A.
    return frozen(np.ascontiguousarray(np.roll(bumps, -3, axis=0), dtype=np.float32))
