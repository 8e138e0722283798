"""Train on some corpora, test on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...corpora.utterance import Utterance
from ...errors import ProtocolError, unknown_name
from ..fold import Fold, by_id
from .cutting import finished
from .speaker import PROTOCOL as SPEAKER

MODES = ("pairs", "leave-one-corpus-out", "pooled")
"""Every directed pair; all corpora but the one tested; all together, with speaker folds."""


@dataclass(frozen=True)
class CrossCorpusFolds:
    """Corpora kept apart, or pooled under speaker folds."""

    name: str = "cross-corpus"
    separates: frozenset[str] = frozenset({"corpus", "speaker"})
    partitions: bool = False
    describes: str = "train on one corpus (or all others), test on another"

    def folds(
        self,
        utterances: Sequence[Utterance],
        *,
        mode: str = "pairs",
        train: Sequence[str] | None = None,
        test: Sequence[str] | None = None,
        dev: bool = False,
        content_hashes: Sequence[str | None] | None = None,
    ) -> list[Fold]:
        """Folds between corpora.

        Parameters
        ----------
        utterances : sequence of Utterance
            Of all corpora.
        mode : one of `MODES`
            ``"pooled"`` separates speakers, not corpora.
        train, test : sequence of str, optional
            With either, one fold for each test corpus (default: those that do not train),
            trained on all training corpora together (default: those that are not tested).
        dev : bool
            Keep about a fifth of the training speakers as dev part.
        content_hashes : sequence of str or None, optional
            Identical recordings are kept on one side.

        Raises
        ------
        ProtocolError
            ``protocol-impossible`` with one corpus only, or one that trains and is tested.
        UsageError
            ``name-unknown`` for a mode that is not known.
        """
        if mode not in MODES:
            raise unknown_name("mode of cross-corpus", mode, MODES)
        if mode == "pooled":
            return SPEAKER.folds(utterances, dev=dev, content_hashes=content_hashes)
        corpora = sorted({utterance.corpus for utterance in utterances})
        if len(corpora) < 2:
            raise ProtocolError(
                "protocol-impossible",
                f"protocol 'cross-corpus' needs two corpora and got {', '.join(corpora) or 'none'};"
                " name another one, or use protocol 'speaker'",
            )
        order = by_id(utterances)
        folds = []
        for sources, target in _divisions(corpora, mode, train, test):
            folds.append(
                finished(
                    f"{'+'.join(sources)}->{target}",
                    [index for index in order if utterances[index].corpus in sources],
                    [index for index in order if utterances[index].corpus == target],
                    utterances,
                    dev=dev,
                    content_hashes=content_hashes,
                )
            )
        return folds


def _divisions(
    corpora: list[str], mode: str, train: Sequence[str] | None, test: Sequence[str] | None
) -> list[tuple[list[str], str]]:
    """Training corpora and test corpus of each fold."""
    if train is None and test is None:
        if mode == "pairs":
            return [([one], other) for one in corpora for other in corpora if one != other]
        return [([one for one in corpora if one != target], target) for target in corpora]
    for name in (*(train or ()), *(test or ())):
        if name not in corpora:
            raise unknown_name("corpus among those of this run", name, corpora)
    sources = sorted(train) if train is not None else sorted(set(corpora) - set(test or ()))
    targets = sorted(test) if test is not None else sorted(set(corpora) - set(sources))
    both = sorted(set(sources) & set(targets))
    if both or not sources or not targets:
        raise ProtocolError(
            "protocol-impossible",
            f"train {', '.join(sources) or 'nothing'}, test {', '.join(targets) or 'nothing'}: a "
            "corpus either trains or is tested, and both sides need one",
        )
    return [(sources, target) for target in targets]


PROTOCOL = CrossCorpusFolds()
