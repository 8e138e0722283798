"""Costs of networks: closed formulas against hand counts, the published sizes, torch's counter."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.flop_counter import FlopCounterMode

from emovox.engine.cost import cost, multiply_adds
from emovox.engine.formulas import dct_macs, filter_bank_macs, stft_macs
from emovox.errors import UsageError
from emovox.methods.networks.light_sernet import LightSernet
from emovox.methods.networks.lstm import Lstm
from emovox.methods.networks.replknet import VARIANTS, RepLKNet
from emovox.methods.networks.tim_net import TimNet


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for each other where tests run side by side
    yield
    torch.set_num_threads(threads)


def macs(layer, *shapes):
    return sum(multiply_adds(layer, *(torch.zeros(shape) for shape in shapes)).values())


def torch_flops(layer, *shapes):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(*(torch.zeros(shape) for shape in shapes))
    return counter.get_total_flops()


CONVOLUTIONAL_AND_DENSE = [
    (nn.Linear(5, 3), (2, 5), 2 * 5 * 3),
    (nn.Linear(5, 3, bias=False), (2, 7, 4, 5), 2 * 7 * 4 * 5 * 3),
    (nn.Conv1d(4, 6, 3), (1, 4, 10), 8 * 6 * 4 * 3),
    (nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2), (2, 4, 10), 2 * 4 * 6 * 4 * 3),
    (nn.Conv2d(4, 8, (3, 5), padding="same"), (1, 4, 6, 7), 42 * 8 * 4 * 15),
    (nn.Conv2d(4, 8, 3, groups=2), (1, 4, 6, 7), 20 * 8 * 2 * 9),
    (nn.Conv2d(6, 6, 5, groups=6, padding=2, stride=2), (1, 6, 9, 9), 25 * 6 * 25),
    (nn.ConvTranspose1d(4, 6, 4, stride=2), (1, 4, 10), 10 * 4 * 6 * 4),
    (nn.ConvTranspose2d(4, 6, 4, stride=2, groups=2), (1, 4, 3, 5), 15 * 4 * 3 * 16),
]


@pytest.mark.parametrize(("layer", "shape", "by_hand"), CONVOLUTIONAL_AND_DENSE)
def test_convolutions_and_dense_layers_are_counted_as_by_hand(layer, shape, by_hand):
    assert macs(layer, shape) == by_hand


@pytest.mark.parametrize(("layer", "shape", "by_hand"), CONVOLUTIONAL_AND_DENSE)
def test_torch_counts_two_flops_for_each_of_their_multiply_adds(layer, shape, by_hand):
    assert torch_flops(layer, shape) == 2 * by_hand


@pytest.mark.parametrize(
    ("layer", "shape", "by_hand"),
    [
        (nn.LSTM(5, 3), (10, 1, 5), 10 * 4 * 3 * (5 + 3)),
        (nn.LSTM(5, 3, bidirectional=True), (10, 1, 5), 2 * 10 * 4 * 3 * (5 + 3)),
        (
            nn.LSTM(5, 3, num_layers=2, bidirectional=True, batch_first=True),
            (2, 10, 5),
            2 * 10 * 2 * 4 * 3 * ((5 + 3) + (6 + 3)),
        ),
        (nn.LSTM(5, 4, proj_size=2), (10, 1, 5), 10 * (4 * 4 * (5 + 2) + 4 * 2)),
        (nn.GRU(5, 3, num_layers=2), (10, 1, 5), 10 * 3 * 3 * ((5 + 3) + (3 + 3))),
        (nn.RNN(5, 3), (10, 5), 10 * 3 * (5 + 3)),
        (nn.LSTMCell(5, 3), (2, 5), 2 * 4 * 3 * (5 + 3)),
        (nn.GRUCell(5, 3), (2, 5), 2 * 3 * 3 * (5 + 3)),
    ],
)
@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_recurrent_layers_are_counted_as_by_hand(layer, shape, by_hand):
    assert macs(layer, shape) == by_hand


def test_torch_counts_nothing_for_an_lstm():
    """Why there are formulas of our own."""
    assert torch_flops(nn.LSTM(5, 3), (10, 1, 5)) == 0


def test_a_packed_batch_costs_its_true_steps():
    packed = pack_padded_sequence(torch.zeros(10, 2, 5), torch.tensor([10, 4]))
    assert sum(multiply_adds(nn.LSTM(5, 3), packed).values()) == 14 * 4 * 3 * (5 + 3)


@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_is_four_projections_scores_and_weighted_values(batch_first):
    layer = nn.MultiheadAttention(8, 2, batch_first=batch_first, kdim=6, vdim=4)
    query, key, value = torch.zeros(3, 7, 8), torch.zeros(3, 9, 6), torch.zeros(3, 9, 4)
    if not batch_first:
        query, key, value = (one.transpose(0, 1) for one in (query, key, value))
    by_hand = 3 * (7 * 8 * 8 + 9 * 6 * 8 + 9 * 4 * 8 + 7 * 9 * 8 + 7 * 9 * 8 + 7 * 8 * 8)
    assert sum(multiply_adds(layer, query, key, value).values()) == by_hand


def test_a_whole_transformer_layer_is_counted_although_torch_has_a_fast_path_for_it():
    layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
    attention = 4 * 7 * 8 * 8 + 2 * 7 * 7 * 8
    assert macs(layer, (1, 7, 8)) == attention + 2 * 7 * 8 * 16


class Calls(nn.Module):
    """A network that only calls a function."""

    def __init__(self, function, *sizes):
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.zeros(*sizes)) if sizes else None

    def forward(self, inputs):
        return self.function(inputs) if self.weight is None else self.function(inputs, self.weight)


@pytest.mark.parametrize(
    ("function", "sizes", "by_hand"),
    [
        (lambda x: x @ x.transpose(1, 2), (), 2 * 5 * 5 * 4),
        (lambda x: torch.bmm(x, x.transpose(1, 2)), (), 2 * 5 * 5 * 4),
        (lambda x: torch.einsum("btf,bsf->bts", x, x), (), 2 * 5 * 5 * 4),
        (nn.functional.scaled_dot_product_attention, None, 2 * 5 * 5 * (4 + 4)),
        (lambda x, w: x @ w, (4,), 2 * 5 * 4),
        (lambda x, w: nn.functional.linear(x, w.view(3, 4)), (12,), 2 * 5 * 4 * 3),
        (lambda x, w: nn.functional.conv1d(x, w), (6, 5, 3), 2 * 2 * 6 * 5 * 3),
        (lambda x, w: nn.functional.conv_transpose1d(x, w), (5, 6, 3), 2 * 4 * 5 * 6 * 3),
        (lambda x, w: x * w + w[None], (4,), 0),
        (lambda x, w: w.softmax(0) @ x, (5,), 2 * 4 * 5),
    ],
)
def test_functions_outside_of_layers_are_counted_as_by_hand(function, sizes, by_hand):
    network = Calls(lambda x: function(x, x, x)) if sizes is None else Calls(function, *sizes)
    assert macs(network, (2, 5, 4)) == by_hand


@pytest.mark.parametrize(
    "layer", [nn.BatchNorm1d(4), nn.AvgPool1d(2), nn.GroupNorm(2, 4), nn.ReLU(), nn.PReLU()]
)
def test_normalisation_pooling_and_activations_count_nothing(layer):
    assert macs(layer, (2, 4, 6)) == 0


def test_an_embedding_is_a_look_up():
    assert multiply_adds(nn.Embedding(9, 4), torch.tensor([1, 2])) == {"": 0}


class Strange(nn.Module):
    """A layer that no formula knows."""

    def __init__(self):
        super().__init__()
        self.angles = nn.Parameter(torch.zeros(4))

    def forward(self, inputs):
        return inputs.lerp(inputs.flip(-1), self.angles)


class Declared(Strange):
    """The same, with its own count."""

    def multiply_adds(self, arguments, outputs):
        return arguments["inputs"].numel() + outputs.numel()


def test_learnable_numbers_without_a_formula_are_an_error_and_not_nothing():
    network = nn.Sequential(nn.Linear(3, 4), Strange())
    with pytest.raises(UsageError, match=r"'1\.angles', shape \(4,\), of a Strange; give"):
        macs(network, (2, 3))
    network[1] = Declared()
    assert multiply_adds(network, torch.zeros(2, 3)) == {"0": 24, "1": 16}


def test_a_costly_function_without_a_formula_is_an_error_and_not_nothing():
    with pytest.raises(UsageError, match="function rfft"):
        macs(Calls(torch.fft.rfft), (2, 8))
    with pytest.raises(UsageError, match="function tensordot"):
        macs(Calls(lambda x: torch.tensordot(x, x)), (2, 8))


def test_a_network_comes_back_as_it_was():
    network = RepLKNet(3, layers=(1, 1, 1, 1)).train()
    network.stages[1].eval()
    modes = [one.training for one in network.modules()]
    before = {name: one.clone() for name, one in network.state_dict().items()}
    cost(network, frames=64, dim=32)
    assert [one.training for one in network.modules()] == modes
    assert all(torch.equal(one, before[name]) for name, one in network.state_dict().items())
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in network.modules())


def test_frozen_and_shared_numbers_are_told_apart():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
            self.second.weight = self.first.weight
            self.norm = nn.BatchNorm1d(4)
            self.first.bias.requires_grad_(False)

        def forward(self, batch):
            return self.norm(self.second(self.first(batch.inputs)).transpose(1, 2))

    found = cost(Tied(), frames=10, dim=4)
    assert (found.parameters, found.trainable, found.statistics) == (32, 28, 8)
    assert found.by_layer == {"first": 160, "second": 160, "norm": 0}
    assert (found.macs, found.flops) == (320, 640)


@pytest.mark.parametrize(
    ("variant", "trained", "merged"), [("S", 421.4, 414.4), ("3", 190.7, 190.7)]
)
def test_replknet_costs_what_its_sheet_says(variant, trained, merged):
    with torch.device("meta"):
        network = RepLKNet(7, **VARIANTS[variant])
    found = cost(network, frames=300, dim=128), cost(network.merge(), frames=300, dim=128)
    assert [round(one.macs / 1e6, 1) for one in found] == [trained, merged]


def test_a_convolution_through_the_fourier_transform_counts_as_the_convolution_it_is():
    direct, fft = (RepLKNet(7, convolution=way).to("meta") for way in ("direct", "fft"))
    assert cost(direct, frames=300, dim=128) == cost(fft, frames=300, dim=128)


@pytest.mark.parametrize(("frames", "millions"), [(184, 159), (434, 376)])
def test_light_sernet_costs_what_its_sheet_says(frames, millions):
    found = cost(LightSernet(40, 7), frames=frames, dim=40)
    assert round(found.macs / 1e6) == millions
    assert (found.parameters, found.statistics) == (461_703, 1_728)


@pytest.mark.parametrize(
    ("frames", "blocks", "classes", "millions", "size"),
    [(188, 8, 7, 18.9, 106_992), (606, 10, 4, 75.6, 132_770)],
)
def test_tim_net_costs_what_its_sheet_says(frames, blocks, classes, millions, size):
    found = cost(TimNet(39, classes, n_blocks=blocks), frames=frames, dim=39)
    assert round(found.macs / 1e6, 1) == millions
    assert found.parameters + found.statistics == size


def test_the_lstm_has_one_bias_a_gate_and_costs_its_matrices_at_every_frame():
    found = cost(Lstm(180, 3), frames=50, dim=180)
    assert found.parameters == found.trainable == 323_203
    steps = 4 * 128 * (180 + 128) + 4 * 128 * (128 + 128)
    assert found.macs == 50 * steps + 128 * 128 + 128 * 128 + 128 * 3


def test_a_second_bias_counts_where_it_is_learnt_or_frozen_at_something():
    layer = nn.LSTM(3, 2)
    network = Calls(lambda batch: layer(batch.inputs))
    network.layer = layer
    assert cost(network, frames=5, dim=3).parameters == 8 * (3 + 2) + 16
    nn.init.ones_(layer.bias_hh_l0.requires_grad_(False))
    assert cost(network, frames=5, dim=3).parameters == 8 * (3 + 2) + 16
    nn.init.zeros_(layer.bias_hh_l0)
    assert cost(network, frames=5, dim=3).parameters == 8 * (3 + 2) + 8


def test_front_ends_are_counted_by_formula():
    assert stft_macs(3, n_fft=8) == 3 * (4 * 4 * 3 + 8 + 2 * 5)
    assert stft_macs(3, n_fft=8, win_length=6) == 3 * (4 * 4 * 3 + 6 + 2 * 5)
    assert filter_bank_macs(3, bins=5, bands=4) == 60
    assert dct_macs(3, bands=4, coefficients=2) == 24
    frames, bank = np.zeros((3, 5)), np.zeros((5, 4))
    assert filter_bank_macs(3, bins=5, bands=4) == (frames @ bank).size * 5
