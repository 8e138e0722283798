"""RepLKNet as the registry makes it: a variant by its name, with parts of it changed."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import UsageError
from .replknet import VARIANTS, RepLKNet


def variant_of(
    dim: int,
    n_classes: int,
    *,
    variant: str = "S",
    kernels: Sequence[int] | None = None,
    layers: Sequence[int] | None = None,
    channels: Sequence[int] | None = None,
    small_kernel: int | None = None,
    drop_path: float = 0.1,
) -> RepLKNet:
    """Make a variant.

    Parameters
    ----------
    dim : int
        Bands of the image; the network takes any number of them.
    n_classes : int
    variant : one of `emovox.methods.networks.replknet.VARIANTS`
    kernels, layers, channels : sequences of int, optional
        In the place of the variant's.
    small_kernel : int, optional
        In the place of the variant's; 0 leaves the branch out.
    drop_path : float

    Raises
    ------
    UsageError
        For a variant that is not known, or settings that do not go together.

    Examples
    --------
    >>> sum(one.numel() for one in variant_of(128, 7).parameters())
    2043103
    """
    if variant not in VARIANTS:
        known = ", ".join(VARIANTS)
        raise UsageError("name-unknown", f"there is no variant {variant!r}; known: {known}")
    shape = VARIANTS[variant].copy()
    if kernels is not None:
        shape["kernels"] = tuple(kernels)
    if layers is not None:
        shape["layers"] = tuple(layers)
    if channels is not None:
        shape["channels"] = tuple(channels)
    if small_kernel is not None:
        shape["small_kernel"] = small_kernel or None
    return RepLKNet(n_classes, drop_path=drop_path, **shape)
