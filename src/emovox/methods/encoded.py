"""A method over the hidden states of an encoder becomes one network that hears what that hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, need
from ..models.export import N_COMPARED, Network, export, network_of

Frames = npt.NDArray[np.floating[Any]]
ROWS_AT_ONCE = 8


class Encoded:
    """A fitted classifier on an encoder's feature, as one on what the encoder hears.

    A model folder of it holds the used layers of the encoder too, so that predicting needs
    neither torch nor the encoder's folder.

    Parameters
    ----------
    estimator : fitted classifier
    feature : emovox.encoders.feature.EncoderFeature
        That it was fitted on.
    form : {"functionals", "frames"}
        Of that feature.

    Raises
    ------
    ModelError
        ``model-invalid`` for regressions, encoders that hear clips padded to 30 s, and networks
        that cut their input into windows.
    """

    def __init__(self, estimator: Any, feature: Any, *, form: str) -> None:
        wrong = None
        if not hasattr(estimator, "predict_proba"):
            wrong = "a regression"
        elif feature.layers.padded:
            wrong = "a method that hears clips padded to 30 s"
        elif form == "frames" and (
            estimator.input_["window"] is not None or estimator.input_["frames"] is not None
        ):
            wrong = "a network over windows or a fixed number of frames"
        if wrong is not None:
            raise ModelError(
                "model-invalid", f"{wrong} on {feature.name} cannot be written as a model folder"
            )
        self.estimator = estimator
        self.feature = feature
        self.form = form

    @property
    def classes_(self) -> npt.NDArray[np.generic]:
        """Classes of the estimator."""
        found: npt.NDArray[np.generic] = self.estimator.classes_
        return found

    def predict_proba(self, rows: Sequence[Frames]) -> npt.NDArray[np.float64]:
        """Probability of each class from what the encoder hears.

        Parameters
        ----------
        rows : sequence of float arrays, each of shape (time, dim)

        Returns
        -------
        float64 array, shape (utterances, classes)
        """
        found: npt.NDArray[np.float64] = self.estimator.predict_proba(self._encoded(rows))
        return found

    def to_network(self, rows: Sequence[Frames]) -> Network:
        """Write encoder and estimator as one network.

        Parameters
        ----------
        rows : sequence of float arrays, each of shape (time, dim)
            Of the training part.

        Raises
        ------
        ModelError
            If one of them cannot be written.
        """
        need("torch", extra="ssl", for_what="writing an encoder")
        from ..engine.encoded import encoder_to_onnx, joined

        # As many as are compared: of thousands of recordings the encoder would take an hour.
        told = np.unique(np.linspace(0, len(rows) - 1, N_COMPARED).astype(int))
        encoded = self._encoded([rows[place] for place in told])
        writes = getattr(self.estimator, "to_network", None)
        network: Network = (
            network_of(self.estimator, encoded) if writes is None else writes(encoded)
        )
        encoder = self.feature.encoder
        dim = int(np.shape(rows[0])[1])
        onnx = encoder_to_onnx(
            encoder, self.feature.chosen, dim=dim, is_vector=self.form == "functionals"
        )
        piece = encoder.longest
        return replace(
            network,
            onnx=joined(onnx, network.onnx),
            precision="single",
            # The parts of a method lie in the file as it stored them, the encoder's in single.
            stored="single",
            rows_at_once=ROWS_AT_ONCE,
            input={
                "form": "frames",
                "dim": dim,
                "frames": None,
                "window": {"frames": piece, "hop": piece, "pad": "none"},
                "shortest": encoder.shortest,
            },
        )

    def export(self, folder: Any, **details: Any) -> Any:
        """Write a model folder; as `emovox.models.export.export`."""
        return export(self, folder, **details)

    def _encoded(self, rows: Sequence[Frames]) -> Any:
        """What the feature makes of what the encoder hears."""
        if self.form == "functionals":
            return np.stack([self.feature.vector_of(row) for row in rows])
        found = np.empty(len(rows), dtype=object)
        for place, row in enumerate(rows):
            found[place] = self.feature.frames_of(row)
        return found
