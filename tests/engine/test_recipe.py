"""Learning rates, and which weights decay."""

from __future__ import annotations

import math

import pytest
import torch

from emovox.engine.recipe import Recipe
from emovox.errors import UsageError


@pytest.mark.parametrize(
    ("epoch", "rate"), [(0, 1e-4), (49, 1e-4), (59, 1e-4), (60, 8.607e-5), (299, 1.653e-5)]
)
def test_light_sernets_rate_is_the_sheets(epoch, rate):
    recipe = Recipe(epochs=300, learning_rate=1e-4, schedule="light-sernet")
    for part in (0.0, 0.5, 0.999):
        assert recipe.rate(epoch + part) == pytest.approx(rate, rel=1e-4)


def test_a_cosine_follows_the_warm_up_and_ends_at_zero():
    recipe = Recipe(epochs=25, learning_rate=2.0, schedule="cosine", warm_up_epochs=5.0)
    assert [recipe.rate(epoch) for epoch in (0, 1, 2.5, 5)] == [0.0, 0.4, 1.0, 2.0]
    assert recipe.rate(15) == pytest.approx(1.0)
    assert recipe.rate(10) == pytest.approx(1.0 + math.cos(math.pi / 4))
    assert recipe.rate(25) == pytest.approx(0.0, abs=1e-12)
    rates = [recipe.rate(5 + step / 4) for step in range(80)]
    assert rates == sorted(rates, reverse=True)


def test_a_constant_rate_is_constant():
    assert {Recipe(learning_rate=0.1).rate(epoch) for epoch in (0, 0.3, 50, 99)} == {0.1}


class Parts(torch.nn.Module):
    """A matrix, its bias, and a scale of one dimension."""

    def __init__(self):
        super().__init__()
        self.matrix = torch.nn.Parameter(torch.full((2, 2), 3.0))
        self.bias = torch.nn.Parameter(torch.full((2,), 3.0))


def stepped(gradient=0.0, **settings):
    """Both parts after one step in which every gradient is `gradient`."""
    parts = Parts()
    names = {id(one): name for name, one in parts.named_parameters()}
    recipe = Recipe(learning_rate=0.1, weight_decay=0.5, **settings)
    optimiser = recipe.optimiser_of(list(parts.parameters()), names)
    for one in parts.parameters():
        one.grad = torch.full_like(one, gradient)
    optimiser.step()
    return float(parts.matrix.detach()[0, 0]), float(parts.bias.detach()[0])


def test_what_has_one_dimension_does_not_decay_unless_it_is_named():
    # Taken off the weight: 3 - 0.1 * 0.5 * 3.
    assert stepped(optimiser="adamw") == (pytest.approx(2.85), 3.0)
    assert stepped(optimiser="adamw", decayed=("bias",)) == (3.0, pytest.approx(2.85))
    assert stepped(optimiser="adamw", decayed=()) == (3.0, 3.0)


def test_adam_and_sgd_add_the_decay_to_the_gradient():
    # The gradient of the matrix becomes 0.5 * 3; Adam's first step is the rate times its sign.
    assert stepped(optimiser="adam") == (pytest.approx(2.9, abs=1e-6), 3.0)
    assert stepped(optimiser="sgd") == (pytest.approx(3.0 - 0.1 * 1.5), 3.0)
    # A gradient that cancels the decay leaves a coupled weight where it is.
    assert stepped(-1.5, optimiser="adam")[0] == 3.0
    assert stepped(-1.5, optimiser="adamw")[0] == pytest.approx(2.85 + 0.1, abs=1e-6)


def test_a_parameter_to_decay_must_exist():
    with pytest.raises(UsageError, match="no parameter 'matrx' to decay"):
        stepped(decayed=("matrx",))


@pytest.mark.parametrize(
    "settings",
    [{"optimiser": "adm"}, {"schedule": "cosinus"}, {"precision": "float16"}, {"epochs": 0},
     {"batch_size": 2.0}, {"threads": 0}, {"learning_rate": 0.0}, {"learning_rate": math.nan},
     {"ema": 1.0}, {"clip_norm": 0.0}, {"patience": 0}, {"weight_decay": -1.0},
     {"warm_up_epochs": -1.0}],
    ids=lambda settings: next(iter(settings)),
)  # fmt: skip
def test_impossible_settings_are_refused_by_name(settings):
    (name,) = settings
    with pytest.raises(UsageError, match=name):
        Recipe(**settings)


def test_nothing_to_train_is_said():
    with pytest.raises(UsageError, match="no parameter to train"):
        Recipe().optimiser_of([], {})
