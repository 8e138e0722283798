"""URDU, emotional speech cut from television talk shows."""

from __future__ import annotations

import re

from .card import Card
from .corpus import Corpus, Named

_STEM = re.compile(r"(S[MF]\d+)_F(\d+)_([AHNS])(\d+)")
_EMOTIONS = {
    "A": ("anger", "Angry"),
    "H": ("happiness", "Happy"),
    "N": ("neutral", "Neutral"),
    "S": ("sadness", "Sad"),
}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``Angry/SM1_F12_A012``.

    Examples
    --------
    >>> parse(("SF3_F4_H04",)).gender
    'female'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None:
        return None
    emotion, label = _EMOTIONS[match[3]]
    return Named(
        name=f"{label}/{parts[-1]}",
        speaker=match[1],
        emotion=emotion,
        label=label,
        gender="male" if match[1].startswith("SM") else "female",
        language="ur",
        take=match[2],
    )


CORPUS = Corpus(
    card=Card(
        name="urdu",
        title="URDU",
        languages=("ur",),
        licence="research only",
        licence_source="sure: README of the authors' repository; the rights of the television "
        "shows are not cleared there",
        models_may_be_shared=False,
        sharing_reason='"Anyone can use this data only for research purposes."',
        citation="S. Latif, A. Qayyum, M. Usman, J. Qadir: Cross lingual speech emotion "
        "recognition: Urdu vs. western languages. FIT 2018",
        url="https://github.com/siddiquelatif/URDU-Dataset",
        n_utterances=400,
        n_speakers=38,
        emotions={emotion: 100 for emotion, _ in _EMOTIONS.values()},
        naming="sex and speaker (SM1, SF2), number of the speaker's file, emotion letter and a "
        "running number; the folder agrees with the letter",
        rule_source="README of the authors' repository and the names themselves",
        example="Angry/SM1_F10_A010",
        speaker_rule="the name up to the first underscore",
        protocol="speakers kept apart by groups; leave-one-speaker-out recall per class is mostly "
        "undefined, so testing models of other corpora on it is the safer use",
        known_defects=(
            "26 of the 29 speakers in the names occur with one emotion only: speaker and emotion "
            "are confounded, and whatever knows the voice knows the label.",
            "The paper counts 38 speakers (27 men, 11 women); the names hold 29 (18 and 11).",
            "51 files clip at the source; the sound is television's.",
        ),
    ),
    parse=parse,
)
