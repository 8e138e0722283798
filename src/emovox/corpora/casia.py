"""CASIA, acted Chinese speech (the parallel-text part that circulates)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .card import Card
from .corpus import Corpus, Named
from .naming import Tree

_SPEAKERS = ("liuchanhg", "wangzhe", "ZhaoZuoxiang", "zhaoquanyin")
_BY_LOWER_CASE = {speaker.lower(): speaker for speaker in _SPEAKERS}
_EMOTIONS = {
    "angry": "anger",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}
_NUMBER = re.compile(r"2(?:0[1-9]|[1-4]\d|50)")


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a path such as ``liuchanhg/angry/201``; the last part alone tells nothing.

    Examples
    --------
    >>> parse(("wangzhe", "sad", "250")).sentence
    '250'
    >>> parse(("250",)) is None
    True
    """
    if len(parts) < 3 or _NUMBER.fullmatch(parts[-1]) is None:
        return None
    speaker, label = _BY_LOWER_CASE.get(parts[-3].lower()), parts[-2].lower()
    if speaker is None or label not in _EMOTIONS:
        return None
    return Named(
        name=f"{speaker}/{label}/{parts[-1]}",
        speaker=speaker,
        emotion=_EMOTIONS[label],
        label=label,
        sentence=parts[-1],
        language="zh-CN",
    )


def _design(tree: Tree) -> Iterator[str]:
    """The 1,200 names."""
    for speaker in _SPEAKERS:
        for label in _EMOTIONS:
            for number in range(201, 251):
                yield f"{speaker}/{label}/{number}"


CORPUS = Corpus(
    card=Card(
        name="casia",
        title="CASIA (parallel-text part)",
        languages=("zh-CN",),
        licence="licensed by the Institute of Automation, Chinese Academy of Sciences",
        licence_source="second-hand: general knowledge of the field",
        models_may_be_shared=False,
        sharing_reason="It is sold under a licence; what circulates carries none.",
        citation="Institute of Automation, Chinese Academy of Sciences: CASIA Chinese emotional "
        "speech corpus",
        url="http://www.chineseldc.org",
        n_utterances=1200,
        n_speakers=4,
        emotions=dict.fromkeys(_EMOTIONS.values(), 200),
        speakers=dict.fromkeys(_SPEAKERS, 300),
        naming="folder of the speaker, folder of the emotion, number of the sentence 201 to 250",
        rule_source="paths of the copies in circulation",
        example="liuchanhg/angry/201",
        speaker_rule="the folder above the emotion's",
        protocol="leave one speaker out over the 4 speakers, UA over 6 classes; random ten-fold "
        "has the same sentences on both sides",
        known_defects=(
            "File names repeat in every folder: only the whole path tells recordings apart.",
            "This part holds 50 sentences; the full corpus has far more.",
            "The speakers' sex is not stated in the names, and is left empty.",
        ),
    ),
    parse=parse,
    design=_design,
)
