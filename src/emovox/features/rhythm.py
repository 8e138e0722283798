"""Rhythm of speech: how long it is voiced and silent, and how fast its syllables follow.

Rates are proxies that need no transcript: voiced stretches a second, and peaks of the smoothed
level a second, which stand for syllables (Pfitzinger 1999; de Jong and Wempe 2009).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

RUNS: tuple[str, ...] = ("rate", "mean_s", "sd_s", "max_s")
"""Of stretches of one kind: how many a second, their mean length, its spread, the longest."""

NAMES: tuple[str, ...] = (
    "duration_s", "voiced_share", "active_share",
    *(f"{kind}_{what}" for kind in ("voiced", "unvoiced", "active", "pause") for what in RUNS),
    "syllable_rate", "syllable_distance_s", "syllable_distance_sd_s",
)  # fmt: skip
"""Values of `rhythm`."""

SYLLABLE_RANGE_DB = 20.0
"""Level peaks further below the loud frames are no syllables."""

SMOOTHING = 11
"""Frames over which the level is smoothed (Hann) before its peaks are counted."""


def rhythm(
    level_db: NDArray[np.floating], *, voiced: Flags, active: Flags, hop_s: float = 0.01
) -> NDArray[np.float64]:
    """Durations and rates of a stretch of speech, in the order of `NAMES`.

    Parameters
    ----------
    level_db : float array, shape (frames,)
        Level of each frame, 0 dB for the loud ones.
    voiced, active : bool arrays, shape (frames,)
    hop_s : float, seconds

    Returns
    -------
    float64 array, shape (22,)

    Examples
    --------
    >>> flags = np.arange(100) % 20 < 10
    >>> values = rhythm(np.where(flags, 0.0, -30.0), voiced=flags, active=flags)
    >>> dict(zip(NAMES, values.round(2).tolist(), strict=True))["voiced_rate"]
    5.0
    """
    duration = len(level_db) * hop_s
    values = [duration, float(voiced.mean()), float(active.mean())]
    for flags in (voiced, ~voiced, active, ~active):
        lengths = run_lengths(flags) * hop_s
        values.append(len(lengths) / duration)
        values += [lengths.mean(), lengths.std(), lengths.max()] if len(lengths) else [0.0] * 3
    places = syllable_peaks(level_db)
    distance = np.diff(places) * hop_s
    values.append(len(places) / duration)
    values += [distance.mean(), distance.std()] if len(distance) else [0.0] * 2
    return np.array(values, dtype=np.float64)


def run_lengths(flags: Flags) -> NDArray[np.int64]:
    """Lengths of the stretches of true flags, in order.

    Examples
    --------
    >>> run_lengths(np.array([True, True, False, True])).tolist()
    [2, 1]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    lengths: NDArray[np.int64] = edges[1::2] - edges[::2]
    return lengths


def syllable_peaks(level_db: NDArray[np.floating]) -> NDArray[np.intp]:
    """Frames where the smoothed level has a peak within `SYLLABLE_RANGE_DB` of 0 dB."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(1, SMOOTHING + 1) / (SMOOTHING + 1))
    around = np.pad(level_db, SMOOTHING // 2, mode="edge")
    smooth = np.convolve(around, window / window.sum(), mode="valid")
    step = np.diff(smooth)
    is_peak = (step[:-1] > 0) & (step[1:] <= 0) & (smooth[1:-1] > -SYLLABLE_RANGE_DB)
    return np.flatnonzero(is_peak) + 1
