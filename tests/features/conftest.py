"""Sounds like speech, made for the tests."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def speech_like():
    """Function (seconds, sample_rate, *, seed, pitch_hz) -> samples that resemble speech."""
    return _speech_like


def _speech_like(
    seconds: float, sample_rate: int, *, seed: int = 0, pitch_hz: float = 140.0
) -> np.ndarray:
    """Harmonics under moving formants, hiss, and pauses; float32, peak about 0.5."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    pitch = pitch_hz * (1 + 0.25 * np.sin(2 * np.pi * 0.7 * time + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / sample_rate
    first = 500 + 250 * np.sin(2 * np.pi * 1.9 * time + rng.uniform(0, 6))
    second = 1600 + 600 * np.sin(2 * np.pi * 1.3 * time + rng.uniform(0, 6))
    voiced = np.zeros_like(time)
    for harmonic in range(1, 40):
        frequency = harmonic * pitch
        level = (
            1 / (1 + ((frequency - first) / 120) ** 2)
            + 0.5 / (1 + ((frequency - second) / 200) ** 2)
            + 0.02
        )
        level = np.where(frequency < 0.45 * sample_rate, level, 0)
        voiced += level * np.sin(harmonic * phase)
    hiss = 0.2 * rng.normal(size=len(time))
    syllables = np.clip(2.5 * np.sin(2 * np.pi * 3.1 * time), 0, 1)
    sound = syllables * voiced + np.clip(-2 * np.sin(2 * np.pi * 3.1 * time) - 1, 0, 1) * hiss
    sound += 1e-4 * rng.normal(size=len(time))
    return (0.5 * sound / max(np.abs(sound).max(), 1e-9)).astype(np.float32)
