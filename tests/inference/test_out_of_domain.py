"""What a model says of music and noise, and does not say of voices like those of its training."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import emovox
from emovox.audio.augment import TELEPHONE
from emovox.features.front_end import FrontEnd
from emovox.models import write
from emovox.models.domain import training_statistics
from made_voices import PITCH, RATE, voice
from models.networks import linear

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from recognising.made_music import KINDS, piece

N_TRAINED = 240
EMOTIONS = tuple(PITCH)


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory) -> emovox.inference.Recogniser:
    """A model on cepstra whose statistics are those of made voices."""
    front_end = FrontEnd("mfcc")
    rows = np.stack([front_end.vector(some_voice(seed)) for seed in range(N_TRAINED)])
    dim = rows.shape[1]
    folder = write(
        tmp_path_factory.mktemp("models") / "voices",
        network=linear(np.zeros((dim, 3)), dim=dim),
        settings={
            "name": "voices",
            "task": "classification",
            "labels": list(EMOTIONS),
            "front_end": front_end.settings(),
            "input": {"dim": dim},
            "scores": {"kind": "softmax", "temperature": 1.0},
            "out_of_domain": training_statistics(rows.astype(np.float64)),
        },
        card="# Voices\n",
    )
    return emovox.load(folder)


def some_voice(seed: int) -> np.ndarray:
    return voice(EMOTIONS[seed % 3], seconds=1.5, seed=seed)


def share_unlike(recogniser: emovox.inference.Recogniser, sounds: list[np.ndarray]) -> float:
    """Share of sounds with the warning, which those with no speech do not get."""
    results = [recogniser.predict_samples(each, sample_rate=RATE) for each in sounds]
    codes = [{warning.code for warning in result.warnings} for result in results]
    return float(np.mean([bool(each & {"out-of-domain", "no-speech"}) for each in codes]))


def test_voices_like_those_of_the_training_pass(recogniser):
    fresh = [some_voice(seed) for seed in range(N_TRAINED, N_TRAINED + 60)]
    assert share_unlike(recogniser, fresh) <= 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_music_is_said_to_be_unlike_voices_or_no_speech(recogniser, kind):
    pieces = [piece(kind, seed, sample_rate=RATE, seconds=2.0) for seed in range(4)]
    assert share_unlike(recogniser, pieces) == 1.0


def test_a_telephone_and_noise_are_said_to_be_unlike(recogniser):
    rng = np.random.default_rng(0)
    called = [
        TELEPHONE.draw(rng)(some_voice(seed), sample_rate=RATE)
        for seed in range(N_TRAINED, N_TRAINED + 6)
    ]
    assert share_unlike(recogniser, called) == 1.0
    noises = [(0.1 * rng.standard_normal(RATE)).astype(np.float32) for _ in range(4)]
    assert share_unlike(recogniser, noises) == 1.0


def test_the_shipped_model_says_so_of_drums_in_a_file(tmp_path):
    soundfile.write(tmp_path / "drums.wav", piece("drums", 3, sample_rate=RATE), RATE)
    result = emovox.predict(tmp_path / "drums.wav")
    assert "out-of-domain" in {warning.code for warning in result.warnings}
