"""Signals whose pitch, level and pauses are known, and what tests measure on them."""

from __future__ import annotations

import numpy as np

RATE = 16_000


def voice(*, f0_hz: float = 140.0, duration_s: float = 2.0) -> np.ndarray:
    """Harmonics up to 7 kHz under a falling spectrum, in four syllables with pauses between."""
    t = np.arange(round(duration_s * RATE)) / RATE
    numbers = np.arange(1, int(7000 / f0_hz))
    sound = sum(np.sin(2 * np.pi * n * f0_hz * t + n * n) / n for n in numbers)
    syllables = np.clip(1.5 * np.sin(2 * np.pi * 2 * t) ** 2 - 0.25, 0, 1)
    return (0.2 * sound * syllables).astype(np.float32)


def steady_voice(*, f0_hz: float = 140.0, duration_s: float = 1.0) -> np.ndarray:
    """Return the same without pauses."""
    t = np.arange(round(duration_s * RATE)) / RATE
    numbers = np.arange(1, int(7000 / f0_hz))
    sound = sum(np.sin(2 * np.pi * n * f0_hz * t + n * n) / n for n in numbers)
    return (0.2 * sound).astype(np.float32)


def f0_of(samples: np.ndarray) -> float:
    """Fundamental frequency in the middle, by the autocorrelation's parabola; 60 to 450 Hz."""
    middle = samples[len(samples) // 4 : len(samples) // 4 + 8000].astype(np.float64)
    size = 2 * len(middle)
    likeness = np.fft.irfft(np.abs(np.fft.rfft(middle, size)) ** 2)[: len(middle)]
    likeness /= np.arange(len(middle), 0, -1)
    low, high = int(RATE / 450), int(RATE / 60)
    best = likeness[low:high].max()
    # The first of the peaks that are as high as the highest: not a multiple of the period.
    lag = low + int(np.argmax(likeness[low:high] > 0.95 * best))
    while likeness[lag + 1] > likeness[lag]:
        lag += 1
    before, at, after = likeness[lag - 1 : lag + 2]
    return RATE / (lag + 0.5 * (before - after) / (before - 2 * at + after))


def energy_db(samples: np.ndarray, low_hz: float, high_hz: float) -> float:
    """Energy between two frequencies, in decibels."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    chosen = power[(frequencies >= low_hz) & (frequencies < high_hz)]
    return 10 * float(np.log10(chosen.sum() + 1e-30))
