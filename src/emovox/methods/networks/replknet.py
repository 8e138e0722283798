"""RepLKNet on log-mel images: a few very large depthwise convolutions, merged after training.

Source: Ding, Zhang, Zhou, Han, Ding, Sun, "Scaling Up Your Kernels to 31x31: Revisiting Large
Kernel Design in CNNs", CVPR 2022 (arXiv 2203.06717). The paper is about images; the input of one
log-mel channel, the narrow variants and everything else about speech are choices of emovox, so no
published figure for emotion recognition belongs to them.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypedDict

from torch import Tensor, nn

from ...engine.batch import Batch
from ...errors import UsageError
from .large_kernel import Convolution, DepthwiseConv2d, LargeKernel


class Shape(TypedDict, total=False):
    """Settings of `RepLKNet` that make a variant."""

    kernels: tuple[int, ...]
    layers: tuple[int, ...]
    channels: tuple[int, ...]
    small_kernel: int | None


VARIANTS: Mapping[str, Shape] = MappingProxyType(
    {
        "S": {},
        "XS": {"layers": (1, 1, 4, 1)},
        "M": {"layers": (2, 2, 4, 2), "channels": (32, 64, 128, 256)},
        "15": {"kernels": (15, 13, 11, 7)},
        "3": {"kernels": (3, 3, 3, 3), "small_kernel": None},
    }
)
"""Name -> what differs from the defaults; "15" and "3" are S with small kernels, as controls."""


class RepLKNet(nn.Module):
    """Large-kernel convolutional network over an image of one utterance's log-mel bands.

    Frequency is the image's height, time its width. Stem (two halvings), then stages of pairs of
    a large-kernel block and a feed-forward block, a halving between stages, BatchNorm, global
    average, one linear layer. It ignores the masks of padded batches: train on pieces of equal
    length, and average the probabilities over windows when recognising.

    Parameters
    ----------
    n_classes : int
    in_channels : int
        1 for log-mel images.
    kernels, layers, channels : sequences of int, one for each stage
        Size of the large kernels, pairs of blocks, width.
    small_kernel : int or None
        Of the parallel branch; None leaves it out.
    dw_ratio : float
        Width of the large convolution over the stage's width (1.5 in the paper's XL).
    drop_path : float
        Rate of stochastic depth in the last pair; it grows linearly from 0 in the first.
    convolution : {"fft", "direct"}
        How the depthwise convolutions of the stages are computed while training. Both are exact;
        "fft" makes a training step about three times as fast on a CPU.

    Raises
    ------
    UsageError
        If the stages' settings differ in number, a kernel is even, or `drop_path` is not in [0, 1).

    Examples
    --------
    >>> network = RepLKNet(n_classes=7).eval()
    >>> sum(p.numel() for p in network.parameters())
    2043103
    >>> sum(p.numel() for p in network.merge().parameters())
    2012191
    """

    def __init__(
        self,
        n_classes: int = 7,
        *,
        in_channels: int = 1,
        kernels: Sequence[int] = (31, 29, 27, 13),
        layers: Sequence[int] = (2, 2, 6, 2),
        channels: Sequence[int] = (24, 48, 96, 192),
        small_kernel: int | None = 5,
        dw_ratio: float = 1.0,
        drop_path: float = 0.1,
        convolution: Convolution = "fft",
    ) -> None:
        if not len(kernels) == len(layers) == len(channels) > 0:
            raise UsageError(
                "usage",
                "kernels, layers and channels have one number for each stage, but hold "
                f"{len(kernels)}, {len(layers)} and {len(channels)}",
            )
        super().__init__()
        rates = iter(drop_rates(sum(layers), drop_path))
        self.stem = _stem(in_channels, channels[0])
        self.stages = nn.ModuleList()
        self.transitions = nn.ModuleList()
        for kernel, pairs, width in zip(kernels, layers, channels, strict=True):
            blocks: list[nn.Module] = []
            for _ in range(pairs):
                rate = next(rates)
                unit = LargeKernel(
                    round(dw_ratio * width),
                    kernel,
                    small_kernel=small_kernel,
                    convolution=convolution,
                )
                blocks += [LargeKernelBlock(width, unit, rate), FeedForwardBlock(width, rate)]
            self.stages.append(nn.Sequential(*blocks))
        for width, wider in itertools.pairwise(channels):
            self.transitions.append(_transition(width, wider))
        self.norm = nn.BatchNorm2d(channels[-1])
        self.head = nn.Linear(channels[-1], n_classes)
        self.is_merged = False

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """``{"logits": (batch, classes)}`` for log-mel frames, inputs of (batch, time, bands)."""
        return {"logits": self.head(self.features(batch.inputs.transpose(1, 2).unsqueeze(1)))}

    def features(self, images: Tensor) -> Tensor:
        """What the last layer sees: (batch, channels of the last stage).

        Parameters
        ----------
        images : tensor, shape (batch, in_channels, frequency, time)
        """
        outputs: Tensor = self.norm(self.maps(images)[-1])
        return outputs.mean(dim=(2, 3))

    def maps(self, images: Tensor) -> list[Tensor]:
        """Maps that each stage ends with; every stride of 2 leaves ceil(n / 2) rows and columns."""
        found = []
        outputs = self.stem(images)
        for index, stage in enumerate(self.stages):
            if index > 0:
                outputs = self.transitions[index - 1](outputs)
            outputs = stage(outputs)
            found.append(outputs)
        return found

    def merge(self) -> RepLKNet:
        """The same network in eval mode with each large unit as one convolution with a bias.

        The network itself stays as it is. What is merged already is returned as it is.

        Returns
        -------
        RepLKNet, equal to this one in eval mode up to rounding; it cannot be trained further

        Examples
        --------
        >>> merged = RepLKNet(layers=(1, 1, 1, 1)).eval().merge()
        >>> merged.merge() is merged
        True
        """
        if self.is_merged:
            return self
        merged = copy.deepcopy(self).eval()
        for block in merged.modules():
            if isinstance(block, LargeKernelBlock) and isinstance(block.large, LargeKernel):
                block.large = block.large.merged().eval()
        merged.is_merged = True
        return merged

    def train(self, mode: bool = True) -> RepLKNet:
        """Switch between training and eval mode; a merged network has no branches to train.

        Raises
        ------
        UsageError
            If the network is merged and `mode` is true.
        """
        if mode and self.is_merged:
            raise UsageError(
                "usage",
                "a merged RepLKNet cannot be trained: its small branches are folded away; "
                "train the network that it was merged from and merge that again",
            )
        return super().train(mode)


def drop_rates(n_pairs: int, last: float) -> list[float]:
    """Rates of stochastic depth of the pairs of blocks, from 0 to `last` in equal steps.

    Examples
    --------
    >>> drop_rates(3, 0.5)
    [0.0, 0.25, 0.5]
    """
    if not 0.0 <= last < 1.0:
        raise UsageError("usage", f"drop_path is a rate in [0, 1), not {last}")
    return [last * index / max(1, n_pairs - 1) for index in range(n_pairs)]


class LargeKernelBlock(nn.Module):
    """x + drop(1x1 conv-bn(relu(large(1x1 conv-bn-relu(bn(x))))))."""

    def __init__(self, channels: int, large: LargeKernel, drop: float) -> None:
        super().__init__()
        inner = large.large.out_channels
        self.norm = nn.BatchNorm2d(channels)
        self.enter = nn.Sequential(*_conv_bn(channels, inner, 1), nn.ReLU(inplace=True))
        self.large: LargeKernel | DepthwiseConv2d = large
        self.leave = nn.Sequential(nn.ReLU(inplace=True), *_conv_bn(inner, channels, 1))
        self.drop = DropPath(drop)

    def forward(self, inputs: Tensor) -> Tensor:
        """Maps of the same shape (batch, channels, frequency, time)."""
        change: Tensor = self.drop(self.leave(self.large(self.enter(self.norm(inputs)))))
        return inputs + change


class FeedForwardBlock(nn.Module):
    """x + drop(1x1 conv-bn(gelu(1x1 conv-bn(bn(x))))), four times as wide within."""

    def __init__(self, channels: int, drop: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(channels),
            *_conv_bn(channels, 4 * channels, 1),
            nn.GELU(),
            *_conv_bn(4 * channels, channels, 1),
            DropPath(drop),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Maps of the same shape (batch, channels, frequency, time)."""
        change: Tensor = self.layers(inputs)
        return inputs + change


