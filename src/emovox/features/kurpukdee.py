"""Utterance features for the support-vector machines after Kurpukdee et al. (2017).

The paper's own settings are not public; these are a reconstruction of this project: 25 ms Hamming
frames every 10 ms of the pre-emphasised signal, four kinds of frame features, their first and
second derivatives, six functionals of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cepstrum import dct_matrix
from .deltas import regression_deltas
from .mel import mel_filterbank
from .plp import plp_cepstra
from .prosody import f0
from .spectrum import Floats, Signal, as_signal, frame, window_of, windowed_spectra

SAMPLE_RATE = 16000
FRAME_LENGTH, HOP_LENGTH, N_FFT = 400, 160, 512
PRE_EMPHASIS = 0.97
N_BANDS, N_CEPSTRA = 40, 13
FMIN_HZ, FMAX_HZ = 20.0, 8000.0
F0_MIN_HZ, F0_MAX_HZ = 60.0, 400.0
_FLOOR = 1e-10
FUNCTIONALS = ("mean", "sd", "min", "max", "skewness", "kurtosis")
_DERIVATIVES = ("", "_delta", "_delta2")


@dataclass(frozen=True)
class KurpukdeeFeature:
    """Functionals of frame features and of their derivatives.

    Parameters
    ----------
    name, version : str
    columns : tuple of str
        Names of the static values of a frame.
    compute : callable
        Signal -> float32 array (frames, columns).
    chosen : mapping
        The settings that `compute` uses beyond those of all sets.
    """

    name: str
    version: str
    columns: tuple[str, ...]
    compute: Callable[[Signal], Floats]
    chosen: dict[str, Any] = field(hash=False)
    sample_rate: int = SAMPLE_RATE

    @property
    def names(self) -> tuple[str, ...]:
        """Feature by feature, its six functionals: all static ones, then the derivatives."""
        return _functional_names(self.columns)

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The static columns, then the derivatives."""
        return tuple(
            f"kurpukdee_{column}{derivative}"
            for derivative in _DERIVATIVES
            for column in self.columns
        )

    def settings(self) -> dict[str, Any]:
        """Everything that the values depend on."""
        return {**_settings(self.name, self.version), **self.chosen}

    def frames(self, signal: Signal | NDArray[np.floating]) -> Floats:
        """Static values, first and second derivatives, float32, shape (frames, 3 * columns)."""
        return with_derivatives(self.compute(as_signal(signal, self.sample_rate)))

    def functionals(self, signal: Signal | NDArray[np.floating]) -> Floats:
        """Six functionals of each column of `frames`, float32, shape (18 * columns,)."""
        return six_functionals(self.frames(signal)).ravel().astype(np.float32)


@dataclass(frozen=True)
class KurpukdeeProsody:
    """Functionals of energy and F0, and the share of voiced frames."""

    name: str = "kurpukdee-prosody"
    version: str = "1"
    sample_rate: int = SAMPLE_RATE

    @property
    def names(self) -> tuple[str, ...]:
        """Functionals of energy, of F0 and of their derivatives, then the voiced share."""
        energy, pitch = _functional_names(("energy",)), _functional_names(("f0",))
        return (*energy, *pitch, "kurpukdee_voiced_share")

    @property
    def frame_names(self) -> tuple[str, ...]:
        """Logarithms of energy and F0."""
        return ("kurpukdee_energy", "kurpukdee_f0")

    def settings(self) -> dict[str, Any]:
        """Everything that the values depend on."""
        pitch = {"f0_min_hz": F0_MIN_HZ, "f0_max_hz": F0_MAX_HZ}
        return {**_settings(self.name, self.version), **pitch}

    def frames(self, signal: Signal | NDArray[np.floating]) -> Floats:
        """Log energy and log F0 (0 where unvoiced) of each frame, float32, shape (frames, 2).

        Energy and F0 are measured on frames of their own; the shorter series sets the number.
        """
        sound = as_signal(signal, self.sample_rate)
        energy, pitch = log_energy(sound)[:, 0], _pitch(sound)
        n_frames = min(len(energy), len(pitch))
        log_pitch = np.log(pitch, out=np.zeros_like(pitch), where=pitch > 0)
        return np.stack([energy[:n_frames], log_pitch[:n_frames]], axis=1)

    def functionals(self, signal: Signal | NDArray[np.floating]) -> Floats:
        """37 values, float32; those of F0 are 0 for a clip without voice."""
        sound = as_signal(signal, self.sample_rate)
        pitch = _pitch(sound)
        energy = six_functionals(with_derivatives(log_energy(sound)))
        voiced = six_functionals(_voiced_runs(pitch))
        share = np.mean(pitch > 0) if len(pitch) else 0.0
        return np.concatenate([energy.ravel(), voiced.ravel(), [share]]).astype(np.float32)


def filter_banks(signal: Signal) -> Floats:
    """Natural logarithm of the power in 40 mel bands (HTK's scale, 20 to 8,000 Hz).

    Returns
    -------
    float32 array, shape (frames, 40)
        Not below the logarithm of 1e-10.
    """
    return signal.keep(("kurpukdee", "bands"), lambda: _filter_banks(signal))


def _filter_banks(signal: Signal) -> Floats:
    filters = mel_filterbank(
        signal.sample_rate, N_FFT, N_BANDS, FMIN_HZ, FMAX_HZ, htk=True, norm=None
    )
    logarithms: Floats = np.log(np.maximum(frame_power(signal) @ filters.T, np.float32(_FLOOR)))
    return logarithms


def cepstra(signal: Signal) -> Floats:
    """First 13 coefficients of the cosine transform of `filter_banks`, float32 (frames, 13)."""
    found: Floats = filter_banks(signal) @ dct_matrix(N_CEPSTRA, N_BANDS).T
    return found


