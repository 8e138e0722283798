"""EmoDB, the Berlin Database of Emotional Speech."""

from __future__ import annotations

import re

from .card import AlteredCopy, Card
from .corpus import Corpus, Named

_STEM = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])([a-z])")
_EMOTIONS = {
    "W": ("anger", "Wut"),
    "L": ("boredom", "Langeweile"),
    "E": ("disgust", "Ekel"),
    "A": ("fear", "Angst"),
    "F": ("happiness", "Freude"),
    "T": ("sadness", "Trauer"),
    "N": ("neutral", "neutral"),
}
_MALE = frozenset({"03", "10", "11", "12", "15"})
_SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
_TEXTS = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute Abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``wav/03a01Fa``.

    Examples
    --------
    >>> parse(("03a01Fa",)).emotion
    'happiness'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None or match[1] not in _SPEAKERS or match[2] not in _TEXTS:
        return None
    speaker, sentence, letter, take = match.groups()
    emotion, label = _EMOTIONS[letter]
    return Named(
        name=f"wav/{parts[-1]}",
        speaker=speaker,
        emotion=emotion,
        label=label,
        sentence=sentence,
        transcript=_TEXTS[sentence],
        gender="male" if speaker in _MALE else "female",
        language="de",
        take=take,
    )


CORPUS = Corpus(
    card=Card(
        name="emodb",
        title="EmoDB (Berlin Database of Emotional Speech)",
        languages=("de",),
        licence="CC0 1.0",
        licence_source="second-hand: audEERING's audb entry for EmoDB; another public list says "
        "CC BY 4.0; the distributed archive itself says nothing",
        models_may_be_shared=True,
        sharing_reason="CC0 (or CC BY) lets anybody share what is made from it; cite the paper.",
        citation="F. Burkhardt, A. Paeschke, M. Rolfes, W. Sendlmeier, B. Weiss: A database of "
        "German emotional speech. Interspeech 2005",
        url="http://emodb.bilderbar.info",
        n_utterances=535,
        n_speakers=10,
        emotions={
            "anger": 127, "boredom": 81, "disgust": 46, "fear": 69,
            "happiness": 71, "neutral": 79, "sadness": 62,
        },
        speakers={
            "03": 49, "08": 58, "09": 43, "10": 38, "11": 55,
            "12": 35, "13": 61, "14": 69, "15": 56, "16": 71,
        },
        naming="speaker (2 digits), sentence (a or b and 2 digits), emotion letter of the German "
        "word (W L E A F T N), version letter",
        rule_source="the corpus's own documentation (emodb.bilderbar.info), as quoted in the "
        "audformat library's EmoDB example",
        example="wav/03a01Fa",
        speaker_rule="the first two digits of the name",
        protocol="leave one speaker out over the 10 speakers, UA over 7 classes; random folds "
        "share speakers and sentences and read far higher",
        known_defects=(
            "Every file is normalised to full scale, so its absolute level tells nothing.",
            "Classes are unbalanced (46 disgust to 127 anger).",
            "Only takes that listeners recognised and found natural were kept, so the classes "
            "are easier than the speakers' acting was.",
        ),
        altered_copies=(
            AlteredCopy(
                "Every file was cut or padded to exactly 2.0 s at 22,050 Hz; it is not the "
                "published corpus and its figures cannot be compared.",
                sample_rate=22050,
                duration_s=2.0,
            ),
        ),
    ),
    parse=parse,
)  # fmt: skip
