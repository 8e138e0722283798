"""Recognition with a network that takes the frames of a recording, not a vector of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.made_voices import PITCH, RATE, voice

from emovox.errors import ModelError
from emovox.features import FrontEnd
from emovox.inference.recogniser import Recogniser, load
from emovox.inference.stream import Stream
from emovox.models import write
from emovox.models.domain import training_statistics
from emovox.models.sequences import statistics
from emovox.models.settings import names_sha256
from emovox.server.work import batch_times
from models.sequence_networks import mean_over_time

FRONT_END = FrontEnd("mfcc", form="frames")
WINDOW = {"frames": 100, "hop": 50, "pad": "tile"}


def frames_folder(place: Path, *, window: dict | None = None, names: tuple = ()) -> Path:
    """A model of the mean over time of the frames, fitted to made voices by least squares."""
    labels = [emotion for emotion in PITCH for _ in range(6)]
    rows = [FRONT_END.vector(voice(emotion, seed=i)) for i, emotion in enumerate(labels)]
    means = np.stack([frames.mean(axis=0) for frames in rows]).astype(np.float64)
    targets = np.array([[label == emotion for emotion in PITCH] for label in labels]) * 9.0
    centred = means - means.mean(axis=0)
    ridge = 1e-2 * np.trace(centred.T @ centred) / means.shape[1] * np.eye(means.shape[1])
    weights = np.linalg.solve(centred.T @ centred + ridge, centred.T @ targets)
    dim = means.shape[1]
    document = {
        "name": "frames",
        "task": "classification",
        "labels": list(PITCH),
        "front_end": FRONT_END.settings(),
        "input": {
            "dim": dim,
            "form": "frames",
            "frames": None,
            "window": window,
            "names_sha256": names_sha256(names or FRONT_END.names),
        },
        "scores": {"kind": "softmax", "temperature": 1.0},
        "out_of_domain": training_statistics(np.stack([statistics(each) for each in rows])),
    }
    return write(place, network=mean_over_time(weights, dim=dim), settings=document, card="#\n")


@pytest.fixture(scope="module")
def sequence_model(tmp_path_factory) -> Path:
    return frames_folder(tmp_path_factory.mktemp("models") / "frames")


@pytest.fixture(scope="module")
def recogniser(sequence_model) -> Recogniser:
    return load(sequence_model)


def test_recordings_of_unequal_length_get_the_same_result_alone_and_together(recogniser, tmp_path):
    paths = []
    for place, (emotion, seconds) in enumerate(zip(PITCH, (1.5, 4.0, 2.5), strict=True)):
        paths.append(tmp_path / f"{emotion}.wav")
        soundfile.write(paths[-1], voice(emotion, seconds=seconds, seed=80 + place), RATE)
    paths.append(tmp_path / "none.wav")
    alone = list(recogniser.predict_many(paths))
    together = recogniser.predict_together(paths)
    assert [result.emotion for result in alone] == [*PITCH, None]
    assert [result.ok for result in together] == [True, True, True, False]
    for one, other in zip(alone[:3], together[:3], strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-6)
        assert (one.end, one.warnings) == (other.end, other.warnings)


def test_the_result_is_the_model_s_scores_of_the_front_end_s_frames(recogniser, recordings):
    path = recordings["anger"]
    frames, _ = FRONT_END.extract(path)
    assert frames.ndim == 2
    scores = dict(zip(recogniser.labels, recogniser.model.scores(frames)[0], strict=True))
    assert recogniser.predict(path).scores == pytest.approx(scores, abs=1e-9)


def test_segments_and_streams_are_heard_frame_by_frame(recogniser, tmp_path):
    gap = np.zeros(2 * RATE, np.float32)
    samples = np.concatenate([voice("anger"), gap, voice("sadness", seconds=3.1)])
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    segments = list(recogniser.predict_segments(tmp_path / "a.wav"))
    assert [segment.emotion for segment in segments] == ["anger", "sadness"]
    stream = Stream(recogniser, sample_rate=RATE, window_s=2.0, hop_s=1.0)
    heard = [result.emotion for result in stream.feed(samples)]
    assert heard[0] == "anger"
    assert heard[-1] == "sadness"
    assert None in heard


def test_noise_is_unlike_the_frames_of_the_training(recogniser, recordings, tmp_path):
    assert recogniser.predict(recordings["neutral"]).warnings == ()
    t = np.arange(3 * RATE) / RATE
    noise = 0.3 * np.random.default_rng(0).normal(size=t.size) * np.maximum(np.sin(12 * t), 0)
    soundfile.write(tmp_path / "noise.wav", noise, RATE)
    codes = [warning.code for warning in recogniser.predict(tmp_path / "noise.wav").warnings]
    assert "out-of-domain" in codes


def test_a_model_of_windows_hears_all_of_a_long_recording(tmp_path):
    recogniser = load(frames_folder(tmp_path / "m", window=WINDOW))
    halves = np.concatenate([voice("anger", seconds=4), voice("sadness", seconds=4)])
    scores = recogniser.predict_samples(halves, sample_rate=RATE).scores
    assert min(scores["anger"], scores["sadness"]) > 0.25
    short = recogniser.predict_samples(voice("anger", seconds=0.6), sample_rate=RATE)
    assert short.emotion == "anger"


def test_frames_of_other_names_are_refused(tmp_path):
    others = (*FRONT_END.names[1:], FRONT_END.names[0])
    with pytest.raises(ModelError, match="other names or order"):
        load(frames_folder(tmp_path / "m", names=others))


def test_the_server_measures_whether_running_together_saves_time(recogniser):
    assert all(seconds > 0 for seconds in batch_times(recogniser, n=3))
