"""Sequences in memory, and the batches that an epoch is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from .batch import Batch, padded
from .seeds import generator

Array = npt.NDArray[np.floating]
_ROW = 1
"""Keeps the dice of an utterance apart from those of the epoch."""
Transform = Callable[[Array, np.random.Generator], Array]
Windows = Callable[[Array], Sequence[Array]]


@dataclass(frozen=True)
class Data:
    """Utterances as sequences of frames.

    Parameters
    ----------
    arrays : sequence of float arrays, each of shape (time, dim)
    targets : int array, shape (utterances,), optional
        Index of the class.
    transform : callable, optional
        (array, generator) -> array, in training only: a crop, an augmentation.
    windows : callable, optional
        Array -> arrays, outside training: the answer is the mean over them.
    extra : mapping
        Name -> array of one row an utterance, for objectives that need more.
    """

    arrays: Sequence[Array]
    targets: npt.NDArray[np.integer] | None = None
    transform: Transform | None = None
    windows: Windows | None = None
    extra: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.arrays)

    def training_batch(self, rows: npt.NDArray[np.integer], *, seed: int, epoch: int) -> Batch:
        """Batch of `rows`, transformed with dice that depend on seed, epoch and row alone."""
        arrays = [self.arrays[row] for row in rows]
        if self.transform is not None:
            arrays = [
                self.transform(array, generator(seed, epoch, _ROW, int(row)))
                for array, row in zip(arrays, rows, strict=True)
            ]
        return self._batch(arrays, rows)

    def batches(self, size: int) -> Iterator[Batch]:
        """All utterances in order, untransformed; with `windows`, one row a window."""
        rows: list[int] = []
        views: list[Array] = []
        for row, array in enumerate(self.arrays):
            for view in [array] if self.windows is None else self.windows(array):
                rows.append(row)
                views.append(view)
        for start in range(0, len(rows), size):
            part = np.array(rows[start : start + size])
            yield self._batch(views[start : start + size], part)

    def _batch(self, arrays: Sequence[Array], rows: npt.NDArray[np.integer]) -> Batch:
        inputs, lengths = padded(arrays)
        targets = None if self.targets is None else torch.from_numpy(self.targets[rows])
        return Batch(
            inputs=inputs,
            lengths=lengths,
            targets=targets,
            rows=torch.from_numpy(np.asarray(rows, dtype=np.int64)),
            extra={name: torch.from_numpy(values[rows]) for name, values in self.extra.items()},
        )


class Lot(Protocol):
    """What the loop asks of the utterances that it trains on; `Data` is the usual kind."""

    def __len__(self) -> int:
        """Utterances."""

    def training_batch(self, rows: npt.NDArray[np.integer], *, seed: int, epoch: int) -> Batch:
        """Batch of `rows`, a function of its arguments alone."""


class Sampler(Protocol):
    """Which utterances make the batches of an epoch."""

    def __call__(self, seed: int, epoch: int) -> Sequence[npt.NDArray[np.integer]]:
        """Rows of each batch, a function of seed and epoch alone."""


@dataclass(frozen=True)
class Shuffled:
    """Every utterance once an epoch, in a new order.

    The last batch may be smaller, but holds no utterance alone, of which BatchNorm would have no
    variance: that one joins the batch before.

    Examples
    --------
    >>> [batch.tolist() for batch in Shuffled(5, 2)(0, 0)]
    [[2, 4], [3, 0, 1]]
    """

    n: int
    batch_size: int

    def __call__(self, seed: int, epoch: int) -> list[npt.NDArray[np.integer]]:
        """Rows of each batch."""
        order = generator(seed, epoch).permutation(self.n)
        starts = list(range(0, self.n, self.batch_size))
        if len(starts) > 1 and self.batch_size > 1 and self.n - starts[-1] == 1:
            starts.pop()
        return np.split(order, starts[1:])