def perceptual_cepstra(signal: Signal) -> Floats:
    """First 13 cepstra of perceptual linear prediction of order 12, float32 (frames, 13)."""
    found = plp_cepstra(frame_power(signal), sample_rate=signal.sample_rate, n_cepstra=N_CEPSTRA)
    return found.astype(np.float32)


def log_energy(signal: Signal) -> Floats:
    """Natural logarithm of each pre-emphasised frame's energy, float32, shape (frames, 1)."""
    energy = np.square(_framed(signal), dtype=np.float64).sum(axis=1, keepdims=True)
    logarithms: Floats = np.log(np.maximum(energy, _FLOOR)).astype(np.float32)
    return logarithms


def frame_power(signal: Signal) -> Floats:
    """Power spectrum of the pre-emphasised Hamming frames, float32, shape (frames, 257)."""

    def compute() -> Floats:
        taper = window_of("hamming", FRAME_LENGTH)
        spectra = windowed_spectra(_framed(signal), taper, N_FFT)
        power: Floats = np.square(spectra.real) + np.square(spectra.imag)
        return power

    return signal.keep(("kurpukdee", "power"), compute)


def _framed(signal: Signal) -> Floats:
    """Frames of 25 ms of x[n] - 0.97 x[n - 1]; a shorter clip is padded to one."""
    emphasised = signal.samples.copy()
    emphasised[1:] -= np.float32(PRE_EMPHASIS) * signal.samples[:-1]
    return frame(emphasised, frame_length=FRAME_LENGTH, hop_length=HOP_LENGTH)


def with_derivatives(static: Floats) -> Floats:
    """Static values, their slopes over two frames each way, and the slopes of the slopes."""
    first = regression_deltas(static)
    return np.concatenate([static, first, regression_deltas(first)], axis=1)


def six_functionals(frames: Floats) -> NDArray[np.float64]:
    """Mean, population deviation, minimum, maximum, skewness and excess kurtosis of each column.

    Parameters
    ----------
    frames : float32 array, shape (frames, columns)

    Returns
    -------
    float64 array, shape (columns, 6)
        Without frames all are 0; skewness and kurtosis are 0 where all values are the same.

    Examples
    --------
    >>> six_functionals(np.array([[0.0], [0.0], [3.0]]))[0].round(4).tolist()
    [1.0, 1.4142, 0.0, 3.0, 0.7071, -1.5]
    """
    if not len(frames):
        return np.zeros((frames.shape[1], len(FUNCTIONALS)))
    values = frames.astype(np.float64)
    lowest, highest = values.min(axis=0), values.max(axis=0)
    mean = np.where(lowest == highest, lowest, values.mean(axis=0))
    centred = values - mean
    deviation = np.sqrt(np.square(centred).mean(axis=0))
    scaled = centred / np.where(deviation > 0, deviation, 1.0)
    skewness = (scaled**3).mean(axis=0)
    kurtosis = (scaled**4).mean(axis=0) - np.where(deviation > 0, 3.0, 0.0)
    return np.stack([mean, deviation, lowest, highest, skewness, kurtosis], axis=1)


def _pitch(signal: Signal) -> Floats:
    """F0 in Hz every 10 ms, 0 where unvoiced."""
    return signal.keep(
        ("kurpukdee", "f0"),
        lambda: f0(
            signal.samples,
            sample_rate=signal.sample_rate,
            hop_s=HOP_LENGTH / SAMPLE_RATE,
            fmin=F0_MIN_HZ,
            fmax=F0_MAX_HZ,
        )[0],
    )


def _voiced_runs(pitch: Floats) -> Floats:
    """Log F0 with derivatives inside each run of voiced frames, shape (voiced frames, 3)."""
    voiced = np.concatenate(([False], pitch > 0, [False]))
    edges = np.flatnonzero(voiced[1:] != voiced[:-1])
    runs = [
        with_derivatives(np.log(pitch[start:stop, None]))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]
    return np.concatenate(runs) if runs else np.zeros((0, 3), np.float32)


def _functional_names(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"kurpukdee_{column}{derivative}_{functional}"
        for derivative in _DERIVATIVES
        for column in columns
        for functional in FUNCTIONALS
    )


def _settings(name: str, version: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "sample_rate": SAMPLE_RATE,
        "frame_length": FRAME_LENGTH,
        "hop_length": HOP_LENGTH,
        "n_fft": N_FFT,
        "window": "hamming",
        "pre_emphasis": PRE_EMPHASIS,
        "delta_reach": 2,
        "statistics": list(FUNCTIONALS),
    }


def _numbered(kind: str, count: int) -> tuple[str, ...]:
    return tuple(f"{kind}_{index}" for index in range(count))


_BANDS = {"n_mels": N_BANDS, "fmin": FMIN_HZ, "fmax": FMAX_HZ, "mel": "htk", "floor": _FLOOR}

FBANK = KurpukdeeFeature("kurpukdee-fbank", "1", _numbered("fbank", N_BANDS), filter_banks, _BANDS)
MFCC = KurpukdeeFeature(
    "kurpukdee-mfcc",
    "1",
    _numbered("cepstrum", N_CEPSTRA),
    cepstra,
    {**_BANDS, "n_cepstra": N_CEPSTRA},
)
PLP = KurpukdeeFeature(
    "kurpukdee-plp",
    "1",
    _numbered("plp", N_CEPSTRA),
    perceptual_cepstra,
    {"n_cepstra": N_CEPSTRA, "order": 12, "bands": "bark", "floor": _FLOOR},
)
PROSODY = KurpukdeeProsody()
