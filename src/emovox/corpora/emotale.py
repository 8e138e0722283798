"""EmoTale, enacted Danish and English speech, with arousal, valence and dominance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

from emovox.errors import CorpusError

from .card import Card
from .corpus import Corpus, Named, Options
from .csv_rows import rows, scaled
from .naming import Tree, parts_of
from .utterance import Utterance

_STEM = re.compile(r"(DK|EN)_(0\d\d)_([ABHNS])_([1-5])")
_EMOTIONS = {
    "A": ("anger", "anger"),
    "B": ("boredom", "boredom"),
    "H": ("happiness", "happiness"),
    "N": ("neutral", "neutral"),
    "S": ("sadness", "sadness"),
}
_LANGUAGES = {"DK": "da", "EN": "en"}
_DANISH_ONLY = frozenset({"014", "015", "018", "019"})
_SPEAKERS = (
    "001", "003", "004", "005", "006", "007", "008", "009", "010",
    "011", "012", "013", "014", "015", "016", "017", "018", "019",
)  # fmt: skip
_MALE = frozenset({"004", "005", "006", "015", "018", "019"})
_RATERS = ("a1", "a2", "a3")
_DIMENSIONS = {"A": "arousal", "V": "valence", "D": "dominance"}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``wav/DK_004_A_5``.

    Examples
    --------
    >>> parse(("DK_004_A_5",)).language
    'da'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None or match[2] not in _SPEAKERS:
        return None
    country, speaker, letter, number = match.groups()
    emotion, label = _EMOTIONS[letter]
    return Named(
        name=f"wav/{parts[-1]}",
        speaker=speaker,
        emotion=emotion,
        label=label,
        sentence=f"{country}{number}",
        gender="male" if speaker in _MALE else "female",
        language=_LANGUAGES[country],
    )


def _keep(named: Named, options: Options) -> bool:
    """Whether the language is wanted."""
    return options["language"] in (None, named.language)


def _annotate(utterances: list[Utterance], tree: Tree, options: Options) -> list[Utterance]:
    """Add the raters' categories as votes, and their mean arousal, valence and dominance."""
    found = tree.find("annotations.csv")
    if not found:
        return utterances
    columns = [f"{rater}_{part}" for rater in _RATERS for part in (*_DIMENSIONS, "cat")]
    by_stem = {parts_of(row["file"])[-1]: row for row in rows(found[0], needs=("file", *columns))}
    sexes = {
        row["speaker"].zfill(3): {"F": "female", "M": "male"}.get(row["gender"])
        for path in tree.find("speaker_info.csv")[:1]
        for row in rows(path, needs=("speaker", "gender"))
    }
    annotated = []
    for one in utterances:
        row = by_stem.get(parts_of(one.id)[-1])
        if row is not None:
            one = replace(one, dimensions=_dimensions(row, one.id), votes=_votes(row))
        annotated.append(replace(one, gender=sexes.get(one.speaker or "", one.gender)))
    return annotated


def _dimensions(row: dict[str, str], name: str) -> dict[str, float]:
    """Mean of the raters, from 1..5 to 0..1."""
    try:
        return {
            dimension: scaled(
                fmean(float(row[f"{rater}_{letter}"]) for rater in _RATERS), low=1.0, high=5.0
            )
            for letter, dimension in _DIMENSIONS.items()
        }
    except ValueError as error:
        raise CorpusError("table-invalid", f"annotations.csv: {error}", name=name) from error


def _votes(row: dict[str, str]) -> dict[str, float]:
    """Emotion -> number of raters."""
    letters = Counter(row[f"{rater}_cat"].strip() for rater in _RATERS)
    return {
        emotion: float(letters[letter])
        for letter, (emotion, _) in _EMOTIONS.items()
        if letters[letter]
    }


def _design(tree: Tree) -> Iterator[str]:
    """The 800 names."""
    for country in _LANGUAGES:
        for speaker in _SPEAKERS:
            if country == "EN" and speaker in _DANISH_ONLY:
                continue
            for letter in _EMOTIONS:
                for number in range(1, 6):
                    yield f"wav/{country}_{speaker}_{letter}_{number}"


CORPUS = Corpus(
    card=Card(
        name="emotale",
        title="EmoTale",
        languages=("da", "en"),
        licence="none stated",
        licence_source="sure: the authors' repository holds no licence",
        models_may_be_shared=False,
        sharing_reason="Without a licence nothing is allowed beyond looking at it.",
        citation="EmoTale: An Enacted Speech-emotion Dataset in Danish. ASRU 2025",
        url="https://github.com/snehadas/EmoTale",
        n_utterances=800,
        n_speakers=18,
        emotions={emotion: 160 for emotion, _ in _EMOTIONS.values()},
        speakers={
            speaker: 25 if speaker in _DANISH_ONLY else 50 for speaker in _SPEAKERS
        },
        naming="language (DK, EN), speaker, emotion letter (A B H N S), sentence 1 to 5",
        rule_source="README of the authors' repository",
        example="wav/DK_001_A_1",
        speaker_rule="the three digits after the language",
        protocol="leave one speaker out within one language (option language), UA over 5 classes; "
        "CCC of arousal, valence and dominance",
        known_defects=(
            "The README speaks of two raters; the table and the datasheet have three.",
            "Speakers 014, 015, 018 and 019 have Danish only.",
            "The speakers are no actors; several are children.",
            "The raters agree with the enacted emotion in 639, 706 and 507 of the 800 files.",
        ),
    ),
    parse=parse,
    options={"language": (None, "da", "en")},
    keep=_keep,
    annotate=_annotate,
    design=_design,
)  # fmt: skip
