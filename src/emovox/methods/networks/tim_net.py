"""TIM-Net: a causal dilated network that reads the cepstrum forwards and backwards in time."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from emovox.engine.batch import Batch

Direction = Literal["both", "forward"]
Fusion = Literal["learned", "last", "mean"]

KERNEL = 2
BATCH_NORM_EPS = 1e-3
BATCH_NORM_MOMENTUM = 0.01


class TimNet(nn.Module):
    """TIM-Net: temporal-aware blocks in two directions of time, fused over their scales.

    Each stream is a 1x1 convolution and a chain of temporal-aware blocks, whose dilation doubles
    from block to block. The means over time of both streams after block j are added to the level
    g_j; the levels are summed with one free weight each and go to a dense layer.

    Parameters
    ----------
    dim : int
        Dimensions of a frame; 39 cepstral coefficients in the published system.
    n_classes : int
    n_blocks : int
        Temporal-aware blocks in a stream: 8, or 10 for the 14 s utterances of IEMOCAP.
    filters : int
        Channels of every block. The published 39 equal the input, so that no block ever needs a
        convolution on its skip; ours never has one, since the first convolution maps `dim` to
        `filters`.
    direction : {"both", "forward"}
        "forward" leaves out the backward stream (the ablation "without Bi").
    fusion : {"learned", "last", "mean"}
        How the levels become one vector: one weight each, learned; the last level alone (the
        ablation "without MS"); equal weights 1/D (the ablation "without DF").
    dropout : float
        Share of the channels that spatial dropout silences in training.

    Notes
    -----
    The network reads every frame, padding too: its published inputs all have one length. It
    ignores ``batch.mask``.

    Two choices are free in the publication and taken here as its code has them: the fusion
    weights are unconstrained (no softmax, they may be negative) and static ("dynamic" does not
    mean that they depend on the input). "Equal weights" may be a sum or a mean; it is the mean
    here, which a dense layer cannot tell from the sum but in its scale. The running variance of
    torch's batch normalisation is the unbiased one, 1 + 1/(B T - 1) times that of Keras.

    Source: Ye, Wen, Wei, Xu, Liu, Shan, "Temporal Modeling Matters: A Novel Temporal Emotional
    Modeling Approach for Speech Emotion Recognition", ICASSP 2023 (arXiv 2211.08233).

    Examples
    --------
    >>> import torch
    >>> from emovox.engine.batch import Batch
    >>> network = TimNet(39, 7).eval()
    >>> batch = Batch(torch.zeros(2, 188, 39), torch.tensor([188, 188]))
    >>> network(batch)["logits"].shape
    torch.Size([2, 7])
    """

    def __init__(
        self,
        dim: int = 39,
        n_classes: int = 7,
        *,
        n_blocks: int = 8,
        filters: int = 39,
        direction: Direction = "both",
        fusion: Fusion = "learned",
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if direction not in ("both", "forward"):
            raise ValueError(f"unknown direction {direction!r}; known: both, forward")
        if fusion not in ("learned", "last", "mean"):
            raise ValueError(f"unknown fusion {fusion!r}; known: learned, last, mean")
        self.fusion = fusion
        self.forwards = Stream(dim, filters, n_blocks, dropout)
        self.backwards = Stream(dim, filters, n_blocks, dropout) if direction == "both" else None
        if fusion == "learned":
            self.level_weights = nn.Parameter(torch.empty(n_blocks).uniform_(-0.05, 0.05))
        self.dense = nn.Linear(filters, n_classes)
        nn.init.xavier_uniform_(self.dense.weight)
        nn.init.zeros_(self.dense.bias)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Logits of a batch.

        Parameters
        ----------
        batch : Batch
            ``inputs`` of shape (B, T, dim).

        Returns
        -------
        dict
            "logits" of shape (B, classes).
        """
        images = as_images(batch.inputs)
        levels = self.forwards(images)
        if self.backwards is not None:
            levels = levels + self.backwards(images.flip(3))
        return {"logits": self.dense(self._fused(levels))}

    def _fused(self, levels: Tensor) -> Tensor:
        """(B, D, filters) -> (B, filters)."""
        if self.fusion == "last":
            return levels[:, -1]
        if self.fusion == "mean":
            return levels.mean(1)
        return (self.level_weights[:, None] * levels).sum(1)


