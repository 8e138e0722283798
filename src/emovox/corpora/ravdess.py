"""RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song (its audio)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .card import Card
from .corpus import Corpus, Named, Options
from .naming import Tree

_STEM = re.compile(r"03-0([12])-0([1-8])-0([12])-0([12])-0([12])-(\d\d)")
_EMOTIONS = {
    "1": ("neutral", "neutral"),
    "2": ("calm", "calm"),
    "3": ("happiness", "happy"),
    "4": ("sadness", "sad"),
    "5": ("anger", "angry"),
    "6": ("fear", "fearful"),
    "7": ("disgust", "disgust"),
    "8": ("surprise", "surprised"),
}
_TEXTS = {"1": "Kids are talking by the door.", "2": "Dogs are sitting by the door."}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``Actor_12/03-01-06-01-02-01-12``.

    Examples
    --------
    >>> parse(("03-01-06-01-02-01-12",)).gender
    'female'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None or not 1 <= int(match[6]) <= 24:
        return None
    _, code, intensity, text, take, actor = match.groups()
    emotion, label = _EMOTIONS[code]
    return Named(
        name=f"Actor_{actor}/{parts[-1]}",
        speaker=actor,
        emotion=emotion,
        label=label,
        sentence={"1": "kids", "2": "dogs"}[text],
        transcript=_TEXTS[text],
        gender="male" if int(actor) % 2 else "female",
        language="en-US",
        take=take,
        intensity={"1": "normal", "2": "strong"}[intensity],
    )


def _keep(named: Named, options: Options) -> bool:
    """Whether songs are wanted, or it is none."""
    return bool(options["song"]) or "/03-01-" in named.name


def _design(tree: Tree) -> Iterator[str]:
    """The 1,440 names of the speech."""
    for actor in range(1, 25):
        for code in _EMOTIONS:
            for intensity in "1" if code == "1" else "12":
                for text in "12":
                    for take in "12":
                        stem = f"03-01-0{code}-0{intensity}-0{text}-0{take}-{actor:02}"
                        yield f"Actor_{actor:02}/{stem}"


CORPUS = Corpus(
    card=Card(
        name="ravdess",
        title="RAVDESS (speech, audio only)",
        languages=("en-US",),
        licence="CC BY-NC-SA 4.0",
        licence_source="sure: the publishers' notice on Zenodo, repeated in the copies' READMEs",
        models_may_be_shared=False,
        sharing_reason="Non-commercial and share-alike: what is made from it may not be given "
        "away under a free licence.",
        citation="S. R. Livingstone, F. A. Russo: The Ryerson Audio-Visual Database of Emotional "
        "Speech and Song (RAVDESS). PLoS ONE 13(5), e0196391, 2018",
        url="https://zenodo.org/record/1188976",
        n_utterances=1440,
        n_speakers=24,
        emotions={
            "anger": 192, "calm": 192, "disgust": 192, "fear": 192,
            "happiness": 192, "neutral": 96, "sadness": 192, "surprise": 192,
        },
        speakers={f"{actor:02}": 60 for actor in range(1, 25)},
        naming="modality (03 audio only), channel (01 speech, 02 song), emotion, intensity, "
        "sentence, take, actor, each two digits",
        rule_source="the publishers' description on Zenodo",
        example="Actor_01/03-01-01-01-01-01-01",
        speaker_rule="the last two digits of the name: the actor, odd male, even female",
        protocol="no official split: speakers apart, both sexes in each fold, 8 classes (7 where "
        "calm joins neutral); EmoBox has six folds of four actors",
        known_defects=(
            "Actor_07/03-01-03-01-02-01-07 and 03-01-03-01-02-02-07 are the same recording.",
            "Five files are stereo with equal channels (two of Actor_01, one of Actor_05, two of "
            "Actor_20).",
            "About a second of near-silence leads and trails each file.",
            "Actor_09 is very quiet, and the corpus as a whole is some 20 dB below EmoDB.",
            "Only two sentences: expect no result to carry over to free text.",
        ),
    ),
    parse=parse,
    options={"song": (False, True)},
    keep=_keep,
    design=_design,
)  # fmt: skip
