"""The large sets of statistics of speech: prosody, voice quality, spectrum, modulation.

Each is a feature of its own; `PARALINGUISTIC` is all of them together, rich enough for a linear
method to recognise acted emotions of unseen speakers. A dimension is named
``contour__functional``, such as ``f0_semitones__p50`` or ``band_03_delta__sd``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import contours as tracks
from . import functionals as statistics
from . import modulation, rhythm, spectral_shape, voice_quality
from .contours import Contours, deltas
from .spectrum import Floats, Signal, as_signal

SAMPLE_RATE = 16000
"""Hz; the windows and bands are made for it."""

NARROW_HZ = 5000.0
"""Upper limit of the sets that do not need more (telephones, narrow codecs)."""

BRIEF: tuple[str, ...] = (*statistics.MOMENTS, *statistics.PERCENTILES)
"""Functionals of deltas and of contours over voiced frames."""

PULSE_NAMES: tuple[str, ...] = ("mean", "sd", "p25", "p50", "p75", "p90")
"""Statistics of jitter and shimmer."""

N_CORRELATED, N_CROSS = 16, 12
"""Cepstra whose correlations are taken, and with each other's deltas."""


Family = Callable[[Contours, Signal], NDArray[np.float64]]


@dataclass(frozen=True)
class SpeechStatistics:
    """Statistics over the active or voiced frames of one recording.

    Parameters
    ----------
    name, version : str
    families : tuple of str
        Names of `FAMILIES`, in order.
    top_hz : float
        Nothing above it is looked at, but for F0 and the pulses of the voice.
    sample_rate : int, Hz
    """

    name: str
    version: str
    families: tuple[str, ...]
    top_hz: float = 8000.0
    sample_rate: int = SAMPLE_RATE

    @property
    def names(self) -> tuple[str, ...]:
        """One name for each dimension, all different."""
        return tuple(name for family in self.families for name in FAMILIES[family][0])

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The contours, the same for all these features: `FRAME_NAMES`."""
        return FRAME_NAMES

    def settings(self) -> dict[str, Any]:
        """Everything that the values depend on."""
        return {
            "name": self.name,
            "version": self.version,
            "sample_rate": self.sample_rate,
            "families": list(self.families),
            "top_hz": self.top_hz,
            "f0_range_hz": list(tracks.F0_RANGE_HZ),
            "active_range_db": tracks.ACTIVE_RANGE_DB,
            "mel_range_db": tracks.RANGE_DB,
        }

    def functionals(self, signal: Signal | NDArray[np.floating]) -> Floats:
        """One vector of the recording, float32, shape (len(names),), finite for any signal."""
        signal = as_signal(signal, self.sample_rate)
        parts: list[NDArray[np.float64]] = [
            self._family(signal, family) for family in self.families
        ]
        return np.concatenate(parts).astype(np.float32)

    def frames(self, signal: Signal | NDArray[np.floating]) -> Floats:
        """The contours themselves every 10 ms, float32, shape (frames, 78).

        Level, loudness, F0 and voicing, then voice quality and formants (0 where unvoiced),
        spectral shape, mel bands, cepstra: `FRAME_NAMES`. The same for all these features.
        """
        kept = tracks.contours(as_signal(signal, self.sample_rate), top_hz=self.top_hz)
        pitch = kept.everywhere(kept.f0_semitones[:, None])
        columns: list[NDArray[np.floating]] = [
            kept.level_db[:, None], kept.loudness[:, None], pitch, kept.voicing[:, None],
            kept.everywhere(kept.voice), kept.everywhere(kept.formants),
            kept.shape, kept.bands, kept.cepstra,
        ]  # fmt: skip
        return np.concatenate(columns, axis=1).astype(np.float32)

    def _family(self, signal: Signal, family: str) -> NDArray[np.float64]:
        """Values of one family, kept in the signal for the features that share it."""
        compute: Family = FAMILIES[family][1]
        kept = tracks.contours(signal, top_hz=self.top_hz)
        return signal.keep(("family", family, self.top_hz), lambda: compute(kept, signal))


FRAME_NAMES: tuple[str, ...] = (
    *tracks.PROSODY_NAMES, *tracks.VOICE_NAMES, *tracks.FORMANT_NAMES,
    *spectral_shape.NAMES, *tracks.BAND_NAMES, *tracks.CEPSTRA_NAMES,
)  # fmt: skip
"""Columns of `SpeechStatistics.frames`."""


def _named(contours: tuple[str, ...], chosen: tuple[str, ...], suffix: str = "") -> tuple[str, ...]:
    """Names in the order in which a table (functionals, contours) is laid out in a row."""
    return tuple(
        f"{contour}{suffix}__{functional}" for functional in chosen for contour in contours
    )


def _energy(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    table = np.stack([kept.level_db, kept.loudness], axis=1)
    return np.concatenate([
        statistics.functionals(table[kept.span]).ravel(),
        statistics.functionals(deltas(table)[kept.span], chosen=BRIEF).ravel(),
    ])  # fmt: skip


def _pitch(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    times = kept.voiced * tracks.HOP_S
    semitones = kept.f0_semitones
    table = np.stack([semitones, kept.voicing[kept.voiced]], axis=1)
    steps = np.diff(semitones)[np.diff(kept.voiced) == 1]
    if len(steps) == 0:
        steps = np.zeros(1)
    change = np.stack([steps, np.abs(steps)], axis=1)
    return np.concatenate([
        statistics.functionals(table, times=times).ravel(),
        statistics.functionals(change, chosen=BRIEF).ravel(),
    ])  # fmt: skip


def _rhythm(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    inside = kept.span
    return rhythm.rhythm(
        kept.level_db[inside], voiced=kept.is_voiced[inside], active=kept.is_active[inside]
    )


def _voice(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    return statistics.functionals(kept.voice, times=kept.voiced * tracks.HOP_S).ravel()


def _pulses(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    found = voice_quality.pulses(signal.samples, kept.f0_hz, sample_rate=signal.sample_rate)
    values = []
    for steps in (voice_quality.jitter(found), voice_quality.shimmer_db(found)):
        known = steps if len(steps) else np.zeros(1)
        values += [known.mean(), known.std(), *np.percentile(known, [25, 50, 75, 90])]
    return np.array(values, dtype=np.float64)


def _formants(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    times = kept.voiced * tracks.HOP_S
    chosen = (*BRIEF, *statistics.REGRESSION)
    return statistics.functionals(kept.formants, times=times, chosen=chosen).ravel()


def _active_statistics(table: NDArray[np.float64], kept: Contours) -> list[NDArray[np.float64]]:
    """All functionals of contours over active frames, and brief ones of their deltas."""
    times = kept.active * tracks.HOP_S
    return [
        statistics.functionals(table[kept.active], times=times).ravel(),
        statistics.functionals(deltas(table)[kept.active], chosen=BRIEF).ravel(),
    ]


def _shape(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    voiced = statistics.functionals(kept.shape[kept.voiced], chosen=BRIEF).ravel()
    return np.concatenate([*_active_statistics(kept.shape, kept), voiced])


def _bands(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    return np.concatenate(_active_statistics(kept.bands, kept))


def _cepstra(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    voiced = statistics.functionals(kept.cepstra[kept.voiced], chosen=BRIEF).ravel()
    return np.concatenate([*_active_statistics(kept.cepstra, kept), voiced])


def _modulation(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    table = np.concatenate([kept.level_db[:, None], kept.bands, kept.cepstra], axis=1)
    return modulation.modulation_spectrum(table[kept.span]).ravel()


def _correlations(kept: Contours, signal: Signal) -> NDArray[np.float64]:
    cepstra = kept.cepstra[kept.active]
    change = deltas(kept.cepstra[:, :N_CROSS])[kept.active]
    within = _correlation(cepstra[:, :N_CORRELATED])
    across = _correlation(np.concatenate([cepstra[:, :N_CROSS], change], axis=1))
    return np.concatenate([
        within[np.triu_indices(N_CORRELATED, 1)],
        across[:N_CROSS, N_CROSS:].ravel(),
        _log_covariance(kept.bands[kept.active])[np.triu_indices(tracks.N_BANDS)],
    ])  # fmt: skip


def _correlation(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations of the columns; those of a column that does not move are zero."""
    centred = table - table.mean(axis=0)
    covariance = centred.T @ centred / len(table)
    sd = np.sqrt(np.diag(covariance) + 1e-6)
    return np.asarray(covariance / np.outer(sd, sd), dtype=np.float64)


