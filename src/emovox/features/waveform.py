"""The waveform itself, one sample a frame, for networks that begin with it."""

from __future__ import annotations

import numpy as np

from .sets import SAMPLE_RATE, SpectralFeature
from .spectrum import Floats, Signal

SHORTEST = 400
"""Samples of which the encoders' convolutions make one frame; shorter clips are zero-padded."""


def samples(signal: Signal) -> Floats:
    """Samples as they are.

    Parameters
    ----------
    signal : Signal

    Returns
    -------
    float32 array, shape (samples, 1)
        At least 400, zeros after the end of a shorter clip.

    Examples
    --------
    >>> samples(Signal(np.ones(16000, "float32"), 16000)).shape
    (16000, 1)
    """
    missing = max(0, SHORTEST - len(signal.samples))
    return np.pad(signal.samples, (0, missing))[:, np.newaxis]


def standardised(signal: Signal) -> Floats:
    """Samples at mean 0 and variance 1 over the clip, before any padding.

    Parameters
    ----------
    signal : Signal

    Returns
    -------
    float32 array, shape (samples, 1)

    Examples
    --------
    >>> standardised(Signal(np.arange(800, dtype="float32"), 16000)).std().round(3)
    np.float32(1.0)
    """
    given = signal.samples.astype(np.float64)
    scaled = (given - given.mean()) / np.sqrt(given.var() + 1e-7)
    return samples(Signal(scaled.astype(np.float32), signal.sample_rate))


WAVEFORM = SpectralFeature(
    "waveform", "1", ("sample",), samples, {}, statistics=(), sample_rate=SAMPLE_RATE
)
WAVEFORM_STANDARDISED = SpectralFeature(
    "waveform-standardised",
    "1",
    ("sample",),
    standardised,
    {"variance_floor": 1e-7},
    statistics=(),
    sample_rate=SAMPLE_RATE,
)
