"""Randomness as a function of what is drawn for: seed, epoch, utterance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def generator(*place: int) -> np.random.Generator:
    """Generator of one place, such as (seed, epoch, row); the same wherever it is drawn.

    Examples
    --------
    >>> one, same = (int(generator(0, 3, 17).integers(1000)) for _ in range(2))
    >>> one == same
    True

    Notes
    -----
    Zeros at the end do not count: (0, 3) and (0, 3, 0) are one place.
    """
    return np.random.default_rng(np.random.SeedSequence(place))


@contextmanager
def seeded(*place: int) -> Iterator[None]:
    """Seed torch's own generators inside the block, and put them back after it.

    Dropout and initial weights take no generator of their own.
    """
    word = int(np.random.SeedSequence(place).generate_state(1, np.uint64)[0])
    started = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = list(range(torch.cuda.device_count())) if started else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(word % 2**63)
        yield


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Let torch use `n` threads inside the block: sums are then added in one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
