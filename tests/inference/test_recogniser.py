"""Recognition of recordings: whole, by segments, many, and what goes wrong."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
import soundfile
from tests.made_voices import PITCH, RATE, voice

import emovox
from emovox.errors import InputError, ModelError
from emovox.features.front_end import FrontEnd
from emovox.inference.recogniser import Recogniser, load


@pytest.fixture(scope="session")
def recogniser(model_folder) -> Recogniser:
    return load(model_folder)


def test_each_voice_gets_its_emotion_and_scores_that_sum_to_one(recogniser, recordings):
    for emotion, path in recordings.items():
        result = recogniser.predict(path)
        assert result.emotion == emotion
        assert sum(result.scores.values()) == pytest.approx(1, abs=1e-9)
        assert list(result.scores.values()) == sorted(result.scores.values(), reverse=True)
        assert (result.start, result.end) == (0.0, 2.0)
        assert result.model == "made-voices"
        assert len(result.sha256) == 64


def test_the_result_is_the_model_s_scores_of_the_front_end_s_vector(recogniser, recordings):
    path = recordings["anger"]
    vector, _ = FrontEnd("mfcc").extract(path)
    scores = dict(zip(recogniser.labels, recogniser.model.scores(vector)[0], strict=True))
    assert recogniser.predict(path).scores == pytest.approx(scores, abs=1e-9)


def test_a_file_object_gives_what_its_path_gives(recogniser, recordings):
    path = recordings["sadness"]
    again = recogniser.predict(io.BytesIO(path.read_bytes()))
    assert again.scores == recogniser.predict(path).scores


def test_the_public_names_do_the_same(model_folder, recordings):
    path = recordings["neutral"]
    assert emovox.predict(path, model=model_folder) == emovox.load(model_folder).predict(path)


def test_silence_gives_no_guess(recogniser, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(RATE), RATE)
    result = recogniser.predict(tmp_path / "a.wav")
    assert result.ok
    assert result.emotion is None
    assert result.scores is None
    assert [warning.code for warning in result.warnings] == ["no-speech"]
    assert json.loads(json.dumps(result.as_json(), allow_nan=False))["scores"] is None


def test_many_inputs_give_as_many_results_in_order(recogniser, recordings, tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    paths = [recordings["anger"], tmp_path / "empty.wav", recordings["sadness"], tmp_path / "no"]
    results = list(recogniser.predict_many(paths))
    assert [result.ok for result in results] == [True, False, True, False]
    assert [result.path for result in results] == [str(path) for path in paths]
    assert results[1].as_json() == {
        "path": str(paths[1]),
        "ok": False,
        "error": {"code": "empty-file", "message": "is empty (0 bytes)"},
    }
    assert results[3].error.code == "file-missing"


def test_segments_follow_the_speech(recogniser, tmp_path):
    gap = np.zeros(2 * RATE, np.float32)
    samples = np.concatenate([voice("anger"), gap, voice("sadness"), gap, voice("neutral")])
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    results = list(recogniser.predict_segments(tmp_path / "a.wav"))
    assert [result.emotion for result in results] == ["anger", "sadness", "neutral"]
    for result, begin in zip(results, (0, 4, 8), strict=True):
        assert result.start == pytest.approx(begin, abs=0.15)
        assert result.end == pytest.approx(begin + 2, abs=0.35)


def test_over_five_minutes_the_segments_are_averaged_by_duration(recogniser, tmp_path):
    part = np.concatenate([voice("anger", seconds=4), np.zeros(RATE, np.float32)])
    soundfile.write(tmp_path / "a.wav", np.tile(part, 62), RATE)
    result = recogniser.predict(tmp_path / "a.wav")
    pieces = list(recogniser.predict_segments(tmp_path / "a.wav"))
    weights = [piece.end - piece.start for piece in pieces]
    mean = np.average([piece.scores["anger"] for piece in pieces], weights=weights)
    assert result.emotion == "anger"
    assert result.scores["anger"] == pytest.approx(mean, abs=1e-9)
    assert result.end == 310.0
    assert list(result.segments) == pieces
    assert "segments" not in result.as_json()


def test_over_five_minutes_of_silence_give_no_guess_and_their_duration(recogniser, tmp_path):
    soundfile.write(tmp_path / "a.flac", np.zeros(301 * RATE, np.int16), RATE)
    for result in (
        recogniser.predict(tmp_path / "a.flac"),
        *recogniser.predict_segments(tmp_path / "a.flac"),
    ):
        assert (result.end, result.emotion) == (301.0, None)
        assert [warning.code for warning in result.warnings] == ["no-speech"]


def test_speech_unlike_the_training_data_is_said(recogniser, tmp_path):
    rng = np.random.default_rng(0)
    t = np.arange(3 * RATE) / RATE
    noise = 0.3 * rng.normal(size=t.size) * np.maximum(np.sin(2 * np.pi * 2 * t), 0)
    soundfile.write(tmp_path / "a.wav", noise, RATE)
    codes = [warning.code for warning in recogniser.predict(tmp_path / "a.wav").warnings]
    assert "out-of-domain" in codes


def test_the_same_speech_louder_or_as_flac_gives_the_same_answer(
    model_folder, recordings, tmp_path
):
    recogniser = load(model_folder)
    samples, _ = soundfile.read(recordings["anger"])
    soundfile.write(tmp_path / "a.flac", samples, RATE)
    soundfile.write(tmp_path / "b.wav", np.stack([samples, samples], axis=1), RATE)
    expected = recogniser.predict(recordings["anger"]).scores
    for name in ("a.flac", "b.wav"):
        assert recogniser.predict(tmp_path / name).scores == pytest.approx(expected, abs=0.02)


def test_a_missing_model_names_the_known_ones():
    with pytest.raises(ModelError) as caught:
        load("no-such-model")
    assert caught.value.code == "model-missing"
    assert caught.value.exit_status == 3


def test_an_error_of_a_single_file_is_raised_by_predict(recogniser, tmp_path):
    with pytest.raises(InputError):
        recogniser.predict(tmp_path / "none.wav")


def test_no_score_is_ever_nan(recogniser, tmp_path):
    t = np.arange(RATE) / RATE
    signals = {
        "impulse": (np.arange(RATE) == 8000) * 1.0,
        "tone": np.sin(440 * t),
        "tiny": 1e-7 * voice("anger", seconds=1),
        "square": np.sign(np.sin(600 * t)),
    }
    for name, samples in signals.items():
        soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
        scores = recogniser.predict(tmp_path / "a.wav").scores
        assert scores is None or all(math.isfinite(score) for score in scores.values()), name


def test_every_emotion_of_the_model_is_canonical(recogniser):
    assert set(recogniser.labels) == set(PITCH)
