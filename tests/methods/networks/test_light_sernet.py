"""Light-SERNet: its counts, the shapes of its table, what is decayed."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from emovox.engine.batch import Batch  # noqa: E402 - torch may be missing
from emovox.methods.networks.light_sernet import LightSernet, PooledConvolution  # noqa: E402


def batch_of(inputs):
    return Batch(inputs, torch.full((len(inputs),), inputs.shape[1]))


def counts(network):
    """(parameters with the statistics of batch normalisation, trainable parameters)."""
    trainable = sum(parameter.numel() for parameter in network.parameters())
    statistics = sum(
        buffer.numel() for name, buffer in network.named_buffers() if "running" in name
    )
    return trainable + statistics, trainable


@pytest.mark.parametrize(("n_classes", "parameters"), [(7, 463_431), (4, 462_468), (8, 463_752)])
def test_counts_are_those_of_the_sheet(n_classes, parameters):
    assert counts(LightSernet(40, n_classes))[0] == parameters


def test_the_statistics_of_batch_normalisation_are_not_trained():
    assert counts(LightSernet(40, 7)) == (463_431, 461_703)


def test_every_row_of_the_table_has_its_parameters():
    network = LightSernet(40, 7)
    assert [counts(branch)[0] for branch in network.branches] == [512, 448, 448]
    assert [counts(layer)[0] for layer in network.body] == [
        55_296 + 256,
        55_296 + 384,
        110_592 + 512,
        184_320 + 640,
        51_200 + 1_280,
    ]


@pytest.mark.parametrize(
    ("frames", "times"), [(184, (92, 46, 23, 12, 6)), (434, (217, 109, 55, 28, 14))]
)
def test_shapes_are_those_of_the_table(frames, times):
    network = LightSernet(40, 7).eval()
    with torch.no_grad():
        shapes = [tuple(output.shape[1:]) for output in network.outputs(torch.zeros(1, frames, 40))]
    rows = zip((96, 64, 96, 128, 160), times, (20, 10, 5, 5, 5), strict=True)
    assert shapes == [*rows, (320, 1, 1)]


def test_padded_cells_do_not_count_in_an_average():
    layer = PooledConvolution(1, 1, (1, 1), (2, 2), bias=True).eval()
    layer.convolution.weight.data.fill_(1)
    layer.normalisation.eps = 0.0
    images = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])[None, None]
    with torch.no_grad():
        pooled = layer(images)[0, 0]
    torch.testing.assert_close(pooled, torch.tensor([[3.0, 4.5], [7.5, 9]]))


def test_the_first_kernels_see_time_coefficients_and_both():
    network = LightSernet(40, 7).eval()
    seen = []
    for branch in network.branches:
        inputs = torch.zeros(1, 1, 31, 31, requires_grad=True)
        branch.convolution(inputs)[0, :, 15, 15].sum().backward()
        places = inputs.grad[0, 0].nonzero()
        seen.append(tuple((places.amax(0) - places.amin(0) + 1).tolist()))
    assert seen == [(11, 1), (1, 9), (3, 3)]


def test_exactly_five_kernels_are_decayed():
    network = LightSernet(40, 7)
    named = dict(network.named_parameters())
    assert len(set(network.decayed)) == 5
    assert sum(named[name].numel() for name in network.decayed) == 456_704
    assert {named[name].ndim for name in network.decayed} == {4}


def test_batch_normalisation_and_kernels_start_as_in_keras():
    torch.manual_seed(0)
    network = LightSernet(40, 7)
    layers = [*network.branches, *network.body]
    assert {(layer.normalisation.eps, layer.normalisation.momentum) for layer in layers} == {
        (1e-3, 0.01)
    }
    kernel = network.body[0].convolution.weight
    limit = (6 / (9 * 96 + 9 * 64)) ** 0.5
    assert 0.98 * limit < kernel.abs().max() <= limit
    assert not network.branches[0].convolution.bias.any()
    assert network.body[0].convolution.bias is None


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    network = LightSernet(40, 7).eval()
    batch = batch_of(torch.randn(2, 40, 40))
    with torch.no_grad():
        assert torch.equal(network(batch)["logits"], network(batch)["logits"])
        network.dropout.train()
        assert not torch.equal(network(batch)["logits"], network(batch)["logits"])


def test_everything_behind_the_input_lies_with_the_channels_last():
    network = LightSernet(40, 7).eval()
    with torch.no_grad():
        outputs = network.outputs(torch.zeros(2, 31, 40))
    assert all(output.is_contiguous(memory_format=torch.channels_last) for output in outputs)


def test_logits_are_those_of_the_plain_memory_format():
    torch.manual_seed(0)
    network = LightSernet(40, 7).eval()
    inputs = torch.randn(2, 31, 40)
    with torch.no_grad():
        images = inputs[:, None].contiguous()
        images = torch.cat([branch(images) for branch in network.branches], 1).contiguous()
        for layer in network.body:
            images = layer(images).contiguous()
        torch.testing.assert_close(
            network(batch_of(inputs))["logits"], network.dense(images.flatten(1))
        )


def test_every_parameter_learns():
    torch.manual_seed(0)
    network = LightSernet(40, 7)
    network(batch_of(torch.randn(4, 40, 40)))["logits"].square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
