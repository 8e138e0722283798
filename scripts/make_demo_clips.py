"""Make the demo clips of ``src/emovox/demo``: synthetic speech, by a formant synthesiser.

    python scripts/make_demo_clips.py [--out FOLDER]

Nobody's voice is in them. A pulse train with a prescribed melody and level (voiced sounds) and
noise (hiss, breath) pass through resonators whose frequencies glide from sound to sound, after
Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67 (3), 1980. The four styles
change melody, range, pace, level, brightness and breath in the directions that Scherer, "Vocal
communication of emotion", Speech Communication 40, 2003, table 2 lists for acted speech. Whether
they sound like emotions to anybody was never asked: they show the program at work, not its skill.

The same run gives the same samples: the noise is seeded by each clip's name.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
FOLDER = Path(__file__).resolve().parents[1] / "src" / "emovox" / "demo"

Track = NDArray[np.float64]

# Sound: first four formants in Hz (adult male), voicing, hiss, weight (level), length in ms.
# Vowel formants after Peterson and Barney 1952; consonants after Klatt 1980, table III.
SOUNDS: dict[str, tuple[tuple[float, float, float, float], float, float, float, int]] = {
    "i": ((270, 2290, 3010, 3600), 1.0, 0.0, 0.85, 105),
    "I": ((390, 1990, 2550, 3500), 1.0, 0.0, 0.90, 75),
    "E": ((530, 1840, 2480, 3500), 1.0, 0.0, 0.95, 95),
    "a": ((730, 1090, 2440, 3400), 1.0, 0.0, 1.00, 120),
    "A": ((640, 1190, 2390, 3400), 1.0, 0.0, 0.95, 80),
    "o": ((570, 840, 2410, 3300), 1.0, 0.0, 0.95, 120),
    "u": ((300, 870, 2240, 3300), 1.0, 0.0, 0.85, 100),
    "@": ((500, 1400, 2450, 3400), 1.0, 0.0, 0.75, 55),
    "w": ((290, 610, 2150, 3300), 1.0, 0.0, 0.55, 60),
    "j": ((260, 2070, 3020, 3600), 1.0, 0.0, 0.55, 60),
    "r": ((310, 1060, 1380, 3200), 1.0, 0.0, 0.55, 65),
    "l": ((310, 1050, 2880, 3400), 1.0, 0.0, 0.55, 60),
    "m": ((280, 900, 2200, 3300), 1.0, 0.0, 0.35, 70),
    "n": ((280, 1700, 2600, 3400), 1.0, 0.0, 0.35, 60),
    "v": ((220, 1100, 2080, 3300), 0.7, 0.15, 0.30, 60),
    "z": ((240, 1390, 2530, 3600), 0.6, 0.45, 0.30, 75),
    "s": ((320, 1390, 2530, 3600), 0.0, 0.90, 0.35, 100),
    "S": ((300, 1840, 2750, 3400), 0.0, 0.80, 0.35, 100),
    "g": ((200, 1990, 2850, 3500), 0.5, 0.05, 0.12, 60),
    "d": ((200, 1600, 2600, 3500), 0.5, 0.10, 0.12, 55),
    "b": ((200, 1100, 2150, 3300), 0.5, 0.05, 0.12, 60),
    "t": ((350, 1600, 2600, 3500), 0.0, 0.35, 0.14, 70),
    "k": ((350, 1800, 2700, 3500), 0.0, 0.30, 0.14, 75),
    "_": ((500, 1500, 2500, 3500), 0.0, 0.0, 0.00, 90),
}
BANDWIDTHS_HZ = (60.0, 90.0, 140.0, 220.0)
UPPER_FORMANTS_HZ = (4500.0, 5500.0, 6500.0)
HISS_HZ = {"s": 5500.0, "z": 5500.0, "S": 3400.0, "t": 4500.0, "k": 2200.0}

WORDS = {
    "we were away a year ago": "wi w@r @wEI @ jIr @gou",
    "you will know on monday": "ju wIl nou an mAndEI",
    "so this is all there is": "so dIs Iz ol dEr Iz",
}


@dataclass(frozen=True)
class Style:
    """How a sentence is said.

    Parameters
    ----------
    pitch_hz, range_semitones : float
        Middle of the melody and its whole span.
    pace : float
        Length of the sounds; below 1 is faster.
    level_db : float
        Root mean square of the clip, relative to full scale.
    open_share : float
        Share of a period in which the glottis is open: small sounds pressed and bright.
    breath, jitter : float
        Noise beside the voice; irregularity from period to period.
    melody : tuple of float
        Targets over the sentence, -1 (bottom of the range) to 1 (top).
    """

    pitch_hz: float
    range_semitones: float
    pace: float
    level_db: float
    open_share: float
    breath: float
    jitter: float
    melody: tuple[float, ...]


STYLES = {
    "neutral": Style(118, 5, 1.30, -26, 0.60, 0.010, 0.006, (0.1, 0.6, 0.0, 0.3, -0.3, -1.0)),
    "angry": Style(178, 11, 1.08, -16, 0.36, 0.012, 0.016, (0.2, 1.0, 0.1, 1.0, 0.2, -1.0)),
    "happy": Style(196, 14, 1.14, -20, 0.50, 0.010, 0.008, (-0.6, 1.0, -0.4, 0.9, -0.5, 0.8)),
    "sad": Style(100, 3, 1.95, -33, 0.76, 0.045, 0.010, (0.8, 0.4, 0.2, -0.2, -0.6, -1.0)),
}

CLIPS: dict[str, tuple[tuple[str, str], ...]] = {
    "synthetic-neutral": (("neutral", "we were away a year ago"),),
    "synthetic-angry-like": (
        ("angry", "so this is all there is"),
        ("angry", "you will know on monday"),
    ),
    "synthetic-happy-like": (
        ("happy", "you will know on monday"),
        ("happy", "we were away a year ago"),
    ),
    "synthetic-sad-like": (("sad", "so this is all there is"),),
    "synthetic-two-styles": (
        ("neutral", "we were away a year ago"),
        ("angry", "so this is all there is"),
    ),
}
PAUSE_S = {"synthetic-two-styles": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")
    folder = parser.parse_args().out
    for name in CLIPS:
        soundfile.write(folder / f"{name}.flac", clip(name), SAMPLE_RATE, subtype="PCM_16")
        print(folder / f"{name}.flac")


def clip(name: str) -> NDArray[np.int16]:
    """Synthesise one of `CLIPS`."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    gap = np.zeros(int(PAUSE_S.get(name, 0.12) * SAMPLE_RATE))
    parts: list[Track] = [np.zeros(SAMPLE_RATE // 5)]
    for style, words in CLIPS[name]:
        if len(parts) > 1:
            parts.append(gap)
        parts.append(say(WORDS[words], STYLES[style], rng))
    parts.append(np.zeros(SAMPLE_RATE // 5))
    speech = np.concatenate(parts)
    # A quiet room: digital silence occurs in no recording.
    speech += 10 ** (-68 / 20) * rng.standard_normal(speech.size)
    return np.round(np.clip(speech, -0.99, 0.99) * 32767).astype(np.int16)


def say(sounds: str, style: Style, rng: np.random.Generator) -> Track:
    """Say one sentence in one style, scaled to the style's level."""
    formants, voicing, hiss, weight, hiss_hz = tracks(sounds.replace(" ", ""), style.pace)
    length = weight.size
    melody = np.interp(
        np.linspace(0, 1, length), np.linspace(0, 1, len(style.melody)), style.melody
    )
    pitch = style.pitch_hz * 2 ** (smooth(melody, 0.08) * style.range_semitones / 24)
    noise = rng.standard_normal(length)
    source = voicing * (glottal_flow(pitch, style, rng) + style.breath * noise)
    speech = source
    for index, bandwidth in enumerate(BANDWIDTHS_HZ):
        speech = resonate(speech, formants[:, index], bandwidth)
    for upper in UPPER_FORMANTS_HZ:
        speech = resonate(speech, np.full(length, upper), 400.0)
    hissing = resonate(noise, hiss_hz, 900.0)
    # Vowels whose first two formants meet come out too loud; `weight` is to set the level.
    envelope = smooth(np.abs(speech), 0.05) / rms(speech) + 0.05
    speech = speech / rms(speech) / envelope**0.6 + 0.3 * hiss * hissing / rms(hissing)
    speech *= weight
    return speech * 10 ** (style.level_db / 20) / rms(speech)


def tracks(sounds: str, pace: float) -> tuple[Track, Track, Track, Track, Track]:
    """Lay out formants (samples, 4), voicing, hiss, weight and hiss frequency, gliding."""
    lengths = [int(SOUNDS[sound][4] * pace * SAMPLE_RATE / 1000) for sound in sounds]
    lengths[-1] = int(1.5 * lengths[-1])

    def held(values: list[float], glide_s: float) -> Track:
        return smooth(np.repeat(values, lengths).astype(np.float64), glide_s)

    glide = 0.05 * pace
    formants = [held([SOUNDS[sound][0][index] for sound in sounds], glide) for index in range(4)]
    weight = held([SOUNDS[sound][3] for sound in sounds], 0.03)
    fade = int(0.04 * SAMPLE_RATE)
    weight[:fade] *= np.linspace(0, 1, fade)
    weight[-3 * fade :] *= np.linspace(1, 0, 3 * fade)
    return (
        np.stack(formants, axis=1),
        held([SOUNDS[sound][1] for sound in sounds], 0.015),
        held([SOUNDS[sound][2] for sound in sounds], 0.015),
        weight,
        held([HISS_HZ.get(sound, 4000.0) for sound in sounds], 0.02),
    )


def glottal_flow(pitch: Track, style: Style, rng: np.random.Generator) -> Track:
    """Set pulse beside pulse: the derivative of Rosenberg's (JASA 49, 1971, form B)."""
    flow = np.zeros(pitch.size)
    start = 0.0
    while start < pitch.size - 1:
        period = SAMPLE_RATE / pitch[int(start)] * (1 + style.jitter * rng.standard_normal())
        first, last = int(np.ceil(start)), min(int(start + period) + 1, pitch.size)
        phase = (np.arange(first, last) - start) / (style.open_share * period)
        is_open = (phase >= 0) & (phase < 1)
        shimmer = 1 + 2 * style.jitter * rng.standard_normal()
        flow[first:last][is_open] += shimmer * (6 * phase - 9 * phase**2)[is_open] / 3
        start += period
    return flow


def resonate(signal: Track, frequency: Track, bandwidth: float) -> Track:
    """Pass through a digital resonator with a moving frequency (Klatt 1980, equation 2)."""
    radius = np.exp(-np.pi * bandwidth / SAMPLE_RATE)
    b = (2 * radius * np.cos(2 * np.pi * frequency / SAMPLE_RATE)).tolist()
    c = -(radius**2)
    out = np.empty(signal.size)
    before = last = 0.0
    for index, value in enumerate(signal.tolist()):
        last, before = (1 - b[index] - c) * value + b[index] * last + c * before, last
        out[index] = last
    return out


def smooth(track: Track, width_s: float) -> Track:
    """Average over a moving Hann window, ends held."""
    window = np.hanning(max(3, int(width_s * SAMPLE_RATE)))
    half = window.size // 2
    padded = np.pad(track, (half, window.size - 1 - half), mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")


def rms(signal: Track) -> float:
    return float(np.sqrt(np.mean(signal**2)))


if __name__ == "__main__":
    main()
