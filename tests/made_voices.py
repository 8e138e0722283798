"""A small model, trained on made voices, for the tests of prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.features import feature
from emovox.features.front_end import FrontEnd

RATE = 16_000
PITCH = {"anger": 260.0, "neutral": 160.0, "sadness": 95.0}


def voice(emotion: str, *, seconds: float = 2.0, seed: int = 0) -> np.ndarray:
    """A buzz with the rise and fall of syllables, at the pitch that stands for an emotion."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    pitch = PITCH[emotion] * (1 + 0.05 * rng.normal())
    buzz = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 12))
    samples = 0.2 * buzz * np.maximum(np.sin(2 * np.pi * 3 * t), 0)
    return (samples + 1e-3 * rng.normal(size=t.size)).astype(np.float32)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    """A model folder of a linear machine on MFCCs."""
    classic = pytest.importorskip("emovox.methods.classic.estimator")
    svm = pytest.importorskip("sklearn.svm")
    front_end = FrontEnd("mfcc")
    labels = [emotion for emotion in PITCH for _ in range(12)]
    vectors = np.stack(
        [front_end.vector(voice(emotion, seed=seed)) for seed, emotion in enumerate(labels)]
    )
    model = classic.UtteranceClassifier(svm.SVC(kernel="linear", C=1.0), feature="mfcc")
    model.fit(vectors, labels)
    return model.export(
        tmp_path_factory.mktemp("models") / "made-voices",
        rows=vectors,
        front_end=front_end.settings(),
        feature_names=feature("mfcc").names,
        name="made-voices",
    )


@pytest.fixture
def recordings(tmp_path) -> dict[str, Path]:
    """One recording an emotion."""
    paths = {}
    for emotion in PITCH:
        paths[emotion] = tmp_path / f"{emotion}.wav"
        soundfile.write(paths[emotion], voice(emotion, seed=99), RATE)
    return paths
