"""Hostile model folders: cases F1 to F13."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from emovox.errors import ModelError
from emovox.models import read
from emovox.models.runtime import Runtime
from emovox.models.screening import screen
from models.networks import DIM, LABELS, folder, linear, serialise

SOURCE = Path(__file__).parents[2] / "src" / "emovox"


def refused(place: Path, code: str, *words: str) -> None:
    """Reading says `code` in one sentence that holds all of `words`."""
    with pytest.raises(ModelError) as caught:
        read(place)
    sentence = str(caught.value)
    assert caught.value.code == code, sentence
    for word in words:
        assert word in sentence
    assert "\n" not in sentence
    assert len(sentence) < 1000


def with_network(place: Path, network: bytes) -> Path:
    """A folder that lists `network` rightly, whatever it is."""
    folder(place)
    (place / "network.onnx").write_bytes(network)
    document = json.loads((place / "model.json").read_text())
    entry = {"sha256": hashlib.sha256(network).hexdigest(), "bytes": len(network)}
    document["files"]["network.onnx"] = entry
    (place / "model.json").write_text(json.dumps(document))
    return place


def with_text(place: Path, change) -> Path:
    """A folder whose model.json has been changed as bytes."""
    folder(place)
    path = place / "model.json"
    path.write_bytes(change(path.read_bytes()))
    return place


def with_fields(place: Path, **changes) -> Path:
    """A folder whose model.json has other fields; None takes one away."""

    def change(data: bytes) -> bytes:
        document = {**json.loads(data), **changes}
        return json.dumps({k: v for k, v in document.items() if v is not None}).encode()

    return with_text(place, change)


def test_f1_two_changed_bytes_of_the_weights_are_noticed(tmp_path):
    place = folder(tmp_path / "m")
    path = place / "network.onnx"
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    data[-41] ^= 1
    path.write_bytes(bytes(data))
    refused(place, "model-tampered", "network.onnx", hashlib.sha256(data).hexdigest())


def test_f1_the_bytes_that_are_hashed_are_the_bytes_that_are_loaded(tmp_path, monkeypatch):
    place = folder(tmp_path / "m")
    opened = []
    real = os.open

    def counted(path, *arguments, **named):
        opened.append(Path(path).name)
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", counted)
    read(place)
    assert sorted(opened) == ["README.md", "model.json", "network.onnx"]


def test_f2_a_file_that_is_not_listed_is_refused(tmp_path):
    place = folder(tmp_path / "m")
    (place / "extra.bin").write_bytes(b"x")
    refused(place, "model-unsafe", "extra.bin")


def test_f2_what_file_browsers_leave_is_not_opened_and_not_refused(tmp_path):
    place = folder(tmp_path / "m")
    (place / ".DS_Store").write_bytes(b"x")
    assert read(place).name == "tiny"


def test_f2_a_listed_file_that_is_missing_is_named(tmp_path):
    place = folder(tmp_path / "m")
    (place / "README.md").unlink()
    refused(place, "model-invalid", "README.md", "missing")


@pytest.mark.skipif(os.name != "posix", reason="links and devices of this system")
@pytest.mark.parametrize("target", ["elsewhere", "/dev/zero"])
@pytest.mark.parametrize("name", ["network.onnx", "model.json"])
def test_f2_a_link_is_refused_wherever_it_leads(tmp_path, name, target):
    place = folder(tmp_path / "m")
    if target == "elsewhere":
        (place / name).rename(tmp_path / target)
        target = str(tmp_path / target)
    else:
        (place / name).unlink()
    (place / name).symlink_to(target)
    refused(place, "model-unsafe", "link")


@pytest.mark.skipif(os.name != "posix", reason="pipes of this system")
def test_f2_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    place = folder(tmp_path / "m")
    (place / "README.md").unlink()
    os.mkfifo(place / "README.md")
    refused(place, "model-unsafe", "README.md")


def test_f2_a_folder_in_place_of_a_file_is_refused(tmp_path):
    place = folder(tmp_path / "m")
    (place / "README.md").unlink()
    (place / "README.md").mkdir()
    refused(place, "model-unsafe", "README.md")


@pytest.mark.parametrize("change", [lambda data: data + b"x", lambda data: data[:-1]])
def test_f2_a_file_of_another_size_than_listed_is_refused(tmp_path, change):
    place = folder(tmp_path / "m")
    path = place / "network.onnx"
    path.write_bytes(change(path.read_bytes()))
    refused(place, "model-invalid", "network.onnx", "bytes")


def test_f2_no_folder_and_no_settings_are_a_missing_model(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("nothing", "empty", "file", "a\0b"):
        refused(tmp_path / name, "model-missing")


class Bomb:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return (os.mkdir, ("unpickled",))


@pytest.mark.parametrize("name", ["model.pkl", "weights.npy", "network.pt", "network.onnx"])
def test_f3_a_pickle_is_never_unpacked(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    place = folder(tmp_path / "m")
    payload = pickle.dumps(Bomb())
    if name == "network.onnx":
        refused(with_network(tmp_path / "n", payload), "model-invalid", "network.onnx")
    else:
        (place / name).write_bytes(payload)
        refused(place, "model-unsafe", name)
    assert not (tmp_path / "unpickled").exists()


def test_f3_nothing_in_the_source_reads_pickles():
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("import pickle", "pickle.load", "joblib.load", "allow_pickle=True"):
            assert word not in text, f"{word} in {path}"


def external(location: str, **entries: str) -> bytes:
    """A network whose weights lie in another file."""
    tensor = numpy_helper.from_array(np.eye(DIM), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return serialise([node], [tensor])


@pytest.mark.parametrize("location", ["../w", "/etc/passwd", "w", "/dev/zero"])
def test_f4_data_outside_the_file_is_refused(tmp_path, monkeypatch, location):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w").write_bytes(np.eye(DIM).tobytes())
    refused(with_network(tmp_path / "m", external(location)), "model-unsafe", "outside the file")


@pytest.mark.parametrize("entries", [{"length": str(2**40)}, {"offset": "-8"}, {"length": "8"}])
def test_f5_data_outside_the_file_is_refused_whatever_its_length(tmp_path, entries):
    network = external("w", **entries)
    refused(with_network(tmp_path / "m", network), "model-unsafe", "outside the file")


def test_f4_data_outside_the_file_is_refused_in_attributes_too(tmp_path):
    tensor = numpy_helper.from_array(np.eye(DIM), "w")
    tensor.data_location = TensorProto.EXTERNAL
    nodes = [
        helper.make_node("Constant", [], ["w"], value=tensor),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    network = serialise(nodes, [])
    refused(with_network(tmp_path / "m", network), "model-unsafe", "outside the file")


def test_f6_a_newer_operator_set_names_both_versions(tmp_path):
    place = with_network(tmp_path / "m", linear(opset=27))
    refused(place, "model-too-new", "opset 27", "26", "upgrade emovox")


def test_f6_a_newer_file_version_names_both_versions(tmp_path):
    place = with_network(tmp_path / "m", linear(ir_version=14))
    refused(place, "model-too-new", "IR version 14", "13", "upgrade emovox")


NOT_NETWORKS = {
    "empty": b"",
    "text": b"This is not a network.\n",
    "html": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "cut at 30 %": linear()[: int(len(linear()) * 0.3)],
    "cut at 60 %": linear()[: int(len(linear()) * 0.6)],
    "cut at 90 %": linear()[: int(len(linear()) * 0.9)],
    "endless number": b"\x08" + b"\xff" * 20,
    "group": b"\x0b\x0c",
}


@pytest.mark.parametrize("name", NOT_NETWORKS)
def test_f7_what_is_no_network_is_said_to_be_none(tmp_path, name):
    place = with_network(tmp_path / "m", NOT_NETWORKS[name])
    refused(place, "model-invalid", "network.onnx", "is not an ONNX model")


def test_f7_no_damaged_network_raises_anything_but_a_listed_error():
    good = linear()
    rng = np.random.default_rng(0)
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(rng.integers(1, 9)):
            data[rng.integers(len(data))] = rng.integers(256)
        try:
            screen(bytes(data), name="network.onnx")
        except ModelError as error:
            assert error.code in ("model-invalid", "model-unsafe", "model-too-new")  # noqa: PT017


def test_f7_no_damaged_network_makes_the_runtime_print_or_raise_anything_else(capfd):
    good = linear()
    rng = np.random.default_rng(1)
    outcomes = set()
    for _ in range(1500):
        data = bytearray(good)
        for _ in range(rng.integers(1, 5)):
            data[rng.integers(len(data))] = rng.integers(256)
        try:
            screen(bytes(data), name="network.onnx")
            runtime = Runtime(bytes(data), dim=DIM, outputs=3, name="network.onnx")
            outcomes.add(runtime.run(np.zeros((2, DIM))).shape)
        except ModelError as error:
            outcomes.add(error.code)
    assert {(2, 3), "model-invalid", "model-unsafe"} <= outcomes
    assert capfd.readouterr() == ("", "")


def reshaped(weights, *, inputs=((None, DIM),), kind=TensorProto.DOUBLE) -> bytes:
    """A network with inputs of these shapes and this type."""
    values = [helper.make_tensor_value_info(f"x{i}", kind, s) for i, s in enumerate(inputs)]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x0", "w"], ["y"])],
        "test",
        values,
        [helper.make_tensor_value_info("y", kind, None)],
        [numpy_helper.from_array(weights.astype(helper.tensor_dtype_to_np_dtype(kind)), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model.SerializeToString()


MISFITS = {
    "more labels than outputs": linear(np.eye(DIM, 2)),
    "fewer labels than outputs": linear(np.eye(DIM, 4)),
    "other width": linear(np.eye(DIM + 1, 3), dim=DIM + 1),
    "fixed number of rows": reshaped(np.eye(3), inputs=[(1, DIM)]),
    "three axes": reshaped(np.eye(3), inputs=[(None, DIM, DIM)]),
    "two inputs": reshaped(np.eye(3), inputs=[(None, DIM), (None, DIM)]),
    "whole numbers": reshaped(np.eye(3), kind=TensorProto.INT64),
    "one axis out": reshaped(np.ones(3)),
}


@pytest.mark.parametrize("name", MISFITS)
def test_f8_a_network_of_other_shapes_does_not_fit(tmp_path, name):
    refused(with_network(tmp_path / "m", MISFITS[name]), "model-misfit", "network.onnx")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_f9_weights_that_are_not_finite_are_found_when_the_folder_is_read(tmp_path, value):
    place = with_network(tmp_path / "m", linear(np.full((DIM, 3), value)))
    refused(place, "model-invalid", "NaN or infinity")


def test_f9_a_score_that_is_not_finite_is_never_handed_on(tmp_path):
    nodes = [helper.make_node("Log", ["x"], ["l"]), helper.make_node("Exp", ["x"], ["y"])]
    model = read(with_network(tmp_path / "m", serialise(nodes, [])))
    with pytest.raises(ModelError, match="NaN or infinity"):
        model.scores([1000.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("operator", "domain"),
    [("Custom", "evil.domain"), ("FusedMatMul", "com.microsoft"), ("Loop", ""), ("If", ""),
     ("Scan", ""), ("ConstantOfShape", ""), ("Tile", ""), ("StringConcat", ""), ("PyOp", "")],
)  # fmt: skip
def test_f10_operators_and_domains_that_are_not_listed_are_refused(tmp_path, operator, domain):
    network = linear(operator=operator, domain=domain)
    refused(with_network(tmp_path / "m", network), "model-unsafe", domain or operator)


@pytest.mark.parametrize("shape", [[2**40], [2**62, 8], [-3, 3], [2**31, 2**31, 2**31], [1] * 9])
def test_f10_a_constant_that_is_larger_than_the_file_is_refused_at_once(tmp_path, shape):
    tensor = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=shape, raw_data=b"\0" * 72)
    network = serialise([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor])
    place = with_network(tmp_path / "m", network)
    start = time.monotonic()
    refused(place, "model-invalid", "a tensor of")
    assert time.monotonic() - start < 1.0


def test_f10_functions_are_refused(tmp_path):
    model = helper.make_model(
        helper.make_graph([helper.make_node("F", ["x"], ["y"], domain="own")], "g", [], []),
        functions=[helper.make_function(
            "own", "F", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])],
            [helper.make_opsetid("", 17)],
        )],
        opset_imports=[helper.make_opsetid("", 17)],
    )  # fmt: skip
    model.ir_version = 8
    place = with_network(tmp_path / "m", model.SerializeToString())
    refused(place, "model-unsafe", "holds functions")


def test_f11_a_graph_inside_a_node_is_refused_whatever_the_node_is_called(tmp_path):
    body = helper.make_graph([helper.make_node("Relu", ["a"], ["b"])], "body", [], [])
    node = helper.make_node("MatMul", ["x", "w"], ["y"], body=body)
    network = serialise([node], [numpy_helper.from_array(np.eye(DIM), "w")])
    refused(with_network(tmp_path / "m", network), "model-unsafe", "a graph inside a node")


def test_f11_a_hundred_thousand_nodes_are_refused(tmp_path):
    nodes = [helper.make_node("Neg", ["x"], ["y"])] * 100_000
    place = with_network(tmp_path / "m", serialise(nodes, []))
    start = time.monotonic()
    refused(place, "model-unsafe", "more than 4000 nodes")
    assert time.monotonic() - start < 5.0


INTERRUPTED = """
import sys, threading, time, os, signal
# A suite that runs in the background is deaf to SIGINT, and so would this be.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path[:0] = [{tests!r}]
import numpy as np
from emovox.models import read
from models.networks import DIM, endless, folder
from pathlib import Path
model = read(folder(Path({place!r}), network=endless(DIM)))
model.runtime.rows_at_once = 1 << 22
rows = np.zeros((400_000, DIM))
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
try:
    model.scores(rows)