class Stream(nn.Module):
    """One direction of time: a 1x1 convolution and a chain of temporal-aware blocks.

    Parameters
    ----------
    dim, filters, n_blocks : int
    dropout : float
    """

    def __init__(self, dim: int, filters: int, n_blocks: int, dropout: float) -> None:
        super().__init__()
        self.entry = keras_convolution(dim, filters, 1)
        self.blocks = nn.ModuleList(
            TemporalAwareBlock(filters, 2**block, dropout) for block in range(n_blocks)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Mean over time after each block.

        Parameters
        ----------
        images : Tensor, shape (B, dim, 1, T)

        Returns
        -------
        Tensor, shape (B, D, filters)
        """
        frames = images.shape[3]
        # The gradient of a mean would be laid out with the time last in memory, and every pass
        # behind it would run several times slower; that of a sum takes the layout it meets.
        return torch.stack([output.sum((2, 3)) for output in self.outputs(images)], 1) / frames

    def outputs(self, images: Tensor) -> list[Tensor]:
        """Output of every block, D tensors of shape (B, filters, 1, T)."""
        output = self.entry(images)
        outputs = []
        for block in self.blocks:
            output = block(output)
            outputs.append(output)
        return outputs


class TemporalAwareBlock(nn.Module):
    """A gate in [0.5, 1) on each value of the input, computed from the present and the past.

    Twice a causal convolution of width 2, batch normalisation, ReLU and spatial dropout; the
    sigmoid of the result multiplies the input. As ReLU gives no negative value, no gate is below
    one half.

    Parameters
    ----------
    filters, dilation : int
    dropout : float
    """

    def __init__(self, filters: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.first = CausalLayer(filters, dilation, dropout)
        self.second = CausalLayer(filters, dilation, dropout)

    def forward(self, images: Tensor) -> Tensor:
        """Gated input, shape (B, filters, 1, T) as the input."""
        return images * self.gate(images)

    def gate(self, images: Tensor) -> Tensor:
        """Factors in [0.5, 1), shape (B, filters, 1, T) as the input."""
        return torch.sigmoid(self.second(self.first(images)))


class CausalLayer(nn.Module):
    """Causal convolution of width 2, batch normalisation, ReLU, dropout of whole channels.

    Parameters
    ----------
    filters, dilation : int
    dropout : float
    """

    def __init__(self, filters: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.convolution = keras_convolution(filters, filters, KERNEL, dilation)
        self.normalisation = nn.BatchNorm2d(
            filters, eps=BATCH_NORM_EPS, momentum=BATCH_NORM_MOMENTUM
        )
        self.past = dilation * (KERNEL - 1)
        self.dropout = dropout

    def forward(self, images: Tensor) -> Tensor:
        """Shape (B, filters, 1, T) as the input."""
        padded = functional.pad(images, (self.past, 0))
        normalised: Tensor = self.normalisation(self.convolution(padded))
        if self.training and self.dropout > 0:
            # A mask that is never negative commutes with ReLU; before it, both work in place.
            normalised.mul_(channel_mask(normalised, self.dropout))
        return functional.relu_(normalised)


def as_images(inputs: Tensor) -> Tensor:
    """(B, T, F) as (B, F, 1, T) with the channels last in memory: no value moves.

    Two-dimensional convolutions of such tensors run three times as fast on processors as
    one-dimensional ones of (B, F, T).
    """
    return inputs.unsqueeze(1).permute(0, 3, 1, 2)


def channel_mask(images: Tensor, dropout: float) -> Tensor:
    """Mask of spatial dropout for (B, C, ...): (B, C, 1, 1), 0 or 1 / (1 - dropout)."""
    kept = 1 - dropout
    mask = torch.empty(images.shape[:2], dtype=images.dtype, device=images.device)
    return mask.bernoulli_(kept).div_(kept)[:, :, None, None]


def keras_convolution(channels: int, filters: int, width: int, dilation: int = 1) -> nn.Conv2d:
    """Convolution over the last axis that starts as in Keras: Glorot uniform, biases zero."""
    convolution = nn.Conv2d(channels, filters, (1, width), dilation=(1, dilation))
    nn.init.xavier_uniform_(convolution.weight)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return convolution
