"""ShEMO, the Sharif Emotional Speech Database (Persian)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .card import Card
from .corpus import Corpus, Named, Options
from .naming import Tree
from .strict_csv import read_text
from .table import json_object
from .utterance import Utterance

_STEM = re.compile(r"([FM])(\d\d)([AFHNSW])(\d{2,3})")
_EMOTIONS = {
    "A": ("anger", "angry"),
    "F": ("fear", "fearful"),
    "H": ("happiness", "happy"),
    "N": ("neutral", "neutral"),
    "S": ("sadness", "sad"),
    "W": ("surprise", "surprised"),
}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``female/F03S02``.

    Examples
    --------
    >>> parse(("M02F01",)).emotion
    'fear'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None:
        return None
    sex, number, letter, take = match.groups()
    gender = "female" if sex == "F" else "male"
    emotion, label = _EMOTIONS[letter]
    return Named(
        name=f"{gender}/{parts[-1]}",
        speaker=f"{sex}{number}",
        emotion=emotion,
        label=label,
        gender=gender,
        language="fa",
        take=take,
    )


def _table(tree: Tree) -> dict[str, Any]:
    """Name of a recording -> what ``shemo.json`` says; empty without it."""
    found = tree.find("shemo.json") or tree.find("modified_shemo.json")
    if not found:
        return {}
    return json_object(read_text(found[0]), found[0])


def _annotate(utterances: list[Utterance], tree: Tree, options: Options) -> list[Utterance]:
    """Add the words."""
    said = _table(tree)
    words = {
        name: row["transcript"]
        for name, row in said.items()
        if isinstance(row, dict) and isinstance(row.get("transcript"), str)
    }
    return [replace(one, transcript=words.get(one.id.rpartition("/")[2])) for one in utterances]


def _design(tree: Tree) -> Iterator[str]:
    """The names in ``shemo.json``."""
    for stem in _table(tree):
        named = parse((stem,))
        if named is not None:
            yield named.name


CORPUS = Corpus(
    card=Card(
        name="shemo",
        title="ShEMO (Sharif Emotional Speech Database)",
        languages=("fa",),
        licence="free for academic purposes",
        licence_source="sure: README of pariajm/sharif-emotional-speech-dataset",
        models_may_be_shared=False,
        sharing_reason="It is available for academic purposes only.",
        citation="O. Mohamad Nezami, P. Jamshid Lou, M. Karami: ShEMO: a large-scale validated "
        "database for Persian speech emotion detection. Language Resources and Evaluation 53(1), "
        "2019",
        url="https://github.com/pariajm/sharif-emotional-speech-dataset",
        n_utterances=3000,
        n_speakers=87,
        emotions={
            "anger": 1042, "fear": 32, "happiness": 203,
            "neutral": 1160, "sadness": 362, "surprise": 201,
        },
        naming="sex, two digits of the speaker, emotion letter (A F H N S W), running number; "
        "words in shemo.json",
        rule_source="README of pariajm/sharif-emotional-speech-dataset; counted in its shemo.json",
        example="female/F03S02",
        speaker_rule="the first three characters of the name",
        protocol="speakers apart by groups; fear has 32 files and is often left out",
        known_defects=(
            "Very unbalanced: 32 files of fear, 1,160 neutral.",
            "Cut from radio plays: music and other voices in places.",
        ),
    ),
    parse=parse,
    annotate=_annotate,
    design=_design,
)  # fmt: skip
