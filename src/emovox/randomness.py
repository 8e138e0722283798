"""Dice as a function of (seed, epoch, row): the same whoever throws them, and in which order."""

from __future__ import annotations

import zlib

import numpy as np

from .errors import UsageError


def generator(
    seed: int, epoch: int, row: int | None = None, *, use: str = ""
) -> np.random.Generator:
    """Make the random generator of one utterance in one epoch of one run.

    What is drawn for an utterance depends on nothing else: neither on the number of workers, nor
    on the order of the utterances, nor on what was drawn for others.

    Parameters
    ----------
    seed : int, at least 0
        The run's.
    epoch : int, at least 0
    row : int, at least 0, optional
        The utterance's place in the data; without it the dice are the epoch's own, such as those
        for the order of the utterances.
    use : str
        What the dice are for, such as ``"order"``: two uses share no dice.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    UsageError
        If a number is negative.

    Examples
    --------
    >>> bool(generator(1, 5, 17).random() == generator(1, 5, 17).random())
    True
    >>> bool(generator(1, 5, 17).random() == generator(1, 6, 17).random())
    False
    """
    place = (epoch,) if row is None else (epoch, row)
    for name, number in zip(("seed", "epoch", "row"), (seed, *place), strict=False):
        if number < 0:
            raise UsageError("usage", f"the {name} of random numbers is {number}; give 0 or more")
    # The use comes first, so that (epoch, row) of one use is never (use, epoch) of another.
    key = (zlib.crc32(use.encode()), *(int(number) for number in place))
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=key))
