"""Groups of speakers that are the same everywhere: committed where a corpus is known."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from importlib import resources

from ..corpora.utterance import Utterance
from .fold import known_identities
from .grouping import balanced_groups, members_of

N_GROUPS = 6
"""Groups of speakers where a corpus has more than `MOST_ALONE` of them."""

MOST_ALONE = 12
"""Up to so many speakers each is a fold of its own."""


def committed_groups(corpus: str) -> dict[str, int]:
    """Speaker -> group (from 0) as committed for a corpus; empty if none are.

    The files ``groups/CORPUS.csv`` have the columns speaker, gender, utterances, group (from 1)
    and were made by `balanced_groups` from the whole published corpus, so that the groups are
    the same for every label set.

    Examples
    --------
    >>> sorted(set(committed_groups("ravdess").values()))
    [0, 1, 2, 3, 4, 5]
    """
    file = resources.files("emovox.evaluation") / "groups" / f"{corpus}.csv"
    if not file.is_file():
        return {}
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    return {row["speaker"]: int(row["group"]) - 1 for row in rows}


def speaker_groups(
    utterances: Sequence[Utterance], *, n_groups: int | None = None, protocol: str = "speaker"
) -> tuple[list[int], list[str]]:
    """Group of each utterance's speaker, and the names of the groups.

    Parameters
    ----------
    utterances : sequence of Utterance
        In any order; all with a speaker.
    n_groups : int, optional
        By default each speaker is alone where there are at most 12, else six groups. Groups of
        a corpus whose groups are committed are those, as long as six are asked for.
    protocol : str
        For the error.

    Returns
    -------
    groups : list of int, one for each utterance
    names : list of str

    Raises
    ------
    ProtocolError
        ``protocol-impossible`` if an utterance has no speaker.
    """
    speakers = known_identities(utterances, "speaker", protocol=protocol)
    distinct = sorted(set(speakers))
    if n_groups is None:
        committed = any(committed_groups(name) for name in {one.corpus for one in utterances})
        n_groups = N_GROUPS if committed or len(distinct) > MOST_ALONE else len(distinct)
    if n_groups >= len(distinct):
        place = {speaker: number for number, speaker in enumerate(distinct)}
        one_corpus = len({utterance.corpus for utterance in utterances}) == 1
        names = [name.partition("/")[2] if one_corpus else name for name in distinct]
        return [place[speaker] for speaker in speakers], names
    place = {}
    for corpus in sorted({utterance.corpus for utterance in utterances}):
        members = [index for index, one in enumerate(utterances) if one.corpus == corpus]
        place.update(_groups_of_corpus([utterances[index] for index in members], n_groups))
    names = [f"group-{number + 1}" for number in range(n_groups)]
    return [place[speaker] for speaker in speakers], names


def _groups_of_corpus(utterances: Sequence[Utterance], n_groups: int) -> dict[str, int]:
    """Speaker (with its corpus) -> group; committed groups win where they name every speaker."""
    corpus = utterances[0].corpus
    genders: dict[str, str] = {}
    speakers = []
    for utterance in utterances:
        speakers.append(str(utterance.speaker))
        genders[str(utterance.speaker)] = utterance.gender or ""
    committed = committed_groups(corpus) if n_groups == N_GROUPS else {}
    if committed and set(speakers) <= set(committed):
        groups = committed
    else:
        groups = balanced_groups(members_of(speakers, genders), n_groups)
    return {f"{corpus}/{speaker}": groups[speaker] for speaker in set(speakers)}
