"""The recurrent network of ccser: its counts, and that padding changes nothing."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from emovox.engine.batch import Batch  # noqa: E402 - torch may be missing
from emovox.methods.networks.lstm import Lstm, keras_lstm, last_valid  # noqa: E402


def logits_of(network, inputs, lengths):
    with torch.no_grad():
        return network.eval()(Batch(inputs, torch.tensor(lengths)))["logits"]


def trainable(network):
    return sum(one.numel() for one in network.parameters() if one.requires_grad)


@pytest.mark.parametrize(("dim", "parameters"), [(180, 323_203), (40, 251_523)])
def test_counts_are_those_of_the_sheet(dim, parameters):
    assert trainable(Lstm(dim, 3)) == parameters


def test_the_second_bias_of_a_gate_stays_zero_in_training():
    torch.manual_seed(0)
    network = Lstm(5, 3, hidden=8)
    optimiser = torch.optim.Adam(network.parameters(), weight_decay=0.1)
    logits = network(Batch(torch.randn(4, 6, 5), torch.tensor([6, 5, 4, 3])))["logits"]
    logits.square().sum().backward()
    optimiser.step()
    for layer in (network.first, network.second):
        assert not layer.bias_hh_l0.any()
        assert layer.bias_ih_l0.grad.any()


def test_the_answer_does_not_depend_on_the_padding():
    torch.manual_seed(0)
    network = Lstm(6, 3, hidden=16)
    voices = [torch.randn(length, 6) for length in (3, 9, 5)]
    alone = torch.cat([logits_of(network, voice[None], [len(voice)]) for voice in voices])
    for filler in (0.0, 7.0):
        inputs = torch.full((3, 14, 6), filler)
        for row, voice in enumerate(voices):
            inputs[row, : len(voice)] = voice
        torch.testing.assert_close(logits_of(network, inputs, [3, 9, 5]), alone)
    assert not torch.allclose(logits_of(network, inputs, [14, 14, 14]), alone)


def test_the_answer_is_read_after_the_last_valid_step_and_hears_the_first():
    torch.manual_seed(0)
    network = Lstm(6, 3, hidden=16).eval()
    inputs = torch.randn(1, 12, 6, requires_grad=True)
    network(Batch(inputs, torch.tensor([8])))["logits"].sum().backward()
    heard = inputs.grad[0].abs().sum(1) > 0
    assert heard.tolist() == [True] * 8 + [False] * 4


def test_last_valid_steps_are_picked_row_by_row():
    steps = torch.arange(24.0).reshape(2, 4, 3)
    picked = last_valid(steps, torch.tensor([1, 4]))
    assert picked.tolist() == [[0, 1, 2], [21, 22, 23]]


def test_one_layer_computes_the_published_recurrence():
    torch.manual_seed(0)
    layer = keras_lstm(4, 3)
    inputs = torch.randn(1, 5, 4)
    state = memory = torch.zeros(3)
    for frame in inputs[0]:
        sums = layer.weight_ih_l0 @ frame + layer.weight_hh_l0 @ state + layer.bias_ih_l0
        entry, forget, cell, output = sums.reshape(4, 3)
        memory = forget.sigmoid() * memory + entry.sigmoid() * cell.tanh()
        state = output.sigmoid() * memory.tanh()
    torch.testing.assert_close(layer(inputs)[0][0, -1], state)


def test_it_starts_as_keras_does():
    torch.manual_seed(0)
    layer = Lstm(180, 3).first
    limit = (6 / (180 + 4 * 128)) ** 0.5
    assert 0.98 * limit < layer.weight_ih_l0.abs().max() <= limit
    product = layer.weight_hh_l0.T @ layer.weight_hh_l0
    torch.testing.assert_close(product, torch.eye(128), atol=1e-5, rtol=0)
    assert layer.bias_ih_l0.reshape(4, 128).unique(dim=1).flatten().tolist() == [0, 1, 0, 0]


def test_every_hidden_layer_is_followed_by_dropout():
    torch.manual_seed(0)
    network = Lstm(6, 3, hidden=16).eval()
    batch = Batch(torch.randn(1, 4, 6), torch.tensor([4]))
    dropouts = [layer for layer in network.modules() if isinstance(layer, torch.nn.Dropout)]
    assert [layer.p for layer in dropouts] == [0.3] * 4
    for layer in dropouts:
        layer.train()
        with torch.no_grad():
            assert not torch.equal(network(batch)["logits"], network(batch)["logits"])
        layer.eval()


def test_every_trained_parameter_learns():
    torch.manual_seed(0)
    network = Lstm(6, 3, hidden=16)
    batch = Batch(torch.randn(4, 7, 6), torch.tensor([7, 3, 5, 1]))
    network(batch)["logits"].square().sum().backward()
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad.isfinite().all(), name
            assert parameter.grad.any(), name
