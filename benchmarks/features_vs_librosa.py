"""Files per second of the five features of the ccser sheet: emovox against librosa's calls.

Every EmoDB recording goes both ways, in one process and one thread, which of the two comes first
taking turns; nothing is cached between files but the filters that a setting needs, which both
sides begin without. Decoding is timed with the features. The vectors are compared as they come.
A part of the files is repeated, to see how far the ratio wanders.

    EMOVOX_CORPORA=... python benchmarks/features_vs_librosa.py [--out results/features-speed.json]
"""

from __future__ import annotations

import argparse
import json
import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

import emovox
from emovox.audio import read
from emovox.corpora import read_corpus
from emovox.features import feature

FEATURES = ("chroma", "contrast", "mel", "mfcc", "tonnetz")
SAMPLE_RATE = 16000


class Cost(NamedTuple):
    """Seconds on the clock, and of the processor (which others on the machine do not touch)."""

    wall_s: float
    processor_s: float


class Pair(NamedTuple):
    """Cost of both ways for one file, and the largest relative difference of each feature."""

    ours: Cost
    theirs: Cost
    differences: dict[str, float]


def ours(path: Path) -> np.ndarray:
    """Decode and extract with emovox."""
    samples = read(path, sample_rate=SAMPLE_RATE).samples
    return feature("+".join(FEATURES)).functionals(samples)


def theirs(path: Path) -> np.ndarray:
    """Decode and extract as the sheet's system calls librosa."""
    samples, rate = librosa.load(path, sr=None)
    magnitude = np.abs(librosa.stft(samples))
    still = librosa.effects.harmonic(samples)
    parts = (
        librosa.feature.chroma_stft(S=magnitude, sr=rate),
        librosa.feature.spectral_contrast(S=magnitude, sr=rate),
        librosa.feature.melspectrogram(y=samples, sr=rate),
        librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=40),
        librosa.feature.tonnetz(y=still, sr=rate),
    )
    return np.concatenate([part.mean(axis=1) for part in parts])


def timed(extract: Callable[[Path], np.ndarray], path: Path) -> tuple[Cost, np.ndarray]:
    began = time.perf_counter(), time.process_time()
    vector = extract(path)
    return Cost(time.perf_counter() - began[0], time.process_time() - began[1]), vector


def compare(path: Path, *, ours_first: bool) -> Pair:
    """Extract one file both ways."""
    if ours_first:
        (our_cost, found), (their_cost, expected) = timed(ours, path), timed(theirs, path)
    else:
        (their_cost, expected), (our_cost, found) = timed(theirs, path), timed(ours, path)
    differences, start = {}, 0
    for name in FEATURES:
        part = slice(start, start + len(feature(name).names))
        largest = np.abs(expected[part]).max()
        differences[name] = float(np.abs(found[part] - expected[part]).max() / largest)
        start = part.stop
    return Pair(our_cost, their_cost, differences)


def run(paths: list[Path], *, offset: int = 0) -> list[Pair]:
    return [compare(path, ours_first=(index + offset) % 2 == 0) for index, path in enumerate(paths)]


def ratio(pairs: list[Pair], clock: str = "wall_s") -> float:
    return total(pairs, "theirs", clock) / total(pairs, "ours", clock)


def total(pairs: list[Pair], side: str, clock: str = "wall_s") -> float:
    return sum(getattr(getattr(pair, side), clock) for pair in pairs)


def measure(n_subset: int, repetitions: int) -> dict[str, Any]:
    """Run the whole corpus once and a part of it several times."""
    paths = [utterance.path for utterance in read_corpus("emodb")]
    # Imports, byte code and numba's compiled code exist from now on, for both sides.
    compare(paths[0], ours_first=True)
    whole = run(paths)
    subset = paths[:: max(1, len(paths) // n_subset)]
    repeated = [run(subset, offset=turn) for turn in range(repetitions)]
    return {
        "command": "python benchmarks/features_vs_librosa.py --out results/features-speed.json",
        "files": len(paths),
        "features": list(FEATURES),
        "emovox_files_per_s": round(len(paths) / total(whole, "ours"), 1),
        "librosa_files_per_s": round(len(paths) / total(whole, "theirs"), 1),
        "ratio": round(ratio(whole), 2),
        "ratio_of_processor_time": round(ratio(whole, "processor_s"), 2),
        "subset_files": len(subset),
        "subset_ratios": [round(ratio(pairs), 2) for pairs in repeated],
        "largest_difference": {
            name: float(f"{max(pair.differences[name] for pair in whole):.2g}") for name in FEATURES
        },
        "files_over_1e-3": sum(max(pair.differences.values()) > 1e-3 for pair in whole),
        "emovox": emovox.__version__,
        "librosa": librosa.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": 1,
    }


def table(report: dict[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"{'':10}{'files/s':>10}"]
    lines += [f"{name:10}{report[f'{name}_files_per_s']:10.1f}" for name in ("emovox", "librosa")]
    lines.append(
        f"ratio {report['ratio']} (of processor time {report['ratio_of_processor_time']}), "
        f"on {report['subset_files']} files again: {report['subset_ratios']}"
    )
    for name, difference in report["largest_difference"].items():
        lines.append(f"  {name:9} differs by at most {difference:.1e} of its largest value")
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subset", type=int, default=60, help="files that are repeated")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="n_fft=.* is too large", category=UserWarning)
    with threadpool_limits(1):
        report = measure(arguments.subset, arguments.repetitions)
    print(table(report))
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
