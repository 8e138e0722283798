"""The real encoder of Whisper base, where its weights are."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch

from emovox.corpora import read_corpus
from emovox.encoders.finding import FOLDER_VARIABLE, find, is_here
from emovox.features import FrontEnd, feature

pytestmark = [pytest.mark.weights, pytest.mark.corpora]


@pytest.fixture(scope="module", autouse=True)
def _weights():
    if not os.environ.get(FOLDER_VARIABLE) or not is_here("whisper-base"):
        pytest.skip(f"{FOLDER_VARIABLE} names no folder with whisper-base")


@pytest.fixture(scope="module")
def clips(corpora_root):
    return read_corpus("emodb", corpora_root / "emodb")[:6]


@torch.no_grad()
def test_its_hidden_states_are_those_of_transformers(clips):
    from transformers import WhisperFeatureExtractor
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    folder = find("whisper-base").folder
    theirs = WhisperEncoder.from_pretrained(folder).eval()
    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    front_end = FrontEnd("whisper-base@all", form="frames")
    for clip in clips[:2]:
        samples = front_end.read(clip.path).samples
        ours = np.split(front_end.vector(samples), 7, axis=1)
        mel = extractor(samples, sampling_rate=16_000, return_tensors="pt", padding=False)
        hidden = torch.nn.functional.gelu(theirs.conv1(mel.input_features))
        hidden = torch.nn.functional.gelu(theirs.conv2(hidden)).transpose(1, 2)
        states = [hidden + theirs.embed_positions.weight[: hidden.shape[1]]]
        for block in theirs.layers:
            states.append(block(states[-1], None))
        states[-1] = theirs.layer_norm(states[-1])
        for layer, (one, other) in enumerate(zip(ours, states, strict=True)):
            # Values go up to 100 from block 4 on.
            tolerance = 2e-5 if layer < 4 else 2e-3
            np.testing.assert_allclose(one, other[0].numpy(), atol=tolerance, rtol=1e-4)


@torch.no_grad()
def test_padded_it_is_that_of_transformers_as_everybody_runs_it(clips):
    from transformers import WhisperFeatureExtractor
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    folder = find("whisper-base").folder
    theirs = WhisperEncoder.from_pretrained(folder).eval()
    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    samples = FrontEnd("whisper-base@3:padded").read(clips[0].path).samples
    mel = extractor(samples, sampling_rate=16_000, return_tensors="pt").input_features
    wanted = theirs(mel, output_hidden_states=True).hidden_states[3][0].numpy()
    ours = feature("whisper-base@3:padded").frames(samples)
    np.testing.assert_allclose(ours, wanted[: len(ours)], atol=1e-3, rtol=1e-3)


def test_its_embeddings_tell_emotions_apart(corpora_root):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from emovox.features import extract_many

    items = [
        item
        for item in read_corpus("emodb", corpora_root / "emodb")
        if item.speaker in ("03", "08", "10") and item.emotion in ("anger", "sadness", "neutral")
    ]
    rows = extract_many(FrontEnd("whisper-base@2"), items).vectors
    labels = np.array([item.emotion for item in items])
    is_test = np.array([item.speaker == "10" for item in items])
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=0.01)).fit(
        rows[~is_test], labels[~is_test]
    )
    found = fitted.predict(rows[is_test])
    assert balanced_accuracy_score(labels[is_test], found) > 0.8
