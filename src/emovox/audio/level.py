"""Levels in decibels relative to full scale, and bringing recordings to the same one."""

from __future__ import annotations

import numpy as np

from .activity import active_frames, frame_levels_db
from .decode import Samples

SPEECH_DB = -26.0
"""Usual active speech level of test material, dBFS (ITU-T P.56 practice)."""


def active_level_db(samples: Samples, *, sample_rate: int) -> float:
    """RMS level of the active part of a recording.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    sample_rate : int, Hz

    Returns
    -------
    float, dB relative to full scale; -inf for digital silence
    """
    levels = frame_levels_db(samples, sample_rate=sample_rate)
    active = active_frames(levels)
    chosen = levels[active] if active.any() else levels
    power = float(np.mean(10.0 ** (chosen / 10.0))) if chosen.size else 0.0
    return 10.0 * float(np.log10(power)) if power > 0 else float("-inf")


def normalise(samples: Samples, *, sample_rate: int, to_db: float = SPEECH_DB) -> Samples:
    """Scale a recording so that its active part has the wanted level.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    sample_rate : int, Hz
    to_db : float
        Wanted RMS level of the active part, dB relative to full scale.

    Returns
    -------
    float32 array, shape (samples,); digital silence comes back as it is. Samples may exceed
    1.0: nothing is clipped.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) * 0.3).astype(np.float32)
    >>> round(active_level_db(normalise(tone, sample_rate=16000), sample_rate=16000), 1)
    -26.0
    """
    level = active_level_db(samples, sample_rate=sample_rate)
    if not np.isfinite(level):
        return samples
    return (samples * np.float32(10.0 ** ((to_db - level) / 20.0))).astype(np.float32)
