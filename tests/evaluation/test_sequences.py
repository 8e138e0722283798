"""Sequences of frames in the place of vectors: their normalisation, and their way to a method."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from emovox import registry
from emovox.evaluation.normalisation import normalised

from . import stand_ins
from .tiny_corpus import EMOTIONS, corpus


def sequences(utterances, *, equal=False, n_frames=12):
    """Frames (time, 3) shifted by the speaker's number; of one length where `equal`."""
    found = np.empty(len(utterances), dtype=object)
    for index, one in enumerate(utterances):
        rng = np.random.default_rng(index)
        length = n_frames if equal else n_frames + index % 5
        found[index] = (rng.normal(size=(length, 3)) + int(one.speaker[1:])).astype(np.float32)
    return found


PARTS = {
    "speaker": lambda one: f"{one.corpus}/{one.speaker}",
    "corpus": lambda one: one.corpus,
    "before-folds": lambda one: "all",
}


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("how", PARTS)
def test_statistics_are_those_of_the_frames_of_each_part(how, equal):
    utterances = corpus() + corpus("other")
    given = sequences(utterances, equal=equal)
    before = [frames.copy() for frames in given]
    found = normalised(given, utterances, how=how)
    assert found.shape == given.shape
    assert all(frames.dtype == np.float32 for frames in found)
    parts = np.array([PARTS[how](one) for one in utterances])
    for part in set(parts):
        frames = np.concatenate(list(given[parts == part])).astype(float)
        expected = (frames - frames.mean(axis=0)) / frames.std(axis=0)
        together = np.concatenate(list(found[parts == part]))
        np.testing.assert_allclose(together, expected, rtol=1e-4, atol=1e-5)
    for frames, kept in zip(given, before, strict=True):
        np.testing.assert_array_equal(frames, kept)


def test_normalisation_of_the_training_part_leaves_sequences_alone():
    utterances = corpus()
    given = sequences(utterances)
    assert normalised(given, utterances, how="training") is given


def test_a_constant_dimension_of_frames_is_zero_after_normalisation():
    utterances = corpus()
    given = sequences(utterances)
    for frames in given:
        frames[:, 1] = 0.1
    found = normalised(given, utterances, how="speaker")
    assert not any(frames[:, 1].any() for frames in found)


class Loudest:
    """Stand-in for a network: keeps what it is taught, answers by the largest dimension."""

    needs = SimpleNamespace(form="frames", augment=None, feature_for=lambda corpora: "mfcc")

    def __init__(self):
        self.taught = []

    def __call__(self, **settings):
        return self

    def get_params(self, deep=True):
        return {}

    def fit(self, sequences, targets, groups=None):
        self.classes_ = np.unique(targets)
        self.taught.append(sequences)
        return self

    def predict_proba(self, sequences):
        best = [int(frames.mean(axis=0).argmax()) % len(self.classes_) for frames in sequences]
        return np.eye(len(self.classes_))[best]


@pytest.mark.parametrize("equal", [True, False])
def test_a_method_of_frames_gets_a_sequence_for_each_utterance(monkeypatch, equal):
    asked = []

    def extract(front_end, utterances, **_):
        asked.append(front_end)
        found = np.full(len(utterances), None, dtype=object)
        for index, one in enumerate(utterances):
            frames = np.zeros((4 if equal else 4 + index % 3, 6), np.float32)
            frames[:, EMOTIONS.index(one.emotion)] = 1
            found[index] = frames
        found[0][2, 1] = np.nan
        return SimpleNamespace(vectors=found, failures=[], seconds_per_file=0.0)

    method, known = Loudest(), registry.get
    monkeypatch.setattr(
        registry, "get", lambda kind, name: method if name == "loudest" else known(kind, name)
    )
    experiment = stand_ins.experiment("loudest", features=None, normalisation="speaker")
    records = stand_ins.run([experiment], extract=extract)
    assert [front_end.form for front_end in asked] == ["frames"]
    assert len(records) == 6
    assert records[0]["left_out"]["n"] == 1
    assert records[0]["left_out"]["utterances"][0]["code"] == "not-finite"
    assert all(each.dtype == object and each.ndim == 1 for each in method.taught)
    assert {frames.ndim for each in method.taught for frames in each} == {2}
