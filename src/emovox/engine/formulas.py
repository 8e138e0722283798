"""Multiply-adds of layers and front ends by closed formulas.

One multiply-add is a product and the sum it goes into: 2 FLOPs. Convolutions, dense and recurrent
layers and attention are counted by the products of their matrices. Biases, BatchNorm and
LayerNorm, activations, softmax, dropout and pooling count 0, as in the published counts of the
field's networks; so does the element-wise part of a recurrent cell. An embedding is a look-up.
Padding counts like any value: "same" convolutions are not cheaper at the edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from ..errors import UsageError

Formula = Callable[[Any, dict[str, Any], Any], int]
"""(the layer, its arguments by name, what it returned) -> multiply-adds."""


def convolution(kernel: Tensor, outputs: Tensor) -> int:
    """Each output value takes one multiply-add for each weight of its filter.

    `kernel` is (filters, channels of a group, taps...).
    """
    return outputs.numel() * math.prod(kernel.shape[1:])


def transposed_convolution(kernel: Tensor, inputs: Tensor) -> int:
    """Each input value goes through every weight of its channel.

    `kernel` is (channels, filters of a group, taps...).
    """
    return inputs.numel() * math.prod(kernel.shape[1:])


def attention(queries: Tensor, keys: Tensor, values: Tensor) -> int:
    """Scores Q K^T and their products with V: (..., L, E), (..., S, E), (..., S, D)."""
    *leading, n_queries, width = queries.shape
    scores = math.prod(leading) * n_queries * keys.shape[-2]
    return scores * (width + values.shape[-1])


def _linear(layer: nn.Linear, arguments: dict[str, Any], outputs: Any) -> int:
    count: int = outputs.numel()
    return count * layer.in_features


def _bilinear(layer: nn.Bilinear, arguments: dict[str, Any], outputs: Any) -> int:
    count: int = outputs.numel()
    return count * (layer.in1_features + 1) * layer.in2_features


def _convolution(layer: nn.Conv2d, arguments: dict[str, Any], outputs: Any) -> int:
    return convolution(layer.weight, outputs)


def _transposed(layer: nn.ConvTranspose2d, arguments: dict[str, Any], outputs: Any) -> int:
    return transposed_convolution(layer.weight, arguments["input"])


def _recurrent(layer: nn.RNNBase, arguments: dict[str, Any], outputs: Any) -> int:
    """Steps x the matrices of every layer and direction; a gate each row of theirs."""
    inputs = arguments["input"]
    values = inputs.data if isinstance(inputs, PackedSequence) else inputs
    steps = values.numel() // layer.input_size
    matrices = (one for name, one in layer.named_parameters() if name.startswith("weight"))
    return steps * sum(one.numel() for one in matrices)


def _cell(layer: nn.LSTMCell, arguments: dict[str, Any], outputs: Any) -> int:
    steps = arguments["input"].numel() // layer.input_size
    return int(steps * (layer.weight_ih.numel() + layer.weight_hh.numel()))


def _multihead(layer: nn.MultiheadAttention, arguments: dict[str, Any], outputs: Any) -> int:
    """Four projections, the scores and the weighted sum of the values."""
    if layer.bias_k is not None or layer.add_zero_attn:
        raise UsageError("usage", "MultiheadAttention with added keys has no formula of its cost")
    query, key = arguments["query"], arguments["key"]
    time = 0 if query.ndim == 2 or not layer.batch_first else 1
    n_queries, n_keys = query.shape[time], key.shape[time]
    utterances = query.numel() // (n_queries * layer.embed_dim)
    width = layer.embed_dim
    projections = 2 * n_queries * width + n_keys * (layer.kdim + layer.vdim)
    return int(utterances * width * (projections + 2 * n_queries * n_keys))


def _nothing(layer: nn.Module, arguments: dict[str, Any], outputs: Any) -> int:
    return 0


NORMS: tuple[type[nn.Module], ...] = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
)

FORMULAS: Mapping[type[nn.Module], Formula] = MappingProxyType(
    {
        nn.Linear: _linear,
        nn.Bilinear: _bilinear,
        **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), _convolution),
        **dict.fromkeys((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), _transposed),
        nn.RNNBase: _recurrent,
        nn.RNNCellBase: _cell,
        nn.MultiheadAttention: _multihead,
        **dict.fromkeys((nn.Embedding, nn.EmbeddingBag, nn.PReLU, *NORMS), _nothing),
    }
)
"""Type of layer -> its formula; a subclass has that of its nearest ancestor."""


def formula_of(layer: nn.Module) -> Formula | None:
    """The formula of a layer's type or of the nearest type that it descends from."""
    return next((FORMULAS[kind] for kind in type(layer).__mro__ if kind in FORMULAS), None)


def stft_macs(frames: int, *, n_fft: int, win_length: int | None = None) -> int:
    """Multiply-adds of the power spectra of `frames` frames, by real fast Fourier transforms.

    A transform of n real numbers is counted as (n / 2) log2 n complex multiply-adds, those of
    radix 2 (n / 4 log2 n butterflies of two), of four real ones each; then come one for each
    sample of the window and two for the power of each of the n / 2 + 1 bins. For an n that is not
    a power of 2 this is a convention, close to what good libraries do.

    Examples
    --------
    >>> stft_macs(1, n_fft=1024)
    22530
    """
    transform = 4 * (n_fft / 2) * math.log2(n_fft)
    return frames * (round(transform) + (win_length or n_fft) + 2 * (n_fft // 2 + 1))


def filter_bank_macs(frames: int, *, bins: int, bands: int) -> int:
    """Multiply-adds of a filter bank as the dense matrix product that libraries compute.

    Examples
    --------
    >>> filter_bank_macs(2, bins=513, bands=128)
    131328
    """
    return frames * bins * bands


def dct_macs(frames: int, *, bands: int, coefficients: int) -> int:
    """Multiply-adds of the first coefficients of a cosine transform, as a matrix product.

    Examples
    --------
    >>> dct_macs(2, bands=128, coefficients=40)
    10240
    """
    return frames * bands * coefficients
