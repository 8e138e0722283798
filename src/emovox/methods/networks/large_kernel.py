"""Depthwise convolution with very large kernels, exact and fast, and its small parallel branch.

Source: Ding et al., "Scaling Up Your Kernels to 31x31: Revisiting Large Kernel Design in CNNs",
CVPR 2022 (arXiv 2203.06717): the two branches and the rule that merges them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...errors import UsageError

Convolution: TypeAlias = Literal["direct", "fft"]


def convolve_depthwise(inputs: Tensor, kernel: Tensor) -> Tensor:
    """Depthwise "same" convolution: Fourier transform along time, matrices along frequency.

    A convolution along time is a product of spectra; what is left, a convolution along the short
    frequency axis for each channel and each Fourier bin, is a product with a Toeplitz matrix. The
    result is that of the plain grouped convolution up to rounding. On a CPU, whose grouped
    convolutions with large kernels go element by element, it is many times as fast.

    Parameters
    ----------
    inputs : tensor, shape (batch, channels, frequency, time)
    kernel : tensor, shape (channels, 1, size, size), `size` odd
        As `torch.nn.Conv2d` holds it with ``groups=channels`` and ``padding=size // 2``.

    Returns
    -------
    tensor of the shape and type of `inputs`; computed in single precision at least

    Examples
    --------
    >>> inputs, kernel = torch.randn(2, 3, 4, 9), torch.randn(3, 1, 7, 7)
    >>> plain = functional.conv2d(inputs, kernel, padding=3, groups=3)
    >>> torch.allclose(convolve_depthwise(inputs, kernel), plain, atol=1e-5)
    True
    """
    bands, times = inputs.shape[-2:]
    with torch.autocast(inputs.device.type, enabled=False):
        exact = torch.promote_types(inputs.dtype, torch.float32)
        taps = _reachable(kernel.to(exact).squeeze(1), bands, times)
        reach = taps.shape[-1] // 2
        length = _smooth(times + reach)
        spectra = torch.fft.rfft(inputs.to(exact), n=length)
        responses = torch.fft.rfft(taps.flip(-1), n=length)
        matrices = _toeplitz(responses.transpose(1, 2), bands)
        products = torch.matmul(matrices, spectra.permute(1, 3, 2, 0))
        outputs: Tensor = torch.fft.irfft(products.permute(3, 0, 2, 1), n=length)
        return outputs[..., reach : reach + times].to(inputs.dtype)


def _reachable(kernel: Tensor, bands: int, times: int) -> Tensor:
    """Kernel (channels, 2 bands - 1, taps): padded along frequency, cut where it meets no map."""
    half = kernel.shape[-1] // 2
    across, along = bands - 1 - half, min(0, times - 1 - half)
    return functional.pad(kernel, (along, along, across, across))


def _toeplitz(diagonals: Tensor, size: int) -> Tensor:
    """Matrices (..., size, size) whose element i, j is ``diagonals[..., size - 1 + j - i]``."""
    leading = diagonals.shape[:-1]
    # Rows of 2 size numbers, laid out again in rows of one number less, slide by one each row.
    rows = functional.pad(diagonals, (0, 1)).unsqueeze(-2).expand(*leading, size, 2 * size)
    flat = rows.reshape(*leading, 2 * size * size)[..., : size * (2 * size - 1)]
    return flat.reshape(*leading, size, 2 * size - 1)[..., size - 1 :]


def _smooth(length: int) -> int:
    """The smallest number from `length` on that has only the factors 2, 3 and 5."""
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


class DepthwiseConv2d(nn.Conv2d):
    """Depthwise "same" convolution with a square kernel, in one of two exact ways.

    Parameters
    ----------
    channels, kernel : int
        The kernel's size is odd.
    bias : bool
    convolution : {"direct", "fft"}
        The plain grouped convolution, or `convolve_depthwise` while training. In eval mode it is
        always the plain one: its forward pass is fast, and it can be exported to ONNX.
    """

    def __init__(
        self, channels: int, kernel: int, *, bias: bool = False, convolution: Convolution = "direct"
    ) -> None:
        if kernel < 1 or kernel % 2 == 0:
            raise UsageError(
                "usage", f"a depthwise kernel has an odd size of at least 1, not {kernel}"
            )
        if convolution not in ("direct", "fft"):
            raise UsageError("usage", f"unknown convolution {convolution!r}; known: direct, fft")
        super().__init__(
            channels, channels, kernel, padding=kernel // 2, groups=channels, bias=bias
        )
        self.convolution = convolution

    def forward(self, input: Tensor) -> Tensor:
        """Convolved maps (batch, channels, frequency, time)."""
        if self.convolution == "direct" or not self.training:
            if input.device.type == "cpu":  # whose kernels for channels that lie last are fast
                input = input.contiguous(memory_format=torch.channels_last)
            return super().forward(input)
        outputs = convolve_depthwise(input, self.weight)
        return outputs if self.bias is None else outputs + self.bias[:, None, None]


class LargeKernel(nn.Module):
    """Large depthwise convolution with a small one beside it, each with its BatchNorm.

    y = BN_large(DW_KxK(x)) + BN_small(DW_kxk(x)); `merged` gives the same in one convolution.

    Parameters
    ----------
    channels, kernel : int
    small_kernel : int or None
        None leaves the small branch out.
    convolution : {"direct", "fft"}
        Of the large branch.
    """

    def __init__(
        self,
        channels: int,
        kernel: int,
        *,
        small_kernel: int | None = 5,
        convolution: Convolution = "direct",
    ) -> None:
        if small_kernel is not None and small_kernel > kernel:
            raise UsageError(
                "usage",
                f"the small kernel, {small_kernel}, is larger than the large one, {kernel}; "
                "give small_kernel=None to leave it out",
            )
        super().__init__()
        self.large = DepthwiseConv2d(channels, kernel, convolution=convolution)
        self.large_norm = nn.BatchNorm2d(channels)
        self.small: DepthwiseConv2d | None = None
        if small_kernel is not None:
            self.small = DepthwiseConv2d(channels, small_kernel, convolution=convolution)
            self.small_norm = nn.BatchNorm2d(channels)

    def forward(self, inputs: Tensor) -> Tensor:
        """Maps of the same shape (batch, channels, frequency, time)."""
        outputs: Tensor = self.large_norm(self.large(inputs))
        if self.small is not None:
            outputs = outputs + self.small_norm(self.small(inputs))
        return outputs

    @torch.no_grad()
    def merged(self) -> DepthwiseConv2d:
        """One convolution with a bias that does what both branches do in eval mode."""
        weight, bias = fused(self.large, self.large_norm)
        if self.small is not None:
            small_weight, small_bias = fused(self.small, self.small_norm)
            margin = (weight.shape[-1] - small_weight.shape[-1]) // 2
            weight = weight + functional.pad(small_weight, (margin,) * 4)
            bias = bias + small_bias
        channels, _, kernel, _ = weight.shape
        with torch.device(weight.device):
            convolution = DepthwiseConv2d(channels, kernel, bias=True).to(weight.dtype)
        convolution.weight.copy_(weight)
        if convolution.bias is not None:
            convolution.bias.copy_(bias)
        return convolution


def fused(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Kernel and bias of a convolution without bias together with the BatchNorm after it.

    W' = W t and b' = beta - mean t with t = gamma / sqrt(variance + eps), for each channel.
    """
    if norm.running_mean is None or norm.running_var is None:
        raise UsageError("usage", "a BatchNorm without running statistics cannot be merged")
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
