"""A fitted classifier of sequences becomes a folder that gives the same, or nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from emovox.errors import ModelError
from emovox.models import int8, read
from emovox.models.export import Network, export
from emovox.models.int8 import agreement, in_half, quantised, quicker
from emovox.models.model import softmax
from emovox.models.runtime import Runtime
from emovox.models.sequences import windows
from models.networks import LABELS
from models.sequence_networks import mean_over_time, nodes_of, over_frames

DIM = 6
WINDOW = {"frames": 8, "hop": 4, "pad": "tile"}
FRONT_END = {"feature": "mfcc", "version": 1, "sample_rate": 16000, "form": "frames",
             "level_db": None, "trim": False}  # fmt: skip
RNG = np.random.default_rng(2)
WEIGHTS = RNG.standard_normal((DIM, 3)).astype(np.float32)
ROWS = [RNG.standard_normal((n, DIM)).astype(np.float32) for n in RNG.integers(3, 40, size=50)]


class MeanOverTime:
    """A classifier of the mean over time, as a network's estimator looks from outside."""

    classes_ = np.array(LABELS)

    def __init__(self, *, window: dict | None = None, temperature: float = 0.7, **changes) -> None:
        self.window = window
        self.temperature = temperature
        self.changes = changes

    def predict_proba(self, rows) -> np.ndarray:
        found = []
        for row in rows:
            cut = windows(row, length=8, hop=4) if self.window else [row]
            logits = np.stack([each.mean(axis=0) for each in cut]).astype(np.float64) @ WEIGHTS
            found.append(softmax(logits, 0.7).mean(axis=0))
        return np.stack(found)

    def to_network(self, rows) -> Network:
        network = Network(
            onnx=mean_over_time(WEIGHTS, dim=DIM),
            kind="softmax",
            temperature=self.temperature,
            labels=tuple(LABELS),
            precision="single",
            stored="single",
            difference=0.0,
            n_compared=12,
            rows_at_once=8,
            input={"form": "frames", "dim": DIM, "frames": None, "window": self.window},
        )
        return replace(network, **self.changes)


@pytest.mark.parametrize("window", [None, WINDOW])
def test_the_folder_gives_the_scores_of_the_classifier(tmp_path, window):
    estimator = MeanOverTime(window=window)
    place = export(
        estimator, tmp_path / "m", rows=ROWS, front_end=FRONT_END, feature_names=list("abcdef")
    )
    model = read(place)
    assert np.allclose(model.scores(ROWS), estimator.predict_proba(ROWS), atol=1e-6)
    model.check_names(list("abcdef"))
    assert (model.out_of_domain(ROWS) > 1).mean() <= 0.02
    assert model.out_of_domain(ROWS[0] * 30)[0] > 1
    document = json.loads((place / "model.json").read_text(encoding="utf-8"))
    assert document["input"]["window"] == window
    assert document["export"]["rows_compared"] == 12 + len(ROWS)
    assert len(document["out_of_domain"]["mean"]) == 2 * DIM


@pytest.mark.parametrize(
    "changed", [{"temperature": 0.8}, {"onnx": mean_over_time(WEIGHTS * 1.01, dim=DIM)}]
)
def test_a_folder_that_would_give_something_else_is_not_written(tmp_path, changed):
    with pytest.raises(ModelError, match="differ by 0") as caught:
        export(MeanOverTime(**changed), tmp_path / "m", rows=ROWS, front_end=FRONT_END)
    assert caught.value.code == "model-misfit"
    assert not list(tmp_path.iterdir())


def test_windows_that_the_classifier_does_not_know_are_noticed(tmp_path):
    estimator = MeanOverTime(input={"form": "frames", "dim": DIM, "window": WINDOW})
    with pytest.raises(ModelError, match="differ by 0"):
        export(estimator, tmp_path / "m", rows=ROWS, front_end=FRONT_END)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"frames": None, "window": None}, "any number of frames, 6 numbers a frame at 16000 Hz"),
        ({"frames": None, "window": WINDOW}, "windows of 8 frames every 4, of which the scores"),
    ],
)
def test_the_card_says_what_the_network_is_given(tmp_path, given, sentence):
    place = export(
        MeanOverTime(window=given["window"]), tmp_path / "m", rows=ROWS, front_end=FRONT_END
    )
    card = (place / "README.md").read_text(encoding="utf-8")
    assert sentence in card
    assert "A neural network on the frames of a recording." in card
    assert "features of whole utterances" not in card


