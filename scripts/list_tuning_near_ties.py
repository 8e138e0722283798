"""List the EmoDB clips whose tuning is decided by rounding.

The tuning of chroma and tonnetz is the fullest bin of a histogram of spectral peaks. Where noise
of a millionth of the clip's peak changes which bin that is, another Fourier transform may choose
another one; such clips are compared with librosa at a given tuning. Run

    EMOVOX_CORPORA=... python scripts/list_tuning_near_ties.py > tests/features/tuning_near_ties.csv
"""

from __future__ import annotations

import csv
import sys

import numpy as np

from emovox.audio import read
from emovox.corpora import read_corpus
from emovox.features import Signal
from emovox.features.chroma import estimate_tuning
from emovox.features.harmonic import harmonic

NOISE = 1e-6
SEEDS = range(8)
SAMPLE_RATE = 16000


def tunings(samples: np.ndarray) -> tuple[float, float]:
    """Tuning of a clip in semitones, and of its harmonic part in thirds of a semitone."""
    signal = Signal(samples, SAMPLE_RATE)
    still = harmonic(signal)
    return (
        round(estimate_tuning(signal), 2),
        round(estimate_tuning(still, bins_per_octave=36), 2),
    )


def main() -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["utterance", "which", "tuning", "others"])
    for utterance in read_corpus("emodb"):
        samples = read(utterance.path, sample_rate=SAMPLE_RATE).samples
        chosen = tunings(samples)
        level = NOISE * np.abs(samples).max()
        noisy = [
            tunings(samples + np.random.default_rng(seed).uniform(-level, level, len(samples)))
            for seed in SEEDS
        ]
        for index, which in enumerate(("chroma", "tonnetz")):
            others = sorted({found[index] for found in noisy} - {chosen[index]})
            if others:
                name = utterance.id.rpartition("/")[2]
                table.writerow([name, which, chosen[index], " ".join(map(str, others))])


if __name__ == "__main__":
    main()
