"""Log-mel spectrogram of the whole utterance, standardised by itself, as our RepLKNet takes it.

The network's paper (Ding et al., CVPR 2022, arXiv 2203.06717) is about images: every setting here
is this project's own choice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blocks import blockwise
from .mel import mel_filterbank
from .sets import SAMPLE_RATE, SpectralFeature
from .spectrum import Floats, Signal, magnitudes, tapered_frames

N_FFT, WIN_LENGTH, HOP_LENGTH = 1024, 400, 160
N_MELS, FMIN_HZ, FMAX_HZ = 128, 50.0, 8000.0
_FLOOR = np.float32(1e-6)


def standardised_log_mel(signal: Signal) -> Floats:
    """Log-mel spectrogram with mean 0 and deviation 1 over all its values.

    Parameters
    ----------
    signal : Signal

    Returns
    -------
    float32 array, shape (frames, 128)
        100 frames a second; zeros where all values are the same, as in silence.

    Examples
    --------
    >>> standardised_log_mel(Signal(np.ones(48000, "float32"), 16000)).shape
    (300, 128)
    """
    values = log_mel(signal).astype(np.float64)
    if values.min() == values.max():
        return np.zeros(values.shape, np.float32)
    scaled: NDArray[np.float64] = (values - values.mean()) / values.std()
    return scaled.astype(np.float32)


def log_mel(signal: Signal) -> Floats:
    """Natural logarithm of the power in 128 mel bands (HTK's scale, 50 to 8,000 Hz) plus 1e-6.

    Frames of 25 ms are centred every 10 ms, the signal is reflected at its ends, and the last
    frame is dropped, so that 3 s are 300.

    Parameters
    ----------
    signal : Signal

    Returns
    -------
    float32 array, shape (frames, 128), at least one frame
    """
    reflected = np.pad(signal.samples, N_FFT // 2, mode="reflect")
    framed, taper = tapered_frames(
        reflected, n_fft=N_FFT, hop_length=HOP_LENGTH, win_length=WIN_LENGTH, center=False
    )
    framed = framed[: max(1, len(framed) - 1)]
    filters = mel_filterbank(
        signal.sample_rate, N_FFT, N_MELS, FMIN_HZ, FMAX_HZ, htk=True, norm=None
    )

    def of_block(block: slice) -> tuple[Floats]:
        power = np.square(magnitudes(framed[block], taper))
        return (np.log(power @ filters.T + _FLOOR),)

    found: Floats = blockwise(len(framed), of_block)[0]
    return found


REPLKNET = SpectralFeature(
    "replknet",
    "1",
    tuple(f"log_mel_{index}" for index in range(N_MELS)),
    standardised_log_mel,
    {
        "n_fft": N_FFT,
        "win_length": WIN_LENGTH,
        "hop_length": HOP_LENGTH,
        "window": "hann",
        "edges": "reflected",
        "n_mels": N_MELS,
        "fmin": FMIN_HZ,
        "fmax": FMAX_HZ,
        "standardised": "utterance",
    },
    statistics=(),
    sample_rate=SAMPLE_RATE,
)
