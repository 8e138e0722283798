"""Rows and sounds made by rule, so that every figure in a table can be told beforehand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from emovox.evaluation.row import GroupScore, LeakSummary, Reliability, Row, Score

EMODB = ("anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness")
SHARED = LeakSummary("sentence", 10, 10, 10, 10, 1.0)
CLEAN = LeakSummary("speaker", 0, 1, 0, 10, 0.0)
UNIQUE = LeakSummary("identical_audio", 0, 54, 0, 10, 0.0)

MakeRow = Callable[..., Row]
MakeSound = Callable[..., NDArray[np.float32]]


def row(
    method: str = "ccser-svc",
    *,
    ua: float = 0.771,
    emotions: tuple[str, ...] = EMODB,
    train: tuple[str, ...] = ("emodb",),
    test: tuple[str, ...] = ("emodb",),
    speakers: int = 10,
    seed: int = 0,
    **changes: object,
) -> Row:
    """One row whose parts agree with `ua` as far as a picture needs."""
    rng = np.random.default_rng(seed)
    n = len(emotions)
    confusion = np.zeros((n, n), int)
    for i in range(n):
        total = int(rng.integers(40, 120))
        odds = rng.dirichlet(np.full(n, 0.6)) * (1 - ua)
        odds[i] += ua
        confusion[i] = rng.multinomial(total, odds)
    recalls = tuple(float(v) for v in confusion.diagonal() / confusion.sum(axis=1))
    spread = np.clip(ua + rng.normal(0, 0.09, speakers), 0, 1)
    confidence = (np.arange(15) + 0.5) / 15
    settings: dict[str, object] = {
        "method": method, "parameters": {"C": 10.0}, "protocol": "speaker", "seed": 0,
    }  # fmt: skip
    values: dict[str, object] = {
        "method": method,
        "settings": settings,
        "features": "chroma+contrast+mel+mfcc+tonnetz",
        "normalisation": "training",
        "label_set": "own",
        "protocol": "speaker",
        "train_corpora": train,
        "test_corpora": test,
        "task": "classification",
        "dimension": None,
        "emotions": emotions,
        "seeds": (0,),
        "n_folds": 10,
        "n_folds_done": 10,
        "n_train": 481.5,
        "n_test": int(confusion.sum()),
        "n_speakers": speakers,
        "n_left_out": 0,
        "ua": Score(ua, ua - 0.041, ua + 0.038, ua - 0.004, 0.0612),
        "wa": Score(ua + 0.017, ua - 0.02, ua + 0.05, ua + 0.02, 0.05),
        "f1": Score(ua - 0.006, ua - 0.04, ua + 0.03, ua - 0.01, 0.06),
        "ece": 0.0834,
        "brier": 0.342,
        "recalls": recalls,
        "confusion": tuple(tuple(int(v) for v in line) for line in confusion),
        "reliability": tuple(
            Reliability(float(c), float(np.clip(c - 0.06, 0, 1)), int(k))
            for c, k in zip(confidence[2:], rng.integers(1, 90, 13), strict=True)
        ),
        "by_gender": (GroupScore("female", 302, ua + 0.02, ua), GroupScore("male", 233, ua, ua)),
        "by_speaker": tuple(
            GroupScore(f"{k + 3:02d}", 50 + k, float(v), float(v)) for k, v in enumerate(spread)
        ),
        "gap_speaker": float(np.ptp(spread)),
        "parameters": 123_456.0,
        "macs": 123_400.0,
        "flops": 246_800.0,
        "features_s": 0.0113,
        "predict_s": 0.0008,
        "fit_s": 0.4,
        "p_value": 0.0312,
        "leak": (CLEAN, SHARED, UNIQUE),
    }
    return Row(**{**values, **changes})  # type: ignore[arg-type]


def sound(duration_s: float = 2.5, *, sample_rate: int = 16_000) -> NDArray[np.float32]:
    """Syllables of a falling buzz, with a pause."""
    t = np.arange(int(duration_s * sample_rate)) / sample_rate
    f0 = 190 - 30 * t / max(duration_s, 0.1) + 12 * np.sin(2 * np.pi * 2.3 * t)
    phase = 2 * np.pi * np.cumsum(f0) / sample_rate
    buzz = sum(
        np.sin(k * phase) * np.exp(-(((k * f0 - centre) / 260) ** 2))
        for k in range(1, 26)
        for centre in (600, 1300, 2700)
    )
    syllables = np.clip(np.sin(2 * np.pi * 2.9 * t), 0, 1) ** 0.6
    noise = np.random.default_rng(1).normal(0, 0.004, t.size)
    result: NDArray[np.float32] = (0.2 * buzz * syllables + noise).astype(np.float32)
    return result


@pytest.fixture(scope="session")
def make_row() -> MakeRow:
    return row


@pytest.fixture(scope="session")
def make_sound() -> MakeSound:
    return sound
