"""Where encoders are looked for, how they are named, and what is said where there is none."""

from __future__ import annotations

import json
import sys
import types

import pytest

from emovox.encoders.finding import find, is_here
from emovox.encoders.lengths import after_convolutions, of_whisper
from emovox.encoders.names import Layers, parse
from emovox.errors import ModelError, UsageError

from .tiny import CONFIGURATIONS, write


@pytest.fixture(autouse=True)
def no_hub(monkeypatch):
    """No test asks the network, and none finds what lies on this machine."""
    monkeypatch.delenv("EMOVOX_ENCODERS", raising=False)
    hub = types.SimpleNamespace(asked=[])

    def snapshot_download(repository, **settings):
        hub.asked.append((repository, settings))
        raise OSError("we are offline")

    hub.snapshot_download = snapshot_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    return hub


def test_a_folder_is_an_encoder(tmp_path):
    write(tmp_path)
    found = find(str(tmp_path))
    assert found.folder == tmp_path
    assert (found.n_layers, found.dim) == (3, 32)


@pytest.mark.parametrize("name", ["whisper-base", "openai/whisper-base"])
@pytest.mark.parametrize("place", ["whisper-base", "whisper-base-encoder", "openai/whisper-base"])
def test_encoders_lie_in_the_folder_of_the_variable(tmp_path, monkeypatch, name, place, no_hub):
    write(tmp_path / place)
    monkeypatch.setenv("EMOVOX_ENCODERS", str(tmp_path))
    assert find(name).folder == tmp_path / place
    assert is_here(name)
    assert not no_hub.asked


def test_the_hub_is_asked_for_what_is_nowhere_here_and_one_sentence_says_what_to_do(no_hub):
    with pytest.raises(ModelError) as caught:
        find("whisper-base")
    said = str(caught.value)
    assert caught.value.code == "model-missing"
    assert "openai/whisper-base" in said
    assert "EMOVOX_ENCODERS" in said
    assert "we are offline" in said
    assert "\n" not in said
    assert [settings["local_files_only"] for _, settings in no_hub.asked] == [True, False]


def test_what_was_fetched_before_is_taken_without_asking_the_network(tmp_path, no_hub):
    write(tmp_path)
    asked = []

    def kept(repository, **settings):
        asked.append((repository, settings["revision"], settings["local_files_only"]))
        return str(tmp_path)

    no_hub.snapshot_download = kept
    assert find("owner/name@1234abc").folder == tmp_path
    assert asked == [("owner/name", "1234abc", True)]


def test_a_name_that_is_no_hub_name_is_not_asked_for(no_hub):
    with pytest.raises(ModelError, match="no folder and no hub name"):
        find("../nothing")
    assert not no_hub.asked


def test_the_hash_is_of_configuration_and_weights(tmp_path):
    write(tmp_path)
    before = find(str(tmp_path)).sha256()
    assert before == find(str(tmp_path)).sha256()
    settings = {**CONFIGURATIONS["whisper"], "scale_embedding": True}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    assert find(str(tmp_path)).sha256() != before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "not a JSON object"),
        ('"' + "a" * 4_000_001 + '"', "not a JSON object"),
        ('{"d_model": 32}', "encoder_layers is None"),
        ('{"d_model": 32, "encoder_layers": 100000}', "from 1 to 256"),
    ],
)
def test_a_damaged_configuration_is_refused(tmp_path, text, said):
    write(tmp_path)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelError, match=said) as caught:
        find(str(tmp_path)).n_layers  # noqa: B018
    assert caught.value.code == "model-invalid"


def test_an_index_that_leads_out_of_the_folder_is_refused(tmp_path):
    write(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    index = {"weight_map": {"conv1.weight": "../elsewhere.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="outside"):
        find(str(tmp_path)).weights  # noqa: B018


def test_a_folder_without_weights_is_refused(tmp_path):
    write(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no weights lie in it"):
        find(str(tmp_path)).sha256()


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("whisper-base@2", Layers("whisper-base", 2, 2)),
        ("openai/whisper-base@1-3", Layers("openai/whisper-base", 1, 3)),
        ("./a@b@all", Layers("./a@b")),
        ("whisper-base@0:padded", Layers("whisper-base", 0, 0, padded=True)),
    ],
)
def test_a_name_says_encoder_and_layers(name, layers):
    assert parse(name) == layers


@pytest.mark.parametrize("name", ["whisper-base@", "whisper-base@x", "@2", "whisper-base@3-1"])
def test_other_names_are_refused(name):
    with pytest.raises(UsageError):
        parse(name)


def test_a_layer_that_there_is_not_is_refused():
    assert Layers("a").chosen(3) == (0, 1, 2, 3)
    with pytest.raises(UsageError, match="known: 0 to 3"):
        Layers("a", 4, 4).chosen(3)


def test_frames_are_counted_by_the_formula_of_the_convolutions():
    counts = {400: 1, 720: 2, 16_000: 49, 48_000: 149, 96_000: 299}
    assert {n: after_convolutions(n) for n in counts} == counts
    assert [of_whisper(n) for n in (200, 3000, 1, 2, 3)] == [100, 1500, 1, 1, 2]
