"""Teaching a method on whole corpora: what `emovox train` does before it writes a model folder."""

from __future__ import annotations

import inspect
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from .. import registry
from ..audio.augment import copies
from ..corpora.utterance import Utterance
from ..errors import CorpusError, InputError, UsageError
from ..features import Cache, FrontEnd, extract_many, feature
from ..labels import common_emotions, label_set, relabel
from ..models.card import training_corpus
from .copied import with_copies
from .encoded import Encoded

DIMENSIONS = ("arousal", "valence", "dominance")


@dataclass(frozen=True)
class Task:
    """What is to be learned from the labels.

    Parameters
    ----------
    label_set : str
        As of `emovox.labels.label_set`: the emotions to tell apart.
    dimensions : tuple of str
        Any of `DIMENSIONS`; where there are any, they are learned and not emotions.
    """

    label_set: str = "own"
    dimensions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "regression" if self.dimensions else "classification"

    def targets(self, utterances: Sequence[Utterance]) -> tuple[list[Utterance], npt.NDArray[Any]]:
        """Utterances that have what is to be learned, and it.

        Parameters
        ----------
        utterances : sequence of Utterance

        Returns
        -------
        utterances : list of Utterance
        targets : array, shape (utterances,) of labels or (utterances, dimensions) of numbers

        Raises
        ------
        UsageError
            For dimensions or label sets that are not known.
        CorpusError
            If no utterance has it.
        """
        return self._numbers(utterances) if self.dimensions else self._emotions(utterances)

    def _emotions(
        self, utterances: Sequence[Utterance]
    ) -> tuple[list[Utterance], npt.NDArray[Any]]:
        own = common_emotions((item.corpus, item.emotion) for item in utterances)
        chosen = label_set(self.label_set, own=own)
        found = [
            (item, emotion)
            for item in utterances
            if (emotion := relabel(item.emotion, name=self.label_set, chosen=chosen)) is not None
        ]
        if len({emotion for _, emotion in found}) < 2:
            raise CorpusError(
                "labels-unknown",
                f"of {len(utterances)} utterances {len(found)} have an emotion of the label set "
                f"{self.label_set!r} ({', '.join(chosen) or 'none'}); at least two emotions are "
                "needed",
            )
        return [item for item, _ in found], np.array([emotion for _, emotion in found])

    def _numbers(self, utterances: Sequence[Utterance]) -> tuple[list[Utterance], npt.NDArray[Any]]:
        unknown = sorted(set(self.dimensions) - set(DIMENSIONS))
        if unknown:
            raise UsageError(
                "name-unknown",
                f"there is no dimension {unknown[0]!r}; known: {', '.join(DIMENSIONS)}",
            )
        kept = [item for item in utterances if set(self.dimensions) <= set(item.dimensions)]
        if not kept:
            raise CorpusError(
                "labels-unknown",
                f"none of {len(utterances)} utterances has {' and '.join(self.dimensions)}",
            )
        numbers = [[item.dimensions[name] for name in self.dimensions] for item in kept]
        return kept, np.array(numbers)


