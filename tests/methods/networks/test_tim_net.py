"""TIM-Net: its counts, its two directions of time, its gates."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from emovox.engine.batch import Batch  # noqa: E402 - torch may be missing
from emovox.methods.networks.tim_net import TimNet, as_images, channel_mask  # noqa: E402


def batch_of(inputs):
    return Batch(inputs, torch.full((len(inputs),), inputs.shape[1]))


def logits_of(network, inputs):
    with torch.no_grad():
        return network.eval()(batch_of(inputs))["logits"]


def counts(network):
    """(parameters with the statistics of batch normalisation, trainable parameters)."""
    trainable = sum(parameter.numel() for parameter in network.parameters())
    statistics = sum(
        buffer.numel() for name, buffer in network.named_buffers() if "running" in name
    )
    return trainable + statistics, trainable


def unsettled(network, seed=0):
    """The network with batch normalisation and biases away from their first values."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        if "running_var" in name:
            tensor.uniform_(0.5, 2, generator=generator)
        elif tensor.is_floating_point() and tensor.ndim == 1:
            tensor.uniform_(-0.5, 0.5, generator=generator)
    return network


@pytest.fixture
def voices():
    return torch.randn(3, 60, 39, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize(
    ("n_blocks", "n_classes", "parameters"),
    [(8, 6, 106_952), (8, 7, 106_992), (8, 8, 107_032), (10, 4, 132_770)],
)
def test_counts_are_those_of_the_sheet(n_blocks, n_classes, parameters):
    assert counts(TimNet(39, n_classes, n_blocks=n_blocks))[0] == parameters


def test_half_of_the_batch_normalisation_is_not_trained():
    assert counts(TimNet(39, 7)) == (106_992, 104_496)


def test_reversed_time_with_swapped_streams_gives_the_same_logits(voices):
    network = unsettled(TimNet(39, 7, n_blocks=4))
    swapped = TimNet(39, 7, n_blocks=4)
    exchange = {"forwards": "backwards", "backwards": "forwards"}
    swapped.load_state_dict(
        {
            ".".join([exchange.get(part, part) for part in name.split(".")]): tensor
            for name, tensor in network.state_dict().items()
        }
    )
    torch.testing.assert_close(logits_of(network, voices), logits_of(swapped, voices.flip(1)))
    assert not torch.allclose(logits_of(network, voices), logits_of(network, voices.flip(1)))


def test_no_output_of_the_forward_stream_looks_ahead(voices):
    stream = unsettled(TimNet(39, 7, n_blocks=4)).eval().forwards
    later = voices.clone()
    later[:, 40:] += 1
    with torch.no_grad():
        pairs = zip(
            stream.outputs(as_images(voices)), stream.outputs(as_images(later)), strict=True
        )
        for before, after in pairs:
            assert torch.equal(before[..., :40], after[..., :40])
            assert not torch.equal(before[..., 40:], after[..., 40:])


@pytest.mark.parametrize("n_blocks", [1, 2, 3])
def test_the_past_that_counts_is_two_dilations_a_block(n_blocks):
    stream = unsettled(TimNet(39, 7, n_blocks=n_blocks)).eval().forwards
    inputs = torch.randn(1, 40, 39, generator=torch.Generator().manual_seed(3))
    inputs.requires_grad_()
    stream.outputs(as_images(inputs))[-1][0, :, 0, 30].sum().backward()
    frames = inputs.grad[0].abs().sum(1).nonzero().flatten().tolist()
    assert (frames[0], frames[-1]) == (30 - 2 * (2**n_blocks - 1), 30)


def test_every_gate_is_at_least_one_half_and_below_one(voices):
    block = unsettled(TimNet(39, 7)).eval().forwards.blocks[2]
    with torch.no_grad():
        gates = block.gate(as_images(voices))
        torch.testing.assert_close(block(as_images(voices)), as_images(voices) * gates)
    assert gates.min() == 0.5
    assert 0.6 < gates.max() < 1


def test_dropout_silences_whole_channels_and_keeps_the_mean():
    torch.manual_seed(0)
    layer = TimNet(39, 7, dropout=0.4).forwards.blocks[0].first
    layer.normalisation.bias.data.fill_(3)
    images = torch.randn(64, 39, 1, 30)
    dropped = layer.train()(images)
    layer.dropout = 0.0
    whole = layer(images)
    silent = (dropped == 0).all(3).squeeze(2)
    assert silent.float().mean().item() == pytest.approx(0.4, abs=0.03)
    kept = ~silent[:, :, None, None]
    torch.testing.assert_close(dropped, torch.where(kept, whole / 0.6, 0.0))


def test_dropout_is_drawn_anew_for_every_utterance_from_the_seed_alone():
    images = torch.zeros(8, 39, 1, 1)
    torch.manual_seed(1)
    first, second = channel_mask(images, 0.5), channel_mask(images, 0.5)
    torch.manual_seed(1)
    assert torch.equal(first, channel_mask(images, 0.5))
    assert not torch.equal(first, second)
    assert len(torch.unique(first, dim=0)) == 8


def test_gradients_of_the_training_form_are_those_of_plain_operations():
    torch.manual_seed(0)
    layer = TimNet(5, 2, filters=5, dropout=0.0).double().forwards.blocks[1]
    images = torch.randn(3, 5, 1, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda tensor: layer.train()(tensor), (images,))


@pytest.mark.parametrize("fusion", ["learned", "last", "mean"])
def test_gradients_lie_with_the_channels_last_as_the_values_do(voices, fusion):
    network = TimNet(39, 7, n_blocks=3, fusion=fusion)
    formats = []

    def note(tensor):
        formats.append(tensor.is_contiguous(memory_format=torch.channels_last))

    for stream in (network.forwards, network.backwards):
        for block in stream.blocks:
            for layer in (block.first, block.second):
                layer.convolution.register_forward_hook(
                    lambda _, __, output: (note(output), output.register_hook(note))[-1] and None
                )
                layer.register_forward_hook(
                    lambda _, __, output: (note(output), output.register_hook(note))[-1] and None
                )
    network(batch_of(voices))["logits"].square().sum().backward()
    assert len(formats) == 2 * 2 * 12
    assert all(formats)


def test_level_means_are_means_over_time(voices):
    stream = unsettled(TimNet(39, 7, n_blocks=3)).eval().forwards
    with torch.no_grad():
        levels = stream(as_images(voices))
        for level, output in enumerate(stream.outputs(as_images(voices))):
            torch.testing.assert_close(levels[:, level], output.mean((2, 3)))


def test_the_ablation_without_backward_has_one_stream(voices):
    network = TimNet(39, 7, direction="forward")
    assert counts(network)[0] == 1_560 + 8 * 6_474 + 8 + 280
    assert logits_of(network, voices).shape == (3, 7)


@pytest.mark.parametrize(("fusion", "weights"), [("last", [0.0, 0, 1]), ("mean", [1 / 3] * 3)])
def test_the_ablations_of_the_fusion_are_fixed_weights(voices, fusion, weights):
    learned = unsettled(TimNet(39, 7, n_blocks=3))
    learned.level_weights.data = torch.tensor(weights)
    fixed = TimNet(39, 7, n_blocks=3, fusion=fusion)
    state = learned.state_dict()
    del state["level_weights"]
    fixed.load_state_dict(state)
    torch.testing.assert_close(logits_of(fixed, voices), logits_of(learned, voices))


def test_unknown_ablations_are_refused():
    with pytest.raises(ValueError, match="backward"):
        TimNet(direction="backward")
    with pytest.raises(ValueError, match="median"):
        TimNet(fusion="median")


def test_it_starts_as_keras_does():
    torch.manual_seed(0)
    network = TimNet(39, 7)
    convolution = network.forwards.blocks[0].first.convolution
    limit = (6 / (2 * 39 + 2 * 39)) ** 0.5
    assert 0.98 * limit < convolution.weight.abs().max() <= limit
    assert not convolution.bias.any()
    assert not network.dense.bias.any()
    assert 0.02 < network.level_weights.abs().max() <= 0.05


def test_every_parameter_learns(voices):
    network = TimNet(39, 7, n_blocks=3)
    network(batch_of(voices))["logits"].square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
