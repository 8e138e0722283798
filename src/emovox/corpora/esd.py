"""ESD, the Emotional Speech Dataset of Singapore (Mandarin and English)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .card import Card
from .corpus import Corpus, Named
from .naming import Tree

_STEM = re.compile(r"(00(?:0[1-9]|1\d|20))_(\d{6})")
_PER_EMOTION = 350
_LABELS = ("Neutral", "Angry", "Happy", "Sad", "Surprise")
_EMOTIONS = {
    "Neutral": "neutral",
    "Angry": "anger",
    "Happy": "happiness",
    "Sad": "sadness",
    "Surprise": "surprise",
}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a path such as ``0011/Angry/train/0011_000401``, or the name alone.

    A folder's emotion wins over the one that the number tells.

    Examples
    --------
    >>> parse(("0011_000401",)).emotion, parse(("0011_000401",)).sentence
    ('anger', 'en-51')
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None or not 1 <= int(match[2]) <= _PER_EMOTION * len(_LABELS):
        return None
    block, index = divmod(int(match[2]) - 1, _PER_EMOTION)
    folders = [part for part in parts[-4:-1] if part in _EMOTIONS]
    label = folders[-1] if folders else _LABELS[block]
    language = "zh-CN" if int(match[1]) <= 10 else "en"
    return Named(
        name=f"{match[1]}/{label}/{parts[-1]}",
        speaker=match[1],
        emotion=_EMOTIONS[label],
        label=label,
        sentence=f"{language[:2]}-{index + 1}",
        language=language,
    )


def _design(tree: Tree) -> Iterator[str]:
    """The 35,000 names."""
    for speaker in range(1, 21):
        for number in range(_PER_EMOTION * len(_LABELS)):
            label = _LABELS[number // _PER_EMOTION]
            yield f"{speaker:04}/{label}/{speaker:04}_{number + 1:06}"


CORPUS = Corpus(
    card=Card(
        name="esd",
        title="ESD (Emotional Speech Dataset)",
        languages=("zh-CN", "en"),
        licence="research only, on signing a licence",
        licence_source="sure: README of HLTSingapore/Emotional-Speech-Data",
        models_may_be_shared=False,
        sharing_reason='"This database can only be used for research purpose."',
        citation="K. Zhou, B. Sisman, R. Liu, H. Li: Emotional voice conversion: Theory, databases "
        "and ESD. Speech Communication 137, 2022",
        url="https://github.com/HLTSingapore/Emotional-Speech-Data",
        n_utterances=35000,
        n_speakers=20,
        emotions=dict.fromkeys(_EMOTIONS.values(), 7000),
        speakers={f"{speaker:04}": 1750 for speaker in range(1, 21)},
        naming="speaker (0001-0010 Mandarin, 0011-0020 English), running number of 6 digits: 350 "
        "for each emotion in the order neutral, angry, happy, sad, surprise; folders of speaker, "
        "emotion and part (train, evaluation, test), the last of which some copies lack",
        rule_source="README of HLTSingapore/Emotional-Speech-Data for the sizes, "
        "datasets/ESD/process.py of Strong-AI-Lab/emotion for the folders; the order of the "
        "emotions in the numbers is general knowledge, and the folder wins over it",
        example="0011/Angry/0011_000401",
        speaker_rule="the first four digits of the name",
        protocol="speakers apart within one language; the parts train, evaluation and test of the "
        "publishers share all speakers and serve synthesis",
        known_defects=(
            "The 350 texts of a language are spoken by all its speakers in all emotions.",
            "The publishers' parts share every speaker.",
            "Public lists disagree about the sex of some speakers; it is left empty.",
        ),
    ),
    parse=parse,
    design=_design,
)
