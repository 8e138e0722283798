"""What classifiers and regressors of utterances offer alike, once they are fitted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sklearn.utils.validation import check_is_fitted

from ..contract import Cost, Needs
from .cost import pipeline_cost


class UtteranceMethod:
    """An estimator with `feature`, and after fitting `pipeline_` and `n_features_in_`."""

    feature: str
    pipeline_: Any
    n_features_in_: int

    @property
    def needs(self) -> Needs:
        """The feature that this method was made for."""
        return Needs(feature=self.feature)

    def cost(self) -> Cost:
        """Parameters and multiply-adds of one prediction, after the features."""
        check_is_fitted(self)
        return pipeline_cost(self.pipeline_, n_features=self.n_features_in_)

    def export(self, folder: str | os.PathLike[str], **details: Any) -> Path:
        """Write a model folder.

        Parameters
        ----------
        folder : path
        **details
            As of `emovox.models.export.export`.

        Returns
        -------
        path of the folder
        """
        from ...models.export import export

        check_is_fitted(self)
        return export(self, folder, **details)
