"""Audit of anybody's split: what its training and test parts share, from names alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import registry
from ..corpora.strict_csv import invalid
from ..corpora.utterance import Utterance
from ..errors import ProtocolError
from .content_identity import content_hashes
from .fold import Fold
from .fold_list import FoldList, match, plain, published_list, read_fold_list
from .leaks import KINDS, Leak, leaks

APART = ("speaker", "identical_audio")
"""What must not be shared by default under ``--strict``."""


@dataclass(frozen=True)
class AuditedFold:
    """One fold of a split.

    Parameters
    ----------
    name : str
    n_train, n_test : int
        Training counts with its dev part.
    leak : Leak
    """

    name: str
    n_train: int
    n_test: int
    leak: Leak


@dataclass(frozen=True)
class AuditReport:
    """What the parts of a split share.

    Parameters
    ----------
    split : str
        Name of the file.
    corpus : str or None
        Whose rule read the names; None where the list told the speakers itself or no rule fits.
    guessed : bool
        The corpus was not named: its rule alone fits all names.
    folds : tuple of AuditedFold
    notes : tuple of str
        What the counts rest on, and what could not be counted.
    """

    split: str
    corpus: str | None
    guessed: bool
    folds: tuple[AuditedFold, ...]
    notes: tuple[str, ...]

    @property
    def shared(self) -> tuple[str, ...]:
        """Kinds of which any fold shares anything."""
        found = {kind for fold in self.folds for kind in fold.leak.kinds}
        return tuple(kind for kind in KINDS if kind in found)

    def refuse(self, apart: Sequence[str] = APART) -> None:
        """Raise if a fold shares what must be apart, or if that could not be counted.

        Raises
        ------
        ProtocolError
            ``leak-refused``.
        """
        for fold in self.folds:
            for kind in apart:
                found = getattr(fold.leak, kind)
                if found is not None and found.shared:
                    raise ProtocolError(
                        "leak-refused",
                        f"fold {fold.name} shares {found} test {noun(kind, found.of)} with "
                        f"training ({100 * found.test_share:.0f} % of its test utterances)",
                        name=self.split,
                    )
                if kind != "identical_audio" and (found is None or found.unknown):
                    n_unknown = fold.n_test if found is None else found.unknown
                    raise ProtocolError(
                        "leak-refused",
                        f"fold {fold.name}: the {kind} of {n_unknown} of {fold.n_test} test "
                        f"utterances is not known; add a {kind} column or name the corpus",
                        name=self.split,
                    )

    def as_json(self) -> dict[str, Any]:
        """Object for ``--json``."""
        return {
            "format": 1,
            "split": self.split,
            "corpus": self.corpus,
            "guessed": self.guessed,
            "shared": list(self.shared),
            "folds": [
                {
                    "name": fold.name,
                    "n_train": fold.n_train,
                    "n_test": fold.n_test,
                    "leak": fold.leak.as_json(),
                }
                for fold in self.folds
            ],
            "notes": list(self.notes),
        }


def noun(kind: str, number: int) -> str:
    """Word for a kind of leak.

    Examples
    --------
    >>> noun("speaker", 2), noun("identical_audio", 1)
    ('speakers', 'recording')
    """
    word = "recording" if kind == "identical_audio" else kind
    return word if number == 1 else f"{word}s"


def audit(
    split: str | os.PathLike[str],
    corpus: str | None = None,
    *,
    everything: Sequence[str] | None = None,
    utterances: Sequence[Utterance] | None = None,
) -> AuditReport:
    """Count what the parts of a split share; no audio is needed.

    Parameters
    ----------
    split : path
        CSV ``utterance,test_fold`` (training is what is tested in the other folds; with one
        fold what is not listed) or ``utterance,fold,part``, with optional columns speaker and
        sentence, which win over the corpus's rule.
    corpus : str, optional
        Whose rule reads speakers and sentences from the names; by default the only one that
        fits all names.
    everything : sequence of str, optional
        Names of all utterances, for lists with one fold.
    utterances : sequence of Utterance, optional
        The corpus as read, instead of `everything`: identical audio is then counted too.

    Returns
    -------
    AuditReport

    Raises
    ------
    CorpusError
        ``corpus-missing`` for a list that cannot be read, ``table-invalid`` for one that is none.
    ProtocolError
        ``protocol-impossible`` for a name that fits several of `utterances`.
    UsageError
        ``name-unknown`` for a corpus that is not known.
    """
    fold_list = read_fold_list(split)
    guessed = False
    notes: list[str] = []
    if corpus is None:
        fitting = _fitting(fold_list)
        if len(fitting) == 1:
            corpus, guessed = fitting[0], True
        elif len(fitting) > 1:
            notes.append(f"The names fit the rules of {', '.join(fitting)}; name one by --corpus.")
    rule = registry.get("corpus", corpus) if corpus is not None else None
    members = _Members(fold_list, corpus, rule)
    rest: list[int] = []
    if not fold_list.lists_training and len(fold_list.folds) == 1:
        names = [one.id for one in utterances] if utterances is not None else everything
        rest, note = members.add_rest(names)
        notes.append(note)
    elif utterances is None and everything is not None:
        notes.append("The list names its training parts, so the list of everything was not used.")
    if utterances is not None:
        members.replace(utterances)
    unread = members.unread()
    if unread:
        whose = f"is not a name of {corpus}" if corpus else "fits no corpus's rule"
        notes.append(
            f"{len(unread)} of {len(members.found)} names tell no speaker (such as "
            f"{unread[0]!r}, which {whose}): add a speaker column"
            + ("." if corpus else " or --corpus.")
        )
    if utterances is None:
        notes.append("Identical audio was not looked for; give --root with --corpus to do it.")
    folds = members.folds(rest)
    if not any(fold.train or fold.dev for fold in folds):
        folds = []
        notes.append("Nothing could be counted: no training part is known.")
    hashes = content_hashes(members.found) if utterances is not None else None
    return AuditReport(
        split=os.fspath(split),
        corpus=corpus,
        guessed=guessed,
        folds=tuple(
            AuditedFold(
                fold.name,
                len(fold.train) + len(fold.dev),
                len(fold.test),
                leaks(fold, members.found, hashes),
            )
            for fold in folds
        ),
        notes=tuple(notes),
    )


def _fitting(fold_list: FoldList) -> list[str]:
    """Corpora whose rule reads every name of a list."""
    names = [plain(entry.utterance) for entry in fold_list.entries]
    return [
        corpus
        for corpus in registry.names("corpus")
        if all(registry.get("corpus", corpus).id_of(name) is not None for name in names)
    ]


class _Members:
    """The utterances of a list, as far as their names tell."""

    def __init__(self, fold_list: FoldList, corpus: str | None, rule: Any) -> None:
        self.list = fold_list
        self.corpus = corpus or "split"
        self.rule = rule
        self.found: list[Utterance] = []
        self.place: dict[str, int] = {}
        for entry in fold_list.entries:
            self._add(entry.utterance, entry.speaker, entry.sentence)

    def _add(self, name: str, speaker: str | None = None, sentence: str | None = None) -> int:
        """Index of the utterance of a name, which is read by the corpus's rule."""
        tail = plain(name)
        own = self.rule.id_of(tail) if self.rule is not None else None
        identity = own or f"{self.corpus}/{tail}"
        if identity not in self.place:
            self.place[identity] = len(self.found)
            self.found.append(
                Utterance(
                    id=identity,
                    corpus=self.corpus,
                    path=Path(name),
                    speaker=speaker or (self.rule.speaker_of(tail) if own else None),
                    sentence=sentence or (self.rule.sentence_of(tail) if own else None),
                )
            )
        return self.place[identity]

    def index(self, name: str) -> int:
        """Index of the utterance that a name of the list stands for."""
        return self._add(name)

    def replace(self, utterances: Sequence[Utterance]) -> None:
        """Take what the corpus itself says of the utterances that the list names."""
        fitting = match((one.id for one in self.found), [one.id for one in utterances])
        told = {entry.utterance for entry in self.list.entries if entry.speaker}
        for identity, index in fitting.items():
            place = self.place[identity]
            if str(self.found[place].path) not in told:
                self.found[place] = utterances[index]

    def add_rest(self, names: Sequence[str] | None) -> tuple[list[int], str]:
        """Indices of the utterances that a list with one fold leaves out, and what they are."""
        n_listed = len(self.found)
        said = "The list has one fold"
        if names is None:
            names = published_list(self.corpus)
            whose = f"the {len(names)} published utterances of {self.corpus}"
        else:
            whose = f"the {len(names)} utterances given"
        if names:
            listed = set(range(n_listed))
            rest = sorted({self._add(name) for name in names} - listed)
            return rest, f"{said}; what it does not list of {whose} is its training part."
        rest = self._add_counted()
        if rest:
            return rest, (
                f"{said}; its training part was told from the published number of utterances of "
                f"each speaker of {self.corpus} alone, so sentences cannot be counted."
            )
        return [], (
            f"{said} and does not list its training part; give --all FILE with the names of all "
            "utterances, or --corpus with --root."
        )

    def _add_counted(self) -> list[int]:
        """Utterances without a name: each speaker's published number less what is listed."""
        counts: Mapping[str, int] = getattr(getattr(self.rule, "card", None), "speakers", {}) or {}
        left = dict(counts)
        for one in self.found:
            if one.speaker not in left:
                return []
            left[one.speaker] -= 1
        added = []
        for speaker, number in sorted(left.items()):
            for count in range(max(number, 0)):
                added.append(self._add(f"unlisted/{speaker}/{count}", speaker))
        return added

    def unread(self) -> list[str]:
        """Names whose speaker is not known."""
        return [one.id.partition("/")[2] for one in self.found if one.speaker is None]

    def folds(self, rest: Sequence[int]) -> list[Fold]:
        """Folds of the list; `rest` trains in the only fold of a list that has one."""
        entries = [(self.index(entry.utterance), entry) for entry in self.list.entries]
        folds = []
        for name in self.list.folds:
            if self.list.lists_training:
                train, dev, test = (
                    tuple(i for i, e in entries if e.fold == name and e.part == part)
                    for part in ("train", "dev", "test")
                )
            else:
                test = tuple(i for i, e in entries if e.fold == name)
                train = (*(i for i, e in entries if e.fold != name), *rest)
                dev = ()
            if not test:
                raise invalid(self.list.name, None, f"fold {name} has no test part")
            folds.append(Fold(name, train, dev, test))
        return folds
