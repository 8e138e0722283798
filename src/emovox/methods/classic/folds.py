"""Folds inside the training part, for choosing settings and scaling scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

Split = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


@dataclass(frozen=True)
class InnerFolds:
    """Folds of a training part and what they keep apart.

    Parameters
    ----------
    splits : list of (train rows, test rows)
        The test parts together hold each row once; empty where no fold can be cut.
    by : {"speaker", "stratified", "rows"}
        ``"speaker"``: no group is on both sides of a fold.
    """

    splits: tuple[Split, ...]
    by: str


def inner_folds(
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None = None,
    *,
    n_folds: int = 3,
    random_state: int | None = 0,
    classes: bool = True,
) -> InnerFolds:
    """Cut a training part into folds that keep speakers apart where speakers are known.

    Parameters
    ----------
    y : array, shape (utterances,) or (utterances, dimensions)
        Labels, or dimensions where `classes` is false.
    groups : array, shape (utterances,), optional
        Speakers. With two or more of them no speaker is in both parts of a fold.
    n_folds : int
        At most so many folds; fewer where there are fewer speakers, or where a class is smaller.
    random_state : int, optional
        Seed of the order.
    classes : bool
        Whether `y` holds labels, whose shares are then kept in every fold.

    Returns
    -------
    InnerFolds

    Examples
    --------
    >>> y, speakers = np.array(list("abab")), np.array([1, 1, 2, 2])
    >>> inner_folds(y, speakers, n_folds=5).by
    'speaker'
    """
    rows = np.zeros((len(y), 1))
    if groups is not None and len(np.unique(groups)) >= 2:
        n_splits = min(n_folds, len(np.unique(groups)))
        if classes and np.unique(y, return_counts=True)[1].max() >= n_splits:
            cut = StratifiedGroupKFold(n_splits, shuffle=True, random_state=random_state)
            return InnerFolds(tuple(_quietly(cut, rows, y, groups)), "speaker")
        return InnerFolds(tuple(GroupKFold(n_splits).split(rows, y, groups)), "speaker")
    if classes:
        smallest = int(np.unique(y, return_counts=True)[1].min())
        if smallest < 2:
            return InnerFolds((), "stratified")
        folds = StratifiedKFold(min(n_folds, smallest), shuffle=True, random_state=random_state)
        return InnerFolds(tuple(folds.split(rows, y)), "stratified")
    if len(y) < 2:
        return InnerFolds((), "rows")
    plain = KFold(min(n_folds, len(y)), shuffle=True, random_state=random_state)
    return InnerFolds(tuple(plain.split(rows)), "rows")


def _quietly(
    cut: StratifiedGroupKFold,
    rows: npt.NDArray[np.float64],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic],
) -> list[Split]:
    """Folds without the warning that a class is smaller than their number."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        return list(cut.split(rows, y, groups))
