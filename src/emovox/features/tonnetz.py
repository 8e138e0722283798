"""Tonnetz: the place of a sound's harmony on the circles of fifths and thirds."""

from __future__ import annotations

import numpy as np

from .chroma import estimate_tuning, normalised
from .constant_q import constant_q
from .harmonic import harmonic
from .spectrum import Floats, Signal

_BINS_PER_OCTAVE = 36


def tonnetz(signal: Signal, *, tuning: float | None = None) -> Floats:
    """Tonal centroids of the harmonic part of a signal.

    C. Harte, M. Sandler, M. Gasser, "Detecting harmonic change in musical audio", 2006; equal to
    librosa's ``feature.tonnetz(y=effects.harmonic(y))``.

    Parameters
    ----------
    signal : Signal
    tuning : float, optional
        Deviation of the harmonic part from A = 440 Hz in thirds of a semitone; estimated from
        it if not given.

    Returns
    -------
    float32 array, shape (frames, 6)
        Sine and cosine on the circles of fifths, minor thirds and major thirds.
    """
    still = harmonic(signal)
    if tuning is None:
        tuning = estimate_tuning(still, bins_per_octave=_BINS_PER_OCTAVE)
    bins = constant_q(still, bins_per_octave=_BINS_PER_OCTAVE, tuning=tuning)
    chroma = normalised(bins @ _pitch_classes(bins.shape[1]).T, "max")
    return normalised(chroma, "sum") @ _centroids().T


def _pitch_classes(n_bins: int) -> Floats:
    """Which bins belong to each pitch class: the three around it, from C; shape (12, n_bins)."""
    each = _BINS_PER_OCTAVE // 12
    nearest = (np.arange(n_bins) + each // 2) // each % 12
    belongs: Floats = (nearest == np.arange(12)[:, None]).astype(np.float32)
    return belongs


def _centroids() -> Floats:
    """Place of each pitch class on the three circles, shape (6, 12)."""
    steps = np.array([7 / 6, 7 / 6, 3 / 2, 3 / 2, 2 / 3, 2 / 3])[:, None]
    turns = steps * np.arange(12, dtype=np.float64)
    turns[::2] -= 0.5
    radius = np.array([1.0, 1.0, 1.0, 1.0, 0.5, 0.5])[:, None]
    places: Floats = (radius * np.cos(np.pi * turns)).astype(np.float32)
    return places
