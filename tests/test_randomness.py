"""Dice are a function of (seed, epoch, row) and of what they are for, and of nothing else."""

from __future__ import annotations

import itertools

import pytest

from emovox.errors import UsageError
from emovox.randomness import generator


def test_every_place_has_dice_of_its_own() -> None:
    places = [
        (seed, epoch, row, use)
        for seed, epoch, row, use in itertools.product(
            (0, 1, 2**40), (0, 1, 7), (None, 0, 1, 7, 2**33), ("", "order", "mixup")
        )
    ]
    drawn = {generator(seed, epoch, row, use=use).random() for seed, epoch, row, use in places}
    assert len(drawn) == len(places)


def test_dice_do_not_depend_on_what_was_drawn_before() -> None:
    first = [generator(3, 1, row).random() for row in range(5)]
    backwards = [generator(3, 1, row).random() for row in reversed(range(5))]
    assert first == backwards[::-1]


@pytest.mark.parametrize(
    ("place", "said"), [((-1, 0), "seed"), ((0, -1), "epoch"), ((0, 0, -2), "row")]
)
def test_negative_places_are_refused(place: tuple[int, ...], said: str) -> None:
    with pytest.raises(UsageError, match=f"the {said} of random numbers is -"):
        generator(*place)
