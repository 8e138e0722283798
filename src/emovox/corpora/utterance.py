"""One utterance of a corpus: where its sound lies and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Utterance:
    """One labelled stretch of speech.

    Parameters
    ----------
    id : str
        ``corpus/relative/path`` without ending, ``/`` between parts.
    corpus, path
        Name of the corpus; the audio file.
    start, end : float, optional
        Seconds inside the file; None for the whole file.
    speaker : str, optional
        Unique inside the corpus.
    emotion, label : str, optional
        Canonical name (None: no agreement); the corpus's own word.
    sentence, transcript : str, optional
        Identity of the text; the words.
    gender : {"female", "male"}, optional
    language : str, optional
        BCP 47, such as ``"de"``.
    session, take, intensity : str, optional
    dimensions : mapping
        Any of arousal, valence, dominance, each in 0..1.
    votes : mapping
        Canonical emotion -> number (or share) of raters: soft labels.
    """

    id: str
    corpus: str
    path: Path
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    emotion: str | None = None
    label: str | None = None
    sentence: str | None = None
    transcript: str | None = None
    gender: str | None = None
    language: str | None = None
    session: str | None = None
    take: str | None = None
    intensity: str | None = None
    dimensions: Mapping[str, float] = field(default_factory=dict)
    votes: Mapping[str, float] = field(default_factory=dict)
