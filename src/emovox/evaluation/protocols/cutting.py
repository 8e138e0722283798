"""From the group of each utterance to folds."""

from __future__ import annotations

from collections.abc import Sequence

from ...corpora.utterance import Utterance
from ...errors import ProtocolError
from ..fold import Fold, by_id, identities
from ..grouping import balanced_groups, members_of

DEV_GROUPS = 5
"""The dev part is about one in so many of the training speakers."""


def leave_one_group_out(
    utterances: Sequence[Utterance],
    groups: Sequence[int],
    names: Sequence[str],
    *,
    kind: str,
    dev: bool = False,
    content_hashes: Sequence[str | None] | None = None,
) -> list[Fold]:
    """One fold for each group that holds utterances; the others are its training part.

    Parameters
    ----------
    utterances : sequence of Utterance
    groups : sequence of int, one for each utterance
    names : sequence of str, one for each group
    kind : str
        What the groups are, for the error.
    dev : bool
        Keep about a fifth of the training speakers as dev part.
    content_hashes : sequence of str or None, optional
        Recordings that are identical to one of the test part leave the training part.

    Raises
    ------
    ProtocolError
        ``protocol-impossible`` with fewer than two groups.
    """
    order = by_id(utterances)
    present = sorted(set(groups))
    if len(present) < 2:
        raise ProtocolError(
            "protocol-impossible",
            f"{len(utterances)} utterances of {len(present)} {kind} cannot be cut into folds; "
            f"at least two {kind} are needed; choose another protocol",
        )
    folds = []
    for group in present:
        test = [index for index in order if groups[index] == group]
        train = [index for index in order if groups[index] != group]
        folds.append(
            finished(names[group], train, test, utterances, dev=dev, content_hashes=content_hashes)
        )
    return folds


def finished(
    name: str,
    train: Sequence[int],
    test: Sequence[int],
    utterances: Sequence[Utterance],
    *,
    dev: bool,
    content_hashes: Sequence[str | None] | None = None,
) -> Fold:
    """Fold without identical recordings on both sides, with its dev part where one is wanted.

    Raises
    ------
    ProtocolError
        ``protocol-impossible`` if a part is empty.
    """
    n_given = len(train)
    if content_hashes is not None:
        tested = {content_hashes[index] for index in test} - {None}
        train = [index for index in train if content_hashes[index] not in tested]
    if not train or not test:
        dropped = n_given - len(train)
        copies = f" ({dropped} are the same recordings as in the test part)" if dropped else ""
        raise ProtocolError(
            "protocol-impossible",
            f"fold {name} has {len(train)} training{copies} and {len(test)} test utterances; both "
            "parts must hold some; choose another protocol or fewer folds",
        )
    kept, held_out = _with_dev(train, utterances) if dev else (tuple(train), ())
    return Fold(name, kept, held_out, tuple(test))


def _with_dev(
    train: Sequence[int], utterances: Sequence[Utterance]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Training part without, and dev part with, about a fifth of the training speakers."""
    members = [utterances[index] for index in train]
    speakers = [name or f"?{one.id}" for name, one in zip(_speakers(members), members, strict=True)]
    genders = {name: one.gender or "" for name, one in zip(speakers, members, strict=True)}
    n_groups = min(DEV_GROUPS, len(genders))
    if n_groups < 2:
        raise ProtocolError(
            "protocol-impossible",
            "a dev part needs at least two training speakers; run without it",
        )
    groups = balanced_groups(members_of(speakers, genders), n_groups)
    kept = tuple(i for i, name in zip(train, speakers, strict=True) if groups[name] != 0)
    return kept, tuple(i for i, name in zip(train, speakers, strict=True) if groups[name] == 0)


def _speakers(utterances: Sequence[Utterance]) -> list[str | None]:
    return identities(utterances, "speaker")
