"""Inputs brought to mean 0 and standard deviation 1 of the training frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from .batch import Batch


class Standardised(torch.nn.Module):
    """A network behind a standardisation whose statistics travel with it.

    Parameters
    ----------
    network : module
    mean, deviation : float arrays, shape (dim,)
    """

    mean: torch.Tensor
    inverse: torch.Tensor

    def __init__(
        self,
        network: torch.nn.Module,
        mean: npt.NDArray[np.floating],
        deviation: npt.NDArray[np.floating],
    ) -> None:
        super().__init__()
        self.network = network
        inverse = np.where(deviation > 0, 1.0 / np.where(deviation > 0, deviation, 1.0), 1.0)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("inverse", torch.tensor(inverse, dtype=torch.float32))

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        """Outputs of the network; what is padding stays zero."""
        scaled = (batch.inputs - self.mean) * self.inverse
        inputs = scaled * batch.mask[:, :, None]
        outputs: dict[str, torch.Tensor] = self.network(replace(batch, inputs=inputs))
        return outputs


def frame_statistics(
    arrays: Sequence[npt.NDArray[np.floating]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and standard deviation of all frames, each of shape (dim,)."""
    n = sum(len(array) for array in arrays)
    mean = sum(array.sum(axis=0, dtype=np.float64) for array in arrays) / n
    square = sum(((array - mean) ** 2).sum(axis=0) for array in arrays) / n
    return np.asarray(mean), np.sqrt(np.asarray(square))
