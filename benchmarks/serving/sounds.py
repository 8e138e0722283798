"""Long recordings that a speech detector takes for speech."""

from __future__ import annotations

import io

import numpy as np
import soundfile

RATE = 16_000


def buzz(seconds: int) -> bytes:
    """WAV of a voice-like sound with the rise and fall of phrases, 16 kHz."""
    rng = np.random.default_rng(1)
    t = np.arange(seconds * RATE) / RATE
    tones = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 8))
    swell = np.maximum(np.sin(2 * np.pi * 0.4 * t), 0)
    held = io.BytesIO()
    soundfile.write(held, 0.1 * tones * swell + 1e-3 * rng.normal(size=t.size), RATE, format="WAV")
    return held.getvalue()
