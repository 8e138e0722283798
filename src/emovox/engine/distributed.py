"""One training in several processes: torchrun starts them, each takes its share of a batch."""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from ..errors import UsageError


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

    def device(self, device: str) -> str:
        """The accelerator of this process, where several processes share a machine.

        Examples
        --------
        >>> World().device("cuda")
        'cuda'
        """
        if self.size == 1 or device != "cuda":
            return device
        return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"

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

    def wrapped(self, network: torch.nn.Module) -> torch.nn.Module:
        """The network whose gradients are the means over the processes."""
        return network if self.size == 1 else DistributedDataParallel(network)

    def average_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Bring gradients to their means over the processes, for networks not `wrapped`.

        A parameter that has a gradient in no process keeps none.
        """
        if self.size == 1 or not parameters:
            return
        has = torch.tensor([float(one.grad is not None) for one in parameters])
        distributed.all_reduce(has)
        moved = [one for one, n in zip(parameters, has.tolist(), strict=True) if n]
        for one in moved:
            if one.grad is None:
                one.grad = torch.zeros_like(one)
        gradients = [one.grad for one in moved if one.grad is not None]
        if not gradients:
            return
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients]) / self.size
        distributed.all_reduce(flat)
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, mean in zip(gradients, torch.split(flat, sizes), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def align(self, tensors: Iterable[torch.Tensor]) -> None:
        """Bring tensors to what the leading process has in them."""
        if self.size > 1:
            for one in tensors:
                distributed.broadcast(one.detach(), 0)

    def mean(self, values: list[float]) -> list[float]:
        """Means of numbers over the processes, the same in each of them."""
        if self.size == 1:
            return values
        total = torch.tensor(values, dtype=torch.float64)
        distributed.all_reduce(total)
        return [value / self.size for value in total.tolist()]

    def from_leader(self, make: Callable[[], bytes]) -> bytes:
        """Give every process what `make` gives in the leading one, where alone it is called.

        Raises
        ------
        UsageError
            In the others, if `make` failed.
        """
        if self.size == 1:
            return make()
        data, length = b"", torch.tensor([-1])
        try:
            if self.leads:
                data = make()
                length = torch.tensor([len(data)])
        finally:
            distributed.broadcast(length, 0)
        if length < 0:
            raise UsageError("usage", "the leading process cannot go on; its message says why")
        sent = torch.zeros(int(length), dtype=torch.uint8)
        if self.leads:
            sent = torch.from_numpy(np.frombuffer(data, dtype=np.uint8).copy())
        distributed.broadcast(sent, 0)
        return sent.numpy().tobytes()

    def scores_from_leader(self, make: Callable[[], Mapping[str, float]]) -> dict[str, float]:
        """Give every process the numbers that `make` gives in the leading one."""
        if self.size == 1:
            return dict(make())

        def lines() -> bytes:
            return "\n".join(f"{float(one).hex()} {name}" for name, one in make().items()).encode()

        pairs = [line.split(" ", 1) for line in self.from_leader(lines).decode().splitlines()]
        return {name: float.fromhex(number) for number, name in pairs}


@contextmanager
def world(device: str = "cpu") -> Iterator[World]:
    """Join the processes that torchrun has started; alone where it has not.

    Numbers on the CPU travel through gloo, and tensors on NVIDIA's accelerators through NCCL.
    Who has joined stays so until the process ends: torchrun lets them meet once only, and a
    search trains many networks.

    Raises
    ------
    UsageError
        If the environment names other processes that cannot be found.
    """
    size = os.environ.get("WORLD_SIZE", "1")
    if size == "1":
        yield World()
        return
    if not distributed.is_initialized():
        accelerated = torch.cuda.is_available() and distributed.is_nccl_available()
        try:
            distributed.init_process_group("cpu:gloo,cuda:nccl" if accelerated else "gloo")
        except (ValueError, RuntimeError) as error:
            said = str(error).partition("\n")[0]
            raise UsageError(
                "usage",
                f"WORLD_SIZE is {size}, and the other processes cannot be joined ({said}); start "
                "all of them with torchrun",
            ) from error
        # Its threads must have ended before the interpreter does.
        atexit.register(_leave)
    here = World(distributed.get_rank(), distributed.get_world_size())
    if (own := here.device(device)) != device:
        torch.cuda.set_device(own)
    yield here


def _leave() -> None:
    # Wrapped networks hold the group, and are in circles that only the collector finds.
    gc.collect()
    if distributed.is_initialized():
        distributed.destroy_process_group()
    gc.collect()
