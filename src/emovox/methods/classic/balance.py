"""Which training rows are kept, and in which order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...errors import UsageError

BALANCES = (None, "undersample", "undersample-random", "class_weight")
"""What may be done about classes of different size.

``"undersample"`` keeps the first items of each class, as many as the smallest class has;
``"undersample-random"`` draws them; ``"class_weight"`` keeps all and weights them.
"""


def rows_to_keep(
    y: npt.NDArray[np.generic],
    *,
    balance: str | None = None,
    shuffle: bool = False,
    random_state: int | None = None,
) -> npt.NDArray[np.intp]:
    """Rows of the training part that take part in training.

    Parameters
    ----------
    y : array, shape (utterances,)
        Labels.
    balance : one of `BALANCES`
    shuffle : bool
        Put the rows kept into a random order.
    random_state : int, optional

    Returns
    -------
    int array, shape (kept,), in ascending order unless shuffled

    Raises
    ------
    UsageError
        If `balance` is not known.

    Examples
    --------
    >>> rows_to_keep(np.array(["a", "a", "b", "a", "b"]), balance="undersample")
    array([0, 1, 2, 4])
    """
    if balance not in BALANCES:
        known = ", ".join(str(name) for name in BALANCES)
        raise UsageError("name-unknown", f"there is no balance {balance!r}; known: {known}")
    rng = np.random.default_rng(random_state)
    rows = np.arange(len(y))
    if balance in ("undersample", "undersample-random"):
        classes, counts = np.unique(y, return_counts=True)
        kept = []
        for name in classes:
            members = np.flatnonzero(y == name)
            if balance == "undersample-random":
                members = rng.permutation(members)
            kept.append(members[: counts.min()])
        rows = np.sort(np.concatenate(kept))
    return rng.permutation(rows) if shuffle else rows
