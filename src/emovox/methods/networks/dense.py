"""A dense network over one vector an utterance."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...engine.batch import Batch


class Dense(nn.Module):
    """One hidden layer over a vector of functionals.

    Clipping, dropout of inputs, a dense layer, batch normalisation, GELU, dropout, a dense layer.
    The inputs are expected at mean 0 and standard deviation 1.

    Parameters
    ----------
    dim, n_classes : int
    hidden : int
        Width of the hidden layer.
    clip : float
        Standard deviations at which an input is cut off: one contour that ran wild in a
        recording must not decide for all.
    input_dropout, dropout : float
        Shares of the inputs, and of the hidden units, that are silenced in training.

    Examples
    --------
    >>> batch = Batch(torch.zeros(2, 1, 10), torch.ones(2, dtype=torch.int64))
    >>> Dense(10, 7, hidden=4).eval()(batch)["logits"].shape
    torch.Size([2, 7])
    """

    def __init__(
        self,
        dim: int,
        n_classes: int,
        *,
        hidden: int = 192,
        clip: float = 4.0,
        input_dropout: float = 0.3,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.clip = clip
        self.layers = nn.Sequential(
            nn.Dropout(input_dropout),
            nn.Linear(dim, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, n_classes),
        )

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Logits of a batch whose utterances are one frame each, shape (B, 1, dim)."""
        vectors = torch.clamp(batch.inputs[:, 0], -self.clip, self.clip)
        return {"logits": self.layers(vectors)}
