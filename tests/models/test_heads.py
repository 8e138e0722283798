"""The heads in the package: small, whole, with the notices of the encoders that they need."""

from __future__ import annotations

import pytest

from emovox.demo.clips import clip_paths
from emovox.encoders.finding import is_here
from emovox.errors import ModelError
from emovox.inference import load
from emovox.models.fetching import fetch, head, heads, source_of
from emovox.models.settings import check

MAX_BYTES = 600_000


@pytest.mark.parametrize("name", heads())
def test_a_head_is_small_and_says_whose_weights_it_needs(name):
    chosen = head(name)
    assert len(chosen.network) < MAX_BYTES
    assert sum(len(one.shape) == 2 for one in chosen.borrowed) > 4
    assert chosen.repository.rpartition("/")[2] in chosen.card
    assert "Copyright" in chosen.card
    assert chosen.settings["figures"]
    files = {"network.onnx": {"sha256": "0" * 64, "bytes": 1}}
    check({**chosen.settings, "format": 1, "files": files}, name=name)
    assert head(chosen.repository).sha256 == chosen.sha256


def test_an_encoder_without_a_head_is_told():
    with pytest.raises(ModelError, match="there is no head for 'wavlm-base'; known: whisper-base"):
        head("wavlm-base")


@pytest.mark.weights
@pytest.mark.parametrize("name", heads())
def test_with_the_real_weights_it_recognises(tmp_path, name):
    chosen = head(name)
    if not is_here(chosen.repository):
        pytest.skip(f"{chosen.repository} is not in EMOVOX_ENCODERS")
    model = load(fetch(chosen, source_of(chosen), tmp_path / name))
    found = model.predict(clip_paths()[0])
    assert set(found.scores) == set(chosen.settings["labels"])
    assert sum(found.scores.values()) == pytest.approx(1.0, abs=1e-6)
