"""TESS, the Toronto Emotional Speech Set."""

from __future__ import annotations

import re

from .card import Card
from .corpus import Corpus, Named

_STEM = re.compile(r"(OAF|OA|YAF)_([A-Za-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)")
_EMOTIONS = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "ps": "surprise",
    "sad": "sadness",
}
_FOLDERS = {
    ("OAF", "fear"): "OAF_Fear",
    ("OAF", "ps"): "OAF_Pleasant_surprise",
    ("OAF", "sad"): "OAF_Sad",
    ("YAF", "ps"): "YAF_pleasant_surprised",
}
"""The folders as published, where they are not simply talker and emotion."""


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``OAF_angry/OAF_back_angry``.

    Examples
    --------
    >>> parse(("OA_bite_neutral",)).speaker
    'OAF'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None:
        return None
    talker = "YAF" if match[1] == "YAF" else "OAF"
    word, label = match[2], match[3]
    folder = _FOLDERS.get((talker, label), f"{talker}_{label}")
    return Named(
        name=f"{folder}/{parts[-1]}",
        speaker=talker,
        emotion=_EMOTIONS[label],
        label=label,
        sentence=word.lower(),
        transcript=f"Say the word {word.lower()}.",
        gender="female",
        language="en-CA",
    )


CORPUS = Corpus(
    card=Card(
        name="tess",
        title="TESS (Toronto Emotional Speech Set)",
        languages=("en-CA",),
        licence="CC BY-NC-ND 4.0",
        licence_source="second-hand: the publishers' page at the University of Toronto",
        models_may_be_shared=False,
        sharing_reason="Non-commercial and no derivatives.",
        citation="M. K. Pichora-Fuller, K. Dupuis: Toronto emotional speech set (TESS). "
        "Scholars Portal Dataverse, 2020",
        url="https://doi.org/10.5683/SP2/E8H2MF",
        n_utterances=2800,
        n_speakers=2,
        emotions=dict.fromkeys(_EMOTIONS.values(), 400),
        speakers={"OAF": 1400, "YAF": 1400},
        naming="folder of talker and emotion; talker, word, emotion (ps is pleasant surprise)",
        rule_source="names of the copies in circulation",
        example="OAF_angry/OAF_back_angry",
        speaker_rule="OAF (older) or YAF (younger) at the start of the name",
        protocol="none that means much with two voices: train on one talker and test on the other",
        known_defects=(
            "One carrier phrase, two voices: random splits give 99 to 100 %.",
            "The folders' names are irregular as published (OAF_Fear, OAF_Pleasant_surprise, "
            "OAF_Sad, YAF_pleasant_surprised).",
            "OAF_neutral/OA_bite_neutral lacks the F.",
            "OAF_Fear/OAF_food_fear has a sample rate of 96 kHz, all others 24,414 Hz.",
        ),
    ),
    parse=parse,
)
