"""CREMA-D, the Crowd-sourced Emotional Multimodal Actors Dataset (its audio)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from emovox.errors import CorpusError

from .card import AlteredCopy, Card
from .corpus import Corpus, Named, Options
from .csv_rows import rows
from .naming import Tree
from .utterance import Utterance

_STEM = re.compile(r"(10\d\d)_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX|X)")
_EMOTIONS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}
_LEVELS = {"LO": "low", "MD": "medium", "HI": "high"}
_TEXTS = {
    "DFA": "Don't forget a jacket.",
    "IEO": "It's eleven o'clock.",
    "IOM": "I'm on my way to the meeting.",
    "ITH": "I think I have a doctor's appointment.",
    "ITS": "I think I've seen this before.",
    "IWL": "I would like a new alarm clock.",
    "IWW": "I wonder what this is about.",
    "MTI": "Maybe tomorrow it will be cold.",
    "TAI": "The airplane is almost full.",
    "TIE": "That is exactly what happened.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
_FEMALE = frozenset(
    {
        "1002", "1003", "1004", "1006", "1007", "1008", "1009", "1010", "1012", "1013", "1018",
        "1020", "1021", "1024", "1025", "1028", "1029", "1030", "1037", "1043", "1046", "1047",
        "1049", "1052", "1053", "1054", "1055", "1056", "1058", "1060", "1061", "1063", "1072",
        "1073", "1074", "1075", "1076", "1078", "1079", "1082", "1084", "1089", "1091",
    }
)  # fmt: skip
"""Actors who are women, by the corpus's own VideoDemographics.csv."""

_VOICE_ONLY = "1"
_VOTES = {name[0]: emotion for name, emotion in _EMOTIONS.items()}
_TABLES = ("processedResults/tabulatedVotes.csv", "processedResults/tabulatedVotes.csv.gz")


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``AudioWAV/1001_DFA_ANG_XX``.

    Examples
    --------
    >>> parse(("1040_ITH_SAD_X",)).name
    'AudioWAV/1040_ITH_SAD_XX'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None or not 1001 <= int(match[1]) <= 1091 or match[2] not in _TEXTS:
        return None
    actor, sentence, label, level = match.groups()
    # One file of old copies has a level of one letter; the corpus's tables write two.
    level = "XX" if level == "X" else level
    return Named(
        name=f"AudioWAV/{actor}_{sentence}_{label}_{level}",
        speaker=actor,
        emotion=_EMOTIONS[label],
        label=label,
        sentence=sentence,
        transcript=_TEXTS[sentence],
        gender="female" if actor in _FEMALE else "male",
        language="en-US",
        intensity=_LEVELS.get(level),
    )


def _tabulated(tree: Tree) -> dict[str, dict[str, float]] | None:
    """Name -> emotion -> number of raters who only heard the voice; None without the table."""
    found = [path for table in _TABLES for path in tree.find(table)]
    if not found:
        return None
    votes = {}
    for row in rows(found[0], needs=("", "fileName", *_VOTES)):
        if row[""].startswith(_VOICE_ONLY):
            counts = {emotion: float(row[letter]) for letter, emotion in _VOTES.items()}
            votes[f"AudioWAV/{row['fileName']}"] = {
                emotion: count for emotion, count in counts.items() if count
            }
    return votes


def _annotate(utterances: list[Utterance], tree: Tree, options: Options) -> list[Utterance]:
    """Add the votes; under ``label="perceived"`` take the majority of the hearers as emotion."""
    votes = _tabulated(tree)
    perceived = options["label"] == "perceived"
    if votes is None:
        if perceived:
            raise CorpusError(
                "corpus-missing",
                "label='perceived' needs processedResults/tabulatedVotes.csv of the corpus",
                name=str(tree.root),
            )
        return utterances
    voted = [replace(one, votes=votes.get(one.id.partition("/")[2], {})) for one in utterances]
    return [_as_perceived(one) for one in voted] if perceived else voted


def _as_perceived(utterance: Utterance) -> Utterance:
    """The utterance under the emotion that most raters heard; None where two tie."""
    if not utterance.votes:
        return replace(utterance, emotion=None, label=None)
    most = max(utterance.votes.values())
    winners = [emotion for emotion, count in utterance.votes.items() if count == most]
    words = [name for name, emotion in _EMOTIONS.items() if emotion in winners]
    return replace(
        utterance,
        emotion=winners[0] if len(winners) == 1 else None,
        label=":".join(words),
    )


def _design(tree: Tree) -> Iterator[str]:
    """The names in the corpus's own table of votes."""
    yield from _tabulated(tree) or ()


CORPUS = Corpus(
    card=Card(
        name="crema-d",
        title="CREMA-D (Crowd-sourced Emotional Multimodal Actors Dataset)",
        languages=("en-US",),
        licence="ODbL 1.0, its contents DbCL 1.0",
        licence_source="sure: LICENSE.txt of the official repository",
        models_may_be_shared=True,
        sharing_reason="The database licence asks for attribution, and for share-alike of the "
        "database, not of what is produced from it.",
        citation="H. Cao, D. G. Cooper, M. K. Keutmann, R. C. Gur, A. Nenkova, R. Verma: CREMA-D: "
        "Crowd-sourced Emotional Multimodal Actors Dataset. IEEE Trans. Affective Computing 5(4), "
        "2014",
        url="https://github.com/CheyneyComputerScience/CREMA-D",
        n_utterances=7442,
        n_speakers=91,
        emotions={
            "anger": 1271, "disgust": 1271, "fear": 1271,
            "happiness": 1271, "neutral": 1087, "sadness": 1271,
        },
        naming="actor, sentence code, acted emotion, level (LO MD HI, XX unspecified)",
        rule_source="README of the official repository",
        example="AudioWAV/1001_DFA_ANG_XX",
        speaker_rule="the first four digits of the name",
        protocol="no official split: six groups of speakers, UA over 6 acted classes, or the "
        "majority of those who only heard the voice (option label=perceived)",
        known_defects=(
            "1076_MTI_SAD_XX is silent, also at the source.",
            "Three pairs are the same recording under two labels: 1006_TIE_HAP_XX and "
            "1006_TIE_NEU_XX, 1013_WSI_DIS_XX and 1013_WSI_SAD_XX, 1017_IWW_ANG_XX and "
            "1017_IWW_FEA_XX.",
            "1040_ITH_SAD_XX is called 1040_ITH_SAD_X in older copies.",
            "Raters who only heard the voice agree with the acted emotion in well under half of "
            "the files and answer neutral for most.",
        ),
        altered_copies=(
            AlteredCopy(
                "It comes from a copy that was down-sampled to 11.025 kHz: there is no sound "
                "above 5.5 kHz, as on a telephone; do not compare with full-band results.",
                sound_below_hz=5600.0,
            ),
        ),
    ),
    parse=parse,
    options={"label": ("acted", "perceived")},
    annotate=_annotate,
    design=_design,
)  # fmt: skip
