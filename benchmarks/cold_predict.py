"""Whole-process time of recognising one 3 s recording, cold: emovox against its peers' way.

The peer does the same with librosa and scikit-learn: the five features of the classic systems,
StandardScaler and an SVC that was fitted before and stored (with joblib, as such systems do).
Both processes start anew in each repetition, in turn, so that a drifting machine hits both.

    python benchmarks/cold_predict.py [--repetitions 10] [--out results/cold-predict.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

PEER = """
import sys, joblib, librosa, numpy as np
signal, rate = librosa.load(sys.argv[1], sr=None)
spectrum = np.abs(librosa.stft(signal))
vector = np.concatenate([feature.mean(axis=1) for feature in (
    librosa.feature.chroma_stft(S=spectrum, sr=rate),
    librosa.feature.melspectrogram(y=signal, sr=rate),
    librosa.feature.mfcc(y=signal, sr=rate, n_mfcc=40),
)])
print(joblib.load(sys.argv[2]).predict(vector[None])[0])
"""


def peer_model(folder: Path) -> Path:
    """An SVC on 180 features of random data: its decision does not matter here, its time does."""
    import joblib
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    rng = np.random.default_rng(0)
    labels = rng.choice(["anger", "happiness", "neutral", "sadness"], 500)
    fitted = make_pipeline(StandardScaler(), SVC(C=10, gamma=0.001)).fit(
        rng.normal(size=(500, 180)), labels
    )
    joblib.dump(fitted, folder / "peer.joblib")
    return folder / "peer.joblib"


def speech_like(path: Path) -> Path:
    """Three seconds of a buzz with the rise and fall of syllables, 16 kHz."""
    t = np.arange(48_000) / 16_000
    pitch = 120 * t + 3 * np.sin(2 * np.pi * 0.7 * t)
    buzz = sum(np.sin(2 * np.pi * k * pitch) / k for k in range(1, 20))
    soundfile.write(path, 0.15 * buzz * np.maximum(np.sin(2 * np.pi * 3 * t), 0), 16_000)
    return path


def seconds(command: list[str]) -> float:
    """Wall time of one process, which may keep its byte code as an installed package has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=kept)
    return time.perf_counter() - began


def main() -> None:
    """Time both, print and store medians and the paired ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = str(speech_like(folder / "a.wav"))
        ours = [sys.executable, "-m", "emovox", "predict", "--json", recording]
        peer = [sys.executable, "-c", PEER, recording, str(peer_model(folder))]
        seconds(ours), seconds(peer)  # byte code and numba's cache exist from now on
        pairs = [(seconds(ours), seconds(peer)) for _ in range(arguments.repetitions)]
        helped = [
            seconds([sys.executable, "-m", "emovox", "--help"])
            for _ in range(arguments.repetitions)
        ]
    report = {
        "command": "python benchmarks/cold_predict.py",
        "repetitions": arguments.repetitions,
        "emovox_s": round(statistics.median(a for a, _ in pairs), 3),
        "librosa_scikit_learn_s": round(statistics.median(b for _, b in pairs), 3),
        "ratio": round(statistics.median(b / a for a, b in pairs), 2),
        "ratio_min": round(min(b / a for a, b in pairs), 2),
        "ratio_max": round(max(b / a for a, b in pairs), 2),
        "help_s": round(statistics.median(helped), 3),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    print(json.dumps(report, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
