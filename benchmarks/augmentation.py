"""Milliseconds that each augmentation takes for three seconds of speech at 16 kHz, one core.

    OMP_NUM_THREADS=1 python benchmarks/augmentation.py

Prints the table of docs/augmentation.md.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from emovox.audio import read
from emovox.audio.augment import (
    TELEPHONE,
    Augmentation,
    Clipping,
    Codec,
    Equalisation,
    Gain,
    Noise,
    Pitch,
    Reverberation,
    SpecAugment,
    Speed,
    Tempo,
    available_codecs,
)
from emovox.demo.clips import clip_paths

RATE = 16_000
KINDS: dict[str, Augmentation] = {
    "Noise, white": Noise(),
    "Noise, pink": Noise(of="pink"),
    "Noise, babble": Noise(of="babble"),
    "Reverberation, 0.8 s": Reverberation(rt60_s=(0.8, 0.8)),
    "Gain": Gain(),
    "Clipping": Clipping(),
    "Speed": Speed(factor=(1.1, 1.1)),
    "Tempo": Tempo(factor=(1.1, 1.1)),
    "Pitch": Pitch(semitones=(2, 2)),
    "BandLimit": TELEPHONE,
    "Equalisation": Equalisation(),
    **{f"Codec, {name}": Codec(names=(name,)) for name in available_codecs()},
}


def main() -> None:
    samples = np.resize(read(clip_paths()[0]).samples, 3 * RATE)
    frames = np.ones((300, 80), np.float32)
    masks = SpecAugment().draw(np.random.default_rng(0))
    print("| augmentation | ms |\n|---|---:|")
    for name, kind in KINDS.items():
        applied = kind.draw(np.random.default_rng(0))
        times = [took_ms(lambda a=applied: a(samples, sample_rate=RATE)) for _ in range(9)]
        print(f"| {name} | {statistics.median(times):.1f} |")
    times = [took_ms(lambda: masks(frames)) for _ in range(9)]
    print(f"| SpecAugment, 300 x 80 frames | {statistics.median(times):.2f} |")


def took_ms(work) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
