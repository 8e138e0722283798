"""`emovox models` lists, shows and verifies, damaged folders included."""

from __future__ import annotations

import json

import pytest

from emovox.cli.main import status
from emovox.models import lookup
from models.networks import LABELS, folder


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of the user's own models, one of them damaged."""
    monkeypatch.setattr(lookup, "SHIPPED", tmp_path / "shipped")
    place = tmp_path / "own"
    place.mkdir()
    folder(place / "good")
    (folder(place / "damaged") / "network.onnx").write_bytes(b"x")
    monkeypatch.setenv("EMOVOX_MODELS", str(place))
    return place


def printed(capsys, *arguments: str) -> tuple[int, str]:
    """Exit status and standard output of `emovox models ...`."""
    code = status(["models", *arguments])
    return code, capsys.readouterr().out


def test_list_names_every_model_and_says_which_is_damaged(own, capsys):
    code, out = printed(capsys, "list", "--json")
    models = {model["name"]: model for model in json.loads(out)}
    assert code == 0
    assert models["good"]["labels"] == LABELS
    assert models["damaged"]["error"]["code"] == "model-invalid"
    assert "good" in printed(capsys, "list")[1]


def test_show_gives_the_settings_and_the_hash(own, capsys):
    code, out = printed(capsys, "show", "good", "--json")
    shown = json.loads(out)
    assert code == 0
    assert shown["front_end"]["feature"] == "mfcc"
    assert len(shown["sha256"]) == 64
    assert "anger, happiness, sadness" in printed(capsys, "show", str(own / "good"))[1]


def test_verify_reads_the_whole_folder(own, capsys):
    code, out = printed(capsys, "verify", "good", "--json")
    assert code == 0
    assert json.loads(out)["ok"] is True
    assert status(["models", "verify", "damaged"]) == 3
    assert "network.onnx: has 1 bytes" in capsys.readouterr().err


def test_a_model_that_is_not_there_lists_the_known_ones(own, capsys):
    assert status(["models", "show", "nothing"]) == 3
    assert "known: damaged, good" in capsys.readouterr().err
