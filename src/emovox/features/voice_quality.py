"""Voice quality: how regular the voice's periods are, and how its harmonics fall.

Harmonics-to-noise ratio, levels of the harmonics, cepstral peak prominence, and from the pulses
of the voice themselves jitter (of their distances) and shimmer (of their heights).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

N_HARMONICS = 6
"""Harmonics whose levels are measured."""

CEPSTRUM_TOP_HZ = 5000.0
"""The cepstrum is that of the band below."""

MAX_PERIOD_FACTOR = 1.3
"""Neighbouring periods whose ratio is larger are no pair (a missed or a false pulse)."""

LEAST_LIKENESS = 0.3
"""Correlation of neighbouring periods below which there is no pulse."""

MAX_STEP_DB = 4.0
"""Neighbouring pulses that differ by more than this (a factor of 1.6) are no pair."""


class Pulses(NamedTuple):
    """Pulses of one voiced stretch: times in seconds and heights, shape (pulses,) each."""

    times_s: NDArray[np.float64]
    heights: NDArray[np.float64]


def harmonics_to_noise_db(voicing: Floats) -> Floats:
    """Harmonics-to-noise ratio of a normalised autocorrelation (Boersma 1993, equation 4).

    Parameters
    ----------
    voicing : float array in [0, 1]
        As `emovox.features.prosody.f0` returns it.

    Returns
    -------
    float array, decibels, limited to -13..40

    Examples
    --------
    >>> harmonics_to_noise_db(np.array([0.5, 0.99])).round(1)
    array([ 0., 20.])
    """
    limited = np.clip(voicing, 0.05, 0.9999)
    ratio: Floats = 10.0 * np.log10(limited / (1.0 - limited))
    return ratio


def harmonic_levels_db(
    power: Floats,
    f0_hz: Floats,
    *,
    bin_hz: float,
    n_harmonics: int = N_HARMONICS,
    loudest: float | None = None,
) -> NDArray[np.float64]:
    """Levels of the first harmonics: the highest bin within 31 Hz of each multiple of F0.

    Parameters
    ----------
    power : float array, shape (frames, bins)
        Power spectra of voiced frames, from windows of at least three periods.
    f0_hz : float array, shape (frames,)
    bin_hz : float
        Distance of the bins, at most 10 Hz.
    loudest : float, optional
        As for `highest_near_db`.

    Returns
    -------
    float64 array, shape (frames, n_harmonics), decibels

    Notes
    -----
    Differences of two columns are such as H1-H2, without correction for formants, as in eGeMAPS.
    """
    multiples = f0_hz[:, None] * np.arange(1, n_harmonics + 1)
    return highest_near_db(power, multiples, bin_hz=bin_hz, within_hz=31.25, loudest=loudest)


def highest_near_db(
    power: Floats,
    frequencies: Floats,
    *,
    bin_hz: float,
    within_hz: float,
    loudest: float | None = None,
) -> NDArray[np.float64]:
    """Level of the highest bin near each frequency.

    Parameters
    ----------
    power : float array, shape (frames, bins)
    frequencies : float array, shape (frames, places), Hz
    bin_hz, within_hz : float
    loudest : float, optional
        Highest power of the recording, where these frames are a part of it.

    Returns
    -------
    float64 array, shape (frames, places), decibels, at most 120 below the highest of all
    """
    reach = round(within_hz / bin_hz)
    floor = _floor(power, loudest)
    centre = np.rint(frequencies / bin_hz).astype(int)[..., None]
    bins = np.clip(centre + np.arange(-reach, reach + 1), 1, power.shape[1] - 1)
    rows = np.arange(len(power))[:, None, None]
    return np.asarray(10.0 * np.log10(power[rows, bins].max(axis=-1) + floor), dtype=np.float64)


def cepstral_peak_prominence_db(
    power: Floats,
    *,
    bin_hz: float,
    fmin: float = 60.0,
    fmax: float = 450.0,
    loudest: float | None = None,
) -> NDArray[np.float64]:
    """Height of the cepstrum's highest peak above its trend (Hillenbrand and others 1994).

    Parameters
    ----------
    power : float array, shape (frames, bins)
    bin_hz : float
        Distance of the bins.
    fmin, fmax : float, Hz
        The peak lies between one period of `fmax` and one of `fmin`.
    loudest : float, optional
        As for `highest_near_db`.

    Returns
    -------
    float64 array, shape (frames,), in decibels of the log power spectrum per component
    """
    floor = _floor(power, loudest)
    n_bins = min(round(CEPSTRUM_TOP_HZ / bin_hz) + 1, power.shape[1])
    cepstrum = np.fft.irfft(10.0 * np.log10(power[:, :n_bins] + floor), axis=1)
    rate = 2.0 * (n_bins - 1) * bin_hz
    quefrency = np.arange(int(rate / fmax), int(rate / fmin))
    searched = cepstrum[:, quefrency]
    x = quefrency - quefrency.mean()
    slope = searched @ x / (x @ x)
    best = searched.argmax(axis=1)
    trend = searched.mean(axis=1) + slope * x[best]
    return np.asarray(searched[np.arange(len(searched)), best] - trend, dtype=np.float64)


def _floor(power: Floats, loudest: float | None) -> float:
    """Power 120 dB below the highest."""
    return 1e-12 * max(float(power.max()) if loudest is None else loudest, 1e-30)


def pulses(
    samples: Floats, f0_hz: Floats, *, sample_rate: int, hop_s: float = 0.01
) -> list[Pulses]:
    """Pulses of the voice, one each period, by matching neighbouring periods.

    From the highest point of each voiced stretch the next pulse on either side lies where the
    wave is most like the period around the last pulse, 0.8 to 1.25 periods away: the method of
    Praat's "To PointProcess (cc)". A height is the RMS of 0.2 periods on either side.

    Parameters
    ----------
    samples : float array, shape (samples,)
    f0_hz : float array, shape (frames,), 0 where unvoiced
    sample_rate : int, Hz
    hop_s : float, seconds

    Returns
    -------
    list of Pulses, one for each voiced stretch with at least four pulses
    """
    hop = round(hop_s * sample_rate)
    energy = np.zeros(len(samples) + 1)
    np.square(samples, dtype=np.float64, out=energy[1:])
    np.cumsum(energy, out=energy)
    periods = np.where(f0_hz > 0, sample_rate / np.maximum(f0_hz, 1.0), 0.0).tolist()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], f0_hz > 0, [0]])))
    found = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        first, last = max(start * hop - hop // 2, 0), (stop - 1) * hop + hop // 2
        stretch = np.abs(samples[first:last])
        if len(stretch) < hop:
            continue
        origin = float(first + int(stretch.argmax()))
        around = [periods[min(max(frame, start), stop - 1)] for frame in range(stop + 2)]
        walks = []
        for way in (-1, 1):
            walks.append(
                _walk(
                    samples, energy, origin, way=way, periods=around, hop=hop, within=(first, last)
                )
            )
        marks = np.array([*walks[0][::-1], origin, *walks[1]])
        if len(marks) >= 4:
            found.append(Pulses(marks / sample_rate, _heights(samples, marks)))
    return found


def jitter(stretches: list[Pulses]) -> NDArray[np.float64]:
    """Relative difference of each two neighbouring periods.

    Returns
    -------
    float64 array, shape (pairs,)
        Their mean is "jitter (local)". On pulse trains it is within 10 % of the truth up to
        jitter of 1 %, within 20 % at 3 %, where the most irregular periods count as unvoiced;
        on real speech it correlates with Praat's (cc) at above .85.
    """
    steps = [np.empty(0)]
    for stretch in stretches:
        period = np.diff(stretch.times_s)
        ratio = period[1:] / period[:-1]
        is_pair = (ratio < MAX_PERIOD_FACTOR) & (ratio > 1.0 / MAX_PERIOD_FACTOR)
        mean = 0.5 * (period[1:] + period[:-1])
        steps.append((np.abs(np.diff(period)) / mean)[is_pair])
    return np.concatenate(steps)


def shimmer_db(stretches: list[Pulses]) -> NDArray[np.float64]:
    """Absolute difference in level of each two neighbouring pulses.

    Returns
    -------
    float64 array, shape (pairs,), decibels; their mean is "shimmer (local, dB)"
    """
    steps = [np.empty(0)]
    for stretch in stretches:
        heights = np.maximum(stretch.heights, 1e-9)
        step = np.abs(20.0 * np.log10(heights[1:] / heights[:-1]))
        steps.append(step[step < MAX_STEP_DB])
    return np.concatenate(steps)


def _walk(
    samples: Floats,
    energy: Floats,
    origin: float,
    *,
    way: int,
    periods: list[float],
    hop: int,
    within: tuple[int, int],
) -> list[float]:
    """Places of the pulses from `origin` on in one direction, as long as they are `within`."""
    first, last = within
    place = origin
    marks: list[float] = []
    while first <= place < last:
        period = periods[round(place / hop)]
        start = round(place) - int(0.5 * period)
        width = 2 * int(0.5 * period) + 1
        low, high = int(0.8 * period), int(1.25 * period) + 1
        there = start + low if way > 0 else start - high
        reach = high - low + 1
        if start < 0 or there < 0 or max(start, there + reach) + width > len(samples):
            return marks
        likeness = np.correlate(
            samples[there : there + width + reach - 1].astype(np.float64),
            samples[start : start + width].astype(np.float64),
        )
        own = energy[start + width] - energy[start]
        theirs = energy[there + width : there + width + reach] - energy[there : there + reach]
        likeness = likeness / np.sqrt(np.maximum(own * theirs, 1e-30))
        best = int(likeness.argmax())
        if likeness[best] < LEAST_LIKENESS or not 0 < best < reach - 1:
            place += way * period
            continue
        before, at, after = likeness[best - 1 : best + 2].tolist()
        offset = 0.5 * (before - after) / min(before - 2.0 * at + after, -1e-12)
        place += there - start + best + min(max(offset, -0.5), 0.5)
        if first <= place < last:
            marks.append(place)
    return marks


def _heights(samples: Floats, marks: Floats) -> NDArray[np.float64]:
    """RMS of each pulse under a Hann window of 0.2 periods on either side."""
    period = np.diff(marks)
    width = 0.2 * np.minimum(np.append(period, np.inf), np.insert(period, 0, np.inf))
    steps = np.linspace(-1.0, 1.0, 19)[1:-1]
    weight = 0.5 + 0.5 * np.cos(np.pi * steps)
    places = marks[:, None] + width[:, None] * steps
    first, last = max(int(places.min()) - 1, 0), min(int(places.max()) + 3, len(samples))
    inside = np.interp(places.ravel(), np.arange(first, last), samples[first:last])
    values = inside.reshape(places.shape)
    return np.asarray(np.sqrt(values * values @ weight / weight.sum()), dtype=np.float64)
