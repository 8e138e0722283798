"""EMOVO, acted Italian speech."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .card import Card
from .corpus import Corpus, Named
from .naming import Tree

_EMOTIONS = {
    "dis": ("disgust", "disgusto"),
    "gio": ("happiness", "gioia"),
    "neu": ("neutral", "neutro"),
    "pau": ("fear", "paura"),
    "rab": ("anger", "rabbia"),
    "sor": ("surprise", "sorpresa"),
    "tri": ("sadness", "tristezza"),
}
_SPEAKERS = ("f1", "f2", "f3", "m1", "m2", "m3")
_SENTENCES = (
    "b1", "b2", "b3", "d1", "d2", "l1", "l2", "l3", "l4", "n1", "n2", "n3", "n4", "n5",
)  # fmt: skip
_STEM = re.compile(r"([a-z]{3})-([fm][123])-([bdln]\d)")


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``f1/dis-f1-b1``.

    Examples
    --------
    >>> parse(("gio-m2-n4",)).emotion
    'happiness'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None or match[1] not in _EMOTIONS or match[3] not in _SENTENCES:
        return None
    emotion, label = _EMOTIONS[match[1]]
    return Named(
        name=f"{match[2]}/{parts[-1]}",
        speaker=match[2],
        emotion=emotion,
        label=label,
        sentence=match[3],
        gender="female" if match[2].startswith("f") else "male",
        language="it",
    )


def _design(tree: Tree) -> Iterator[str]:
    """The 588 names."""
    for speaker in _SPEAKERS:
        for code in _EMOTIONS:
            for sentence in _SENTENCES:
                yield f"{speaker}/{code}-{speaker}-{sentence}"


CORPUS = Corpus(
    card=Card(
        name="emovo",
        title="EMOVO",
        languages=("it",),
        licence="unclear; treat as research only",
        licence_source="the paper only says that it is distributed on request; another public "
        "list says CC BY-NC-SA 4.0",
        models_may_be_shared=False,
        sharing_reason="Nobody has said that it may be; the strictest reading is non-commercial.",
        citation="G. Costantini, I. Iaderola, A. Paoloni, M. Todisco: EMOVO Corpus: an Italian "
        "emotional speech database. LREC 2014",
        url="http://voice.fub.it/activities/corpora/emovo/index.html",
        n_utterances=588,
        n_speakers=6,
        emotions={emotion: 84 for emotion, _ in _EMOTIONS.values()},
        speakers=dict.fromkeys(_SPEAKERS, 98),
        naming="emotion (dis gio neu pau rab sor tri), actor, sentence (b short, l long, "
        "n nonsense, d questions)",
        rule_source="the LREC paper and the names themselves",
        example="f1/dis-f1-b1",
        speaker_rule="the middle of the name: f1 to f3, m1 to m3",
        protocol="leave one speaker out over the 6 actors, UA over 7 classes; random ten-fold "
        "results are not comparable",
        known_defects=(
            "The recordings are stereo from two spaced microphones about 0.4 ms apart: averaging "
            "the channels comb-filters the voice; take the left one.",
            "f1/rab-f1-b1 is mono.",
            "Six files touch full scale; the left channel of m3 is weaker than the right.",
        ),
    ),
    parse=parse,
    design=_design,
)
