"""Sessions kept apart, as in IEMOCAP and MSP-IMPROV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...corpora.utterance import Utterance
from ..fold import Fold, known_identities
from .cutting import leave_one_group_out


@dataclass(frozen=True)
class SessionFolds:
    """Leave one session out."""

    name: str = "session"
    separates: frozenset[str] = frozenset({"session"})
    partitions: bool = True
    describes: str = "leave one session out"

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """Folds whose test session is not in training.

        Parameters
        ----------
        utterances : sequence of Utterance
        dev : bool
            Keep about a fifth of the training speakers as dev part.
        content_hashes : sequence of str or None, optional
            Identical recordings are kept on one side.

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` if an utterance has no session, or all have the same.
        """
        sessions = known_identities(utterances, "session", protocol=self.name)
        names = sorted(set(sessions))
        place = {name: number for number, name in enumerate(names)}
        return leave_one_group_out(
            utterances,
            [place[session] for session in sessions],
            [name.partition("/")[2] for name in names],
            kind="sessions",
            dev=dev,
            content_hashes=content_hashes,
        )


PROTOCOL = SessionFolds()
