"""MELD, dialogues of a television series (its audio)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from emovox.errors import CorpusError
from emovox.labels import canonical

from .card import Card
from .corpus import Corpus, Named, Options
from .csv_rows import rows
from .naming import Tree
from .utterance import Utterance

_STEM = re.compile(r"(?:(train|dev|test)_)?dia(\d+)_utt(\d+)")
_FOLDERS = {
    "train": "train_splits",
    "dev": "dev_splits_complete",
    "test": "output_repeated_splits_test",
}
_GENDERS = {
    "Chandler": "male",
    "Joey": "male",
    "Ross": "male",
    "Monica": "female",
    "Phoebe": "female",
    "Rachel": "female",
}
_COLUMNS = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a path such as ``train_splits/dia0_utt3``; the folder tells the part.

    Examples
    --------
    >>> parse(("MELD.Raw", "dev_splits_complete", "dia3_utt1")).session
    'dev-dia3'
    >>> parse(("dia3_utt1",)) is None
    True
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None:
        return None
    part = match[1] or _part(parts[:-1])
    if part is None:
        return None
    return Named(
        name=f"{_FOLDERS[part]}/dia{match[2]}_utt{match[3]}",
        language="en-US",
        session=f"{part}-dia{match[2]}",
    )


def _part(folders: tuple[str, ...]) -> str | None:
    """train, dev or test, from the nearest folder that says so."""
    for folder in reversed(folders):
        for part, name in _FOLDERS.items():
            if folder == name or re.match(rf"{part}(?![a-z])", folder.lower()):
                return part
    return None


def _table(tree: Tree) -> dict[str, dict[str, str]]:
    """Name -> row of the three tables."""
    said = {}
    for part, folder in _FOLDERS.items():
        for path in tree.find(f"{part}_sent_emo.csv")[:1]:
            for row in rows(path, needs=_COLUMNS):
                said[f"{folder}/dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"] = row
    return said


def _annotate(utterances: list[Utterance], tree: Tree, options: Options) -> list[Utterance]:
    """Add emotion, speaker and words; what no table lists is left out."""
    said = _table(tree)
    if not said:
        raise CorpusError(
            "corpus-missing",
            "holds no train_sent_emo.csv (dev, test), which have the labels; get them from "
            f"{CORPUS.card.url}",
            name=str(tree.root),
        )
    annotated = []
    for one in utterances:
        row = said.get(one.id.partition("/")[2])
        if row is not None:
            speaker = row["Speaker"].strip()
            annotated.append(
                replace(
                    one,
                    emotion=canonical(row["Emotion"], where=one.id),
                    label=row["Emotion"].strip(),
                    speaker=speaker or None,
                    gender=_GENDERS.get(speaker),
                    transcript=row["Utterance"].strip(),
                )
            )
    return annotated


def _design(tree: Tree) -> Iterator[str]:
    """The names in the corpus's own tables."""
    yield from _table(tree)


CORPUS = Corpus(
    card=Card(
        name="meld",
        title="MELD (Multimodal EmotionLines Dataset)",
        languages=("en-US",),
        licence="GPL-3.0 on the repository; the series' sound is under its own copyright",
        licence_source="sure: LICENSE of declare-lab/MELD; the rights of the sound are not "
        "cleared there",
        models_may_be_shared=False,
        sharing_reason="The sound is cut from a television series.",
        citation="S. Poria, D. Hazarika, N. Majumder, G. Naik, E. Cambria, R. Mihalcea: MELD: A "
        "multimodal multi-party dataset for emotion recognition in conversations. ACL 2019",
        url="https://github.com/declare-lab/MELD",
        n_utterances=13708,
        n_speakers=304,
        emotions={
            "anger": 1607, "disgust": 361, "fear": 358, "happiness": 2308,
            "neutral": 6436, "sadness": 1002, "surprise": 1636,
        },
        naming="folder of the part, diaN_uttN; emotion, speaker and words in train_sent_emo.csv, "
        "dev_sent_emo.csv, test_sent_emo.csv",
        rule_source="README and tables of declare-lab/MELD (counted there); "
        "datasets/MELD/process.py of Strong-AI-Lab/emotion for the folders",
        example="train_splits/dia0_utt0",
        speaker_rule="only the tables tell the speaker, by name",
        protocol="the authors' parts train, dev and test, weighted F1 and UA over 7 classes; the "
        "six main characters speak in all parts",
        known_defects=(
            "train dia125_utt3 is broken and dev dia110_utt7 is missing.",
            "Laughter of the audience and music lie under the speech; some clips hold more than "
            "their utterance.",
            "Names such as All, Both or Man are no single speakers.",
            "Raters also saw the picture and read the words.",
            "The six main characters are in train, dev and test.",
        ),
    ),
    parse=parse,
    annotate=_annotate,
    design=_design,
)  # fmt: skip
