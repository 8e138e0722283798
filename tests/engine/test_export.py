"""A network of torch and the ONNX that is written of it give the same, or nothing is written."""

from __future__ import annotations

import importlib
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from emovox.engine import export  # noqa: E402
from emovox.engine.batch import Batch, padded  # noqa: E402
from emovox.engine.export import compared, exported, to_onnx  # noqa: E402
from emovox.engine.standardised import Standardised  # noqa: E402
from emovox.errors import ModelError  # noqa: E402
from emovox.models import read  # noqa: E402
from emovox.models.export import Network  # noqa: E402
from emovox.models.export import export as write_folder  # noqa: E402
from emovox.models.runtime import Runtime  # noqa: E402
from emovox.models.sequences import windows  # noqa: E402
from models.sequence_networks import nodes_of  # noqa: E402

DIM, CLASSES = 5, 3


class Causal(nn.Module):
    """Padded convolution, BatchNorm, reversal in time, masked mean."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(DIM, 8, 2, dilation=4)
        self.norm = nn.BatchNorm1d(8)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2.0)
        self.dense = nn.Linear(8, CLASSES)
        self.weights = nn.Parameter(torch.randn(8))

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        steps = functional.pad(batch.inputs.transpose(1, 2).flip(2), (4, 0))
        steps = torch.relu(self.norm(self.convolution(steps))).transpose(1, 2)
        kept = steps * batch.mask[:, :, None]
        mean = kept.sum(1) / batch.lengths[:, None]
        return {"logits": self.dense(mean) + torch.einsum("h,bh->b", self.weights, mean)[:, None]}


class Recurrent(nn.Module):
    """Two LSTM layers, a GRU, and the step at the end of each sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.LSTM(DIM, 6, 2, batch_first=True, bidirectional=True, dropout=0.5)
        self.gated = nn.GRU(12, 6, batch_first=True)
        self.dense = nn.Linear(6, CLASSES)

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        steps, _ = self.gated(self.layers(batch.inputs)[0])
        places = (batch.lengths - 1)[:, None, None].expand(-1, 1, steps.shape[2])
        return {"logits": self.dense(steps.gather(1, places)[:, 0])}


class Image(nn.Module):
    """Two-dimensional convolution and pooling, as of an image of bands and frames."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.LayerNorm(DIM)
        self.dense = nn.Linear(4, CLASSES)

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        maps = torch.relu(self.convolution(self.norm(batch.inputs)[:, None]))
        maps = functional.avg_pool2d(maps, 2, ceil_mode=True, count_include_pad=False)
        return {"logits": self.dense(maps.mean((2, 3)))}


class Attentive(nn.Module):
    """Mean over time by weights that padding has no part in."""

    def __init__(self) -> None:
        super().__init__()
        self.score, self.dense = nn.Linear(DIM, 1), nn.Linear(DIM, CLASSES)

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        scores = self.score(batch.inputs)[:, :, 0].masked_fill(~batch.mask, -torch.inf)
        return {"logits": self.dense((scores.softmax(1)[:, :, None] * batch.inputs).sum(1))}


def standardised() -> nn.Module:
    return Standardised(Causal(), np.arange(DIM) + 0.5, np.arange(DIM) / 3)


NETWORKS = {
    "convolution": Causal,
    "recurrent": Recurrent,
    "image": Image,
    "attention": Attentive,
    "standardised": standardised,
}


@pytest.fixture(autouse=True)
def one_thread():
    """Many threads for a few numbers wait for one another, and for other programs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=NETWORKS)
def network(request) -> nn.Module:
    torch.manual_seed(7)
    return NETWORKS[request.param]()


@pytest.mark.parametrize("frames", [None, 40])
def test_what_is_written_gives_what_torch_gives(network, frames):
    onnx = to_onnx(network, dim=DIM, frames=frames)
    found = compared(network, onnx, dim=DIM, frames=frames)
    assert found.difference < 1e-6
    assert found.lengths == ((40,) if frames else export.LENGTHS)
    assert len(found.lengths) in (1, 3)
    assert found.n_compared == 4 * len(found.lengths)
    assert found.in_logits > 0  # two programs compute: rounding differs somewhere


