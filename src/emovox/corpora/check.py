"""Comparing the recordings that are there with what a corpus's card says."""

from __future__ import annotations

import os
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from emovox import registry
from emovox.errors import InputError

from .card import AlteredCopy, Card
from .content import Content, measure
from .corpus import Corpus, CorpusIncomplete
from .naming import Tree, parts_of, walk
from .utterance import Utterance

SILENT_PEAK = 1e-3
"""A recording whose largest sample is below this (-60 dB of full scale) is silent."""

SHORT_SHARE = 0.2
"""A recording shorter than this share of the corpus's median is listed as cut short."""


@dataclass(frozen=True)
class Count:
    """Utterances of an emotion or a speaker: found, and published where that is known."""

    found: int
    published: int | None

    @property
    def missing(self) -> int | None:
        """How many are missing, where that is known."""
        return None if self.published is None else max(0, self.published - self.found)

    @property
    def extra(self) -> int | None:
        """How many there are beyond those published, where that is known."""
        return None if self.published is None else max(0, self.found - self.published)


@dataclass(frozen=True)
class CheckReport:
    """What `check` found.

    Parameters
    ----------
    corpus, root : str
    utterances : Count
    speakers_found, speakers_published : int
    emotions, speakers : mapping
        Emotion (``"no agreement"`` for None) and speaker -> `Count`.
    missing_names : tuple of str
        Names that the corpus should have and that are not there, where its design is known.
    foreign : mapping
        Other corpus -> number of recordings of it in the same tree; ``"unknown"`` for names
        that no corpus has.
    left_out : int
        Recordings of the corpus that the options leave out, such as songs.
    extra_copies : int
        Recordings that are there more than once under the same name.
    side_files : int
        Left behind by operating systems, and skipped.
    audio_checked : bool
        Whether recordings were decoded; without that, the following are empty.
    unreadable : mapping
        Identity -> sentence.
    empty, silent, cut_short : tuple of str
        Identities.
    identical, conflicting : tuple of tuples of str
        Groups of identities with identical audio; those among them with different labels.
    two_genders : tuple of str
        Speakers of whom some utterances say female and others male.
    altered : tuple of str
        Sentences of the card about the altered copy that this is.
    """

    corpus: str
    root: str
    utterances: Count
    speakers_found: int
    speakers_published: int
    emotions: Mapping[str, Count]
    speakers: Mapping[str, Count]
    missing_names: tuple[str, ...] = ()
    foreign: Mapping[str, int] = field(default_factory=dict)
    left_out: int = 0
    extra_copies: int = 0
    side_files: int = 0
    audio_checked: bool = False
    unreadable: Mapping[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    cut_short: tuple[str, ...] = ()
    identical: tuple[tuple[str, ...], ...] = ()
    conflicting: tuple[tuple[str, ...], ...] = ()
    two_genders: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        said = asdict(self)
        for name in ("emotions", "speakers"):
            for key, count in getattr(self, name).items():
                said[name][key].update(missing=count.missing, extra=count.extra)
        said["utterances"].update(missing=self.utterances.missing, extra=self.utterances.extra)
        return said


def check(
    corpus: Corpus,
    root: str | os.PathLike[str],
    *,
    audio: bool = True,
    progress: Callable[[int, int], None] | None = None,
    **options: object,
) -> CheckReport:
    """Compare the recordings below `root` with the corpus's card.

    Parameters
    ----------
    corpus : Corpus
    root : path
    audio : bool
        Whether to decode every recording: for what is unreadable, silent, cut or identical.
    progress : callable, optional
        ``progress(done, total)`` after each recording.
    **options
        Of the corpus, as in `Corpus.read`.

    Raises
    ------
    CorpusError
        As `Corpus.read`.
    """
    with warnings.catch_warnings():
        # The report says what is missing, in more detail.
        warnings.simplefilter("ignore", CorpusIncomplete)
        utterances = corpus.read(root, **options)
    tree = walk(root)
    found = corpus.found(tree)
    card = corpus.card
    by_speaker = Counter(one.speaker for one in utterances if one.speaker)
    expected = set(corpus.design(tree)) if corpus.design else set()
    report: dict[str, Any] = {
        "corpus": card.name,
        "root": os.fspath(root),
        "utterances": Count(len(utterances), card.n_utterances),
        "speakers_found": len(by_speaker),
        "speakers_published": card.n_speakers,
        "emotions": _emotions(utterances, card),
        "speakers": _counts(by_speaker, card.speakers),
        "missing_names": tuple(sorted(expected - set(found))),
        "foreign": _foreign(tree, corpus),
        "left_out": len(found) - len(utterances),
        "extra_copies": sum(corpus.parse(parts_of(path)) is not None for path in tree.recordings)
        - len(found),
        "side_files": tree.n_side_files,
        "two_genders": _two_genders(utterances),
    }
    if audio:
        report.update(_audio(utterances, card, progress))
    return CheckReport(**report)


def _emotions(utterances: list[Utterance], card: Card) -> dict[str, Count]:
    """Emotion -> count; what has no agreement is counted under that name."""
    found = Counter(one.emotion or "no agreement" for one in utterances)
    return _counts(found, card.emotions)


def _counts(found: Mapping[str, int], published: Mapping[str, int]) -> dict[str, Count]:
    """Name -> count, of all names in either."""
    return {
        name: Count(found.get(name, 0), published.get(name))
        for name in sorted({*found, *published})
    }


def _foreign(tree: Tree, corpus: Corpus) -> dict[str, int]:
    """Other corpus -> number of its recordings in the tree."""
    others: dict[str, Corpus] = {
        name: registry.get("corpus", name)
        for name in registry.names("corpus")
        if name != corpus.card.name
    }
    counts: Counter[str] = Counter()
    for path in tree.recordings:
        parts = parts_of(path)
        if corpus.parse(parts) is not None:
            continue
        counts[next((name for name, one in others.items() if one.parse(parts)), "unknown")] += 1
    return dict(sorted(counts.items()))


def _two_genders(utterances: list[Utterance]) -> tuple[str, ...]:
    """Speakers under two genders."""
    genders: dict[str, set[str]] = defaultdict(set)
    for one in utterances:
        if one.speaker and one.gender:
            genders[one.speaker].add(one.gender)
    return tuple(sorted(speaker for speaker, said in genders.items() if len(said) > 1))


def _audio(
    utterances: list[Utterance], card: Card, progress: Callable[[int, int], None] | None
) -> dict[str, Any]:
    """What decoding every recording tells."""
    unreadable: dict[str, str] = {}
    empty: list[str] = []
    contents: dict[str, Content] = {}
    for done, one in enumerate(utterances, 1):
        try:
            content = measure(one.path)
        except InputError as error:
            if error.code == "empty-file":
                empty.append(one.id)
            else:
                unreadable[one.id] = error.sentence
        else:
            if content.duration_s:
                contents[one.id] = content
            else:
                empty.append(one.id)
        if progress is not None:
            progress(done, len(utterances))
    identical, conflicting = _identical(utterances, contents)
    return {
        "audio_checked": True,
        "unreadable": unreadable,
        "empty": tuple(empty),
        "silent": tuple(name for name, one in contents.items() if one.peak < SILENT_PEAK),
        "cut_short": _cut_short(contents),
        "identical": identical,
        "conflicting": conflicting,
        "altered": tuple(
            copy.what for copy in card.altered_copies if _is_copy(copy, list(contents.values()))
        ),
    }


def _cut_short(contents: Mapping[str, Content]) -> tuple[str, ...]:
    """Recordings whose data end early, or that are far shorter than the others."""
    if not contents:
        return ()
    median = float(np.median([one.duration_s for one in contents.values()]))
    return tuple(
        name
        for name, one in contents.items()
        if one.ends_early or one.duration_s < SHORT_SHARE * median
    )


def _identical(
    utterances: list[Utterance], contents: Mapping[str, Content]
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Groups of identical audio, and those of them under different labels."""
    labels = {one.id: (one.emotion, one.label) for one in utterances}
    groups: dict[str, list[str]] = defaultdict(list)
    for name, one in contents.items():
        groups[one.md5].append(name)
    identical = tuple(tuple(sorted(group)) for group in groups.values() if len(group) > 1)
    conflicting = tuple(group for group in identical if len({labels[name] for name in group}) > 1)
    return tuple(sorted(identical)), tuple(sorted(conflicting))


def _is_copy(copy: AlteredCopy, contents: list[Content]) -> bool:
    """Whether the recordings bear all the signs of an altered copy."""
    if not contents:
        return False
    if copy.sample_rate and any(one.sample_rate != copy.sample_rate for one in contents):
        return False
    if copy.duration_s and any(
        # Two samples of 22,050 Hz: programs round a length differently.
        abs(one.duration_s - copy.duration_s) > 1e-4
        for one in contents
    ):
        return False
    if copy.sound_below_hz:
        heard = [
            one.bandwidth_hz for one in contents if one.bandwidth_hz and one.peak > SILENT_PEAK
        ]
        # A click in a few files does not make the copy whole.
        return bool(heard) and float(np.percentile(heard, 95)) < copy.sound_below_hz
    return True