def _log_covariance(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrix logarithm of the covariance plus half a squared decibel on the diagonal."""
    centred = table - table.mean(axis=0)
    covariance = centred.T @ centred / len(table) + 0.5 * np.eye(table.shape[1])
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.log(np.maximum(values, 0.1))) @ vectors.T, dtype=np.float64)


def _correlation_names() -> tuple[str, ...]:
    """Names of `_correlations`."""
    cepstra, bands = tracks.CEPSTRA_NAMES, tracks.BAND_NAMES
    within = zip(*np.triu_indices(N_CORRELATED, 1), strict=True)
    log_pairs = zip(*np.triu_indices(tracks.N_BANDS), strict=True)
    return (
        *(f"{cepstra[a]}__correlation_{cepstra[b]}" for a, b in within),
        *(
            f"{cepstra[a]}__correlation_{cepstra[b]}_delta"
            for a in range(N_CROSS)
            for b in range(N_CROSS)
        ),
        *(f"{bands[a]}__log_covariance_{bands[b]}" for a, b in log_pairs),
    )


def _active_names(contours: tuple[str, ...]) -> tuple[str, ...]:
    """Names of `_active_statistics`."""
    return (*_named(contours, statistics.ALL), *_named(contours, BRIEF, "_delta"))


FAMILIES: dict[str, tuple[tuple[str, ...], Family]] = {
    "energy": (_active_names(tracks.PROSODY_NAMES[:2]), _energy),
    "pitch": (
        (
            *_named(tracks.PROSODY_NAMES[2:], statistics.ALL),
            *_named(("f0_step", "f0_step_size"), BRIEF),
        ),
        _pitch,
    ),
    "rhythm": (tuple(f"rhythm__{name}" for name in rhythm.NAMES), _rhythm),
    "voice": (_named(tracks.VOICE_NAMES, statistics.ALL), _voice),
    "pulses": (
        tuple(f"{what}__{name}" for what in ("jitter", "shimmer_db") for name in PULSE_NAMES),
        _pulses,
    ),
    "formants": (_named(tracks.FORMANT_NAMES, (*BRIEF, *statistics.REGRESSION)), _formants),
    "shape": (
        (*_active_names(spectral_shape.NAMES), *_named(spectral_shape.NAMES, BRIEF, "_voiced")),
        _shape,
    ),
    "bands": (_active_names(tracks.BAND_NAMES), _bands),
    "cepstra": (
        (*_active_names(tracks.CEPSTRA_NAMES), *_named(tracks.CEPSTRA_NAMES, BRIEF, "_voiced")),
        _cepstra,
    ),
    "modulation": (
        _named(
            ("level_db", *tracks.BAND_NAMES, *tracks.CEPSTRA_NAMES),
            tuple(f"modulation_{band}" for band in modulation.NAMES),
        ),
        _modulation,
    ),
    "correlations": (_correlation_names(), _correlations),
}
"""Family -> names of its dimensions, and what computes them."""

_PROSODY = ("energy", "pitch", "rhythm")
_VOICE_QUALITY = ("voice", "pulses", "formants")
_SPECTRUM = ("shape", "bands", "cepstra")
_ALL = (*_PROSODY, *_VOICE_QUALITY, *_SPECTRUM, "modulation", "correlations")

PROSODY = SpeechStatistics("prosody", "1", _PROSODY)
VOICE_QUALITY = SpeechStatistics("voice-quality", "1", _VOICE_QUALITY)
SPECTRAL = SpeechStatistics("spectral", "1", _SPECTRUM)
MODULATION = SpeechStatistics("modulation", "1", ("modulation",))
PARALINGUISTIC = SpeechStatistics("paralinguistic", "1", _ALL)
PARALINGUISTIC_NARROW = SpeechStatistics("paralinguistic-narrow", "1", _ALL, top_hz=NARROW_HZ)
