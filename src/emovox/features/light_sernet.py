"""MFCC "images" of a clip of fixed length, as Light-SERNet takes them.

Aftab, Morsali, Ghaemmaghami, Champagne, "Light-SERNet: A lightweight fully convolutional neural
network for speech emotion recognition", ICASSP 2022 (arXiv 2110.03435), with the settings of the
authors' code where the paper says otherwise: Hann window, 16 ms from frame to frame, 80 Hz at the
bottom. The levelled clip stays in floating point here; theirs goes through a WAV file.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from .cepstrum import dct_matrix
from .fixed_length import centre_cropped, centre_padded
from .mel import hz_to_mel
from .sets import SAMPLE_RATE, SpectralFeature
from .spectrum import Floats, Signal, fft_frequencies, frozen

N_FFT, HOP_LENGTH = 1024, 256
N_MELS, FMIN_HZ, FMAX_HZ = 128, 80.0, 7600.0
N_CEPSTRA = 40
PERCENTILE = 99.9
LIMIT = 10.0
_FLOOR = np.float32(1e-6)


def clipped_mfcc(signal: Signal, *, seconds: int) -> Floats:
    """Cepstra of the clip's levelled middle, or of the levelled clip between zeros.

    Parameters
    ----------
    signal : Signal
    seconds : int
        Length to which the clip is cropped or padded.

    Returns
    -------
    float32 array, shape (frames, 40), from -10 to 10
        Whole frames only: 184 of 3 s, 434 of 7 s at 16 kHz.

    Examples
    --------
    >>> clipped_mfcc(Signal(np.ones(16000, "float32"), 16000), seconds=3).shape
    (184, 40)
    """
    length = seconds * signal.sample_rate
    clip = centre_padded(levelled(centre_cropped(signal.samples, length)), length)
    magnitude = Signal(clip, signal.sample_rate).magnitude(N_FFT, HOP_LENGTH, center=False)
    log_mel: Floats = np.log(magnitude @ mel_weights(signal.sample_rate).T + _FLOOR)
    return np.clip(cepstra(log_mel), -LIMIT, LIMIT)


def levelled(samples: Floats) -> Floats:
    """Samples over the 99.9th percentile of their sizes, clipped to [-1, 1].

    Parameters
    ----------
    samples : float32 array, shape (samples,)

    Returns
    -------
    float32 array, shape (samples,)
        Where the percentile is 0, as in silence, the samples are only clipped.

    Examples
    --------
    >>> levelled(np.array([0.5, -0.5, 0.25], "float32")).round(3).tolist()
    [1.0, -1.0, 0.5]
    """
    loud = float(np.percentile(np.abs(samples.astype(np.float64)), PERCENTILE))
    scaled = samples / loud if loud > 0 else samples
    return np.clip(scaled, -1.0, 1.0).astype(np.float32)


def cepstra(log_mel: Floats) -> Floats:
    """First 40 terms of the cosine transform, all scaled by sqrt(2 / bands), the zeroth too.

    Parameters
    ----------
    log_mel : float32 array, shape (frames, bands)

    Returns
    -------
    float32 array, shape (frames, 40)

    Examples
    --------
    >>> round(float(cepstra(np.ones((1, 128), "float32"))[0, 0]), 4)
    16.0
    """
    found = log_mel @ dct_matrix(N_CEPSTRA, log_mel.shape[1]).T
    found[:, 0] *= np.float32(np.sqrt(2.0))
    return found


@lru_cache(maxsize=4)
def mel_weights(sample_rate: int) -> Floats:
    """Triangles of height 1 on HTK's mel scale, linear in mel; the bin at 0 Hz counts nowhere.

    The other filters of emovox (`emovox.features.mel.mel_filterbank`) are linear in Hz.

    Parameters
    ----------
    sample_rate : int, Hz

    Returns
    -------
    float32 array, shape (128, 513), read-only
    """
    bins = hz_to_mel(fft_frequencies(sample_rate, N_FFT), htk=True)
    ends = hz_to_mel(np.array([FMIN_HZ, FMAX_HZ]), htk=True)
    corners = np.linspace(ends[0], ends[1], N_MELS + 2)[:, None]
    rising = (bins - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - bins) / (corners[2:] - corners[1:-1])
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights[:, 0] = 0.0
    return frozen(weights.astype(np.float32))


def _of(name: str, seconds: int) -> SpectralFeature:
    """Feature of one length; it has frames only."""
    return SpectralFeature(
        name,
        "1",
        tuple(f"light_sernet_{index}" for index in range(N_CEPSTRA)),
        partial(clipped_mfcc, seconds=seconds),
        {
            "seconds": seconds,
            "level_percentile": PERCENTILE,
            "n_fft": N_FFT,
            "hop_length": HOP_LENGTH,
            "window": "hann",
            "n_mels": N_MELS,
            "fmin": FMIN_HZ,
            "fmax": FMAX_HZ,
            "n_mfcc": N_CEPSTRA,
            "limit": LIMIT,
        },
        statistics=(),
        sample_rate=SAMPLE_RATE,
    )


THREE_SECONDS = _of("light-sernet", 3)
SEVEN_SECONDS = _of("light-sernet-7s", 7)
