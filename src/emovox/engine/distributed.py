"""One training in several processes: torchrun starts them, each takes its share of a batch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class World:
    """The processes that train together.

    Parameters
    ----------
    rank, size : int
        Number of this process, and how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes what is written once."""
        return self.rank == 0

    def share(self, rows: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.integer], float]:
        """Rows of a batch that this process takes, and the weight of their mean loss.

        The mean over processes of weight times mean loss is the mean loss of the whole batch. A
        process for which no row is left takes the first with weight 0.

        Examples
        --------
        >>> World(1, 2).share(np.array([7, 8, 9]))
        (array([8]), 0.6666666666666666)
        """
        if self.size == 1:
            return rows, 1.0
        own = rows[self.rank :: self.size]
        return (own, len(own) * self.size / len(rows)) if len(own) else (rows[:1], 0.0)

    def wrapped(self, network: torch.nn.Module, *, players: int) -> torch.nn.Module:
        """The network whose gradients are the means over the processes."""
        if self.size == 1:
            return network
        return DistributedDataParallel(network, find_unused_parameters=players > 1)

    def mean(self, values: list[float]) -> list[float]:
        """Means of numbers over the processes."""
        if self.size == 1:
            return values
        total = torch.tensor(values, dtype=torch.float64)
        total = total.cuda() if distributed.get_backend() == "nccl" else total
        distributed.all_reduce(total)
        return [value / self.size for value in total.tolist()]

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            distributed.barrier()


@contextmanager
def world() -> Iterator[World]:
    """Join the processes that torchrun has started; alone where it has not."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    ours = not distributed.is_initialized()
    if ours:
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield World(distributed.get_rank(), distributed.get_world_size())
    finally:
        if ours:
            distributed.destroy_process_group()
