"""Music made by formulas, of several kinds: none was at hand that could be given away.

Real music is richer; what is said of these pieces is said of synthetic music only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float64]
Kind = Callable[[np.random.Generator, int, float], Sound]

MAJOR = (0, 2, 4, 5, 7, 9, 11)
PROGRESSIONS = ((0, 3, 4, 0), (0, 5, 3, 4), (5, 3, 0, 4))
PEAK = 0.5


def piece(
    kind: str, seed: int, *, sample_rate: int, seconds: float = 4.0
) -> npt.NDArray[np.float32]:
    """One piece, a function of its kind and seed.

    Parameters
    ----------
    kind : str
        A name of `KINDS`.
    seed : int
    sample_rate : int, Hz
    seconds : float

    Returns
    -------
    float32 array, shape (samples,), with a peak of 0.5
    """
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    sound = KINDS[kind](rng, sample_rate, seconds)
    return np.asarray(PEAK * sound / np.abs(sound).max(), dtype=np.float32)


def chords(rng: np.random.Generator, rate: int, seconds: float) -> Sound:
    """An organ's chords, four to a piece, of eight harmonics a note."""
    root = rng.uniform(40, 52)
    steps = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    parts = []
    for step in steps:
        t = np.arange(int(rate * seconds / len(steps))) / rate
        triad = [root + pitch_of(step + third) for third in (0, 2, 4)]
        notes = [hertz(note) for note in (triad[0] - 12, *triad)]
        sound = sum(harmonics(note, t, rng, n=8, fall=1.2, rate=rate) for note in notes)
        parts.append(sound * np.minimum(1, 30 * np.minimum(t, t[-1] - t)))
    return np.concatenate(parts)


def melody(rng: np.random.Generator, rate: int, seconds: float) -> Sound:
    """One bowed or blown voice with vibrato."""
    root, degree, parts, left = rng.uniform(55, 72), 0, [], seconds
    fall, vibrato_hz = rng.uniform(0.8, 1.8), rng.uniform(4.5, 6.5)
    while left > 0:
        length = min(left, float(rng.choice([0.25, 0.5, 0.75])))
        left -= max(length, 0.05)
        degree += int(rng.integers(-2, 3))
        t = np.arange(max(int(rate * length), 64)) / rate
        depth = 0.3 * np.minimum(1, 3 * t)
        bend = depth * np.sin(2 * np.pi * vibrato_hz * t)
        frequency = hertz(root + pitch_of(degree) + bend)
        phase = 2 * np.pi * np.cumsum(frequency) / rate
        n = max(1, min(16, int(0.45 * rate / frequency.max())))
        sound = sum(np.sin(k * phase) / k**fall for k in range(1, n + 1))
        parts.append(sound * np.minimum(1, 25 * np.minimum(t, t[-1] - t)))
    return np.concatenate(parts)


def plucked(rng: np.random.Generator, rate: int, seconds: float) -> Sound:
    """Broken chords of strings that ring on."""
    total = np.zeros(int(rate * seconds))
    root, beat = rng.uniform(45, 57), rng.uniform(0.12, 0.25)
    steps = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    for place in range(int(seconds / beat)):
        step = steps[min(int(place * beat / seconds * len(steps)), len(steps) - 1)]
        start = int(place * beat * rate)
        t = np.arange(total.size - start) / rate
        frequency = hertz(root + pitch_of(step + 2 * (place % 4)))
        for k in range(1, max(2, min(20, int(0.45 * rate / frequency)))):
            total[start:] += np.sin(2 * np.pi * k * frequency * t) * np.exp(-t * (2 + k)) / k
    return total


def drums(rng: np.random.Generator, rate: int, seconds: float) -> Sound:
    """A kick, a snare and a hi-hat in four-four time."""
    total = np.zeros(int(rate * seconds))
    beat = 60 / rng.uniform(85, 140) / 2
    for place in range(int(seconds / beat)):
        t = np.arange(min(int(0.3 * rate), total.size - int(place * beat * rate))) / rate
        hiss = rng.standard_normal(t.size)
        sound = 0.25 * np.diff(hiss, prepend=0.0) * np.exp(-60 * t)
        if place % 4 == 0:
            sound += np.sin(2 * np.pi * (50 * t - 6 * np.exp(-25 * t))) * np.exp(-12 * t)
        elif place % 4 == 2:
            sound += (0.5 * hiss + 0.5 * np.sin(2 * np.pi * 190 * t)) * np.exp(-18 * t)
        start = int(place * beat * rate)
        total[start : start + t.size] += sound
    return total


def band(rng: np.random.Generator, rate: int, seconds: float) -> Sound:
    """Drums, chords and a melody together."""
    parts = [make(rng, rate, seconds) for make in (drums, chords, melody)]
    size = min(part.size for part in parts)
    weights = (0.8, 0.6, 0.8)
    return sum(
        weight * part[:size] / np.abs(part).max()
        for weight, part in zip(weights, parts, strict=True)
    )


KINDS: dict[str, Kind] = {
    "chords": chords,
    "melody": melody,
    "plucked": plucked,
    "drums": drums,
    "band": band,
}


def harmonics(
    frequency: float, t: Sound, rng: np.random.Generator, *, n: int, fall: float, rate: int
) -> Sound:
    """A steady tone of up to `n` harmonics, none above 0.45 of the sampling rate."""
    n = max(1, min(n, int(0.45 * rate / frequency)))
    phases = rng.uniform(0, 2 * np.pi, n)
    return sum(
        np.sin(2 * np.pi * k * frequency * t + phases[k - 1]) / k**fall for k in range(1, n + 1)
    )


def pitch_of(degree: int) -> int:
    """Semitones of a degree of the major scale above its root."""
    return 12 * (degree // 7) + MAJOR[degree % 7]


def hertz(note: float | Sound) -> float | Sound:
    """Frequency of a MIDI note."""
    return 440.0 * 2.0 ** ((np.asarray(note) - 69) / 12)