except KeyboardInterrupt:
    sys.exit(0 if time.monotonic() - start < 5.0 else 1)
sys.exit(2)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_f11_ctrl_c_ends_a_run_at_once(tmp_path):
    tests = Path(__file__).parents[1]
    code = INTERRUPTED.format(tests=str(tests), place=str(tmp_path / "m"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


def replaced(old: str, new: str):
    return lambda data: data.replace(old.encode(), new.encode(), 1)


BAD_JSON = {
    "NaN": (replaced('"temperature": 1.0', '"temperature": NaN'), "NaN"),
    "infinity": (replaced('"temperature": 1.0', '"temperature": -Infinity'), "Infinity"),
    "too large": (replaced('"temperature": 1.0', '"temperature": 1e999'), "1e999"),
    "a key twice": (replaced('"task"', '"name": "again", "task"'), "'name'"),
    "a deep key twice": (replaced('"dim": 3', '"dim": 3, "dim": 4'), "'dim'"),
    "depth": (replaced('"tiny"', "[" * 200_000 + "]" * 200_000), "64 levels"),
    "digits": (replaced('"dim": 3', '"dim": ' + "9" * 5000), "5000 digits"),
    "mark": (lambda data: b"\xef\xbb\xbf" + data, "byte order mark"),
    "half a character": (replaced('"tiny"', '"\\ud800"'), "surrogates"),
    "latin": (replaced('"tiny"', '"t\xedny"'), "name"),
    "not UTF-8": (lambda data: data.replace(b"tiny", b"t\xedny"), "utf-8"),
    "huge": (lambda data: data + b" " * (4 << 20), "bytes"),
    "cut": (lambda data: data[:100], "is not JSON"),
    "a list": (lambda data: b"[" + data + b"]", "not an object"),
    "empty": (lambda data: b"", "is not JSON"),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_f12_settings_that_are_no_strict_json_are_refused_and_named(tmp_path, name):
    change, word = BAD_JSON[name]
    refused(with_text(tmp_path / "m", change), "model-invalid", "model.json", word)


def test_f13_a_newer_format_asks_for_an_upgrade(tmp_path):
    place = with_fields(tmp_path / "m", format=2, task="telepathy")
    refused(place, "model-too-new", "format 2", "up to 1", "upgrade emovox")


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.0, True])
def test_f13_a_format_that_never_was_is_invalid(tmp_path, version):
    place = folder(tmp_path / "m")
    document = json.loads((place / "model.json").read_text())
    document["format"] = version
    (place / "model.json").write_text(json.dumps(document))
    refused(place, "model-invalid", "format")


BAD_FIELDS = {
    "labels with control characters": {"labels": ["anger", "happi\x1b[31m", "sadness"]},
    "labels that turn the line": {"labels": ["anger", "\u202eyppah", "sadness"]},
    "a million labels": {"labels": [f"e{i}" for i in range(10**5)]},
    "a label twice": {"labels": ["anger", "anger", "sadness"]},
    "an empty label": {"labels": ["anger", "", "sadness"]},
    "no labels": {"labels": []},
    "one label": {"labels": ["anger"]},
    "labels that are numbers": {"labels": [1, 2, 3]},
    "an unknown task": {"task": "telepathy"},
    "no front end": {"front_end": None},
    "a front end without a feature": {"front_end": {}},
    "an input without a width": {"input": {}},
    "a width of nothing": {"input": {"dim": 0}},
    "a temperature of 0": {"scores": {"kind": "softmax", "temperature": 0}},
    "a kind that is unknown": {"scores": {"kind": "magic", "temperature": 1.0}},
    "values of a classifier": {"scores": {"kind": "values", "temperature": 1.0}},
    "a path as a name": {"name": "../../etc"},
    "statistics of another width": {
        "out_of_domain": {"mean": [0.0], "inverse_sd": [1.0], "threshold": 1.0}
    },
    "statistics of words": {
        "out_of_domain": {"mean": ["0"] * 3, "inverse_sd": [1.0] * 3, "threshold": 1.0}
    },
    **{
        f"directions whose {name}": {
            "out_of_domain": {
                "mean": [0.0] * 3,
                "inverse_sd": [1.0] * 3,
                "threshold": 1.0,
                "directions": {
                    "weights": "AQID",
                    "mean": [0.0],
                    "inverse_sd": [1.0],
                    "threshold": 1.0,
                    **changes,
                },
            }
        }
        for name, changes in {  # one direction of three dimensions, but for
            "weights are too few": {"weights": "AQI="},
            "weights are no base64": {"weights": "?QID"},
            "weights are numbers": {"weights": [1, 2, 3]},
            "weights are missing": {"weights": None},
            "number is none": {"mean": []},
            "number is more than the dimensions'": {"mean": [0.0] * 4},
            "mean is a word": {"mean": ["0"]},
            "threshold is 0": {"threshold": 0},
        }.items()
    },
    "figures that are no list": {"figures": {}},
    "a file outside the folder": {"files": {"../network.onnx": {}, "network.onnx": {}}},
    "no network": {"files": {"README.md": {"sha256": "0" * 64, "bytes": 0}}},
    "a hash of another form": {"files": {"network.onnx": {"sha256": "0", "bytes": 1}}},
}


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_f13_a_field_that_is_not_as_it_must_be_is_named(tmp_path, name):
    changes = BAD_FIELDS[name]
    place = with_fields(tmp_path / "m", **changes)
    refused(place, "model-invalid", "model.json", next(iter(changes)), "allowed")


def test_probabilities_that_do_not_sum_to_one_are_refused(tmp_path):
    scores = {"kind": "probabilities", "temperature": 1.0}
    refused(with_fields(tmp_path / "m", scores=scores), "model-invalid", "probabilities")


def test_nothing_is_printed_about_a_damaged_model(tmp_path, capfd):
    refused(with_network(tmp_path / "m", MISFITS["one axis out"]), "model-misfit")
    nodes = [helper.make_node("MatMul", ["x", "nowhere"], ["y"])]
    refused(with_network(tmp_path / "n", serialise(nodes, [])), "model-invalid", "does not load")
    assert capfd.readouterr() == ("", "")


def test_the_labels_of_the_tests_are_those_of_a_good_folder(tmp_path):
    assert read(folder(tmp_path / "m")).labels == tuple(LABELS)