def test_a_sequence_alone_gets_what_it_gets_in_a_padded_batch():
    torch.manual_seed(3)
    network = Attentive().eval()
    arrays = [np.random.default_rng(n).standard_normal((n, DIM)).astype("f") for n in (9, 30)]
    with torch.no_grad():
        together = network(Batch(*padded(arrays)))["logits"].numpy()
    runtime = Runtime(to_onnx(network, dim=DIM), dim=DIM, outputs=CLASSES, name="", time=(None,))
    for array, expected in zip(arrays, together, strict=True):
        assert np.allclose(runtime.run(array[None])[0], expected, atol=1e-6)


def test_writing_leaves_the_network_as_it_was(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    to_onnx(network, dim=DIM)
    assert network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


def test_the_same_network_is_written_as_the_same_bytes(network):
    assert to_onnx(network, dim=DIM) == to_onnx(network, dim=DIM)


def test_normalisation_and_padding_become_part_of_the_convolutions():
    operators = nodes_of(to_onnx(Causal(), dim=DIM, frames=30))
    assert "Conv" in operators
    assert not {"BatchNormalization", "Pad", "Einsum", "ConstantOfShape"} & set(operators)


class Merging(Image):
    """A network with a form for recognition only."""

    def merge(self) -> nn.Module:
        self.dense.bias.data += 1.0  # seen in what is written
        return self


def test_a_network_that_can_be_merged_is_written_merged():
    torch.manual_seed(0)
    network = Standardised(Merging(), np.zeros(DIM), np.ones(DIM)).eval()
    bias = network.network.dense.bias.clone()
    onnx = to_onnx(network, dim=DIM, frames=20)
    assert torch.equal(network.network.dense.bias, bias)
    rows = np.random.default_rng(0).standard_normal((1, 20, DIM)).astype("f")
    lengths = torch.tensor([20])
    with torch.no_grad():
        plain = network(Batch(torch.from_numpy(rows), lengths))["logits"].numpy()
    runtime = Runtime(onnx, dim=DIM, outputs=CLASSES, name="", time=(20,))
    assert np.allclose(runtime.run(rows), plain + 1.0, atol=1e-6)


def test_another_network_s_file_is_noticed():
    torch.manual_seed(1)
    onnx = to_onnx(Causal(), dim=DIM)
    with pytest.raises(ModelError, match=r"differ from torch's by 0\.\d") as caught:
        compared(Causal(), onnx, dim=DIM)
    assert caught.value.code == "model-misfit"


def test_a_small_difference_that_rounding_does_not_explain_is_refused():
    torch.manual_seed(1)
    network = Causal()
    onnx = to_onnx(network, dim=DIM)
    with torch.no_grad():
        network.dense.bias[0] += 1e-4
    with pytest.raises(ModelError, match="at most 1e-05 is allowed"):
        compared(network, onnx, dim=DIM)


def test_a_difference_that_is_rounding_is_measured_and_let_through():
    torch.manual_seed(1)
    network = Attentive()
    found = compared(network, to_onnx(network, dim=DIM), dim=DIM, allowed=1e-12)
    assert found.of_single is not None
    assert 0 < found.difference < 1e-6
    assert found.of_single >= 0.25 * found.difference


class LengthBound(Causal):
    """Knows only the number of frames that it was traced with."""

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        steps = batch.inputs * int(batch.inputs.shape[1])
        return super().forward(replace(batch, inputs=steps))


def test_a_network_that_took_a_length_for_a_constant_is_found_by_the_other_lengths():
    torch.manual_seed(1)
    onnx = to_onnx(LengthBound(), dim=DIM)
    torch.manual_seed(1)
    with pytest.raises(ModelError, match="differ from torch's"):
        compared(LengthBound(), onnx, dim=DIM)


class Counting(Causal):
    """Makes numbers from nothing, with an operator that no model folder may hold."""

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        steps = torch.arange(batch.inputs.shape[1])[None, :, None]
        return {"logits": (batch.inputs * steps).sum(1)[:, :CLASSES]}


def test_operators_that_no_folder_may_hold_are_refused_when_they_are_written():
    with pytest.raises(ModelError, match="uses the operator 'Range'") as caught:
        to_onnx(Counting(), dim=DIM)
    assert caught.value.code == "model-unsafe"


class Unwritable(Causal):
    """Uses what ONNX has no operator for."""

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        return {"logits": torch.fft.rfft(batch.inputs, dim=1).abs().mean(1)[:, :CLASSES]}


def test_what_torch_cannot_write_is_said_in_one_sentence():
    with pytest.raises(ModelError, match="torch cannot write the network") as caught:
        to_onnx(Unwritable(), dim=DIM)
    assert "\n" not in str(caught.value)


def test_sums_of_products_are_those_of_torch():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(shape, generator=generator) for shape in ((4, 2, 3), (3, 4)))
    for equation, operands in {
        "bdf,fb->bd": (a, b), "bdf->fdb": (a,), "bdf,fb->": (a, b), "fb,bdf->dfb": (b, a),
    }.items():  # fmt: skip
        assert torch.allclose(export._einsum(equation, operands), torch.einsum(equation, *operands))


