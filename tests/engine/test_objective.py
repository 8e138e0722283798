"""Losses against their formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from emovox.engine.batch import Batch
from emovox.engine.objective import Classification, Player
from emovox.errors import UsageError

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -3.0]])
P = np.exp(LOGITS.double().numpy())
P /= P.sum(axis=1, keepdims=True)


def labelled(*targets, soft=None):
    return Batch(
        torch.zeros(2, 1, 1), torch.ones(2), torch.tensor(targets), soft=soft
    )  # fmt: skip


def loss(batch=None, **settings):
    return float(Classification(**settings).of(LOGITS, batch or labelled(0, 2)))


def test_cross_entropy_is_the_mean_of_minus_log_p():
    assert loss() == pytest.approx(-(np.log(P[0, 0]) + np.log(P[1, 2])) / 2, rel=1e-6)


def test_label_smoothing_spreads_its_share_over_all_classes():
    truth = np.eye(3)[[0, 2]] * 0.9 + 0.1 / 3
    expected = -(truth * np.log(P)).sum(axis=1).mean()
    assert loss(label_smoothing=0.1) == pytest.approx(expected, rel=1e-6)


def test_the_focal_loss_is_its_formula():
    expected = -np.mean([(1 - p) ** 2 * np.log(p) for p in (P[0, 0], P[1, 2])])
    assert loss(loss="focal") == pytest.approx(expected, rel=1e-6)
    assert loss(loss="focal", focal_gamma=0.0) == pytest.approx(loss(), rel=1e-6)


def test_the_focal_loss_is_smoothed_too():
    truth = np.eye(3)[[0, 2]] * 0.9 + 0.1 / 3
    expected = -(truth * (1 - P) ** 2 * np.log(P)).sum(axis=1).mean()
    assert loss(loss="focal", label_smoothing=0.1) == pytest.approx(expected, rel=1e-6)


def test_class_weights_weigh_classes():
    w = (1.0, 5.0, 3.0)
    terms = np.log([P[0, 0], P[1, 2]]) * [1.0, 3.0]
    assert loss(class_weights=w) == pytest.approx(-terms.sum() / 4.0, rel=1e-6)
    focal = -np.mean([w_k * (1 - p) ** 2 * np.log(p) for w_k, p in ((1, P[0, 0]), (3, P[1, 2]))])
    assert loss(loss="focal", class_weights=w) == pytest.approx(focal, rel=1e-6)


def test_soft_labels_take_the_place_of_hard_ones():
    soft = torch.tensor([[0.3, 0.7, 0.0], [0.0, 0.0, 1.0]])
    expected = -(soft.numpy() * np.log(P)).sum(axis=1).mean()
    assert loss(labelled(0, 0, soft=soft)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["cross-entropy", "focal"])
def test_the_labels_of_the_caller_are_left_alone(kind):
    soft = torch.tensor([[0.3, 0.7, 0.0], [0.0, 0.0, 1.0]])
    batch, kept = labelled(0, 2, soft=soft), soft.clone()
    loss(batch, loss=kind, label_smoothing=0.2, class_weights=(1.0, 2.0, 3.0))
    assert torch.equal(batch.soft, kept)
    assert batch.targets.tolist() == [0, 2]


def test_losses_are_summed_by_their_weights_of_the_epoch():
    player = Player("all", [], lambda network, batch: {}, {"b": 0.5, "c": lambda epoch: epoch})
    losses = {name: torch.tensor(2.0) for name in "abc"}
    assert [float(player.total(losses, epoch=epoch)) for epoch in (0, 3)] == [3.0, 9.0]


def test_unknown_losses_and_missing_labels_are_said():
    with pytest.raises(UsageError, match="no loss 'hinge'; known: cross-entropy, focal"):
        Classification(loss="hinge")
    with pytest.raises(UsageError, match="needs targets"):
        Classification().of(LOGITS, Batch(torch.zeros(2, 1, 1), torch.ones(2)))
