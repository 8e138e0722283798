"""Contours of speech every 10 ms that the paralinguistic features share, computed once a signal.

All are independent of the recording's level: powers are relative to the loud frames (the 95th
percentile). Active frames lie within 35 dB of those; voiced ones are active with an F0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from . import formants, spectral_shape, voice_quality
from .blocks import blocks, blockwise
from .mel import mel_filterbank
from .prosody import f0
from .spectrum import Signal, fft_frequencies, frozen, magnitudes, tapered_frames

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
    f0_hz, voicing = signal.keep(("f0", F0_RANGE_HZ), lambda: _tracked(signal))
    power = _relative_power(signal, top_hz)
    n_frames = len(f0_hz)
    (total,) = blockwise(n_frames, lambda block: (power.of(block).sum(axis=1),))
    level_db = 10.0 * np.log10(total + 1e-12)
    is_active = level_db > -ACTIVE_RANGE_DB
    is_voiced = is_active & (f0_hz > 0)
    active = _enough(is_active, np.arange(n_frames))
    voiced = _enough(is_voiced, active)
    f0_voiced = np.where(f0_hz[voiced] > 0, f0_hz[voiced], NEUTRAL_F0_HZ).astype(np.float64)
    resonance_hz, bandwidth_hz = _formants(power, voiced)
    tract = np.log(np.concatenate([resonance_hz, np.clip(bandwidth_hz, 20.0, 1000.0)], axis=1))
    noise_db = voice_quality.harmonics_to_noise_db(voicing[voiced].astype(np.float64))
    harmonic_db = _harmonics(signal, voiced, f0_voiced, resonance_hz)
    loudest = float(total.max())

    def spectral(block: slice) -> tuple[Floats, ...]:
        spectra = power.of(block)
        mel_db = _mel_db(spectra, signal.sample_rate, top_hz)
        return (
            spectral_shape.spectral_shape(
                spectra,
                power.frequencies,
                loudest=loudest,
                before=power.of(slice(block.start - 1, block.start))[0] if block.start else None,
            ),
            0.5 * (mel_db[:, ::2] + mel_db[:, 1::2]),
            mel_db @ _cosines(N_FILTERS, N_CEPSTRA),
            np.log((10.0 ** (0.03 * mel_db)).sum(axis=1)),
        )

    shape, bands, cepstra, loudness = blockwise(n_frames, spectral)
    return Contours(
        level_db=level_db,
        f0_hz=f0_hz,
        voicing=voicing,
        active=active,
        voiced=voiced,
        is_active=is_active,
        is_voiced=is_voiced,
        span=slice(int(active[0]), int(active[-1]) + 1),
        shape=shape,
        bands=bands,
        cepstra=cepstra,
        loudness=loudness,
        voice=np.concatenate([noise_db[:, None], harmonic_db], axis=1),
        formants=np.concatenate([tract, np.diff(tract[:, :3], axis=1)], axis=1),
    )


@dataclass(frozen=True)
class _RelativePower:
    """Power spectra up to a limit without 0 Hz, the loud frames' total being one.

    `raw` has single precision, shape (frames, bins); what is taken of it comes in double.
    """

    raw: NDArray[np.float32]
    frequencies: Floats
    loud: float

    def of(self, frames: slice | NDArray[np.intp]) -> Floats:
        """Spectra of some frames, shape (frames, bins)."""
        return self.raw[frames].astype(np.float64) / self.loud


def _relative_power(signal: Signal, top_hz: float) -> _RelativePower:
    """Power spectra of the short windows."""
    rate = signal.sample_rate
    frequencies = fft_frequencies(rate, SHORT_FFT)
    inside = slice(1, int(np.searchsorted(frequencies, top_hz, side="right")))
    framed, taper = tapered_frames(
        signal.samples,
        n_fft=SHORT_FFT,
        hop_length=round(HOP_S * rate),
        win_length=round(SHORT_WINDOW_S * rate),
        window="hamming",
    )
    raw = magnitudes(framed, taper, bins=inside)
    np.square(raw, out=raw)
    (total,) = blockwise(len(raw), lambda block: (raw[block].astype(np.float64).sum(axis=1),))
    loud = max(float(np.percentile(total, 95)), 1e-20)
    return _RelativePower(raw, frequencies[inside], loud)


def _formants(power: _RelativePower, voiced: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Frequencies and bandwidths of the formants of the voiced frames."""
    frequencies = np.concatenate([[0.0], power.frequencies])

    def resonances(block: slice) -> tuple[NDArray[Any], ...]:
        spectra = np.pad(power.of(voiced[block]), ((0, 0), (1, 0)), mode="edge")
        return formants.resonances(spectra, frequencies=frequencies)

    return formants.completed(*blockwise(len(voiced), resonances))


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
    bin_hz = rate / LONG_FFT
    framed, taper = tapered_frames(
        signal.samples,
        n_fft=LONG_FFT,
        hop_length=round(HOP_S * rate),
        win_length=round(LONG_WINDOW_S * rate),
    )

    def power_of(block: slice) -> NDArray[np.float32]:
        return np.square(magnitudes(framed[voiced[block]], taper))

    # The floor hangs on the loudest of all frames. Their spectra do not fit into memory: those
    # of a long recording are computed twice.
    parts = blocks(len(voiced))
    only = power_of(parts[0]) if len(parts) == 1 else None
    loudest = max(float((power_of(part) if only is None else only).max()) for part in parts)

    def measures(block: slice) -> tuple[Floats, ...]:
        power = power_of(block) if only is None else only
        near_hz = resonance_hz[block]
        return (
            voice_quality.harmonic_levels_db(power, f0_hz[block], bin_hz=bin_hz, loudest=loudest),
            voice_quality.highest_near_db(
                power, near_hz, bin_hz=bin_hz, within_hz=125.0, loudest=loudest
            ),
            voice_quality.cepstral_peak_prominence_db(power, bin_hz=bin_hz, loudest=loudest),
        )

    levels, near, prominence = blockwise(len(voiced), measures)
    return np.concatenate(
        [levels[:, :1] - levels[:, 1:], levels[:, :1] - near, prominence[:, None]], axis=1
    )


@lru_cache(maxsize=4)
def _cosines(n_filters: int, n_cepstra: int) -> Floats:
    """Orthonormal cosine transform without its constant, shape (filters, cepstra)."""
    places = (np.arange(n_filters) + 0.5) * np.pi / n_filters
    matrix = np.cos(np.outer(places, np.arange(1, n_cepstra + 1))) * np.sqrt(2.0 / n_filters)
    return cast(Floats, frozen(matrix))
