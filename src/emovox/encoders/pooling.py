"""From hidden states over time to one vector; padding never counts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UsageError

KINDS = ("mean", "mean-sd", "attention", "attentive-statistics")
_FLOOR = 1e-6


class Pooling(nn.Module):
    """Pooling over the frames that there are.

    Parameters
    ----------
    kind : {"mean", "mean-sd", "attention", "attentive-statistics"}
        Mean; mean and standard deviation; mean weighted by attention; mean and standard deviation
        so weighted (Okabe, Koshinaka, Shinoda, Interspeech 2018, arXiv 1803.10963).
    dim : int
        Width of a frame.
    hidden : int
        Of the layer behind the attention.

    Attributes
    ----------
    width : int
        Of the vector that comes out.

    Examples
    --------
    >>> pooling = Pooling("mean-sd", 3)
    >>> frames = torch.tensor([[[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [9.0, 9.0, 9.0]]])
    >>> pooling(frames, torch.tensor([[True, True, False]])).round().tolist()
    [[2.0, 2.0, 2.0, 1.0, 0.0, 1.0]]
    """

    def __init__(self, kind: str, dim: int, *, hidden: int = 128) -> None:
        super().__init__()
        if kind not in KINDS:
            raise UsageError(
                "name-unknown", f"there is no pooling {kind!r}; known: {', '.join(KINDS)}"
            )
        self.kind = kind
        self.has_deviation = kind in ("mean-sd", "attentive-statistics")
        self.width = 2 * dim if self.has_deviation else dim
        self.score = None
        if kind.startswith("atten"):
            self.score = nn.Sequential(nn.Linear(dim, hidden), nn.Tanh(), nn.Linear(hidden, 1))

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        """Pool.

        Parameters
        ----------
        frames : float tensor, shape (utterances, time, dim)
        mask : bool tensor, shape (utterances, time)
            True where there is a frame; at least once an utterance.

        Returns
        -------
        float tensor, shape (utterances, width)
        """
        there = mask[..., None].to(frames.dtype)
        if self.score is None:
            weights = there / there.sum(dim=1, keepdim=True)
        else:
            scores = self.score(frames).masked_fill(~mask[..., None], torch.finfo(frames.dtype).min)
            weights = torch.softmax(scores, dim=1)
        mean = (frames * weights).sum(dim=1)
        if not self.has_deviation:
            return mean
        square = ((frames - mean[:, None]) ** 2 * weights).sum(dim=1)
        return torch.cat([mean, (square + _FLOOR).sqrt()], dim=1)


class LayerWeights(nn.Module):
    """Weighted sum of layers; the weights are a softmax, equal at first.

    Yang et al., "SUPERB", Interspeech 2021 (arXiv 2105.01051).

    Parameters
    ----------
    n_layers : int

    Examples
    --------
    >>> LayerWeights(2)(torch.tensor([[[1.0], [3.0]]])).tolist()
    [[2.0]]
    """

    def __init__(self, n_layers: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(n_layers))

    @property
    def weights(self) -> Tensor:
        """Weight of each layer; they sum to 1."""
        return torch.softmax(self.logits, dim=0)

    def forward(self, layers: Tensor) -> Tensor:
        """Sum over the second axis: (utterances, layers, ...) -> (utterances, ...)."""
        shape = (1, -1, *(1,) * (layers.dim() - 2))
        return (layers * self.weights.view(shape)).sum(dim=1)
