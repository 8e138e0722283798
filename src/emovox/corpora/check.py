"""Comparing the recordings that are there with what a corpus's card, or a table, says."""

from __future__ import annotations

import os
import re
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from emovox import registry

from .corpus import Corpus, CorpusIncomplete
from .listening import listen
from .naming import Tree, parts_of, walk
from .reading import read_corpus
from .utterance import Utterance

_PARTS = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True)
class Count:
    """Utterances of an emotion or a speaker: found, and published where that is known.

    Of those found, some may be unreadable (or empty), cut short, or have their audio twice.
    """

    found: int
    published: int | None
    unreadable: int = 0
    cut_short: int = 0
    identical: int = 0

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
    """What `check` or `check_table` found.

    Parameters
    ----------
    corpus, root : str
        The corpus's name or the table's path; the folder of the recordings.
    utterances : Count
        Published of a table is what it lists.
    speakers_found : int
    speakers_published : int or None
    emotions, speakers : mapping
        Emotion (``"no agreement"`` for None) and speaker -> `Count`.
    missing_names : tuple of str
        Names that the corpus should have and that are not there, where its design is known;
        identities of a table whose recording is not there.
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
    empty, silent, cut_short, past_end : tuple of str
        Identities; the last are segments that reach past the end of their file.
    identical, conflicting : tuple of tuples of str
        Groups of identities with identical audio; those among them with different labels.
    two_genders : tuple of str
        Speakers of whom some utterances say female and others male.
    two_spellings : tuple of tuples of str
        Speakers whose names differ only in case, width, punctuation or leading zeros: if they
        are one person, folds that keep speakers apart leak.
    altered : tuple of str
        Sentences of the card about the altered copy that this is.
    """

    corpus: str
    root: str
    utterances: Count
    speakers_found: int
    speakers_published: int | None
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
    past_end: tuple[str, ...] = ()
    identical: tuple[tuple[str, ...], ...] = ()
    conflicting: tuple[tuple[str, ...], ...] = ()
    two_genders: tuple[str, ...] = ()
    two_spellings: tuple[tuple[str, ...], ...] = ()
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
    expected = set(corpus.design(tree)) if corpus.design else set()
    report: dict[str, Any] = {
        "corpus": card.name,
        "root": os.fspath(root),
        "utterances": Count(len(utterances), card.n_utterances),
        "speakers_published": card.n_speakers,
        "missing_names": tuple(sorted(expected - set(found))),
        "foreign": _foreign(tree, corpus),
        "left_out": len(found) - len(utterances),
        "extra_copies": sum(corpus.parse(parts_of(path)) is not None for path in tree.recordings)
        - len(found),
        "side_files": tree.n_side_files,
    }
    if audio:
        report.update(listen(utterances, altered_copies=card.altered_copies, progress=progress))
    report.update(_labels(utterances, report, emotions=card.emotions, speakers=card.speakers))
    return CheckReport(**report)


def check_table(
    path: str | os.PathLike[str],
    root: str | os.PathLike[str] | None = None,
    *,
    audio: bool = True,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> CheckReport:
    """Compare a table of the user's own with the recordings that it names.

    Parameters
    ----------
    path, root : path
        As in `read_table`.
    audio, progress
        As in `check`.
    **options
        Of `read_table`, but for ``missing``.

    Raises
    ------
    CorpusError, UsageError
        As `read_corpus`.
    """
    listed = read_corpus(path, root, missing="keep", **options)
    there = [one for one in listed if one.path.is_file()]
    kept = {one.id for one in there}
    report: dict[str, Any] = {
        "corpus": os.fspath(path),
        "root": os.fspath(root) if root is not None else os.path.dirname(os.fspath(path)) or ".",
        "utterances": Count(len(there), len(listed)),
        "speakers_published": None,
        "missing_names": tuple(one.id for one in listed if one.id not in kept),
    }
    if audio:
        report.update(listen(there, progress=progress))
    report.update(_labels(there, report))
    return CheckReport(**report)


def _labels(
    utterances: Sequence[Utterance],
    heard: Mapping[str, Any],
    *,
    emotions: Mapping[str, int] | None = None,
    speakers: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """What the labels tell, beside the published number of each emotion and speaker."""
    speaker_of = {one.id: one.speaker for one in utterances if one.speaker}
    emotion_of = {one.id: one.emotion or "no agreement" for one in utterances}
    faults = {
        "unreadable": [*heard.get("unreadable", ()), *heard.get("empty", ())],
        "cut_short": heard.get("cut_short", ()),
        "identical": [name for group in heard.get("identical", ()) for name in group],
    }
    return {
        "speakers_found": len(set(speaker_of.values())),
        "emotions": _counts(emotion_of, emotions or {}, faults),
        "speakers": _counts(speaker_of, speakers or {}, faults),
        "two_genders": _two_genders(utterances),
        "two_spellings": _two_spellings(set(speaker_of.values())),
    }


def _counts(
    label_of: Mapping[str, str],
    published: Mapping[str, int],
    faults: Mapping[str, Sequence[str]],
) -> dict[str, Count]:
    """Label -> count, of all labels found or published; `label_of` has that of each identity."""
    found = Counter(label_of.values())
    faulty = {
        fault: Counter(label_of[name] for name in names if name in label_of)
        for fault, names in faults.items()
    }
    return {
        label: Count(
            found[label],
            published.get(label),
            **{fault: counts[label] for fault, counts in faulty.items()},
        )
        for label in sorted({*found, *published})
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


def _two_genders(utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """Speakers under two genders."""
    genders: dict[str, set[str]] = defaultdict(set)
    for one in utterances:
        if one.speaker and one.gender:
            genders[one.speaker].add(one.gender)
    return tuple(sorted(speaker for speaker, said in genders.items() if len(said) > 1))


def _two_spellings(speakers: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of speakers whose names read alike."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for speaker in speakers:
        groups[_spoken(speaker)].append(speaker)
    return tuple(sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1))


def _spoken(name: str) -> tuple[str, ...]:
    """Words and numbers of a name, as they are read aloud.

    Examples
    --------
    >>> _spoken("Spk_01") == _spoken("spk 1"), _spoken("1_1") == _spoken("11")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return tuple(part.lstrip("0") or part[:1] for part in _PARTS.findall(plain)) or (plain,)
