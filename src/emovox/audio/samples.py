"""Sound that is already in memory: an array of samples to mono samples at the wanted rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from ..errors import SignalError, UsageError
from .decode import (
    MAX_NON_FINITE,
    MIN_DURATION_S,
    RATES,
    SAMPLE_RATE,
    SHORT_S,
    InputWarning,
    Recording,
    Samples,
    condition,
)


def from_samples(
    samples: npt.NDArray[Any],
    *,
    sample_rate: int,
    to_rate: int = SAMPLE_RATE,
    name: str = "<samples>",
) -> Recording:
    """Bring samples to the form that `read` gives: mono, float32, at the wanted rate.

    Parameters
    ----------
    samples : array, shape (samples,)
        One channel: floats with full scale 1.0, or 16-bit integers.
    sample_rate : int, Hz
        Rate of `samples`.
    to_rate : int, Hz
        Rate of the result.
    name : str
        For the sentence of an error.

    Returns
    -------
    Recording

    Raises
    ------
    UsageError
        For another shape or kind of number.
    SignalError
        ``rate-out-of-range``, ``too-short``, ``not-finite``

    Examples
    --------
    >>> hum = (1000 * np.sin(np.arange(48_000) * 0.1)).astype(np.int16)
    >>> from_samples(hum, sample_rate=48_000).samples.shape
    (16000,)
    """
    mono = _as_floats(samples)
    if not RATES[0] <= sample_rate <= RATES[1]:
        sentence = f"has {sample_rate} Hz; {RATES[0]} to {RATES[1]} are accepted"
        raise SignalError("rate-out-of-range", sentence, name=name)
    duration_s = mono.size / sample_rate
    if duration_s < MIN_DURATION_S:
        sentence = f"lasts {duration_s:.3f} s; at least {MIN_DURATION_S} s is needed"
        raise SignalError("too-short", sentence, name=name)
    warnings: list[InputWarning] = []
    n_bad = int(mono.size - np.isfinite(mono).sum())
    if n_bad > MAX_NON_FINITE * mono.size:
        sentence = f"holds {n_bad} of {mono.size} samples that are NaN or infinite"
        raise SignalError("not-finite", sentence, name=name)
    if n_bad:
        mono = np.where(np.isfinite(mono), mono, np.float32(0))
        warnings.append(InputWarning("non-finite-samples", {"samples": n_bad}))
    if duration_s < SHORT_S:
        warnings.append(InputWarning("short", {"seconds": round(duration_s, 3)}))
    if sample_rate < SAMPLE_RATE:
        warnings.append(InputWarning("narrowband", {"hz": sample_rate}))
    if sample_rate != to_rate:
        mono = soxr.resample(mono, sample_rate, to_rate)
    return Recording(condition(mono, warnings), to_rate, sample_rate, duration_s, tuple(warnings))


def _as_floats(samples: npt.NDArray[Any]) -> Samples:
    if samples.ndim != 1:
        raise UsageError("usage", f"samples have the shape {samples.shape}; give one channel, (n,)")
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / np.float32(32768)
    if samples.dtype.kind != "f":
        sentence = f"samples are {samples.dtype}; give floats with full scale 1.0, or int16"
        raise UsageError("usage", sentence)
    with np.errstate(over="ignore"):
        return samples.astype(np.float32)
