"""What a run would do: its folds and what they leak, before anything is extracted or fitted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..corpora import read_corpus
from ..corpora.utterance import Utterance
from .audit import noun
from .content_identity import content_hashes
from .experiment import Experiment
from .fitting import chooses_on_test, unfitted
from .fold import identities
from .leaks import EPOCH_ON_TEST, KINDS, Leak, Shared, leaks
from .normalisation import NORMALISATIONS


@dataclass(frozen=True)
class PlannedFold:
    """One fold: its name, its sizes (training with its dev part), what its parts share."""

    name: str
    n_train: int
    n_test: int
    leak: Leak


@dataclass(frozen=True)
class Plan:
    """Folds that one or more experiments have in common.

    Parameters
    ----------
    corpora : tuple of str
    protocol, label_set, normalisation : str
    seed : int
    emotions : mapping
        Emotion -> utterances; empty in a regression.
    n_utterances, n_speakers : int
    folds : tuple of PlannedFold
    experiments : int
        How many fit a model in each of these folds.
    epoch_on_test : bool
        They choose their epoch on the test part.
    """

    corpora: tuple[str, ...]
    protocol: str
    label_set: str
    normalisation: str
    seed: int
    emotions: Mapping[str, int]
    n_utterances: int
    n_speakers: int
    folds: tuple[PlannedFold, ...]
    experiments: int = 1
    epoch_on_test: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the normalisation, and of the epoch."""
        said = (NORMALISATIONS.get(self.normalisation), self.epoch_on_test and EPOCH_ON_TEST)
        return tuple(one for one in said if one)

    def shared(self) -> list[dict[str, Any]]:
        """What training and test share of each kind, in the worst fold.

        Returns
        -------
        list of dict
            ``kind``, ``shared`` and ``of`` (the worst fold's), ``unknown`` (test utterances of
            all folds), ``folds`` that share any, ``sentence``. Of sessions only where they are
            known.
        """
        return [
            _summary(kind, [(fold, getattr(fold.leak, kind)) for fold in self.folds])
            for kind in KINDS
            if kind != "session" or any(fold.leak.session for fold in self.folds)
        ]

    def as_json(self) -> dict[str, Any]:
        """Object for ``--format json``."""
        return {
            "corpora": list(self.corpora),
            "protocol": self.protocol,
            "label_set": self.label_set,
            "normalisation": self.normalisation,
            "seed": self.seed,
            "emotions": dict(self.emotions),
            "n_utterances": self.n_utterances,
            "n_speakers": self.n_speakers,
            "experiments": self.experiments,
            "folds": [
                {"name": fold.name, "n_train": fold.n_train, "n_test": fold.n_test}
                for fold in self.folds
            ],
            "leaks": self.shared(),
            "notes": list(self.notes),
        }


def plan(
    experiments: Iterable[Experiment],
    *,
    roots: Mapping[str, str | Path] | None = None,
    corpus_options: Mapping[str, Mapping[str, Any]] | None = None,
    read: Callable[..., Sequence[Utterance]] = read_corpus,
) -> list[Plan]:
    """Cut the folds of experiments and count what they leak.

    Recordings that turn out to be unusable when features are extracted are still counted.

    Parameters
    ----------
    experiments : iterable of Experiment
    roots : mapping, optional
        Corpus -> its folder; by default ``$EMOVOX_CORPORA/NAME``.
    corpus_options : mapping, optional
        Corpus -> options of `read_corpus`.
    read : callable
        Of corpora; another in tests.

    Returns
    -------
    list of Plan
        One for each set of folds, in the order of the experiments.

    Raises
    ------
    ProtocolError
        ``protocol-impossible``.
    UsageError, CorpusError
        As they come.
    """
    corpora: dict[str, list[Utterance]] = {}
    hashes: dict[str, str | None] = {}
    asked: dict[str, list[Experiment]] = {}
    for one in experiments:
        asked.setdefault(_folds_of(one), []).append(one)
        for name in one.corpora:
            if name not in corpora:
                options = (corpus_options or {}).get(name, {})
                corpora[name] = list(read(name, (roots or {}).get(name), **options))
                found = content_hashes(corpora[name])
                hashes.update(zip((each.id for each in corpora[name]), found, strict=True))
    return [_plan(alike, corpora, hashes) for alike in asked.values()]


def _plan(
    alike: Sequence[Experiment],
    corpora: Mapping[str, Sequence[Utterance]],
    hashes: Mapping[str, str | None],
) -> Plan:
    """Plan of experiments that have their folds in common."""
    one = alike[0]
    utterances = [each for name in dict.fromkeys(one.corpora) for each in corpora[name]]
    chosen, emotions = one.chosen(utterances)
    contents = [hashes.get(each.id) for each in chosen]

    def corpora_of(name: str) -> list[str]:
        return sorted({each.corpus for each in corpora[name]}) if name in corpora else [name]

    counts = Counter(str(each.emotion) for each in chosen)
    folds = one.folds(chosen, contents, corpora_of=corpora_of)
    return Plan(
        corpora=tuple(one.corpora),
        protocol=one.protocol,
        label_set=one.label_set,
        normalisation=one.normalisation,
        seed=one.seed,
        emotions={name: counts[name] for name in emotions},
        n_utterances=len(chosen),
        n_speakers=len({name for name in identities(chosen, "speaker") if name is not None}),
        folds=tuple(
            PlannedFold(
                fold.name,
                len(fold.train) + len(fold.dev),
                len(fold.test),
                leaks(fold, chosen, contents),
            )
            for fold in folds
        ),
        experiments=len(alike),
        epoch_on_test=chooses_on_test(unfitted(one)),
    )


def _folds_of(one: Experiment) -> str:
    """All that the folds and their notes depend on."""
    return json.dumps(
        [one.corpora, one.protocol, one.options, one.label_set, one.dimension, one.seed,
         one.normalisation, chooses_on_test(unfitted(one))],
        default=str, sort_keys=True,
    )  # fmt: skip


def _summary(kind: str, found: Sequence[tuple[PlannedFold, Shared | None]]) -> dict[str, Any]:
    """What folds share of one kind."""
    known = [shared for _, shared in found if shared is not None]
    unknown = sum(fold.n_test if shared is None else shared.unknown for fold, shared in found)
    worst = max(known, key=lambda one: one.shared / one.of, default=None)
    touched = sum(one.shared > 0 for one in known)
    names = noun(kind, 2)
    if worst is None:
        sentence = f"The {names} are not known, so it cannot be told whether they are shared."
    elif touched:
        sentence = (
            f"{touched} of {len(found)} folds test {names} that are in training too; in the worst "
            f"of them {worst.shared} of {worst.of}."
        )
    else:
        sentence = f"No fold tests {names} that are in training too."
    if unknown and worst is not None:
        sentence += f" Of {unknown} test utterances the {noun(kind, 1)} is not known."
    return {
        "kind": kind,
        "shared": None if worst is None else worst.shared,
        "of": None if worst is None else worst.of,
        "unknown": unknown,
        "folds": touched,
        "sentence": sentence,
    }