def test_a_network_of_fewer_bits_is_written_by_its_first_choices(tmp_path):
    rough = in_half(mean_over_time(np.round(WEIGHTS, 2), dim=DIM))
    estimator = MeanOverTime(onnx=rough, stored="half")
    wanted = estimator.predict_proba(ROWS).argmax(axis=1)
    place = export(estimator, tmp_path / "m", rows=ROWS, front_end=FRONT_END)
    found = read(place).scores(ROWS).argmax(axis=1)
    share = json.loads((place / "model.json").read_text())["export"]["agreement"]
    assert share == pytest.approx((found == wanted).mean())
    assert "16 bits; its first choice is the fitted model's on" in (place / "README.md").read_text()
    other = MeanOverTime(onnx=mean_over_time(-WEIGHTS, dim=DIM), stored="int8", precision="int8")
    with pytest.raises(ModelError, match="agree on"):
        export(other, tmp_path / "n", rows=ROWS, front_end=FRONT_END)
    other.changes["otherwise"] = MeanOverTime().to_network(ROWS)
    place = export(other, tmp_path / "n", rows=ROWS, front_end=FRONT_END)
    assert np.allclose(read(place).scores(ROWS), other.predict_proba(ROWS), atol=1e-6)
    assert read(place).settings["export"]["computed_in"] == "single"


def convolutional(width: int = 48, *, frames: int | None = None) -> bytes:
    """Two convolutions over time and a mean."""
    rng = np.random.default_rng(0)
    constants = [
        numpy_helper.from_array(rng.standard_normal(shape).astype(np.float32) / scale, name)
        for name, shape, scale in (
            ("a", (width, DIM, 3), 3.0), ("b", (width, width, 3), 6.0), ("w", (width, 3), 3.0),
        )
    ]  # fmt: skip
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["t", "a"], ["c"], pads=[1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Conv", ["r", "b"], ["d"], pads=[1, 1]),
        helper.make_node("Relu", ["d"], ["s"]),
        helper.make_node("ReduceMean", ["s"], ["m"], axes=[2], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["y"]),
    ]
    return over_frames(nodes, constants, frames=frames, dim=DIM)


def runtime(network: bytes) -> Runtime:
    return Runtime(network, dim=DIM, outputs=3, name="", time=(None,))


def test_eight_bits_are_a_quarter_of_the_file_and_say_nearly_the_same(caplog, capfd):
    network = convolutional()
    small = quantised(network, ROWS[:25])
    assert len(small) < 0.45 * len(network)
    assert {"QuantizeLinear", "DequantizeLinear"} <= set(nodes_of(small))
    assert agreement(runtime(network), runtime(small), ROWS[25:]) >= 0.9
    far = np.abs(runtime(network).run(ROWS[9][None]) - runtime(small).run(ROWS[9][None])).max()
    assert 0 < far < 0.1
    assert quantised(network, ROWS[:25]) == small
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_half_precision_halves_the_file_and_keeps_the_answers():
    network = convolutional()
    half = in_half(network)
    assert len(half) < 0.6 * len(network)
    assert agreement(runtime(network), runtime(half), ROWS) >= 0.98
    far = np.abs(runtime(network).run(ROWS[9][None]) - runtime(half).run(ROWS[9][None])).max()
    assert 0 < far < 0.01
    stored = {tensor.data_type for tensor in onnx.load_from_string(half).graph.initializer}
    assert stored == {onnx.TensorProto.FLOAT16}


def test_what_reads_the_input_and_what_gives_the_scores_stay_in_single_precision():
    made = onnx.load_from_string(quantised(convolutional(), ROWS))
    inputs = {node.input[0] for node in made.graph.node if node.op_type == "QuantizeLinear"}
    assert "r" in inputs  # of the second convolution
    assert not inputs & {"x", "t", "m"}
    small = [
        tensor.name
        for tensor in made.graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) > 1
    ]
    assert small == ["b_quantized"]


def test_a_network_without_anything_to_quantise_says_so():
    with pytest.raises(ModelError, match="nothing to quantise"):
        quantised(mean_over_time(WEIGHTS, dim=DIM), ROWS)


@pytest.fixture
def slower_when_larger(monkeypatch) -> None:
    """A clock by which a run takes as long as its network's file is large."""
    now = [0.0]

    class Timed(Runtime):
        def __init__(self, network: bytes, **named) -> None:
            super().__init__(network, **named)
            self.seconds = len(network) / 1e6

        def run(self, vectors):
            now[0] += self.seconds
            return super().run(vectors)

    monkeypatch.setattr(int8, "Runtime", Timed)
    monkeypatch.setattr(int8.time, "perf_counter", lambda: now[0])


@pytest.mark.usefixtures("slower_when_larger")
def test_eight_bits_are_chosen_only_where_they_are_faster_and_say_the_same():
    network, large = convolutional(), convolutional(width=200)
    small = quantised(network, ROWS)
    choice = quicker(network, small, ROWS[:20] * 3, outputs=3)
    assert choice.saved == pytest.approx(1 - len(small) / len(network))
    assert choice.is_int8 == (choice.agreement >= 0.98)
    slower = quicker(network, large, ROWS, outputs=3)
    assert not slower.is_int8
    assert slower.onnx == network
    assert slower.saved < 0
    assert (slower.single_bytes, slower.int8_bytes) == (len(network), len(large))
    assert slower.n_compared == len(ROWS)
    other = quicker(large, network, ROWS, outputs=3)
    assert other.saved > 0.05
    assert other.agreement < 0.98
    assert not other.is_int8
    same = quicker(large, in_half(large), ROWS, outputs=3)
    assert (same.agreement, same.is_int8) == (1.0, True)
