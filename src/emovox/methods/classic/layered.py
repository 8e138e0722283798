"""Linear discriminants of each layer of an encoder, their log-probabilities averaged."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model._base import LinearClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ...errors import UsageError
from .method import ClassicMethod

WIDTH = 1024
"""Mean and standard deviation of 512 dimensions: one layer of Whisper base."""


class LayeredLDA(LinearClassifierMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Linear discriminants of each block of columns, of which the mean log-probability decides.

    The log-probabilities of linear discriminants are linear but for a number that all classes
    share, so their mean is one linear classifier.

    Parameters
    ----------
    width : int
        Columns of a layer; fewer columns than that are one layer.
    layers : str
        Which of them decide, counted from 1: ``"all"``, ``"3"`` or ``"2-4"``. Those that there are
        not are left out.

    Attributes
    ----------
    classes_ : array, shape (classes,)
    coef_ : float array, shape (classes, columns), or (1, columns) of two classes
    intercept_ : float array, shape (classes,), or (1,)

    Examples
    --------
    >>> X = np.array([[0.0, 1.0], [0.2, 1.3], [2.0, 0.1], [2.2, 0.0]])
    >>> LayeredLDA(width=1).fit(X, ["low", "low", "high", "high"]).predict([[2.1, 0.2]]).tolist()
    ['high']
    """

    def __init__(self, width: int = WIDTH, layers: str = "all") -> None:
        self.width = width
        self.layers = layers

    def fit(self, X: npt.ArrayLike, y: Any) -> Self:
        """Fit the discriminants of each layer, shrunk after Ledoit and Wolf.

        Raises
        ------
        UsageError
            If there is only one class, the columns are no whole number of layers, or `layers`
            names none of them.
        """
        rows, labels = validate_data(self, X, y)
        check_classification_targets(labels)
        if len(np.unique(labels)) < 2:
            raise UsageError("usage", f"the labels hold only one class: {labels[0]!r}")
        width = min(self.width, rows.shape[1])
        if rows.shape[1] % width:
            raise UsageError(
                "usage",
                f"{rows.shape[1]} columns are no whole number of layers of {width}; set width to "
                "twice the dimensions of the encoder",
            )
        n_layers = rows.shape[1] // width
        chosen = self._chosen(n_layers)
        self.classes_ = np.unique(labels)
        n_rows = 1 if len(self.classes_) == 2 else len(self.classes_)
        self.coef_ = np.zeros((n_rows, rows.shape[1]))
        self.intercept_ = np.zeros(n_rows)
        for layer in chosen:
            columns = slice(layer * width, (layer + 1) * width)
            one = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
            one.fit(rows[:, columns], labels)
            self.coef_[:, columns] = one.coef_ / len(chosen)
            self.intercept_ += one.intercept_ / len(chosen)
        return self

    def _chosen(self, n_layers: int) -> list[int]:
        """Places of the layers that decide."""
        first, _, last = str(self.layers).partition("-")
        if self.layers == "all":
            return list(range(n_layers))
        if first.isdecimal() and (last.isdecimal() or not last):
            chosen = list(range(int(first) - 1, min(int(last or first), n_layers)))
            if chosen and chosen[0] >= 0:
                return chosen
        raise UsageError(
            "usage", f"layers is {self.layers!r}; there are 1 to {n_layers}, such as 2-4, or all"
        )

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        values = self.decision_function(X)
        if values.ndim == 1:
            second = expit(values)
            return np.stack([1.0 - second, second], axis=1)
        return np.asarray(softmax(values, axis=1))


ENCODER_LDA = ClassicMethod(
    name="encoder-lda",
    title="Linear discriminants of each layer of a frozen encoder, averaged",
    source="emovox",
    feature="whisper-base@1-5",
    build=LayeredLDA,
    grid={"layers": ["all", "1", "2", "3", "4", "5", "1-3", "2-4", "3-5"]},
    note=(
        "For features such as whisper-base@1-5, one layer after the other; `width` is twice the "
        "dimensions of the encoder. search=exhaustive chooses layers inside the training part. "
        "Levelled recordings (--level-db=-26) are worth a little."
    ),
)
