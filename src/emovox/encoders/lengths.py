"""How many frames an encoder makes of a clip."""

from __future__ import annotations

from typing import Any, TypeVar

KERNELS: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
STRIDES: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
"""Of the convolutions of wav2vec 2.0, HuBERT, WavLM and data2vec."""

Count = TypeVar("Count")
"""A number, or an array or a tensor of numbers."""


def after_convolutions(
    n_samples: Count,
    kernels: tuple[int, ...] = KERNELS,
    strides: tuple[int, ...] = STRIDES,
) -> Count:
    """Frames of so many samples, by the formula of a convolution without padding.

    Parameters
    ----------
    n_samples : int, or array or tensor of int

    Returns
    -------
    the same kind

    Examples
    --------
    >>> [after_convolutions(n) for n in (400, 720, 16_000, 48_000, 96_000)]
    [1, 2, 49, 149, 299]
    """
    found: Any = n_samples
    for kernel, stride in zip(kernels, strides, strict=True):
        found = (found - kernel) // stride + 1
    counted: Count = found
    return counted


def of_whisper(mel_frames: Count) -> Count:
    """Frames of so many log-mel frames: the second convolution has stride 2.

    Examples
    --------
    >>> of_whisper(3000), of_whisper(199)
    (1500, 100)
    """
    found: Any = mel_frames
    counted: Count = (found - 1) // 2 + 1
    return counted
