"""A head and an encoder's weights become the model folder that they were, part by part."""

from __future__ import annotations

import http.server
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import onnx
import pytest
import soundfile
from safetensors.numpy import load_file, save_file

from emovox.cli.main import status
from emovox.corpora import Utterance
from emovox.errors import ModelError
from emovox.features import FrontEnd
from emovox.inference import load
from emovox.methods.teaching import teach
from emovox.models import fetching
from emovox.models.borrowed import Borrowed, separate, values_sha256, whole
from emovox.models.fetching import Head, LocalFile, RemoteFile, fetch

from .tiny import write

EMOTIONS = ("anger", "fear", "neutral")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny encoder as the hub has it, and a model folder on it."""
    folder = tmp_path_factory.mktemp("place")
    write(folder / "encoder", prefix="model.encoder.")
    rng = np.random.default_rng(0)
    recordings = []
    for number in range(12):
        path = folder / f"{number}.wav"
        samples = np.convolve(rng.standard_normal(9_000), np.ones(1 + number % 3), mode="same")
        soundfile.write(path, 0.03 * samples, 16_000)
        recordings.append(
            Utterance(f"made/{number}", "made", path, speaker=str(number // 3),
                      emotion=EMOTIONS[number % 3])
        )  # fmt: skip
    taught = teach(
        "encoder-lda", recordings, front_end=FrontEnd(f"{folder}/encoder@1-2"),
        settings={"width": 64},
    )  # fmt: skip
    taught.export(folder / "model", name="tiny")
    return folder


@pytest.fixture(scope="module")
def chosen(place) -> Head:
    tensors = load_file(place / "encoder" / "model.safetensors")
    plain = {name.removeprefix("model.encoder."): one for name, one in tensors.items()}
    network, borrowed = separate(
        (place / "model" / "network.onnx").read_bytes(), plain, prefix="encoder/"
    )
    settings = json.loads((place / "model" / "model.json").read_text())
    del settings["files"], settings["format"]
    return Head(
        name="tiny", repository="nobody/tiny", revision="main", network=network,
        borrowed=borrowed, sha256=values_sha256([(one, plain[one.tensor]) for one in borrowed]),
        settings=settings, card="# tiny\n",
    )  # fmt: skip


@contextmanager
def serving(path, *, breaks_at=None, answers=206):
    """A server of one file that gives parts of it, and what it was asked for."""
    data = path.read_bytes()
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
            start, last = int(found[1]), int(found[2])
            asked.append((self.path, start, last))
            if breaks_at is not None and len(asked) >= breaks_at:
                self.close_connection = True
                return
            self.send_response(answers)
            part = data[start : last + 1]
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            self.wfile.write(part)

        def log_message(self, *said):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def _constants(network: bytes) -> dict:
    model = onnx.load_model_from_string(network)
    return {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}


def remote(address: str) -> RemoteFile:
    return RemoteFile(f"{address}/model.safetensors", tries=2, pause_s=0.01)


def test_a_head_holds_no_number_of_the_encoder_and_gets_them_all_back(place, chosen):
    whole_network = (place / "model" / "network.onnx").read_bytes()
    # What is left is operators, the head, and numbers such as a square root of two.
    head_numbers = 4 * 3 * 4 * 32 + 3 * 8 * 4 * 32
    assert len(chosen.network) < len(whole_network) - 4 * sum(
        int(np.prod(one.shape)) for one in chosen.borrowed
    )
    assert len(chosen.network) > head_numbers / 4
    assert any(one.transposed for one in chosen.borrowed)
    tensors = load_file(place / "encoder" / "model.safetensors")
    again = whole(
        chosen.network,
        [(one, tensors[f"model.encoder.{one.tensor}"]) for one in chosen.borrowed],
    )
    one, other = _constants(whole_network), _constants(again)
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_what_is_fetched_gives_the_scores_of_what_was_trained(tmp_path, place, chosen):
    with serving(place / "encoder" / "model.safetensors") as (address, asked):
        folder = fetch(chosen, remote(address), tmp_path / "mine")
    wanted = load(place / "model").predict(place / "0.wav").scores
    assert load(folder).predict(place / "0.wav").scores == pytest.approx(wanted, abs=1e-6)
    assert not (tmp_path / "mine.fetching").exists()
    # The blocks above the last layer that is used, and the last normalisation, are never read.
    read = sum(last + 1 - start for _, start, last in asked[2:])
    assert read == 4 * sum(int(np.prod(one.shape)) for one in chosen.borrowed)
    assert not any("layers.2" in one.tensor for one in chosen.borrowed)


def test_a_download_that_broke_off_goes_on_where_it_was(tmp_path, place, chosen):
    file = place / "encoder" / "model.safetensors"
    with serving(file, breaks_at=10) as (address, asked):
        with pytest.raises(ModelError, match="what has come is kept") as caught:
            fetch(chosen, remote(address), tmp_path / "mine")
        assert caught.value.code == "download-failed"
    assert not (tmp_path / "mine").exists()
    with serving(file) as (address, asked):
        fetch(chosen, remote(address), tmp_path / "mine")
    # Two parts of the header, and every tensor but the seven that had come.
    assert len(asked) == 2 + len(chosen.borrowed) - 7


def test_other_weights_are_refused_and_nothing_is_written(tmp_path, place, chosen):
    tensors = load_file(place / "encoder" / "model.safetensors")
    name = f"model.encoder.{chosen.borrowed[0].tensor}"
    changed = tensors[name].copy()
    changed.flat[0] += 1e-3
    save_file(tensors | {name: changed}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="nothing was written") as caught:
        fetch(chosen, LocalFile(tmp_path / "model.safetensors"), tmp_path / "mine")
    assert caught.value.code == "download-mismatch"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.safetensors"]


def test_weights_of_16_bits_are_the_same_weights(place, chosen):
    values = [(one, np.full(one.shape, 0.5, np.float32)) for one in chosen.borrowed]
    other = [(one, half.astype(np.float16).astype(np.float32)) for one, half in values]
    assert values_sha256(values) == values_sha256(other)
    other[0][1].flat[0] = 0.1
    assert values_sha256(values) != values_sha256(other)


@pytest.mark.parametrize("answers", [200, 404, 503])
def test_a_server_that_does_not_give_it_is_told_in_one_sentence(tmp_path, place, chosen, answers):
    with (
        serving(place / "encoder" / "model.safetensors", answers=answers) as (address, asked),
        pytest.raises(ModelError, match=str(answers)) as caught,
    ):
        fetch(chosen, remote(address), tmp_path / "mine")
    assert caught.value.code == "download-failed"
    assert len(asked) == (1 if answers == 404 else 2)


def test_a_file_that_is_no_safetensors_is_refused(tmp_path, chosen):
    for data in (b"", b"\x05\0\0\0\0\0\0\0[1,2]", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0{}"):
        (tmp_path / "odd").write_bytes(data)
        with pytest.raises(ModelError, match="no safetensors") as caught:
            fetch(chosen, LocalFile(tmp_path / "odd"), tmp_path / "mine")
        assert caught.value.code == "model-invalid"


def test_a_tensor_of_another_shape_is_refused(tmp_path, place, chosen):
    other = replace(
        chosen, borrowed=[replace(chosen.borrowed[0], shape=(3,)), *chosen.borrowed[1:]]
    )
    with pytest.raises(ModelError, match="was made for") as caught:
        fetch(other, LocalFile(place / "encoder" / "model.safetensors"), tmp_path / "mine")
    assert caught.value.code == "download-mismatch"


def test_an_address_that_is_no_web_address_is_refused(tmp_path, chosen):
    with pytest.raises(ModelError, match="neither http nor https"):
        fetch(chosen, RemoteFile("file:///etc/passwd"), tmp_path / "mine")


def test_the_command_takes_it_from_the_hub_that_is_named(
    tmp_path, place, chosen, monkeypatch, capsys
):
    monkeypatch.setattr(fetching, "HEADS", tmp_path / "heads")
    kept = tmp_path / "heads" / "tiny"
    kept.mkdir(parents=True)
    (kept / "head.onnx").write_bytes(chosen.network)
    (kept / "README.md").write_text(chosen.card)
    told = {"repository": chosen.repository, "revision": "main", "sha256": chosen.sha256,
            "borrowed": [one.as_json() for one in chosen.borrowed],
            "settings": chosen.settings}  # fmt: skip
    (kept / "head.json").write_text(json.dumps(told))
    for name in ("EMOVOX_ENCODERS", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("EMOVOX_MODELS", str(tmp_path))
    with serving(place / "encoder" / "model.safetensors") as (address, asked):
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert status(["models", "fetch", "tiny"]) == 0
    assert asked[0][0] == "/nobody/tiny/resolve/main/model.safetensors"
    assert str(tmp_path / "tiny") in capsys.readouterr().out
    # Nothing is asked of the network where the weights are here.
    monkeypatch.setenv("EMOVOX_ENCODERS", str(tmp_path / "encoders"))
    (tmp_path / "encoders").mkdir()
    (tmp_path / "encoders" / "tiny").symlink_to(place / "encoder")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert status(["models", "fetch", "nobody/tiny", "--force", "--json"]) == 0
    assert str(place) in json.loads(capsys.readouterr().out)["from"]
    monkeypatch.delenv("EMOVOX_ENCODERS")
    assert status(["models", "fetch", "tiny", "--force"]) == 3
    assert "HF_HUB_OFFLINE forbids" in capsys.readouterr().err
    assert status(["models", "fetch", "other"]) == 3
    assert "known: tiny" in capsys.readouterr().err


def test_names_of_what_is_borrowed_are_kept_in_json():
    one = Borrowed("a", "b", (2, 3), True)
    assert Borrowed.of(json.loads(json.dumps(one.as_json()))) == one
