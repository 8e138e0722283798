"""A model that has been read: features in, scores of emotions out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ModelError, SignalError
from .domain import unlikeness
from .runtime import Runtime
from .sequences import Frames, by_length, statistics, windows
from .settings import NETWORK_FILE, names_sha256

Array = NDArray[np.float64]

FRAMES_AT_ONCE = 8192
"""Frames of all the sequences of one run of a network, so that its memory stays bounded."""


@dataclass(frozen=True)
class Model:
    """A verified model folder, ready to use.

    Parameters
    ----------
    folder : path
    settings : mapping
        What ``model.json`` holds.
    sha256 : str
        SHA-256 of ``model.json``, which holds those of the other files: it names the model.
    runtime : Runtime
    """

    folder: Path
    settings: Mapping[str, Any]
    sha256: str
    runtime: Runtime

    @property
    def name(self) -> str:
        """Name that the model gives itself."""
        return str(self.settings["name"])

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return str(self.settings["task"])

    @property
    def labels(self) -> tuple[str, ...]:
        """Emotions (classification) or dimensions (regression), in the order of the scores."""
        return tuple(self.settings["labels"])

    @property
    def dim(self) -> int:
        """Numbers in one vector of features, or in one frame."""
        return int(self.settings["input"]["dim"])

    @property
    def is_sequence(self) -> bool:
        """Whether the network takes sequences of frames and not vectors."""
        return bool(self.settings["input"].get("form") == "frames")

    @property
    def front_end(self) -> dict[str, Any]:
        """Settings of the front end that makes the vectors."""
        return dict(self.settings["front_end"])

    def scores(self, inputs: ArrayLike | Sequence[ArrayLike]) -> Array:
        """Scores of each label.

        Parameters
        ----------
        inputs : float array, shape (n, dim) or (dim,)
            Where the network takes sequences, a float array of shape (time, dim) or
            (n, time, dim), or a sequence of n arrays (time_i, dim). Those of one length are run
            together and the others by themselves, so that no network ever sees padding. Where
            ``input.window`` is set, the scores are the mean of those of the sequence's windows.

        Returns
        -------
        float64 array, shape (n, labels)
            Classification: probabilities, rows sum to 1. Regression: values.

        Raises
        ------
        SignalError
            ``not-finite`` if an input holds NaN or infinity.
        ModelError
            ``model-misfit`` if `inputs` has another width, or another number of frames than the
            network takes; ``model-invalid`` if the network gives something else than finite
            scores.
        """
        if self.is_sequence:
            return self._of_sequences(self._sequences(inputs))
        return self._meant(self.runtime.run(self._checked(inputs)))

    def out_of_domain(self, inputs: ArrayLike | Sequence[ArrayLike]) -> Array:
        """How unlike the training data each input is.

        The larger of two distances, each over the value that 99.5 % of the training utterances
        stay under: the mean squared deviation from the training mean over all dimensions, and
        that along the principal directions of the training data, in standard deviations (a
        folder without directions has the first only). Of a sequence, the means and standard
        deviations over time of its frames are compared.

        Parameters
        ----------
        inputs : as for `scores`

        Returns
        -------
        float64 array, shape (n,)
            Over 1: unlike the training data. All 0 where the folder holds no statistics.
        """
        if self.is_sequence:
            found = [statistics(frames) for frames in self._sequences(inputs)]
            rows = np.stack(found) if found else np.zeros((0, 2 * self.dim))
        else:
            rows = self._checked(inputs)
        domain = self.settings.get("out_of_domain")
        if domain is None:
            return np.zeros(len(rows))
        return unlikeness(rows, domain)

    def check_names(self, names: Sequence[str]) -> None:
        """Refuse a front end whose dimensions are others than those of the training.

        Raises
        ------
        ModelError
            ``model-misfit``.
        """
        declared = self.settings["input"].get("names_sha256")
        if len(names) != self.dim or (declared and names_sha256(names) != declared):
            raise ModelError(
                "model-misfit",
                f"was trained on {self.dim} features, this installation computes {len(names)} "
                f"of other names or order from {self.front_end['feature']!r}; use the version "
                "of emovox that wrote it, or train it again",
                name=str(self.folder),
            )

    def _meant(self, values: Array) -> Array:
        """Scores that the network's outputs stand for."""
        scores = self.settings["scores"]
        if scores["kind"] == "values":
            return values
        if scores["kind"] == "softmax":
            return softmax(values, float(scores["temperature"]))
        sums = values.sum(axis=1, keepdims=True)
        if (values < -1e-6).any() or (abs(sums - 1.0) > 1e-3).any():
            raise ModelError(
                "model-invalid",
                f"the network gives rows that sum to {sums.flat[0]:g}; they are declared to be "
                "probabilities",
                name=self.runtime.name,
            )
        values = np.maximum(values, 0.0)
        return np.asarray(values / values.sum(axis=1, keepdims=True))

    def _of_sequences(self, sequences: list[Array]) -> Array:
        """Scores of sequences, each the mean of those of its windows."""
        window = self.settings["input"].get("window")
        pieces: Sequence[Frames] = sequences
        counts = np.ones(len(sequences), dtype=int)
        if window is not None:
            cut = [
                windows(each, length=window["frames"], hop=window["hop"], pad=window["pad"])
                for each in sequences
            ]
            pieces = [piece for each in cut for piece in each]
            counts = np.array([len(each) for each in cut], dtype=int)
        if not pieces:
            return np.zeros((0, len(self.labels)))
        values = np.empty((len(pieces), len(self.labels)))
        for length, places in by_length(pieces).items():
            step = min(max(1, FRAMES_AT_ONCE // length), self.runtime.rows_at_once)
            for start in range(0, len(places), step):
                part = places[start : start + step]
                values[part] = self.runtime.run(np.stack([pieces[place] for place in part]))
        sums = np.add.reduceat(self._meant(values), np.cumsum(counts) - counts, axis=0)
        return np.asarray(sums / counts[:, np.newaxis])

    def _sequences(self, inputs: Any) -> list[Array]:
        """Finite float64 sequences of frames of the model's width and length."""
        if isinstance(inputs, np.ndarray) and inputs.dtype != object and inputs.ndim == 2:
            inputs = inputs[np.newaxis]
        found = [np.asarray(each, dtype=np.float64) for each in inputs]
        given = self.settings["input"]
        fixed = None if given.get("window") else given.get("frames")
        shortest = int(given.get("shortest") or 1)
        for frames in found:
            fits = frames.ndim == 2 and frames.shape[1] == self.dim and len(frames) >= shortest
            if not fits or (fixed is not None and len(frames) != fixed):
                raise ModelError(
                    "model-misfit",
                    f"takes sequences of {'any number of' if fixed is None else fixed} frames of "
                    f"{self.dim} numbers, got an array of shape {frames.shape}",
                    name=str(self.folder / NETWORK_FILE),
                )
            if not np.isfinite(frames).all():
                raise SignalError("not-finite", "the features hold NaN or infinity")
        return found

    def _checked(self, vectors: Any) -> Array:
        """Finite float64 rows of the model's width."""
        rows = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
        if rows.ndim != 2 or rows.shape[1] != self.dim:
            raise ModelError(
                "model-misfit",
                f"takes vectors of {self.dim} numbers, got an array of shape {np.shape(vectors)}",
                name=str(self.folder / NETWORK_FILE),
            )
        if not np.isfinite(rows).all():
            raise SignalError("not-finite", "the features hold NaN or infinity")
        return rows


def softmax(logits: Array, temperature: float) -> Array:
    """Softmax of ``logits / temperature`` over the last axis.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0]]), 1.0)
    array([[0.5, 0.5]])
    """
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)
