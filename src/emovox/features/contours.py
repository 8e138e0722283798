"""Contours of speech every 10 ms that the paralinguistic features share, computed once a signal.

All are independent of the recording's level: powers are relative to the loud frames (the 95th
percentile). Active frames lie within 35 dB of those; voiced ones are active with an F0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from . import formants, spectral_shape, voice_quality
from .mel import mel_filterbank
from .prosody import f0
from .spectrum import Signal, fft_frequencies, frozen

Floats = NDArray[np.float64]

HOP_S = 0.01
SHORT_WINDOW_S, SHORT_FFT = 0.025, 512
LONG_WINDOW_S, LONG_FFT = 0.060, 2048
"""Windows for the spectral envelope, and for harmonics down to 60 Hz."""

F0_RANGE_HZ = (60.0, 600.0)
NEUTRAL_F0_HZ = 180.0
"""Stands for F0 where a clip has no voiced frame."""

ACTIVE_RANGE_DB = 35.0
FEWEST_FRAMES = 5
"""With fewer active (voiced) frames all (the active ones) are taken."""

N_FILTERS, N_BANDS, N_CEPSTRA = 40, 20, 20
MEL_FMIN_HZ = 50.0
RANGE_DB = 60.0
"""Mel bands further below the loud frames than this are raised to it."""

PROSODY_NAMES: tuple[str, ...] = ("level_db", "log_loudness", "f0_semitones", "voicing")
CEPSTRA_NAMES: tuple[str, ...] = tuple(f"cepstrum_{index:02}" for index in range(1, N_CEPSTRA + 1))
BAND_NAMES: tuple[str, ...] = tuple(f"band_{index:02}" for index in range(1, N_BANDS + 1))
VOICE_NAMES: tuple[str, ...] = (
    "hnr_db",
    *(f"h1_h{index}_db" for index in range(2, voice_quality.N_HARMONICS + 1)),
    "h1_a1_db", "h1_a2_db", "h1_a3_db", "cpp_db",
)  # fmt: skip
FORMANT_NAMES: tuple[str, ...] = (
    "log_f1", "log_f2", "log_f3", "log_b1", "log_b2", "log_b3", "log_f2_f1", "log_f3_f2",
)  # fmt: skip


@dataclass(frozen=True)
class Contours:
    """What one signal looks like over time.

    Parameters
    ----------
    level_db : float64 array, shape (frames,)
        Relative to the loud frames.
    f0_hz, voicing : float32 arrays, shape (frames,)
    active, voiced : int arrays
        The frames that statistics are over.
    is_voiced, is_active : bool arrays, shape (frames,)
    span : slice
        From the first to the last active frame.
    shape : float64 array, shape (frames, 16), `spectral_shape.NAMES`
    bands : float64 array, shape (frames, 20), mel levels in decibels, `BAND_NAMES`
    cepstra : float64 array, shape (frames, 20), `CEPSTRA_NAMES`
    loudness : float64 array, shape (frames,)
        Logarithm of the sum over mel bands of power to the 0.3.
    voice : float64 array, shape (voiced, 10), `VOICE_NAMES`
    formants : float64 array, shape (voiced, 8), `FORMANT_NAMES`
    """

    level_db: Floats
    f0_hz: NDArray[np.float32]
    voicing: NDArray[np.float32]
    active: NDArray[np.intp]
    voiced: NDArray[np.intp]
    is_active: NDArray[np.bool_]
    is_voiced: NDArray[np.bool_]
    span: slice
    shape: Floats
    bands: Floats
    cepstra: Floats
    loudness: Floats
    voice: Floats
    formants: Floats

    @property
    def f0_semitones(self) -> Floats:
        """F0 of the voiced frames in semitones above 27.5 Hz, shape (voiced,)."""
        hz = self.f0_hz[self.voiced]
        return 12.0 * np.log2(np.where(hz > 0, hz, NEUTRAL_F0_HZ) / 27.5)

    def everywhere(self, voiced_values: Floats) -> Floats:
        """Values of voiced frames as a contour over all frames, 0 elsewhere."""
        full = np.zeros((len(self.level_db), voiced_values.shape[1]))
        full[self.voiced] = voiced_values
        return full


def contours(signal: Signal, *, top_hz: float = 8000.0) -> Contours:
    """Contours of `signal`, kept in it.

    Parameters
    ----------
    signal : Signal
    top_hz : float
        Upper limit of the spectra; 5000 leaves out what telephones and narrow codecs lack.

    Returns
    -------
    Contours
    """
    return signal.keep(("contours", top_hz), lambda: _contours(signal, top_hz))


def deltas(values: Floats) -> Floats:
    """Slope over five frames by regression, edges repeated, the same shape.

    Examples
    --------
    >>> deltas(np.arange(6.0)[:, None])[2:4, 0]
    array([1., 1.])
    """
    padded = np.pad(values, ((2, 2), (0, 0)), mode="edge")
    n = len(values)
    near = padded[3 : 3 + n] - padded[1 : 1 + n]
    far = padded[4 : 4 + n] - padded[:n]
    return np.asarray((near + 2.0 * far) / 10.0, dtype=np.float64)


def _contours(signal: Signal, top_hz: float) -> Contours:
    power, frequencies = _relative_power(signal, top_hz)
    level_db = 10.0 * np.log10(power.sum(axis=1) + 1e-12)
    f0_hz, voicing = signal.keep(("f0", F0_RANGE_HZ), lambda: _tracked(signal))
    is_active = level_db > -ACTIVE_RANGE_DB
    is_voiced = is_active & (f0_hz > 0)
    active = _enough(is_active, np.arange(len(level_db)))
    voiced = _enough(is_voiced, active)
    f0_voiced = np.where(f0_hz[voiced] > 0, f0_hz[voiced], NEUTRAL_F0_HZ).astype(np.float64)
    resonance_hz, bandwidth_hz = formants.formants(
        np.pad(power[voiced], ((0, 0), (1, 0)), mode="edge"),
        frequencies=np.concatenate([[0.0], frequencies]),
    )
    tract = np.log(np.concatenate([resonance_hz, np.clip(bandwidth_hz, 20.0, 1000.0)], axis=1))
    noise_db = voice_quality.harmonics_to_noise_db(voicing[voiced].astype(np.float64))
    harmonic_db = _harmonics(signal, voiced, f0_voiced, resonance_hz)
    mel_db = _mel_db(power, signal.sample_rate, top_hz)
    return Contours(
        level_db=level_db,
        f0_hz=f0_hz,
        voicing=voicing,
        active=active,
        voiced=voiced,
        is_active=is_active,
        is_voiced=is_voiced,
        span=slice(int(active[0]), int(active[-1]) + 1),
        shape=spectral_shape.spectral_shape(power, frequencies),
        bands=0.5 * (mel_db[:, ::2] + mel_db[:, 1::2]),
        cepstra=mel_db @ _cosines(N_FILTERS, N_CEPSTRA),
        loudness=np.log((10.0 ** (0.03 * mel_db)).sum(axis=1)),
        voice=np.concatenate([noise_db[:, None], harmonic_db], axis=1),
        formants=np.concatenate([tract, np.diff(tract[:, :3], axis=1)], axis=1),
    )


def _relative_power(signal: Signal, top_hz: float) -> tuple[Floats, Floats]:
    """Power spectra up to `top_hz` without 0 Hz, the loud frames' total being one."""
    rate = signal.sample_rate
    frequencies = fft_frequencies(rate, SHORT_FFT)
    inside = slice(1, int(np.searchsorted(frequencies, top_hz, side="right")))
    power = signal.power(
        SHORT_FFT,
        round(HOP_S * rate),
        win_length=round(SHORT_WINDOW_S * rate),
        window="hamming",
    )[:, inside].astype(np.float64)
    loud = float(np.percentile(power.sum(axis=1), 95))
    return power / max(loud, 1e-20), frequencies[inside]