class DropPath(nn.Module):
    """Stochastic depth: while training, samples are zeroed at `rate`, the others scaled up."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, inputs: Tensor) -> Tensor:
        """`inputs` with whole samples (first axis) zeroed."""
        if not self.training or self.rate == 0.0:
            return inputs
        keep = 1.0 - self.rate
        kept = inputs.new_empty(len(inputs), *(1,) * (inputs.ndim - 1)).bernoulli_(keep)
        return inputs * (kept / keep)

    def extra_repr(self) -> str:
        """The rate, for printing."""
        return f"rate={self.rate:.4g}"


def _conv_bn(wide: int, wider: int, kernel: int, **settings: Any) -> list[nn.Module]:
    convolution = nn.Conv2d(wide, wider, kernel, padding=kernel // 2, bias=False, **settings)
    return [convolution, nn.BatchNorm2d(wider)]


def _stem(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        *_conv_bn(channels, width, 3, stride=2), nn.ReLU(inplace=True),
        *_conv_bn(width, width, 3, groups=width), nn.ReLU(inplace=True),
        *_conv_bn(width, width, 1), nn.ReLU(inplace=True),
        *_conv_bn(width, width, 3, groups=width, stride=2), nn.ReLU(inplace=True),
    )  # fmt: skip


def _transition(width: int, wider: int) -> nn.Sequential:
    return nn.Sequential(
        *_conv_bn(width, wider, 1), nn.ReLU(inplace=True),
        *_conv_bn(wider, wider, 3, groups=wider, stride=2), nn.ReLU(inplace=True),
    )  # fmt: skip
