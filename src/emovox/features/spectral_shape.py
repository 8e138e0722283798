"""The shape of short-time spectra in a few numbers: where the energy lies and how it falls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

NAMES: tuple[str, ...] = (
    "log_centroid", "log_spread", "skewness", "log_kurtosis", "log_rolloff25", "log_rolloff50",
    "log_rolloff75", "log_rolloff90", "entropy", "slope_0_500", "slope_500_1500",
    "slope_1000_5000", "alpha_ratio", "hammarberg_index", "low_share", "log_flux",
)  # fmt: skip
"""Columns of `spectral_shape`."""

FLOOR = 1e-9
"""Power below this share of the loudest frame's is raised to it: 90 dB of range."""


def spectral_shape(
    power: Floats,
    frequencies: Floats,
    *,
    loudest: float | None = None,
    before: Floats | None = None,
) -> NDArray[np.float64]:
    """Describe each frame's spectrum in the numbers of `NAMES`.

    Parameters
    ----------
    power : float array, shape (frames, bins)
        Power spectra, without the bin of 0 Hz.
    frequencies : float array, shape (bins,), Hz
    loudest : float, optional
        Power of the recording's loudest frame, where these frames are a part of it.
    before : float array, shape (bins,), optional
        The frame before the first, where there is one.

    Returns
    -------
    float64 array, shape (frames, 16)
        Logarithms of the centroid, spread (about the centroid) and roll-offs in Hz, skewness and
        logarithm of the kurtosis of the distribution of power over frequency; its entropy in
        nats; slopes in decibels per kHz; alpha ratio (50-1000 Hz over 1-5 kHz), Hammarberg index
        (highest peak below over highest peak above 2 kHz) and share of 250-650 Hz in decibels;
        logarithm of the Euclidean distance from the frame before, magnitudes summing to one.

    Notes
    -----
    Alpha ratio, Hammarberg index and slopes have the limits of the eGeMAPS set (Eyben et al.
    2016); they correlate with openSMILE's at above .9 (tests/features/test_spectral_shape.py).
    Nothing depends on the level.

    Examples
    --------
    >>> frequencies = np.arange(1.0, 257.0) * 31.25
    >>> columns = spectral_shape((frequencies == 1000.0)[None] + 0.0, frequencies)
    >>> round(float(np.exp(columns[0, 0])))
    1000
    """
    power = np.asarray(power, dtype=np.float64)
    total = power.sum(axis=1)
    floor = FLOOR * max(float(total.max()) if loudest is None else loudest, 1e-30)
    share = power + floor / power.shape[1]
    share /= share.sum(axis=1, keepdims=True)
    level_db = 10.0 * np.log10(power + floor)
    low, high = _band(power, frequencies, 50.0, 1000.0), _band(power, frequencies, 1000.0, 5000.0)
    below, above = frequencies < 2000.0, (frequencies >= 2000.0) & (frequencies < 5000.0)
    slopes = [
        _slope(level_db, frequencies, start, end)
        for start, end in ((0.0, 500.0), (500.0, 1500.0), (1000.0, 5000.0))
    ]
    columns = [
        *_moments(share, frequencies),
        *_rolloffs(share, frequencies),
        -(share * np.log(share)).sum(axis=1),
        *slopes,
        10.0 * np.log10((low + floor) / (high + floor)),
        level_db[:, below].max(axis=1) - level_db[:, above].max(axis=1),
        10.0 * np.log10((_band(power, frequencies, 250.0, 650.0) + floor) / (total + floor)),
        _log_flux(power, floor, power[0] if before is None else before),
    ]
    return np.stack(columns, axis=1)


def _moments(share: Floats, frequencies: Floats) -> list[Floats]:
    """Log centroid, log spread, skewness and log kurtosis of power over frequency."""
    centroid = share @ frequencies
    away = frequencies - centroid[:, None]
    weighted = share * away * away
    variance = weighted.sum(axis=1) + 1.0
    weighted *= away
    skewness = weighted.sum(axis=1) / variance**1.5
    weighted *= away
    kurtosis = weighted.sum(axis=1) / variance**2
    # whispers of one bin would otherwise rule every statistic
    skewness = np.clip(skewness, -20.0, 20.0)
    return [np.log(centroid), 0.5 * np.log(variance), skewness, np.log(kurtosis + 1e-3)]


def _rolloffs(share: Floats, frequencies: Floats) -> list[Floats]:
    """Logarithms of the frequencies below which 25, 50, 75 and 90 % of the power lie."""
    risen = np.cumsum(share, axis=1)
    last = len(frequencies) - 1
    bins = [np.minimum((risen < part).sum(axis=1), last) for part in (0.25, 0.5, 0.75, 0.9)]
    return [np.log(frequencies[index]) for index in bins]


def _band(power: Floats, frequencies: Floats, start: float, end: float) -> Floats:
    """Power between two frequencies."""
    total: Floats = power[:, (frequencies >= start) & (frequencies < end)].sum(axis=1)
    return total


def _slope(level_db: Floats, frequencies: Floats, start: float, end: float) -> Floats:
    """Slope of the straight line through the levels between two frequencies, dB per kHz."""
    inside = (frequencies >= start) & (frequencies <= end)
    x = frequencies[inside] / 1000.0
    x = x - x.mean()
    slope: Floats = level_db[:, inside] @ x / (x @ x)
    return slope


def _log_flux(power: Floats, floor: float, before: Floats) -> Floats:
    """Logarithm of the distance between neighbouring spectra of magnitude sum one."""
    magnitude = _of_sum_one(power, floor)
    step = np.diff(magnitude, axis=0, prepend=_of_sum_one(before[np.newaxis], floor))
    flux: Floats = np.log(np.sqrt((step * step).sum(axis=1)) + 1e-3)
    return flux


def _of_sum_one(power: Floats, floor: float) -> Floats:
    """Magnitudes whose sum is one in each frame that stands out from the floor."""
    magnitude: Floats = np.sqrt(power)
    magnitude /= magnitude.sum(axis=1, keepdims=True) + np.sqrt(floor)
    return magnitude
