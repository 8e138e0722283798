"""Light-SERNet: a small convolutional network that reads the cepstrum as an image."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from emovox.engine.batch import Batch

BATCH_NORM_EPS = 1e-3
BATCH_NORM_MOMENTUM = 0.01

BRANCHES = ((11, 1), (1, 9), (3, 3))
BRANCH_FILTERS = 32
# filters, kernel (time and coefficient), pool (likewise; None: the mean over all)
BODY: tuple[tuple[int, int, tuple[int, int] | None], ...] = (
    (64, 3, (2, 2)),
    (96, 3, (2, 2)),
    (128, 3, (2, 1)),
    (160, 3, (2, 1)),
    (320, 1, None),
)


class LightSernet(nn.Module):
    """Light-SERNet: three convolutions side by side, five one after another, a mean, a dense layer.

    The three first kernels see time (11 x 1), coefficients (1 x 9) and both (3 x 3). Every
    convolution has stride 1 and keeps the size ("same"), and is followed by batch normalisation,
    ReLU and an average pool in which padded cells do not count.

    Parameters
    ----------
    dim : int
        Coefficients of a frame, 40 in the published system (or 128 mel bands, or 513 bins). No
        parameter depends on it.
    n_classes : int
    dropout : float
        Share of the 320 averages that are silenced in training.

    Attributes
    ----------
    decayed : tuple of str
        Names of the five kernels under L2: 1e-6 times the sum of the squares, without a half,
        thus a weight decay of 2e-6 coupled with Adam. Nothing else is decayed.

    Notes
    -----
    The network reads every frame, padding too: its published inputs all have one length, 184
    frames (3 s) or 434 (7 s). It ignores ``batch.mask``.

    Two choices are ambiguous. The paper's text writes the first kernels as 9 x 1 and 1 x 11, its
    code has 11 x 1 and 1 x 9 on (time, coefficient); the code's are taken. That padded cells of
    the average pools do not count is what "same" means where it was written; it matters only for
    odd sizes (7 s). The running variance of torch's batch normalisation is the unbiased one.

    Source: Aftab, Morsali, Ghaemmaghami, Champagne, "Light-SERNet: A lightweight fully
    convolutional neural network for speech emotion recognition", ICASSP 2022, 6912-6916
    (arXiv 2110.03435).

    Examples
    --------
    >>> import torch
    >>> from emovox.engine.batch import Batch
    >>> network = LightSernet(40, 7).eval()
    >>> batch = Batch(torch.zeros(2, 184, 40), torch.tensor([184, 184]))
    >>> network(batch)["logits"].shape
    torch.Size([2, 7])
    >>> network.decayed[0]
    'body.0.convolution.weight'
    """

    decayed: tuple[str, ...] = tuple(f"body.{row}.convolution.weight" for row in range(len(BODY)))

    def __init__(self, dim: int = 40, n_classes: int = 7, dropout: float = 0.3) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            PooledConvolution(1, BRANCH_FILTERS, kernel, (2, 2), bias=True) for kernel in BRANCHES
        )
        channels = BRANCH_FILTERS * len(BRANCHES)
        self.body = nn.ModuleList()
        for filters, kernel, pool in BODY:
            self.body.append(
                PooledConvolution(channels, filters, (kernel, kernel), pool, bias=False)
            )
            channels = filters
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(channels, n_classes)
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
        averages = self.outputs(batch.inputs)[-1].flatten(1)
        return {"logits": self.dense(self.dropout(averages))}

    def outputs(self, inputs: Tensor) -> list[Tensor]:
        """Output of the three branches, concatenated, and of every later layer.

        Parameters
        ----------
        inputs : Tensor, shape (B, T, dim)

        Returns
        -------
        list of Tensor, each of shape (B, filters, time, coefficients), channels last in memory
        """
        # One channel lies first and last in memory at once; these strides say "last", which the
        # convolutions hand on to everything behind them.
        images = inputs.unsqueeze(3).permute(0, 3, 1, 2)
        outputs = [torch.cat([branch(images) for branch in self.branches], 1)]
        for layer in self.body:
            outputs.append(layer(outputs[-1]))
        return outputs


class PooledConvolution(nn.Module):
    """Convolution, batch normalisation, ReLU, average pool.

    Parameters
    ----------
    channels, filters : int
    kernel : (int, int)
        Odd sizes on (time, coefficient).
    pool : (int, int) or None
        Cells that are averaged to one; None: all of them.
    bias : bool
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel: tuple[int, int],
        pool: tuple[int, int] | None,
        *,
        bias: bool,
    ) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.convolution = nn.Conv2d(channels, filters, kernel, padding=padding, bias=bias)
        nn.init.xavier_uniform_(self.convolution.weight)
        if self.convolution.bias is not None:
            nn.init.zeros_(self.convolution.bias)
        self.normalisation = nn.BatchNorm2d(
            filters, eps=BATCH_NORM_EPS, momentum=BATCH_NORM_MOMENTUM
        )
        self.pool = pool

    def forward(self, images: Tensor) -> Tensor:
        """(B, channels, time, coefficients) -> (B, filters, time / pool, coefficients / pool)."""
        active = functional.relu_(self.normalisation(self.convolution(images)))
        if self.pool is None:
            return active.mean((2, 3), keepdim=True)
        return functional.avg_pool2d(active, self.pool, ceil_mode=True, count_include_pad=False)
