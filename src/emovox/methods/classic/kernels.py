"""Kernels of support vector machines, computed once for all settings of a search."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC, SVR

Array = npt.NDArray[np.float64]

KERNELS = ("linear", "rbf", "poly", "sigmoid")
LARGEST = 10_000
"""Rows above which no kernel matrix is kept."""


def kernel_machine(estimator: Any) -> Any:
    """Return the SVC or SVR in `estimator` whose kernel can be computed here, or None."""
    if type(estimator) is OneVsRestClassifier:
        estimator = estimator.estimator
    if type(estimator) in (SVC, SVR) and estimator.kernel in KERNELS:
        return estimator
    return None


class Products:
    """Inner products of training rows with training rows and with test rows.

    Parameters
    ----------
    train : float array, shape (n, features)
    test : float array, shape (m, features)
    """

    def __init__(self, train: npt.NDArray[np.floating], test: npt.NDArray[np.floating]) -> None:
        train = np.asarray(train, dtype=np.float64)
        test = np.asarray(test, dtype=np.float64)
        self.n_features: int = train.shape[1]
        self.variance = float(train.var())
        self.train = train @ train.T
        self.test = test @ train.T
        self.train_squares = np.einsum("ij,ij->i", train, train)
        self.test_squares = np.einsum("ij,ij->i", test, test)

    def kernels(self, machine: Any) -> tuple[Array, Array]:
        """Kernel matrices of a machine's settings.

        Parameters
        ----------
        machine : SVC or SVR
            Its kernel, gamma, coef0 and degree are read.

        Returns
        -------
        train : float64 array, shape (n, n)
        test : float64 array, shape (m, n)
        """
        settings: dict[str, Any] = {
            "kernel": machine.kernel,
            "gamma": self._gamma(machine.gamma),
            "coef0": machine.coef0,
            "degree": machine.degree,
        }
        squares = self.train_squares
        return (
            kernel_values(self.train, squares, squares, **settings),
            kernel_values(self.test, self.test_squares, squares, **settings),
        )

    def _gamma(self, gamma: Any) -> float:
        """Give the number that scikit-learn's words for gamma stand for."""
        if gamma == "auto":
            return 1.0 / self.n_features
        if gamma == "scale":
            return 1.0 / (self.n_features * self.variance) if self.variance > 0 else 1.0
        return float(gamma)


def kernel_values(
    products: Array,
    row_squares: Array,
    column_squares: Array,
    *,
    kernel: str,
    gamma: float,
    coef0: float = 0.0,
    degree: int = 3,
) -> Array:
    """Kernel matrix from inner products.

    Parameters
    ----------
    products : float64 array, shape (m, n)
        x.z of each pair.
    row_squares, column_squares : float64 array, shape (m,) and (n,)
        x.x and z.z.
    kernel : one of `KERNELS`
    gamma, coef0, degree : numbers of the kernel

    Returns
    -------
    float64 array, shape (m, n)

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> kernel_values(one, one[0], one[0], kernel="poly", gamma=1, coef0=1, degree=3).item()
    8.0
    """
    if kernel == "linear":
        return products
    if kernel == "rbf":
        distances = row_squares[:, np.newaxis] + column_squares - 2.0 * products
        return np.asarray(np.exp(-gamma * np.maximum(distances, 0.0)))
    inner = gamma * products + coef0
    return np.asarray(np.tanh(inner) if kernel == "sigmoid" else inner**degree)
