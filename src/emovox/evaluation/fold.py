"""What a fold is, what a protocol promises, and which utterances take part."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..corpora.utterance import Utterance
from ..errors import ProtocolError
from ..labels import common_emotions, relabel
from ..labels import label_set as emotions_of


@dataclass(frozen=True)
class Fold:
    """One division of utterances, as indices into the sequence it was made from.

    Parameters
    ----------
    name : str
    train, dev, test : tuple of int
        No index is in two of them; each is sorted by the utterances' ids. `dev` is for early
        stopping and thresholds; methods that need none train on `train` alone, so it is empty
        unless asked for.
    """

    name: str
    train: tuple[int, ...]
    dev: tuple[int, ...]
    test: tuple[int, ...]


class FoldProtocol(Protocol):
    """What every protocol offers.

    Attributes
    ----------
    name : str
    separates : frozenset of str
        What it keeps apart: any of "speaker", "sentence", "session", "corpus".
    partitions : bool
        Whether the test parts of its folds together hold each utterance exactly once.
    describes : str
        One line for people.
    """

    @property
    def name(self) -> str:
        """Registry name."""

    @property
    def separates(self) -> frozenset[str]:
        """What it keeps apart."""

    @property
    def partitions(self) -> bool:
        """Whether each utterance is tested exactly once."""

    @property
    def describes(self) -> str:
        """One line for people."""

    def folds(self, utterances: Sequence[Utterance], **options: Any) -> list[Fold]:
        """Folds of `utterances`; the same for the same utterances in any order."""


def select(
    utterances: Sequence[Utterance], label_set: str = "own"
) -> tuple[list[Utterance], tuple[str, ...]]:
    """Utterances that a label set keeps, with the emotion that it gives them.

    Parameters
    ----------
    utterances : sequence of Utterance
        Of one corpus or several. With several, ``"own"`` is what *every* corpus holds: a class
        that only one corpus has would be told by the corpus's sound.
    label_set : str
        As in `emovox.labels.label_set`.

    Returns
    -------
    chosen : list of Utterance
        Those with an emotion of the set, in the order given.
    emotions : tuple of str
        Sorted.

    Raises
    ------
    UsageError
        ``name-unknown`` for a label set that is not known.
    ProtocolError
        ``protocol-impossible`` if fewer than two emotions are left.
    """
    own = common_emotions((item.corpus, item.emotion) for item in utterances)
    allowed = emotions_of(label_set, own=own)
    chosen = []
    for utterance in utterances:
        emotion = relabel(utterance.emotion, name=label_set, chosen=allowed)
        if emotion is not None:
            chosen.append(replace(utterance, emotion=emotion))
    emotions = tuple(sorted({str(utterance.emotion) for utterance in chosen}))
    if len(emotions) < 2:
        corpora = sorted({item.corpus for item in utterances})
        raise ProtocolError(
            "protocol-impossible",
            f"label set {label_set!r} leaves {len(chosen)} utterances of "
            f"{', '.join(emotions) or 'no emotion'} in {', '.join(corpora) or 'no corpus'}; "
            "two emotions are needed; choose another label set",
        )
    return chosen, emotions


def by_id(utterances: Sequence[Utterance]) -> list[int]:
    """Indices of utterances in the order of their ids, so that input order never matters."""
    order = sorted(range(len(utterances)), key=lambda index: utterances[index].id)
    for before, after in itertools.pairwise(order):
        if utterances[before].id == utterances[after].id:
            raise ProtocolError(
                "protocol-impossible",
                f"two utterances have the id {utterances[after].id!r}; ids must be unique",
            )
    return order


def identities(utterances: Sequence[Utterance], kind: str) -> list[str | None]:
    """Speaker, sentence or session of each utterance, unique over corpora; None if unknown.

    Examples
    --------
    >>> from pathlib import Path
    >>> identities([Utterance("emodb/wav/x", "emodb", Path("x.wav"), speaker="03")], "speaker")
    ['emodb/03']
    """
    found: list[str | None] = []
    for utterance in utterances:
        value = getattr(utterance, kind)
        found.append(None if value is None else f"{utterance.corpus}/{value}")
    return found


def known_identities(utterances: Sequence[Utterance], kind: str, *, protocol: str) -> list[str]:
    """Speaker, sentence or session of each utterance, which all must have.

    Raises
    ------
    ProtocolError
        ``protocol-impossible``, naming an utterance without one.
    """
    found = identities(utterances, kind)
    missing = [index for index, value in enumerate(found) if value is None]
    if missing:
        first = utterances[missing[0]]
        raise ProtocolError(
            "protocol-impossible",
            f"protocol {protocol!r} needs the {kind} of every utterance and {len(missing)} of "
            f"{len(found)} have none (such as {first.id}); give the table a {kind} column or "
            "choose another protocol",
            name=first.corpus,
        )
    return [str(value) for value in found]