def _tracked(signal: Signal) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """F0 and voicing in `F0_RANGE_HZ`."""
    low, high = F0_RANGE_HZ
    return f0(signal.samples, sample_rate=signal.sample_rate, hop_s=HOP_S, fmin=low, fmax=high)


def _enough(flags: NDArray[np.bool_], others: NDArray[np.intp]) -> NDArray[np.intp]:
    """Places of the true flags, or `others` where those are too few for statistics."""
    places = np.flatnonzero(flags)
    return places if len(places) >= FEWEST_FRAMES else others


def _mel_db(power: Floats, sample_rate: int, top_hz: float) -> Floats:
    """Levels of `N_FILTERS` mel bands in decibels, limited to `RANGE_DB` below the loud frames."""
    filters = mel_filterbank(sample_rate, SHORT_FFT, N_FILTERS, MEL_FMIN_HZ, top_hz, norm=None)[
        :, 1 : 1 + power.shape[1]
    ]
    mel = power @ filters.T.astype(np.float64)
    return np.asarray(10.0 * np.log10(mel + 10.0 ** (-RANGE_DB / 10.0)), dtype=np.float64)


def _harmonics(
    signal: Signal, voiced: NDArray[np.intp], f0_hz: Floats, resonance_hz: Floats
) -> Floats:
    """Level differences of the harmonics, and cepstral peak prominence: `VOICE_NAMES` but HNR."""
    rate = signal.sample_rate
    power = signal.power(
        LONG_FFT, round(HOP_S * rate), win_length=round(LONG_WINDOW_S * rate)
    )[voiced]  # fmt: skip
    bin_hz = rate / LONG_FFT
    levels = voice_quality.harmonic_levels_db(power, f0_hz, bin_hz=bin_hz)
    near = voice_quality.highest_near_db(power, resonance_hz, bin_hz=bin_hz, within_hz=125.0)
    prominence = voice_quality.cepstral_peak_prominence_db(power, bin_hz=bin_hz)
    return np.concatenate(
        [levels[:, :1] - levels[:, 1:], levels[:, :1] - near, prominence[:, None]], axis=1
    )


@lru_cache(maxsize=4)
def _cosines(n_filters: int, n_cepstra: int) -> Floats:
    """Orthonormal cosine transform without its constant, shape (filters, cepstra)."""
    places = (np.arange(n_filters) + 0.5) * np.pi / n_filters
    matrix = np.cos(np.outer(places, np.arange(1, n_cepstra + 1))) * np.sqrt(2.0 / n_filters)
    return cast(Floats, frozen(matrix))
