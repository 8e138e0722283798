"""MFCCs of a clip of fixed length at 22,050 Hz, as TIM-Net takes them.

Ye, Wen, Wei, Xu, Liu, Shan, "Temporal Modeling Matters: A Novel Temporal Emotional Modeling
Approach for Speech Emotion Recognition", ICASSP 2023 (arXiv 2211.08233): 39 coefficients, the
zeroth included, with librosa's defaults (2,048 samples every 512, 128 bands up to 11,025 Hz,
decibels down to 80 below the clip's own largest). The ends are padded by zeros, as librosa does
from 0.10 on; the authors' release reflected there, which concerns the first and last two frames.
Each corpus has a length of its own, which the authors chose.
"""

from __future__ import annotations

from functools import partial

from .cepstrum import mfcc
from .fixed_length import centre_cropped, centre_padded
from .sets import SpectralFeature
from .spectrum import Floats, Signal

SAMPLE_RATE = 22050
N_MFCC = 39


def fixed_length_mfcc(signal: Signal, *, n_samples: int) -> Floats:
    """Cepstra of the clip's middle, or of the clip between zeros.

    Parameters
    ----------
    signal : Signal
    n_samples : int
        Length to which the clip is cropped or padded.

    Returns
    -------
    float32 array, shape (1 + n_samples // 512, 39)

    Examples
    --------
    >>> import numpy as np
    >>> clip = Signal(np.ones(30000, "float32"), 22050)
    >>> fixed_length_mfcc(clip, n_samples=96000).shape
    (188, 39)
    """
    samples = centre_padded(centre_cropped(signal.samples, n_samples), n_samples)
    return mfcc(Signal(samples, signal.sample_rate), n_mfcc=N_MFCC)


def _of(corpus: str, n_samples: int) -> SpectralFeature:
    """Feature of one corpus's length; it has frames only."""
    return SpectralFeature(
        f"tim-net-{corpus}",
        "1",
        tuple(f"mfcc_{index}" for index in range(N_MFCC)),
        partial(fixed_length_mfcc, n_samples=n_samples),
        {
            "n_samples": n_samples,
            "n_fft": 2048,
            "hop_length": 512,
            "window": "hann",
            "n_mfcc": N_MFCC,
            "n_mels": 128,
            "top_db": 80.0,
        },
        statistics=(),
        sample_rate=SAMPLE_RATE,
    )


CASIA = _of("casia", 88_000)
EMODB = _of("emodb", 96_000)
"""EMOVO has the same length."""
IEMOCAP = _of("iemocap", 310_000)
RAVDESS = _of("ravdess", 110_000)
SAVEE = _of("savee", 130_000)
