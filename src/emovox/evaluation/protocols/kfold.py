"""Random folds as most published systems use them: they share speakers, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...corpora.utterance import Utterance
from ...errors import ProtocolError
from ..fold import Fold, by_id
from .cutting import finished, leave_one_group_out


@dataclass(frozen=True)
class KFolds:
    """Folds of single utterances; nothing is kept apart.

    Parameters
    ----------
    name, describes : str
    how : {"blocks", "shuffled", "stratified"}
        Stretches of the sorted ids; a random division; a random division of each emotion.
    """

    name: str
    how: str
    describes: str
    separates: frozenset[str] = frozenset()
    partitions: bool = True

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        n_folds: int = 10,
        seed: int = 0,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """Cut utterances into folds as they stand, whoever speaks.

        Parameters
        ----------
        utterances : sequence of Utterance
        n_folds : int
        seed : int
            Of the division; ``"blocks"`` has none.
        dev : bool
            Keep about a fifth of the training speakers as dev part.
        content_hashes : ignored
            Published folds do not look for identical recordings; the leak check counts them.

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` with fewer utterances than folds.
        """
        if not 2 <= n_folds <= len(utterances):
            raise ProtocolError(
                "protocol-impossible",
                f"{len(utterances)} utterances cannot be cut into {n_folds} folds; "
                f"allowed: 2 to {len(utterances)}",
            )
        order = np.array(by_id(utterances))
        groups = np.empty(len(order), dtype=int)
        if self.how == "blocks":
            groups[order] = np.arange(len(order)) * n_folds // len(order)
        elif self.how == "shuffled":
            shuffled = np.random.default_rng(seed).permutation(order)
            groups[shuffled] = np.arange(len(order)) % n_folds
        else:
            groups[_dealt(order, utterances, seed=seed)] = np.arange(len(order)) % n_folds
        names = [str(number + 1) for number in range(n_folds)]
        return leave_one_group_out(utterances, groups.tolist(), names, kind="folds", dev=dev)


def _dealt(
    order: np.ndarray[tuple[int], np.dtype[np.int_]], utterances: Sequence[Utterance], *, seed: int
) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
    """Utterances emotion by emotion, shuffled inside each: dealt out in turn they are even."""
    rng = np.random.default_rng(seed)
    labels = np.array([str(utterances[index].emotion) for index in order.tolist()])
    return np.concatenate([rng.permutation(order[labels == name]) for name in np.unique(labels)])


@dataclass(frozen=True)
class RandomSplit:
    """One random division of the utterances; nothing is kept apart."""

    name: str = "random"
    separates: frozenset[str] = frozenset()
    partitions: bool = False
    describes: str = "one random split of the files; speakers and sentences are on both sides"

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        test_share: float = 0.25,
        seed: int = 0,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """One fold.

        Parameters
        ----------
        utterances : sequence of Utterance
        test_share : float
            Share of the utterances in the test part, between 0 and 1.
        seed : int
        dev : bool
            Keep about a fifth of the training speakers as dev part.
        content_hashes : ignored
            As in `KFolds`.

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` if a part would be empty.
        """
        order = np.array(by_id(utterances))
        n_test = round(len(order) * test_share)
        chosen = np.zeros(len(order), dtype=bool)
        chosen[np.random.default_rng(seed).permutation(len(order))[: max(n_test, 0)]] = True
        return [
            finished("split", order[~chosen].tolist(), order[chosen].tolist(), utterances, dev=dev)
        ]


BLOCKS = KFolds(
    "kfold", "blocks", "ten stretches of the sorted files; speakers and sentences may be shared"
)
SHUFFLED = KFolds(
    "shuffled-kfold", "shuffled", "ten random parts of the files; speakers and sentences are shared"
)
STRATIFIED = KFolds(
    "stratified-kfold",
    "stratified",
    "ten random parts with equal shares of each emotion; speakers and sentences are shared",
)
RANDOM = RandomSplit()
