"""What is known about a corpus before anybody opens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class AlteredCopy:
    """A changed copy of a corpus that is in circulation, and the signs of it.

    Parameters
    ----------
    what : str
        One sentence: what was changed and what follows from it.
    sample_rate : int, optional, Hz
        Every file has this rate.
    duration_s : float, optional
        Every file lasts this long.
    sound_below_hz : float, optional
        No file has sound above this frequency, although its rate would allow it, or the rate
        itself ends there.
    """

    what: str
    sample_rate: int | None = None
    duration_s: float | None = None
    sound_below_hz: float | None = None


@dataclass(frozen=True)
class Card:
    """Facts about a corpus.

    Parameters
    ----------
    name, title : str
        The registry's name; the corpus's own.
    languages : tuple of str
        BCP 47.
    licence, licence_source : str
        The terms, and where they were read and how sure that is.
    models_may_be_shared : bool or None
        Whether a model trained on it may be given away; None where nobody has said.
    sharing_reason : str
        Why, in one sentence.
    citation, url : str
        The paper to cite; where to get it.
    n_utterances, n_speakers : int
        As published.
    emotions : mapping
        Canonical emotion -> published number of utterances; empty where unknown.
    speakers : mapping
        Speaker -> published number of utterances; empty where unknown.
    naming, rule_source : str
        How a recording's name is read, and where that rule was read.
    example : str
        The name of one recording, as in its identity.
    speaker_rule : str
        What tells the speaker.
    known_defects : tuple of str
        Sentences.
    altered_copies : tuple of AlteredCopy
    protocol : str
        How results on it are compared fairly.
    """

    name: str
    title: str
    languages: tuple[str, ...]
    licence: str
    licence_source: str
    models_may_be_shared: bool | None
    sharing_reason: str
    citation: str
    url: str
    n_utterances: int
    n_speakers: int
    naming: str
    rule_source: str
    example: str
    speaker_rule: str
    protocol: str
    emotions: Mapping[str, int] = field(default_factory=dict)
    speakers: Mapping[str, int] = field(default_factory=dict)
    known_defects: tuple[str, ...] = ()
    altered_copies: tuple[AlteredCopy, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return asdict(self)
