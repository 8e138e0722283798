"""Sentences kept apart, alone or together with speakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...corpora.utterance import Utterance
from ...errors import ProtocolError
from ..fold import Fold, by_id, known_identities
from ..grouping import balanced_groups, members_of
from ..speaker_groups import MOST_ALONE, N_GROUPS, speaker_groups
from .cutting import finished, leave_one_group_out


@dataclass(frozen=True)
class SentenceFolds:
    """Leave one sentence out up to 12 sentences, above that six groups of equal size."""

    name: str = "sentence"
    separates: frozenset[str] = frozenset({"sentence"})
    partitions: bool = True
    describes: str = "leave one sentence out; above 12 sentences six groups of them"

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        n_groups: int | None = None,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """Folds whose test sentences are not in training.

        Parameters
        ----------
        utterances : sequence of Utterance
        n_groups : int, optional
            Groups of sentences; by default each alone up to 12, else six.
        dev : bool
            Keep about a fifth of the training speakers as dev part.
        content_hashes : sequence of str or None, optional
            Identical recordings are kept on one side.

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` if an utterance has no sentence, or all have the same.
        """
        groups, names = _sentence_groups(utterances, n_groups, protocol=self.name)
        return leave_one_group_out(
            utterances, groups, names, kind="sentences", dev=dev, content_hashes=content_hashes
        )


@dataclass(frozen=True)
class SpeakerSentenceFolds:
    """Both unseen: the test part is a block of speakers and sentences, training has neither.

    What shares only the speaker or only the sentence with the block is in no part of that fold.
    """

    name: str = "speaker+sentence"
    separates: frozenset[str] = frozenset({"speaker", "sentence"})
    partitions: bool = True
    describes: str = "blocks of speakers and sentences, neither of them in training"

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        n_speaker_groups: int = N_GROUPS,
        n_sentence_groups: int = 5,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """Folds whose test speakers and test sentences are not in training.

        Parameters
        ----------
        utterances : sequence of Utterance
        n_speaker_groups, n_sentence_groups : int
            At most so many groups of each; fewer where there are fewer.
        dev : bool
            Keep about a fifth of the training speakers as dev part.
        content_hashes : sequence of str or None, optional
            Identical recordings are kept on one side.

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` if an utterance lacks its speaker or sentence, or all have
            the same, or a block leaves nothing to train on.
        """
        speakers, speaker_names = speaker_groups(
            utterances, n_groups=n_speaker_groups, protocol=self.name
        )
        sentences, sentence_names = _sentence_groups(
            utterances, n_sentence_groups, protocol=self.name
        )
        if len(set(speakers)) < 2 or len(set(sentences)) < 2:
            raise ProtocolError(
                "protocol-impossible",
                f"{len(set(speakers))} speakers and {len(set(sentences))} sentences cannot both "
                "be kept apart; at least two of each are needed; choose protocol 'speaker'",
            )
        order = by_id(utterances)
        blocks = sorted({(speakers[index], sentences[index]) for index in order})
        folds = []
        for one, other in blocks:
            test = [i for i in order if speakers[i] == one and sentences[i] == other]
            train = [i for i in order if speakers[i] != one and sentences[i] != other]
            name = f"{speaker_names[one]}+{sentence_names[other]}"
            folds.append(
                finished(name, train, test, utterances, dev=dev, content_hashes=content_hashes)
            )
        return folds


def _sentence_groups(
    utterances: Sequence[Utterance], n_groups: int | None, *, protocol: str
) -> tuple[list[int], list[str]]:
    """Group of each utterance's sentence, and the names of the groups."""
    sentences = known_identities(utterances, "sentence", protocol=protocol)
    distinct = sorted(set(sentences))
    if n_groups is None:
        n_groups = len(distinct) if len(distinct) <= MOST_ALONE else N_GROUPS
    if n_groups >= len(distinct):
        place = {name: number for number, name in enumerate(distinct)}
        return [place[one] for one in sentences], [name.partition("/")[2] for name in distinct]
    place = balanced_groups(members_of(sentences), n_groups)
    names = [f"sentences-{number + 1}" for number in range(n_groups)]
    return [place[one] for one in sentences], names


SENTENCE = SentenceFolds()
SPEAKER_SENTENCE = SpeakerSentenceFolds()
