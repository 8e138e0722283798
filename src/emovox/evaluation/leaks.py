"""What the training and test parts of a fold share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..corpora.utterance import Utterance
from .fold import Fold, identities

KINDS = ("speaker", "sentence", "session", "identical_audio")

EPOCH_ON_TEST = "a leak on purpose: the epoch was chosen on the test part"
"""What a reader must be told of a network whose best epoch of the test part was taken."""


@dataclass(frozen=True)
class Shared:
    """What is shared of one kind.

    Parameters
    ----------
    shared, of : int
        Distinct speakers (sentences, sessions, recordings) of the test part that training holds
        too, of how many. Training counts with its dev part.
    test_share : float
        Share of the test utterances whose speaker (sentence, ...) training holds.
    unknown : int
        Test utterances whose speaker (sentence, ...) is not known; they count as not shared.
    """

    shared: int
    of: int
    test_share: float
    unknown: int = 0

    def __str__(self) -> str:
        """Short form, such as ``10 of 10``."""
        return f"{self.shared} of {self.of}"


@dataclass(frozen=True)
class Leak:
    """What training and test share, by kind; None where that is not known of any utterance."""

    speaker: Shared | None = None
    sentence: Shared | None = None
    session: Shared | None = None
    identical_audio: Shared | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of which anything is shared."""
        found = ((kind, getattr(self, kind)) for kind in KINDS)
        return tuple(kind for kind, shared in found if shared is not None and shared.shared)

    def as_json(self) -> dict[str, Any]:
        """Object for a record."""
        return asdict(self)


def leaks(
    fold: Fold,
    utterances: Sequence[Utterance],
    content_hashes: Sequence[str | None] | None = None,
) -> Leak:
    """Count what the test part of a fold shares with its training and dev parts.

    Parameters
    ----------
    fold : Fold
    utterances : sequence of Utterance
        Those that the fold's indices are into.
    content_hashes : sequence of str or None, optional
        Equal where the recordings are; without it identical audio is not known.

    Returns
    -------
    Leak

    Examples
    --------
    >>> from pathlib import Path
    >>> a, b = (Utterance(f"x/{i}", "x", Path(f"{i}.wav"), speaker="s1") for i in "ab")
    >>> print(leaks(Fold("1", (0,), (), (1,)), [a, b]).speaker)
    1 of 1
    """
    found = {
        kind: _shared(fold, identities(utterances, kind))
        for kind in ("speaker", "sentence", "session")
    }
    if content_hashes is not None:
        found["identical_audio"] = _shared(fold, content_hashes)
    return Leak(**found)


def _shared(fold: Fold, names: Sequence[str | None]) -> Shared | None:
    """Count the names of the test part that training holds."""
    tested = [names[index] for index in fold.test]
    known = [name for name in tested if name is not None]
    if not known:
        return None
    trained = {names[index] for index in (*fold.train, *fold.dev)} - {None}
    both = set(known) & trained
    touched = sum(name in both for name in known)
    return Shared(len(both), len(set(known)), touched / len(tested), len(tested) - len(known))
