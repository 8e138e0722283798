"""A training part with changed copies of its recordings beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def with_copies(
    X: npt.NDArray[Any],
    y: npt.NDArray[Any],
    groups: npt.NDArray[Any] | None,
    copies: Sequence[npt.NDArray[Any]],
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any] | None]:
    """Rows of the recordings, then of each copy, with their labels and groups.

    Parameters
    ----------
    X : array, shape (utterances, ...)
    y : array, shape (utterances, ...)
    groups : array, shape (utterances,), optional
        Speakers. Where they are not known, and there are copies, each utterance is a group, so
        that inner folds have no copy of what they are tested on.
    copies : sequence of arrays like `X`

    Returns
    -------
    X, y, groups

    Examples
    --------
    >>> X, y, groups = with_copies(np.eye(2), np.array(["a", "b"]), None, [np.ones((2, 2))])
    >>> X.shape, y.tolist(), groups.tolist()
    ((4, 2), ['a', 'b', 'a', 'b'], [0, 1, 0, 1])
    """
    if not copies:
        return X, y, groups
    times = len(copies) + 1
    if groups is None:
        groups = np.arange(len(X))
    return (
        np.concatenate([X, *copies]),
        np.concatenate([y] * times),
        np.concatenate([groups] * times),
    )
