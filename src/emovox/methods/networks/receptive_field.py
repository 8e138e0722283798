"""How much of an image the middle of a network's last map really looks at.

Source: Luo, Li, Urtasun, Zemel, "Understanding the Effective Receptive Field in Deep
Convolutional Neural Networks", NIPS 2016; Ding et al., CVPR 2022, section 4.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import UsageError
from .replknet import RepLKNet


def effective_receptive_field(network: RepLKNet, images: Tensor) -> NDArray[np.float64]:
    """Mean absolute gradient of the middle of the last map with respect to each input cell.

    Parameters
    ----------
    network : RepLKNet
        Looked at in eval mode, in which no image sees another through BatchNorm.
    images : tensor, shape (batch, in_channels, frequency, time)

    Returns
    -------
    array, shape (frequency, time), of sum 1

    Raises
    ------
    UsageError
        If the middle of the last map depends on no cell at all.
    """
    was_training = network.training
    network.eval()
    try:
        inputs = images.detach().clone().requires_grad_()
        last = network.maps(inputs)[-1]
        middle = last[..., last.shape[-2] // 2, last.shape[-1] // 2].sum()
        (gradient,) = torch.autograd.grad(middle, inputs)
    finally:
        if was_training:
            network.train()
    field: NDArray[np.float64] = gradient.abs().mean((0, 1)).double().cpu().numpy()
    total = field.sum()
    if not total > 0 or not np.isfinite(total):
        raise UsageError(
            "usage", f"the gradients sum to {total}; a field needs some that are not 0"
        )
    shares: NDArray[np.float64] = field / total
    return shares


def area_holding(field: NDArray[np.floating], share: float = 0.5) -> float:
    """Share of all cells that the fewest cells which together hold `share` of a field make up.

    Parameters
    ----------
    field : array, not negative, of any sum above 0
    share : float in (0, 1]

    Examples
    --------
    >>> area_holding(np.ones((4, 5)))
    0.5
    >>> area_holding(np.array([[8.0, 1.0], [1.0, 0.0]]))
    0.25
    """
    largest_first = np.sort(field, axis=None)[::-1].cumsum()
    # Sums of many small numbers miss a bound that they meet exactly by some last digits.
    needed = np.searchsorted(largest_first, share * largest_first[-1] * (1 - 1e-12)) + 1
    return float(needed / field.size)
