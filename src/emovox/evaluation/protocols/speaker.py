"""Speakers kept apart: one at a time, or in six groups. The default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...corpora.utterance import Utterance
from ..fold import Fold
from ..speaker_groups import speaker_groups
from .cutting import leave_one_group_out


@dataclass(frozen=True)
class SpeakerFolds:
    """Leave one speaker out up to 12 speakers, above that six groups of speakers.

    The groups are balanced by gender and size, made without a seed and committed for the
    corpora that need them, so that they are the same everywhere.
    """

    name: str = "speaker"
    separates: frozenset[str] = frozenset({"speaker"})
    partitions: bool = True
    describes: str = "leave one speaker out; above 12 speakers six fixed groups of speakers"

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        n_groups: int | None = None,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """Folds whose test speakers are not in training.

        Parameters
        ----------
        utterances : sequence of Utterance
        n_groups : int, optional
            Groups of speakers; by default each alone up to 12, else six.
        dev : bool
            Keep about a fifth of the training speakers as dev part.
        content_hashes : sequence of str or None, optional
            Identical recordings of two speakers are kept on one side.

        Raises
        ------
        ProtocolError
            ``protocol-impossible``.
        """
        groups, names = speaker_groups(utterances, n_groups=n_groups, protocol=self.name)
        return leave_one_group_out(
            utterances, groups, names, kind="speakers", dev=dev, content_hashes=content_hashes
        )


PROTOCOL = SpeakerFolds()
