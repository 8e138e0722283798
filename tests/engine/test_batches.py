"""Orders, dice, padding, windows, mixtures: what a batch is made of."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from emovox.engine.batch import Batch, padded
from emovox.engine.data import Data, Shuffled
from emovox.engine.mixup import Mixup
from emovox.engine.standardised import Standardised, frame_statistics
from emovox.engine.watching import probabilities
from engine.tiny import CLASSES, DIM, tiny, utterances


def plain(batches):
    return [rows.tolist() for rows in batches]


@pytest.mark.parametrize(("n", "size"), [(1, 4), (8, 4), (13, 4), (5, 100)])
def test_an_epoch_has_every_utterance_once(n, size):
    batches = plain(Shuffled(n, size)(3, 7))
    assert sorted(row for rows in batches for row in rows) == list(range(n))
    assert [len(rows) for rows in batches[:-1]] == [size] * (len(batches) - 1)


@pytest.mark.parametrize("n", range(1, 14))
def test_no_batch_holds_one_utterance_alone(n):
    batches = plain(Shuffled(n, 4)(0, 1))
    assert sorted(row for rows in batches for row in rows) == list(range(n))
    assert min(map(len, batches)) > 1 or n == 1
    assert max(map(len, batches)) <= 5
    # Only the cut is another one: the order is that of the whole epoch.
    assert [row for rows in batches for row in rows] == plain(Shuffled(n, 100)(0, 1))[0]


def test_batches_of_one_that_were_asked_for_stay():
    assert [len(rows) for rows in Shuffled(5, 1)(0, 0)] == [1] * 5


def test_the_order_is_a_function_of_seed_and_epoch_alone():
    order = Shuffled(50, 7)
    first = plain(order(1, 2))
    np.random.seed(99)
    torch.rand(5)
    plain(order(1, 1))
    assert plain(order(1, 2)) == first
    assert plain(order(1, 3)) != first
    assert plain(order(2, 2)) != first


def noisy(array, dice):
    return array + dice.standard_normal(array.shape).astype(np.float32)


def test_dice_of_an_utterance_do_not_depend_on_its_neighbours():
    data = utterances(6, transform=noisy)
    length = len(data.arrays[4])
    alone = data.training_batch(np.array([4]), seed=1, epoch=2).inputs[0, :length]
    among = data.training_batch(np.array([0, 2, 4]), seed=1, epoch=2).inputs[2, :length]
    assert torch.equal(alone, among)
    later = data.training_batch(np.array([4]), seed=1, epoch=3).inputs[0, :length]
    other = data.training_batch(np.array([4]), seed=2, epoch=2).inputs[0, :length]
    assert not torch.equal(alone, later)
    assert not torch.equal(alone, other)


def test_what_is_transformed_in_training_is_left_alone_outside_it():
    data = utterances(6, transform=noisy)
    (batch,) = data.batches(6)
    for row, array in enumerate(data.arrays):
        assert np.array_equal(batch.inputs[row, : len(array)].numpy(), array)


def test_padding_is_zero_and_masked():
    data = utterances(6)
    (batch,) = data.batches(6)
    assert batch.mask.sum(dim=1).tolist() == [len(array) for array in data.arrays]
    assert not batch.inputs[~batch.mask].any()


def test_padding_does_not_change_what_a_masked_network_answers():
    data, network = utterances(9), tiny().eval()
    together = probabilities(network, data)
    for row, array in enumerate(data.arrays):
        alone = probabilities(network, Data([array]))
        np.testing.assert_allclose(together[row], alone[0], atol=1e-6)
    poisoned = next(data.batches(9))
    poisoned.inputs[~poisoned.mask] = 1e3
    with torch.inference_mode():
        logits = network(poisoned)["logits"]
    np.testing.assert_allclose(torch.softmax(logits, 1).numpy(), together, atol=1e-6)


def halves(array):
    return [array[:2], array[2:]] if len(array) > 2 else [array]


def test_the_answer_over_windows_is_the_mean_of_their_probabilities():
    data, network = utterances(7), tiny().eval()
    found = probabilities(network, Data(data.arrays, windows=halves), batch_size=3)
    for row, array in enumerate(data.arrays):
        each = [probabilities(network, Data([view]))[0] for view in halves(array)]
        np.testing.assert_allclose(found[row], np.mean(each, axis=0), atol=1e-6)


def test_asking_for_probabilities_leaves_the_mode_of_the_network():
    network = tiny(dropout=0.5)
    network.train()
    probabilities(network, utterances(4))
    assert network.training


def batch_of(*arrays, targets):
    inputs, lengths = padded([np.asarray(array, dtype=np.float32) for array in arrays])
    return Batch(inputs, lengths, torch.tensor(targets))


def test_mixup_mixes_inputs_and_labels_by_one_share():
    ones, twos = np.full((2, 1), 1.0), np.full((4, 1), 2.0)
    batch = batch_of(ones, twos, targets=[0, 1])
    shares = set()
    for step in range(20):
        mixed = Mixup(0.5, 2).on_batch(batch, seed=0, epoch=0, step=step)
        assert torch.allclose(mixed.soft.sum(dim=1), torch.ones(2))
        # The value of the first frame is 1 or 2, and the label is its class: they move as one.
        assert torch.allclose(mixed.inputs[:, 0, 0], 1.0 + mixed.soft[:, 1])
        if not torch.equal(mixed.soft, torch.eye(2)):
            assert mixed.lengths.tolist() == [4, 4]
            shares.add(round(float(mixed.soft[0, 0]), 6))
        again = Mixup(0.5, 2).on_batch(batch, seed=0, epoch=0, step=step)
        assert torch.equal(mixed.inputs, again.inputs)
    assert len(shares) > 3
    assert torch.equal(batch.targets, torch.tensor([0, 1]))
    assert batch.soft is None


def test_mixup_leaves_batches_without_labels():
    batch = Batch(torch.ones(2, 3, 1), torch.tensor([3, 3]))
    assert Mixup(0.2, 2).on_batch(batch, seed=0, epoch=0, step=0) is batch


class Seen(torch.nn.Module):
    """Answers with its inputs."""

    def forward(self, batch):
        return {"inputs": batch.inputs}


def test_standardised_inputs_have_mean_0_and_deviation_1_and_padding_stays_zero():
    dice = np.random.default_rng(0)
    arrays = [(5.0 + 3.0 * dice.standard_normal((n, DIM))).astype(np.float32) for n in (4, 9, 2)]
    arrays = [np.concatenate([array, np.full((len(array), 1), 7.0)], axis=1) for array in arrays]
    mean, deviation = frame_statistics(arrays)
    frames = np.concatenate(arrays)
    np.testing.assert_allclose(mean, frames.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(deviation, frames.std(axis=0), rtol=1e-6)
    batch = Batch(*padded(arrays))
    found = Standardised(Seen(), mean, deviation)(batch)["inputs"]
    assert not found[~batch.mask].any()
    valid = found[batch.mask]
    assert torch.allclose(valid.mean(dim=0), torch.zeros(DIM + 1), atol=1e-5)
    assert torch.allclose(valid.std(dim=0, correction=0), torch.tensor([1.0, 1.0, 1.0, 0.0]))


def test_statistics_travel_with_the_weights():
    arrays = utterances(5).arrays
    first = Standardised(tiny(), *frame_statistics(arrays))
    second = Standardised(tiny(seed=1), np.zeros(DIM), np.ones(DIM))
    second.load_state_dict(first.state_dict())
    data = Data(arrays)
    assert np.array_equal(probabilities(first, data), probabilities(second, data))
    assert probabilities(first, data).shape == (5, CLASSES)
