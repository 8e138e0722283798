"""The model that ships: small, sure of its folder, steady under what does not change a voice."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import soxr

from emovox.demo.clips import clip_paths
from emovox.inference import load
from emovox.models import find


@pytest.fixture(scope="module")
def recogniser():
    return load()


def test_it_is_at_most_2_megabytes_and_without_pickle():
    files = list(find(None).iterdir())
    assert sum(path.stat().st_size for path in files) <= 2_000_000
    assert {path.name for path in files} == {"README.md", "model.json", "network.onnx"}


def test_its_card_says_figures_licences_and_what_it_is_not_for():
    card = (find(None) / "README.md").read_text(encoding="utf-8")
    for words in ("ODbL", "CC0", "95 % interval", "2024/1689", "how a voice sounds", "article 50"):
        assert words in card, words


def same_speech(samples: np.ndarray, kind: str) -> tuple[np.ndarray, int]:
    if kind == "twice as loud":
        return 2 * samples, 16_000
    if kind == "a tenth as loud":
        return 0.1 * samples, 16_000
    if kind == "stereo":
        return np.stack([samples, samples], axis=1), 16_000
    if kind == "48 kHz":
        return soxr.resample(samples, 16_000, 48_000), 48_000
    quiet = 1e-5 * np.random.default_rng(0).normal(size=8_000)
    return np.concatenate([quiet, samples]), 16_000


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [
        ("twice as loud", 0.02),
        ("a tenth as loud", 0.02),
        ("stereo", 0.02),
        ("48 kHz", 0.02),
        # Rhythm and pauses are features, so that silence around the speech is not quite nothing.
        ("half a second of silence before", 0.08),
    ],
)
def test_the_same_speech_in_another_form_gets_the_same_answer(
    recogniser, tmp_path, kind, tolerance
):
    for clip in clip_paths():
        samples, rate = soundfile.read(clip)
        assert rate == 16_000
        changed, new_rate = same_speech(samples, kind)
        soundfile.write(tmp_path / "a.wav", changed, new_rate, subtype="FLOAT")
        before, after = recogniser.predict(clip), recogniser.predict(tmp_path / "a.wav")
        assert after.emotion == before.emotion, clip.name
        for emotion, score in before.scores.items():
            assert after.scores[emotion] == pytest.approx(score, abs=tolerance), (
                clip.name,
                emotion,
            )
