"""A model learns new clips and labels without forgetting what it knew, and stays a model folder."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.cli.main import status
from emovox.corpora import read_table
from emovox.errors import CorpusError, ModelError
from emovox.features import FrontEnd
from emovox.methods import adapting
from emovox.methods.adapting import Head, adapt, embeddings_of, fitted
from emovox.methods.teaching import teach
from emovox.models import load
from emovox.models.last_layer import last_layer

RATE = 16000


def tones(folder: Path, n: int, pitches: dict[str, float], *, seed: int) -> Path:
    """A table of noisy tones of a second by four speakers."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    time_s = np.arange(RATE) / RATE
    rows = []
    for index in range(n):
        emotion = list(pitches)[index % len(pitches)]
        pitch = pitches[emotion] * rng.uniform(0.9, 1.1)
        sound = 0.3 * np.sin(2 * np.pi * pitch * time_s) + 0.05 * rng.normal(size=len(time_s))
        soundfile.write(folder / f"{index}.wav", sound, RATE)
        rows.append([f"{index}.wav", emotion, f"s{index % 4}"])
    path = folder / f"{folder.name}.csv"
    with open(path, "w", newline="") as handle:
        csv.writer(handle).writerows([["path", "emotion", "speaker"], *rows])
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Three models that tell low tones from high ones, and tables of other tones."""
    folder = tmp_path_factory.mktemp("adapting")
    known = tones(folder / "known", 24, {"anger": 880.0, "sadness": 220.0, "fear": 440.0}, seed=0)
    tones(folder / "new", 24, {"boredom": 1760.0, "sadness": 220.0, "anger": 3000.0}, seed=1)
    utterances = read_table(known)
    for name, method, feature, settings in (
        ("ridge", "ridge", "mfcc", {}),
        ("trees", "ccser-rf", "mfcc", {}),
    ):
        taught = teach(method, utterances, front_end=FrontEnd(feature), settings=settings)
        taught.export(folder / name)
    return folder


def test_the_embedding_times_its_weights_is_what_the_model_says(place):
    model = load(place / "ridge")
    layer = last_layer((place / "ridge" / "network.onnx").read_bytes(), n_labels=3, name="ridge")
    inputs = np.random.default_rng(0).normal(size=(7, model.dim))
    X = embeddings_of(model, layer.trunk, layer.dim, inputs)
    assert X.shape == (7, layer.dim)
    scores = model.scores(inputs)
    temperature = model.settings["scores"]["temperature"]
    beside = temperature * np.log(scores) - X @ layer.weights.T
    beside -= beside.mean(axis=1, keepdims=True)
    assert np.ptp(beside, axis=0).max() < 1e-3
    again = embeddings_of(model, layer.with_weights(layer.weights, np.zeros(3)), 3, inputs)
    assert np.allclose(again, X @ layer.weights.T, atol=1e-4)


def test_without_clips_that_tell_otherwise_it_stays_what_it_was(place):
    model = load(place / "ridge")
    layer = last_layer((place / "ridge" / "network.onnx").read_bytes(), n_labels=3, name="ridge")
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(9, layer.dim)), np.arange(9) % 3
    prior = Head(layer.weights, np.zeros(3))
    held = fitted(X, y, prior, pull=1e9)
    assert np.abs(held.weights - prior.weights).max() < 1e-4
    free = fitted(X, y, prior, pull=1e-6)
    assert (free.logits(X).argmax(axis=1) == y).all()
    assert model.labels == ("anger", "fear", "sadness")


def test_without_a_model_to_begin_with_it_is_a_plain_penalised_regression(monkeypatch):
    monkeypatch.setattr(adapting, "OFFSET_PULL", 1e-9)
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.normal(size=(60, 5)) + y[:, np.newaxis] * np.array([1.0, 0.5, 0.0, 0.0, -0.5])
    ours = fitted(X, y, Head(np.zeros((3, 5)), np.zeros(3)), pull=0.02)
    # C of scikit-learn multiplies the sum of the losses; its offset is not penalised.
    other = LogisticRegression(C=1.0 / (60 * 0.02 * 5), tol=1e-8, max_iter=1000).fit(X, y)
    assert np.allclose(
        ours.weights - ours.weights.mean(axis=0),
        other.coef_ - other.coef_.mean(axis=0),
        atol=2e-3,
    )


def test_a_few_clips_teach_it_new_labels_and_pitches(place, tmp_path):
    found = adapt(read_table(place / "new" / "new.csv"), place / "ridge")
    assert found.labels == ["anger", "boredom", "sadness"]
    assert found.before is None
    assert found.after > 0.9
    assert found.by == "speaker"
    folder = found.write(tmp_path / "mine", command="emovox train adapt new.csv")
    model = load(folder)
    assert model.labels == ("anger", "boredom", "sadness")
    vectors = np.stack(found.inputs)
    wanted = found.head.logits(found.embeddings) / found.temperature
    assert np.allclose(np.log(model.scores(vectors)), wanted - _lse(wanted), atol=1e-4)
    card = (folder / "README.md").read_text()
    assert "known" in card
    assert "new" in card
    # What was adapted can be adapted again.
    again = adapt(read_table(place / "known" / "known.csv"), folder)
    assert again.after > 0.9


def _lse(logits):
    top = logits.max(axis=1, keepdims=True)
    return top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))


def test_clips_of_labels_that_it_has_are_judged_before_and_after(place):
    found = adapt(read_table(place / "known" / "known.csv"), place / "ridge")
    assert found.before > 0.9
    assert found.after > 0.9


def test_trees_and_too_few_emotions_are_refused_in_one_sentence(place, tmp_path):
    clips = read_table(place / "new" / "new.csv")
    with pytest.raises(ModelError, match="does not end in a linear layer"):
        adapt(clips, place / "trees")
    with pytest.raises(CorpusError, match="at least two emotions"):
        adapt([replace(one, emotion="anger") for one in clips], place / "ridge")
    with pytest.raises(CorpusError, match="fewer than two emotions can be used"):
        adapt([replace(one, path=tmp_path / "no.wav") for one in clips], place / "ridge")


def test_a_model_of_numbers_is_refused(place, monkeypatch):
    monkeypatch.setattr(adapting.Model, "task", "regression")
    with pytest.raises(ModelError, match="gives numbers and no emotions"):
        adapt(read_table(place / "new" / "new.csv"), place / "ridge")


def test_the_command_says_what_it_was_worth(place, tmp_path, capsys):
    table, out = str(place / "new" / "new.csv"), str(tmp_path / "mine")
    begin = ["train", "adapt", table, "--out", out]
    assert status([*begin, "--from", str(place / "ridge"), "--no-cache"]) == 0
    said = capsys.readouterr().out
    assert "adapted to     24 clips, from ridge" in said
    assert "speakers apart" in said
    assert load(out).name == "mine"
    assert status([*begin, "--from", str(place / "ridge")]) == 3
    assert "exists already" in capsys.readouterr().err
    assert status([*begin, "--force", "--features", "mfcc"]) == 2
    assert "--features means nothing" in capsys.readouterr().err
    assert status(["train", "ridge", table, "--out", out, "--from", "default", "--force"]) == 2
    assert "--from is for" in capsys.readouterr().err


def test_a_network_over_frames_is_adapted_too(place, tmp_path):
    pytest.importorskip("torch")
    utterances = read_table(place / "known" / "known.csv")
    settings = {"epochs": 2, "hidden": 8}
    taught = teach("lstm", utterances, front_end=FrontEnd("mfcc"), settings=settings)
    taught.export(tmp_path / "lstm")
    found = adapt(read_table(place / "new" / "new.csv"), tmp_path / "lstm")
    assert found.layer.dim == found.embeddings.shape[1]
    model = load(found.write(tmp_path / "mine"))
    wanted = found.head.logits(found.embeddings) / found.temperature
    given = model.scores(list(found.inputs))
    assert np.allclose(np.log(given), wanted - _lse(wanted), atol=1e-3)
