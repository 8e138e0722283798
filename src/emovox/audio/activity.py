"""Energy-based speech detection: where a recording is active, and trimming its edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .decode import Samples

FRAME_S = 0.025
HOP_S = 0.010
SILENCE_DB = -95.0
"""Below this level (dBFS) nothing is speech."""
BELOW_PEAK_DB = 35.0
ABOVE_FLOOR_DB = 8.0
MIN_RANGE_DB = 10.0
"""Speech rises and falls by far more than this; a tone, a hum or steady noise does not."""
MIN_SPEECH_S = 0.10
MAX_GAP_S = 0.30
MARGIN_S = 0.05


def frame_levels_db(samples: Samples, *, sample_rate: int) -> npt.NDArray[np.float64]:
    """RMS level of each 25 ms frame, every 10 ms.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    sample_rate : int, Hz

    Returns
    -------
    float64 array, shape (frames,), dB relative to full scale, at least -120
    """
    length, hop = round(FRAME_S * sample_rate), round(HOP_S * sample_rate)
    if samples.size < length:
        samples = np.pad(samples, (0, length - samples.size))
    total = np.zeros(samples.size + 1)
    np.square(samples, dtype=np.float64, out=total[1:])
    np.cumsum(total, out=total)
    starts = np.arange(0, samples.size - length + 1, hop)
    power = np.maximum(total[starts + length] - total[starts], 0.0) / length
    levels: npt.NDArray[np.float64] = 10.0 * np.log10(np.maximum(power, 1e-12))
    return levels


def active_frames(levels_db: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which frames hold speech, by their level alone.

    A frame is active when it is above silence, within 35 dB of the loud frames (their 95th
    percentile) and clearly above the floor (the 10th percentile, where the recording has one).

    Parameters
    ----------
    levels_db : float array, shape (frames,)

    Returns
    -------
    bool array, shape (frames,)
    """
    loud, floor = np.percentile(levels_db, [95, 10])
    threshold = max(SILENCE_DB, loud - BELOW_PEAK_DB)
    if loud - floor > 2 * ABOVE_FLOOR_DB:
        threshold = max(threshold, min(floor + ABOVE_FLOOR_DB, loud - ABOVE_FLOOR_DB))
    active: npt.NDArray[np.bool_] = levels_db > threshold
    return active


def speech_segments(samples: Samples, *, sample_rate: int) -> list[tuple[float, float]]:
    """Stretches of speech, by energy.

    Gaps under 0.3 s are bridged, bursts under 0.1 s dropped, and 0.05 s kept on either side.
    Sound without the rise and fall of speech (silence, a tone, steady noise) gives none.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    sample_rate : int, Hz

    Returns
    -------
    list of (start, end), seconds, in order, not overlapping
    """
    levels = frame_levels_db(samples, sample_rate=sample_rate)
    if np.ptp(np.percentile(levels, [2, 98])) < MIN_RANGE_DB:
        return []
    active = active_frames(levels)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    runs = edges.reshape(-1, 2) * HOP_S
    duration_s = samples.size / sample_rate
    joined: list[tuple[float, float]] = []
    for start, stop in runs:
        end = stop + FRAME_S - HOP_S
        if joined and start - joined[-1][1] < MAX_GAP_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((float(start), float(end)))
    padded = [
        (max(start - MARGIN_S, 0.0), min(end + MARGIN_S, duration_s))
        for start, end in joined
        if end - start >= MIN_SPEECH_S
    ]
    return [(float(start), float(end)) for start, end in padded]


def trim(samples: Samples, *, sample_rate: int) -> Samples:
    """Cut the silence before the first and after the last speech.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    sample_rate : int, Hz

    Returns
    -------
    float32 array; the whole recording where no speech was found
    """
    segments = speech_segments(samples, sample_rate=sample_rate)
    if not segments:
        return samples
    return samples[int(segments[0][0] * sample_rate) : round(segments[-1][1] * sample_rate)]