@dataclass(frozen=True)
class Taught:
    """A method after teaching, and what it was taught with.

    Parameters
    ----------
    estimator : UtteranceClassifier or UtteranceRegressor
        Fitted on everything.
    method : str
        Name in the registry.
    task : Task
    front_end : FrontEnd
    utterances : list of Utterance
        That took part.
    vectors : float32 array, shape (utterances, dim)
        Of a network an object array, shape (utterances,), of frames, float32 (time, dim).
    failures : list of (Utterance, InputError)
        Recordings that could not be used.
    fit_s : float
        Seconds that fitting took.
    settings : mapping
        That the method was made with.
    augment : str, optional
        Changed copies that it was trained on too.
    """

    estimator: Any
    method: str
    task: Task
    front_end: FrontEnd
    utterances: list[Utterance]
    vectors: npt.NDArray[np.float32]
    failures: list[tuple[Utterance, InputError]]
    fit_s: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    augment: str | None = None

    def export(self, folder: str | os.PathLike[str], *, command: str = "", **details: Any) -> Path:
        """Write a model folder.

        What was fitted on hidden states of an encoder is written together with the layers of it
        that are used, and hears what that hears: predicting needs no torch.

        Parameters
        ----------
        folder : path
        command : str
            The command line that trained it.
        **details
            As of `emovox.models.export.export`, where they differ from `export_details`.

        Returns
        -------
        path of the folder

        Raises
        ------
        ModelError, OutputError
            As `emovox.models.export.export`.
        """
        told = {**self.export_details(command=command), **details}
        name = self.front_end.feature
        if "@" not in name or "+" in name:
            return cast(Path, self.estimator.export(folder, **told))
        chosen = feature(name)
        heard = replace(self.front_end, feature=chosen.heard, form="frames")  # type: ignore[attr-defined]
        rows = extract_many(heard, self.utterances).vectors
        told |= {"rows": rows, "front_end": heard.settings(), "feature_names": heard.names}
        whole = Encoded(self.estimator, chosen, form=self.front_end.form)
        return cast(Path, whole.export(folder, **told))

    def export_details(self, *, command: str = "") -> dict[str, Any]:
        """Give what a model folder says of its method and its training, for `export`.

        Parameters
        ----------
        command : str
            The command line that trained it.
        """
        method = registry.get("method", self.method)
        speakers = {(item.corpus, item.speaker) for item in self.utterances if item.speaker}
        counts = Counter(item.emotion for item in self.utterances if item.emotion)
        return {
            "rows": self.vectors,
            "front_end": self.front_end.settings(),
            "feature_names": self.front_end.names,
            "labels": self.task.dimensions,
            "method": {
                "name": self.method,
                "title": method.title,
                "source": method.source,
                "parameters": {**described(self.settings), **self.estimator.chosen_},
            },
            "training": {
                "corpora": corpora_of(self.utterances),
                "n_utterances": len(self.utterances),
                "n_speakers": len(speakers),
                "label_set": self.task.label_set,
                **({"augment": self.augment} if self.augment else {}),
                "counts": {} if self.task.dimensions else dict(sorted(counts.items())),
                "command": command,
                **({} if (encoder := self._encoder()) is None else {"encoder": encoder}),
            },
        }

    def _encoder(self) -> dict[str, Any] | None:
        """What the card says of the encoder whose weights the model folder holds."""
        name = self.front_end.feature
        if "@" in name and "+" not in name:
            found: dict[str, Any] = feature(name).origin()  # type: ignore[attr-defined]
            return found
        return getattr(getattr(self.estimator, "network_", None), "origin", None)


