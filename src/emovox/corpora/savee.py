"""SAVEE, Surrey Audio-Visual Expressed Emotion (its audio)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .card import Card
from .corpus import Corpus, Named
from .naming import Tree

_SPEAKERS = ("DC", "JE", "JK", "KL")
_STEM = re.compile(r"(?:(DC|JE|JK|KL)_?)?(a|d|f|h|n|sa|su)(\d\d)")
_EMOTIONS = {
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
    "sa": "sadness",
    "su": "surprise",
}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``AudioData/DC/a01``, or ``DC_a01`` of the flat copies.

    Examples
    --------
    >>> parse(("DC_sa03",)).name
    'AudioData/DC/sa03'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None:
        return None
    speaker = match[1] or (parts[-2] if len(parts) > 1 else "")
    last = 30 if match[2] == "n" else 15
    if speaker not in _SPEAKERS or not 1 <= int(match[3]) <= last:
        return None
    return Named(
        name=f"AudioData/{speaker}/{match[2]}{match[3]}",
        speaker=speaker,
        emotion=_EMOTIONS[match[2]],
        label=_EMOTIONS[match[2]],
        sentence=f"{match[2]}{match[3]}",
        gender="male",
        language="en-GB",
    )


def _design(tree: Tree) -> Iterator[str]:
    """The 480 names."""
    for speaker in _SPEAKERS:
        for letter in _EMOTIONS:
            for number in range(1, 31 if letter == "n" else 16):
                yield f"AudioData/{speaker}/{letter}{number:02}"


CORPUS = Corpus(
    card=Card(
        name="savee",
        title="SAVEE (Surrey Audio-Visual Expressed Emotion)",
        languages=("en-GB",),
        licence="research only, on registration",
        licence_source="second-hand: the corpus's web page as it is generally described",
        models_may_be_shared=False,
        sharing_reason="It is given for research to those who register.",
        citation="S. Haq, P. J. B. Jackson: Multimodal emotion recognition. In: Machine Audition, "
        "IGI Global, 2010",
        url="http://kahlan.eps.surrey.ac.uk/savee/",
        n_utterances=480,
        n_speakers=4,
        emotions={
            "anger": 60, "disgust": 60, "fear": 60, "happiness": 60,
            "neutral": 120, "sadness": 60, "surprise": 60,
        },
        speakers=dict.fromkeys(_SPEAKERS, 120),
        naming="folder of the speaker, emotion letters (a d f h n sa su), number of the sentence; "
        "flat copies write DC_a01 or DCa01",
        rule_source="EmoBox's list of the corpus; datasets/SAVEE/process.py of "
        "Strong-AI-Lab/emotion for the flat form",
        example="AudioData/DC/a01",
        speaker_rule="the folder, or the first two letters of a flat name: DC, JE, JK, KL",
        protocol="leave one speaker out over the 4 men, UA over 7 classes",
        known_defects=(
            "Four men, no woman.",
            "Most sentences belong to one emotion, so the words give the label away.",
        ),
    ),
    parse=parse,
    design=_design,
)  # fmt: skip
