"""What one row of a table asks for: method, data, protocol, seed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import registry
from ..audio.augment import Copy, copies
from ..corpora.utterance import Utterance
from ..errors import ProtocolError, UsageError
from ..features.front_end import Form
from .fold import Fold, select
from .normalisation import NORMALISATIONS

TASKS = ("classification", "regression")


@dataclass(frozen=True)
class Experiment:
    """One method under one protocol.

    Parameters
    ----------
    method : str
        Name in the registry.
    corpora : tuple of str
        Names, or paths of tables; more than one are pooled or crossed, as the protocol says.
    parameters : mapping
        Settings of the method.
    features : str, optional
        By default the method's own.
    level_db, trim
        Of the front end.
    normalisation : one of `NORMALISATIONS`
    label_set : str
        As in `emovox.evaluation.fold.select`; ignored in a regression.
    protocol : str
    options : mapping
        Of the protocol, such as ``{"n_folds": 5}`` or ``{"mode": "pooled"}``.
    seed : int
        Of the method, and of protocols that draw.
    search : {"exhaustive", "halving", "random"}, optional
        Choose settings inside the training part.
    balance : str, optional
        As the method has it, such as ``"undersample"``.
    shuffle : bool
    augment : str, optional
        Changed copies of the training recordings, such as ``speakers:6``; by default the method's
        own, and none for ``"none"``.
    task : {"classification", "regression"}
    dimension : {"arousal", "valence", "dominance"}, optional
        Of a regression.
    """

    method: str
    corpora: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    features: str | None = None
    level_db: float | None = None
    trim: bool = False
    normalisation: str = "training"
    label_set: str = "own"
    protocol: str = "speaker"
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    search: str | None = None
    balance: str | None = None
    shuffle: bool = False
    augment: str | None = None
    task: str = "classification"
    dimension: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no run could make sense of.

        Raises
        ------
        UsageError
        """
        if self.normalisation not in NORMALISATIONS:
            raise UsageError(
                "name-unknown",
                f"there is no normalisation {self.normalisation!r}; known: "
                f"{', '.join(NORMALISATIONS)}",
            )
        if self.task not in TASKS:
            raise UsageError(
                "name-unknown", f"there is no task {self.task!r}; known: {', '.join(TASKS)}"
            )
        if (self.task == "regression") != (self.dimension is not None):
            raise UsageError(
                "usage",
                "a regression needs a dimension (arousal, valence or dominance), and only it",
            )
        copies(None if self.augment == "none" else self.augment)
        if not self.corpora:
            raise UsageError("usage", "no corpus was named; name one or more")

    @property
    def feature(self) -> str:
        """The feature that is used: the one asked for, or the method's own."""
        if self.features is not None:
            return self.features
        return str(registry.get("method", self.method).needs.feature_for(self.corpora))

    @property
    def form(self) -> Form:
        """What the method takes of the feature: ``"functionals"`` or ``"frames"``."""
        form: Form = registry.get("method", self.method).needs.form
        return form

    @property
    def copies(self) -> tuple[Copy, ...]:
        """Changed copies that training has beside the recordings."""
        if self.augment is not None:
            return copies(None if self.augment == "none" else self.augment)
        return copies(registry.get("method", self.method).needs.augment)

    @property
    def method_settings(self) -> dict[str, Any]:
        """Keyword arguments that make the method, but for the seed."""
        settings = dict(self.parameters)
        if self.search is not None:
            settings["search"] = self.search
        if self.balance is not None:
            settings["balance"] = self.balance
        if self.shuffle:
            settings["shuffle"] = True
        if self.normalisation == "before-folds" and self.form == "functionals":
            # A scaler inside the fold would undo the one that was fitted before.
            settings.setdefault("scaler", None)
        return settings

    @property
    def sources(self) -> dict[str, str]:
        """Hashes of pretrained weights with which the method begins; empty of most."""
        asked_of = getattr(registry.get("method", self.method), "sources", None)
        found: dict[str, str] = {} if asked_of is None else asked_of(self.method_settings)
        return found

    def chosen(self, utterances: Sequence[Utterance]) -> tuple[list[Utterance], tuple[str, ...]]:
        """Utterances that take part, and the sorted emotions (none in a regression).

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` if none or too few are left.
        """
        if self.dimension is None:
            return select(utterances, self.label_set)
        rated = [one for one in utterances if self.dimension in one.dimensions]
        if not rated:
            raise ProtocolError(
                "protocol-impossible",
                f"no utterance of {', '.join(self.corpora)} has {self.dimension}; corpora with "
                "dimensions are emotale, iemocap and msp-improv, or a table with such a column",
            )
        return rated, ()

    def folds(
        self,
        utterances: Sequence[Utterance],
        hashes: Sequence[str | None],
        *,
        corpora_of: Callable[[str], list[str]] | None = None,
    ) -> list[Fold]:
        """Folds of the utterances that take part.

        Parameters
        ----------
        utterances : sequence of Utterance
        hashes : sequence of str or None
            Of their recordings.
        corpora_of : callable, optional
            Name or path in an option ``train`` or ``test`` -> corpora as utterances name them.

        Raises
        ------
        ProtocolError
            ``protocol-impossible``.
        UsageError
            For an option that the protocol does not have.
        """
        protocol = registry.get("protocol", self.protocol)
        known = inspect.signature(protocol.folds).parameters
        options = dict(self.options)
        for name in options:
            if name not in known:
                allowed = ", ".join(sorted(set(known) - {"utterances", "content_hashes", "dev"}))
                raise UsageError(
                    "name-unknown",
                    f"protocol {self.protocol!r} has no option {name!r}; known: "
                    f"{allowed or 'none'}",
                )
        for side in {"train", "test"} & set(options):
            if corpora_of is not None and options[side] is not None:
                options[side] = [name for part in options[side] for name in corpora_of(part)]
        if "seed" in known:
            options.setdefault("seed", self.seed)
        if "content_hashes" in known:
            options["content_hashes"] = hashes
        return list(protocol.folds(utterances, **options))