def teach(
    method: str,
    utterances: Sequence[Utterance],
    *,
    task: Task | None = None,
    front_end: FrontEnd | None = None,
    augment: str | None = None,
    settings: Mapping[str, Any] | None = None,
    cache: Cache | None = None,
    jobs: int = 1,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    epochs: Callable[[Mapping[str, Any], int], None] | None = None,
) -> Taught:
    """Teach a method on all utterances that have a label.

    Parameters
    ----------
    method : str
        Name in the registry.
    utterances : sequence of Utterance
    task : Task, optional
        By default the corpora's own emotions.
    front_end : FrontEnd, optional
        By default the feature that the method was made for, without levelling and trimming. Its
        form is the method's.
    augment : str, optional
        Changed copies of the recordings to train on too, such as ``speakers:6``; by default the
        method's own, and none for ``"none"``.
    settings : mapping, optional
        What the method is made with.
    cache : Cache, optional
    jobs : int
        Processes of extraction and search.
    checkpoint : folder, optional
        From which a search or the training of a network goes on that was stopped.
    progress : callable, optional
        Called with (done, total) while features are extracted.
    epochs : callable, optional
        Called after each epoch of a network with what its log says, and how many there are.

    Returns
    -------
    Taught

    Raises
    ------
    UsageError, CorpusError
        If names are not known, or nothing can be learned.
    """
    task = task or Task()
    settings = dict(settings or {})
    made = registry.get("method", method)
    front_end = front_end or FrontEnd(
        made.needs.feature_for(dict.fromkeys(item.corpus for item in utterances))
    )
    front_end = replace(front_end, form=made.needs.form)
    estimator = made(task=task.name, **{**settings, "feature": front_end.feature})
    known = estimator.get_params(deep=False)
    if jobs != 1 and "n_jobs" in known and "n_jobs" not in settings:
        estimator.set_params(n_jobs=jobs)
    if checkpoint is not None and "checkpoint" in known:
        estimator.set_params(checkpoint=os.fspath(checkpoint))
    chosen, targets = task.targets(utterances)
    extracted = extract_many(front_end, chosen, cache=cache, jobs=jobs, progress=progress)
    failed = {index for index, _ in extracted.failures}
    rows = [index for index in range(len(chosen)) if index not in failed]
    if not rows:
        first = extracted.failures[0][1]
        raise CorpusError("corpus-missing", f"no recording can be used; the first: {first}")
    kept = [chosen[index] for index in rows]
    vectors, targets = extracted.vectors[rows], targets[rows]
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    augment = made.needs.augment if augment is None else augment
    augment = None if augment == "none" else augment
    copied = []
    for copy in copies(augment):
        changed = extract_many(
            front_end, kept, cache=cache, jobs=jobs, progress=progress, copy=copy
        )
        for index, row in enumerate(changed.vectors):
            if row is None or not np.isfinite(row).all():
                changed.vectors[index] = vectors[index]
        copied.append(changed.vectors)
    began = time.perf_counter()
    told: dict[str, Any] = {}
    if epochs is not None and "progress" in inspect.signature(estimator.fit).parameters:
        told["progress"] = epochs
    X, y, groups = with_copies(vectors, targets, speakers_of(kept), copied)
    estimator.fit(X, y, groups=groups, **told)
    return Taught(
        estimator=estimator,
        method=method,
        task=task,
        front_end=front_end,
        utterances=kept,
        vectors=vectors,
        failures=[(chosen[index], error) for index, error in extracted.failures],
        fit_s=time.perf_counter() - began,
        settings=settings,
        augment=augment,
    )


def speakers_of(utterances: Sequence[Utterance]) -> npt.NDArray[np.str_] | None:
    """Speakers of all corpora as groups, or None where one of them is not known.

    Examples
    --------
    >>> from pathlib import Path
    >>> speakers_of([Utterance("a/1", "a", Path("1.wav"), speaker="03")]).tolist()
    ['a/03']
    """
    if any(item.speaker is None for item in utterances):
        return None
    return np.array([f"{item.corpus}/{item.speaker}" for item in utterances])


def corpora_of(utterances: Sequence[Utterance]) -> list[dict[str, Any]]:
    """What a model card says of each corpus; of a table of one's own, that its terms are open."""
    found = []
    for name in dict.fromkeys(item.corpus for item in utterances):
        members = [item for item in utterances if item.corpus == name]
        n_speakers = len({item.speaker for item in members if item.speaker})
        if name in registry.names("corpus"):
            card = registry.get("corpus", name).card
            found.append(training_corpus(card, n_utterances=len(members), n_speakers=n_speakers))
            continue
        found.append(
            {
                "name": name,
                "title": name,
                "languages": sorted({item.language for item in members if item.language}),
                "licence": "not stated",
                "models_may_be_shared": None,
                "sharing_reason": "The terms of this table's recordings are not recorded.",
                "citation": "",
                "url": "",
                "n_utterances": len(members),
                "n_speakers": n_speakers,
            }
        )
    return found


def described(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as JSON has them."""
    from .classic.deferred import written

    return written(settings)
