"""The steps before the estimator: columns, scaler, selection, principal components."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, mutual_info_classif, mutual_info_regression
from sklearn.preprocessing import (
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from ...errors import unknown_name

SCALERS = ("standard", "minmax", "robust", "quantile")
"""Names of scalers; None leaves the features as they are."""

Steps = list[tuple[str, Any]]


@dataclass(frozen=True)
class Recipe:
    """Which steps to fit before the estimator, and how.

    Parameters
    ----------
    scaler : one of `SCALERS`, or None
        ``"quantile"`` maps each feature to a normal distribution.
    select : int, optional
        Number of features of the highest mutual information with the label.
    pca : int, float, "mle", optional
        Largest number of principal components, share of the variance in 0..1, or Minka's choice.
    pca_solver : str
        scikit-learn's ``svd_solver``.
    random_state : int, optional
    regression : bool
        Whether the targets are numbers.
    """

    scaler: str | None = "standard"
    select: int | None = None
    pca: int | float | str | None = None
    pca_solver: str = "auto"
    random_state: int | None = None
    regression: bool = False

    def fit(
        self,
        X: npt.NDArray[np.floating],
        y: npt.NDArray[np.generic],
        *,
        columns: tuple[int, int] | None = None,
    ) -> tuple[Steps, npt.NDArray[np.floating]]:
        """Fit the steps on training rows.

        Parameters
        ----------
        X : float array, shape (utterances, features)
        y : array, shape (utterances,) or (utterances, dimensions)
        columns : (start, stop), optional
            Take only these features.

        Returns
        -------
        steps : list of (name, fitted transformer)
        transformed : float array, shape (utterances, width)

        Raises
        ------
        UsageError
            If the scaler is not known.
        """
        steps: Steps = []
        for name, step in self._unfitted(X, y, columns):
            built = step(X) if callable(step) else step
            X = built.fit_transform(X, y)
            steps.append((name, built))
        return steps, X

    def _unfitted(
        self,
        X: npt.NDArray[np.floating],
        y: npt.NDArray[np.generic],
        columns: tuple[int, int] | None,
    ) -> Steps:
        steps: Steps = []
        if columns is not None:
            keep = [("columns", "passthrough", list(range(*columns)))]
            steps.append(("columns", ColumnTransformer(keep)))
        if self.scaler is not None:
            steps.append(("scaler", scaler(self.scaler, n_rows=len(X), seed=self.random_state)))
        if self.select is not None:
            information = mutual_info_regression if self.regression else mutual_info_classif
            score = partial(_information, information=information, random_state=self.random_state)
            steps.append(("select", partial(_select, score, self.select)))
        if self.pca is not None:
            steps.append(("pca", self._pca))
        return steps

    def _pca(self, X: npt.NDArray[np.floating]) -> PCA:
        """Principal components, no more of them than rows or features allow."""
        largest = min(X.shape)
        if self.pca_solver == "arpack":
            largest -= 1
        count = self.pca
        if isinstance(count, int | np.integer) and not isinstance(count, bool):
            count = max(1, min(int(count), largest))
        if count == "mle" and X.shape[0] < X.shape[1]:
            # Minka's estimate is defined only for more rows than features.
            count = largest
        return PCA(count, svd_solver=self.pca_solver, random_state=self.random_state)


def scaler(name: str, *, n_rows: int, seed: int | None = None) -> Any:
    """Unfitted scaler of a name.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name == "standard":
        return StandardScaler()
    if name == "minmax":
        return MinMaxScaler()
    if name == "robust":
        return RobustScaler()
    if name == "quantile":
        n_quantiles = min(1000, n_rows)
        return QuantileTransformer(
            n_quantiles=n_quantiles, output_distribution="normal", random_state=seed
        )
    raise unknown_name("scaler", name, [*SCALERS, "none"])


def _select(score: Any, count: int, X: npt.NDArray[np.floating]) -> SelectKBest:
    return SelectKBest(score, k=min(count, X.shape[1]))


def _information(
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    *,
    information: Any,
    random_state: int | None,
) -> npt.NDArray[np.float64]:
    """Mutual information of each feature with the label, or its mean over dimensions."""
    targets = y[:, np.newaxis] if y.ndim == 1 else y
    each = [
        information(X, targets[:, column], random_state=random_state)
        for column in range(targets.shape[1])
    ]
    return np.asarray(np.mean(each, axis=0), dtype=np.float64)
