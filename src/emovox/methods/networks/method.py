"""A network of the registry: its name, its source, and how to make and train it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import UsageError, need
from ..contract import Needs

if TYPE_CHECKING:
    from .estimator import NetworkClassifier


SAMPLES_A_FRAME = 160
"""Of the log-mel spectrograms that networks take, at 16 kHz."""


@dataclass(frozen=True)
class NetworkMethod:
    """How to make one network, untrained. Torch is imported when that is asked for.

    Parameters
    ----------
    name, title, source : str
        Name in the registry; one line; where it is from.
    needs : Needs
    network : str
        ``"module:class"`` below this package; called with `dim`, `n_classes` and options.
    options : mapping
        Options of the class with their defaults.
    training : mapping
        Settings of `emovox.engine.recipe.Recipe`, of `emovox.engine.objective.Classification` and
        of `NetworkClassifier` that differ from their own.
    frames : int, optional
        Frames of an utterance, where the front end gives a fixed number.
    duration_s : float
        Of the `frames`, or of `nominal_frames`.
    nominal_frames : int
        Frames for which the cost is told.
    windows : mapping, optional
        ``frames``, ``hop`` and ``pad``: training takes random crops, and the answer is the mean
        over windows. Where the network may also hear samples, they are told in log-mel frames.
    standardise : bool
        Inputs are brought to mean 0 and standard deviation 1 of the training frames.
    counts_statistics : bool
        The source counts the running statistics of BatchNorm as parameters.
    grid : mapping
        Settings that a search tries.
    note : str
        What a user should know before a comparison.
    extra : {"train", "ssl"}
        Of emovox, which brings what training needs.
    """

    name: str
    title: str
    source: str
    needs: Needs
    network: str
    options: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    frames: int | None = None
    duration_s: float = 1.0
    nominal_frames: int = 100
    windows: Mapping[str, Any] | None = None
    standardise: bool = False
    counts_statistics: bool = False
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    note: str = ""
    extra: str = "train"

    @property
    def packages(self) -> tuple[str, ...]:
        """Modules that training needs, of its extra."""
        pretrained = ("transformers", "peft") if self.extra == "ssl" else ()
        return ("torch", "safetensors", "sklearn", *pretrained)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Tasks that it has."""
        return ("classification",)

    @property
    def grid_size(self) -> int:
        """Number of candidates of the grid; 0 where there is none."""
        size = 1
        for values in self.grid.values():
            size *= len(values)
        return size if self.grid else 0

    def __call__(self, *, task: str = "classification", **settings: Any) -> NetworkClassifier:
        """Make the untrained estimator.

        Parameters
        ----------
        task : {"classification"}
        **settings
            Parameters of `NetworkClassifier`, of its recipe and objective (such as ``epochs``,
            ``learning_rate``, ``label_smoothing``), or options of the network.

        Returns
        -------
        NetworkClassifier

        Raises
        ------
        UsageError
            If the task or a setting is not known, listing those that are.
        MissingExtra
        """
        if task not in self.tasks:
            raise UsageError("usage", f"{self.name} has no task {task!r}; known: {self.tasks[0]}")
        for module in self.packages:
            need(module, extra=self.extra, for_what=f"the network {self.name}")
        from .estimator import NetworkClassifier

        estimator = NetworkClassifier(self)
        known = {"feature": self.needs.feature, **self.training, **settings}
        return estimator.set_params(**known)

    def windows_for(self, dim: int) -> dict[str, Any] | None:
        """Windows of inputs of width `dim`; of samples (1), 160 in the place of a frame."""
        if self.windows is None:
            return None
        times = SAMPLES_A_FRAME if dim == 1 else 1
        sizes = {name: times * self.windows[name] for name in ("frames", "hop")}
        return {**self.windows, **sizes}

    def sources(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Hashes of the pretrained weights that it begins with, on which its records depend.

        Parameters
        ----------
        settings : mapping
            As of ``__call__``.

        Returns
        -------
        dict, name of the option that names the weights -> SHA-256
        """
        if "encoder" not in self.options:
            return {}
        from ...encoders.finding import find

        name = str(settings.get("encoder", self.options["encoder"]))
        return {"encoder": find(name).sha256()}

    def build(self, *, dim: int, n_classes: int, **options: Any) -> Any:
        """Make the torch module."""
        module, _, name = self.network.partition(":")
        made = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        return made(dim=dim, n_classes=n_classes, **{**self.options, **options})
