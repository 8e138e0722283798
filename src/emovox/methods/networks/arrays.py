"""What a network is given: arrays of frames that it can take, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...errors import UsageError

if TYPE_CHECKING:
    from .method import NetworkMethod

Array = npt.NDArray[np.floating]


def checked(network: NetworkMethod, X: Sequence[Array]) -> list[Array]:
    """Arrays of frames of one width, and of the one length that the network takes.

    Parameters
    ----------
    network : NetworkMethod
    X : sequence of float arrays, each of shape (time, dim)
        Of a network over vectors (dim,), which become sequences of one frame.

    Returns
    -------
    list of float arrays, each of shape (time, dim)

    Raises
    ------
    UsageError
        For other shapes.
    """
    arrays = list(X)
    if network.needs.form == "functionals":
        if any(np.ndim(array) != 1 for array in arrays):
            raise UsageError("usage", f"{network.name} takes vectors of shape (dim,)")
        arrays = [np.asarray(array, dtype=np.float32)[np.newaxis] for array in arrays]
    shapes = {np.shape(array) for array in arrays}
    if not arrays or any(len(shape) != 2 or not shape[0] for shape in shapes):
        raise UsageError("usage", "a network takes arrays of shape (time, dim), time from 1 on")
    if len({shape[1] for shape in shapes}) > 1:
        raise UsageError("usage", "the arrays of frames have unequal widths")
    if network.frames is not None and len(shapes) > 1:
        raise UsageError(
            "usage",
            f"{network.name} takes utterances of one length; there are "
            f"{len(shapes)} (use a feature made for it, such as {network.needs.feature})",
        )
    return arrays


def digest(arrays: Sequence[Array], labels: npt.NDArray[np.integer] | None) -> str:
    """SHA-256 of arrays and labels."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(str(array.shape).encode())
        found.update(np.ascontiguousarray(array, dtype=np.float32).tobytes())
    if labels is not None:
        found.update(np.ascontiguousarray(labels, dtype=np.int64).tobytes())
    return found.hexdigest()
