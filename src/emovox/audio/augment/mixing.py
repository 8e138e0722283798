"""Mixup: each input of a batch becomes a mixture of two, and so does its target.

Zhang et al. 2018, "mixup: Beyond empirical risk minimization", ICLR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import UsageError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class AppliedMixup:
    """The pairs of one batch and their weights.

    Parameters
    ----------
    partners : tuple of int
        Row that each row is mixed with.
    weights : tuple of float
        Share that each row keeps; its partner has the rest.
    """

    partners: tuple[int, ...]
    weights: tuple[float, ...]

    def __call__(
        self, inputs: npt.NDArray[np.floating], targets: npt.NDArray[np.floating]
    ) -> tuple[Floats, Floats]:
        """Return mixed inputs and soft targets; those given are left as they are.

        Parameters
        ----------
        inputs : float array, shape (batch, ...)
            Sequences padded to one length, such as (batch, time, dim).
        targets : float array, shape (batch, classes) or (batch, dimensions)
            See `one_hot`.

        Returns
        -------
        inputs, targets : float32 arrays of the same shapes

        Raises
        ------
        UsageError
            If the batch has another size than the one that dice were drawn for.
        """
        for name, rows in (("inputs", len(inputs)), ("targets", len(targets))):
            if rows != len(self.partners):
                sentence = f"there are {rows} {name} for {len(self.partners)} pairs that were drawn"
                raise UsageError("usage", sentence)
        return self._mixed(inputs), self._mixed(targets)

    def lengths(self, lengths: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
        """Valid frames of each mixture: those of the longer of its two.

        Parameters
        ----------
        lengths : int array, shape (batch,)

        Returns
        -------
        int64 array, shape (batch,)
        """
        longer: npt.NDArray[np.int64] = np.maximum(lengths, lengths[list(self.partners)])
        return longer.astype(np.int64, copy=False)

    def as_json(self) -> dict[str, Any]:
        """Return what was drawn, in the form in which logs and records keep it."""
        pairs = {"partners": list(self.partners), "weights": list(self.weights)}
        return {"name": "mixup", **pairs}

    def _mixed(self, rows: npt.NDArray[np.floating]) -> Floats:
        shape = (len(self.weights), *[1] * (rows.ndim - 1))
        weights = np.array(self.weights).reshape(shape)
        mixed: Floats = (weights * rows + (1.0 - weights) * rows[list(self.partners)]).astype(
            np.float32
        )
        return mixed


@dataclass(frozen=True)
class Mixup:
    """Mixtures of pairs within a batch, their weights from a Beta distribution.

    Parameters
    ----------
    alpha : float, above 0
        Of Beta(alpha, alpha): 0.2 leaves most inputs almost as they are, 1 mixes evenly.

    Examples
    --------
    >>> pairs = Mixup(alpha=0.4).draw(np.random.default_rng(0), batch_size=2)
    >>> mixed, soft = pairs(np.zeros((2, 5, 3)), one_hot(np.array([0, 1]), classes=2))
    >>> soft.sum(axis=1)
    array([1., 1.], dtype=float32)
    """

    alpha: float = 0.2

    def __post_init__(self) -> None:
        if not 0.0 < self.alpha < np.inf:
            raise UsageError("usage", f"alpha is {self.alpha}; give a number above 0")

    def draw(self, rng: np.random.Generator, batch_size: int) -> AppliedMixup:
        """Throw the dice for one batch."""
        partners = tuple(int(row) for row in rng.permutation(batch_size))
        weights = rng.beta(self.alpha, self.alpha, size=batch_size)
        return AppliedMixup(partners, tuple(float(weight) for weight in weights))


def one_hot(targets: npt.NDArray[np.integer], *, classes: int) -> Floats:
    """Class indices as soft targets.

    Parameters
    ----------
    targets : int array, shape (batch,)
    classes : int

    Returns
    -------
    float32 array, shape (batch, classes)

    Examples
    --------
    >>> one_hot(np.array([1, 0]), classes=2)
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    rows: Floats = np.eye(classes, dtype=np.float32)[targets]
    return rows
