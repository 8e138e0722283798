"""Batches of sequences: padded, and masked where they are padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch


@dataclass(frozen=True)
class Batch:
    """What a network is given.

    Parameters
    ----------
    inputs : float32 tensor, shape (utterances, time, dim)
        Zero after the end of each utterance.
    lengths : int64 tensor, shape (utterances,)
        Frames of each utterance.
    targets : int64 tensor, shape (utterances,), optional
        Index of the class.
    rows : int64 tensor, shape (utterances,), optional
        Places of the utterances in the data.
    soft : float32 tensor, shape (utterances, classes), optional
        Soft labels, where an augmentation mixes utterances.
    extra : mapping, optional
        Whatever else an objective needs: name -> tensor of one row an utterance.
    """

    inputs: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor | None = None
    rows: torch.Tensor | None = None
    soft: torch.Tensor | None = None
    extra: dict[str, torch.Tensor] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def mask(self) -> torch.Tensor:
        """Bool tensor, shape (utterances, time): true where there is a frame."""
        steps = torch.arange(self.inputs.shape[1], device=self.inputs.device)
        return steps[None, :] < self.lengths[:, None]

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""

        def moved(tensor: torch.Tensor | None) -> torch.Tensor | None:
            return None if tensor is None else tensor.to(device)

        extra = self.extra
        return replace(
            self,
            inputs=self.inputs.to(device),
            lengths=self.lengths.to(device),
            targets=moved(self.targets),
            rows=moved(self.rows),
            soft=moved(self.soft),
            extra=None if extra is None else {key: one.to(device) for key, one in extra.items()},
        )


def padded(arrays: Sequence[npt.NDArray[np.floating]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences of unequal lengths as one tensor, and their lengths.

    Parameters
    ----------
    arrays : sequence of float arrays, each of shape (time, dim)

    Returns
    -------
    inputs : float32 tensor, shape (utterances, longest, dim)
    lengths : int64 tensor, shape (utterances,)

    Examples
    --------
    >>> inputs, lengths = padded([np.ones((2, 1)), np.ones((3, 1))])
    >>> inputs[:, :, 0].tolist(), lengths.tolist()
    ([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]], [2, 3])
    """
    lengths = [len(array) for array in arrays]
    inputs = np.zeros((len(arrays), max(lengths), arrays[0].shape[1]), dtype=np.float32)
    for row, array in enumerate(arrays):
        inputs[row, : len(array)] = array
    return torch.from_numpy(inputs), torch.tensor(lengths)
