"""EmoBox's public folds, leaks included (Ma et al., Interspeech 2024, arXiv 2406.07162)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ... import registry
from ...corpora.utterance import Utterance
from ...errors import ProtocolError
from ..fold import Fold, by_id
from ..fold_list import emobox_corpora, emobox_list, match
from .cutting import finished


@dataclass(frozen=True)
class EmoBoxFolds:
    """The published test parts; training is the rest, as the benchmark has it.

    In a corpus with several folds what is tested in the others is the training part, and what
    the list does not name is left out. In crema-d and urdu (one fold) the utterances that are
    not listed are the training part.
    """

    name: str = "emobox"
    separates: frozenset[str] = frozenset()
    partitions: bool = False
    describes: str = "EmoBox's public folds; emodb, crema-d and urdu share speakers"

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """Published folds of one corpus.

        Parameters
        ----------
        utterances : sequence of Utterance
        dev : bool
            Keep about a fifth of the training speakers as dev part (EmoBox draws a random fifth
            of the training utterances).
        content_hashes : ignored
            Published folds keep their identical recordings; the leak check counts them.

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` for several corpora, a corpus without public folds, or
            utterances that the list does not name.
        """
        corpora = sorted({utterance.corpus for utterance in utterances})
        if len(corpora) != 1:
            raise ProtocolError(
                "protocol-impossible",
                f"EmoBox's folds are of one corpus each and this run has {', '.join(corpora)}; "
                "run each corpus by itself",
            )
        fold_list = emobox_list(corpora[0])
        if fold_list is None:
            raise ProtocolError(
                "protocol-impossible",
                f"emovox carries no EmoBox folds of {corpora[0]}; it has those of "
                f"{', '.join(emobox_corpora())}; choose protocol 'speaker'",
            )
        order = by_id(utterances)
        ids = [utterance.id for utterance in utterances]
        found = match(
            (entry.utterance for entry in fold_list.entries),
            ids,
            corpus=registry.get("corpus", corpora[0]),
        )
        tested = {
            found[entry.utterance]: entry.fold
            for entry in fold_list.entries
            if entry.utterance in found
        }
        if not tested:
            raise ProtocolError(
                "protocol-impossible",
                f"none of the {len(fold_list.entries)} names of {fold_list.name} (such as "
                f"{fold_list.entries[0].utterance}) is among the utterances (such as "
                f"{ids[order[0]] if ids else 'none'}); the corpus's files were renamed",
            )
        one_fold = len(fold_list.folds) == 1
        return [
            finished(
                name,
                [i for i in order if tested.get(i) != name and (one_fold or i in tested)],
                [i for i in order if tested.get(i) == name],
                utterances,
                dev=dev,
            )
            for name in fold_list.folds
        ]


PROTOCOL = EmoBoxFolds()
