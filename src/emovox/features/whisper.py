"""What the encoders of Whisper take: a log-mel spectrogram, 100 frames a second.

Radford, Kim, Xu, Brockman, McLeavey, Sutskever, "Robust speech recognition via large-scale weak
supervision", ICML 2023 (arXiv 2212.04356), as OpenAI's code and `transformers` compute it; the
clip is not padded to 30 s here.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from .mel import mel_filterbank
from .sets import SAMPLE_RATE, SpectralFeature
from .spectrum import Floats, Signal, magnitudes, tapered_frames

N_FFT, HOP_LENGTH = 400, 160
RANGE = 8.0
"""Powers of ten below the clip's loudest at which the spectrogram is cut off."""
_FLOOR = np.float32(1e-10)


def log_mel(signal: Signal, *, n_mels: int = 80) -> Floats:
    """Scaled log-mel spectrogram.

    Parameters
    ----------
    signal : Signal
        At 16 kHz; a shorter one than 400 samples is padded with zeros to that.
    n_mels : int
        80; 128 for large-v3.

    Returns
    -------
    float32 array, shape (samples // 160, n_mels)
        log10 of the power, at most 8 below its largest, plus 4, over 4.

    Examples
    --------
    >>> log_mel(Signal(np.ones(16000, "float32"), 16000)).shape
    (100, 80)
    """
    samples = signal.samples
    if len(samples) < N_FFT:
        samples = np.pad(samples, (0, N_FFT - len(samples)))
    mirrored = np.pad(samples, N_FFT // 2, mode="reflect")
    framed, taper = tapered_frames(mirrored, n_fft=N_FFT, hop_length=HOP_LENGTH, center=False)
    power = np.square(magnitudes(framed[: len(samples) // HOP_LENGTH], taper))
    mel = power @ mel_filterbank(signal.sample_rate, N_FFT, n_mels, 0.0, 8000.0).T
    powers = np.log10(np.maximum(mel, _FLOOR))
    scaled: Floats = (np.maximum(powers, powers.max() - np.float32(RANGE)) + 4) / 4
    return scaled


def _of(name: str, n_mels: int) -> SpectralFeature:
    """Feature of so many bands."""
    return SpectralFeature(
        name,
        "1",
        tuple(f"logmel_{index}" for index in range(n_mels)),
        partial(log_mel, n_mels=n_mels),
        {"n_fft": N_FFT, "hop_length": HOP_LENGTH, "window": "hann", "n_mels": n_mels},
        statistics=(),
        sample_rate=SAMPLE_RATE,
    )


EIGHTY = _of("whisper-logmel", 80)
LARGE_V3 = _of("whisper-logmel-128", 128)