PUBLISHED = {
    "tim-net": ("tim_net:TimNet", 39, 188, {"dim": 39, "n_blocks": 3}),
    "light-sernet": ("light_sernet:LightSernet", 40, 184, {"dim": 40}),
    "lstm": ("lstm:Lstm", 18, None, {"dim": 18}),
    "replknet": ("replknet:RepLKNet", 128, 300, {"layers": (1, 1, 1, 1)}),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_network_of_the_field_is_written_and_gives_what_torch_gives(name):
    place, dim, frames, options = PUBLISHED[name]
    module, _, kind = place.partition(":")
    made = getattr(importlib.import_module(f"emovox.methods.networks.{module}"), kind)
    torch.manual_seed(11)
    network = made(n_classes=4, **options)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.3)
            part.running_var.uniform_(0.5, 2.0)
    onnx = to_onnx(network, dim=dim, frames=frames)
    assert compared(network, onnx, dim=dim, frames=frames).difference < 1e-6


class Trained:
    """What `models.export` asks of an estimator: its network and its probabilities."""

    def __init__(self, network: nn.Module, *, window: dict | None = None, **how: bool) -> None:
        self.network, self.window, self.how = network.eval(), window, how

    def predict_proba(self, rows) -> np.ndarray:
        found = []
        for row in rows:
            cut = windows(row, length=20, hop=10) if self.window else [row]
            with torch.no_grad():
                logits = [self.network(Batch(*padded([each])))["logits"][0] for each in cut]
            found.append(torch.stack(logits).double().div(1.7).softmax(1).mean(0).numpy())
        return np.stack(found)

    def to_network(self, rows) -> Network:
        given = {"form": "frames", "dim": DIM, "frames": None, "window": self.window}
        return exported(
            self.network, rows, labels=["a", "b", "c"], given=given, temperature=1.7, **self.how
        )


@pytest.mark.parametrize("window", [None, {"frames": 20, "hop": 10, "pad": "tile"}])
@pytest.mark.parametrize("how", [{}, {"half": True}, {"try_int8": True}])
def test_a_trained_network_becomes_a_folder_that_gives_the_same(tmp_path, window, how):
    torch.manual_seed(5)
    rng = np.random.default_rng(0)
    rows = [rng.standard_normal((n, DIM)).astype("f") for n in rng.integers(9, 60, size=30)]
    estimator = Trained(Causal(), window=window, **how)
    front_end = {"feature": "mfcc", "version": 1, "sample_rate": 16000, "form": "frames"}
    model = read(write_folder(estimator, tmp_path / "m", rows=rows, front_end=front_end))
    scores, wanted = model.scores(rows), estimator.predict_proba(rows)
    said = model.settings["export"]
    assert model.settings["input"]["frames"] == (20 if window else None)
    if said["matrices_stored_in"] == "single":
        assert np.abs(scores - wanted).max() < 1e-5
    assert (scores.argmax(1) == wanted.argmax(1)).mean() >= 0.98
    assert said["largest_difference"] >= np.abs(scores - wanted).max() * 0.99
    assert ("int8" in said) == ("try_int8" in how)
    assert (said["matrices_stored_in"] == "half") == ("half" in how)


def test_light_sernet_has_the_sizes_of_its_sheet_in_16_and_8_bits():
    """Acceptance 1 of its sheet, in MiB: 0.884 in half precision, 0.45 to 0.50 in 8 bits."""
    from emovox.methods.networks.light_sernet import LightSernet
    from emovox.models.int8 import in_half, quantised

    torch.manual_seed(0)
    network = to_onnx(LightSernet(40, 7).eval(), dim=40, frames=184)
    rows = [row.astype(np.float32) for row in np.random.default_rng(0).normal(size=(4, 184, 40))]
    assert len(in_half(network)) / 2**20 == pytest.approx(0.884, abs=0.005)
    assert 0.45 <= len(quantised(network, rows)) / 2**20 <= 0.50
