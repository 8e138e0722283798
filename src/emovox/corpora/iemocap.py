"""IEMOCAP, the interactive emotional dyadic motion capture database (its audio)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from emovox.errors import CorpusError
from emovox.labels import canonical

from .card import Card
from .corpus import Corpus, Named, Options
from .csv_rows import scaled
from .naming import Tree
from .utterance import Utterance

_TURN = re.compile(r"(Ses0([1-5])[FM]_(?:(impro\d\d[ab]?)|(script0\d_\d)[ab]?))_([FM])([\dX]{3})")
_HEADING = re.compile(
    r"\[(?P<start>[\d.]+) - (?P<end>[\d.]+)\]\s+(?P<turn>\S+)\s+(?P<label>\w+)"
    r"\s+\[(?P<valence>[\d.]+), (?P<arousal>[\d.]+), (?P<dominance>[\d.]+)\]"
)
_RATER = re.compile(r"C-E\d+:\s*(?P<words>.*?)\s*\(")
_SPOKEN = re.compile(r"(?P<turn>Ses\S+)\s+\[[\d.]+-[\d.]+\]:\s*(?P<words>.*)")
_WORDS = {"neutral state": "neutral"}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M013``.

    The letter in ``Ses01F`` is that of the actor who wears the markers in the dialogue; who
    speaks is told by the letter before the number of the turn.

    Examples
    --------
    >>> parse(("Ses01F_impro01_M013",)).speaker
    'Ses01M'
    """
    match = _TURN.fullmatch(parts[-1])
    if match is None:
        return None
    dialogue, session, _, script, talker, _ = match.groups()
    return Named(
        name=f"Session{session}/sentences/wav/{dialogue}/{parts[-1]}",
        speaker=f"Ses0{session}{talker}",
        # Scripts repeat in every session; what is improvised has no text of its own.
        sentence=script,
        gender="female" if talker == "F" else "male",
        language="en-US",
        session=session,
        intensity=None,
    )


@dataclass
class _Rated:
    """What the raters said about one turn."""

    label: str
    dimensions: dict[str, float]
    votes: dict[str, float] = field(default_factory=dict)


def _annotate(utterances: list[Utterance], tree: Tree, options: Options) -> list[Utterance]:
    """Add labels, dimensions, votes and transcripts from the ``dialog`` folders."""
    evaluations = [
        path for path in tree.find("dialog/EmoEvaluation/*.txt") if not path.name.startswith(".")
    ]
    if not evaluations:
        raise CorpusError(
            "corpus-missing",
            "holds no dialog/EmoEvaluation/*.txt, which have the labels; give the release's folder",
            name=str(tree.root),
        )
    rated = {turn: one for path in evaluations for turn, one in _evaluation(path)}
    spoken = {
        match["turn"]: match["words"].strip()
        for path in tree.find("dialog/transcriptions/*.txt")
        for line in _lines(path)
        if (match := _SPOKEN.match(line))
    }
    annotated = []
    for one in utterances:
        turn = one.id.rpartition("/")[2]
        one = replace(one, transcript=spoken.get(turn))
        if turn in rated:
            said = rated[turn]
            one = replace(
                one,
                label=said.label,
                emotion=canonical(said.label, where=turn),
                dimensions=said.dimensions,
                votes=said.votes,
            )
        annotated.append(one)
    return annotated


def _evaluation(path: Path) -> Iterator[tuple[str, _Rated]]:
    """Turns of one EmoEvaluation file."""
    rated: _Rated | None = None
    for line in _lines(path):
        if match := _HEADING.match(line):
            rated = _Rated(
                match["label"],
                {
                    name: scaled(float(match[name]), low=1.0, high=5.0)
                    for name in ("arousal", "valence", "dominance")
                    # Zero stands where nobody rated the dimension.
                    if float(match[name]) > 0.0
                },
            )
            yield match["turn"], rated
        elif rated is not None and (match := _RATER.match(line)):
            words = [word.strip().lower() for word in match["words"].split(";") if word.strip()]
            for word in words:
                emotion = canonical(_WORDS.get(word, word), where=str(path))
                if emotion:
                    rated.votes[emotion] = rated.votes.get(emotion, 0.0) + 1.0 / len(words)


def _lines(path: Path) -> list[str]:
    """Lines of a text file of the corpus."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise CorpusError("corpus-missing", str(error.strerror), name=str(path)) from error


CORPUS = Corpus(
    card=Card(
        name="iemocap",
        title="IEMOCAP (Interactive Emotional Dyadic Motion Capture)",
        languages=("en-US",),
        licence="research only, on signing a release form",
        licence_source="second-hand: the corpus's web page as it is generally described",
        models_may_be_shared=False,
        sharing_reason="The release form limits it to research.",
        citation="C. Busso et al.: IEMOCAP: interactive emotional dyadic motion capture database. "
        "Language Resources and Evaluation 42, 2008",
        url="https://sail.usc.edu/iemocap/",
        n_utterances=10039,
        n_speakers=10,
        emotions={
            "anger": 1103, "disgust": 2, "excitement": 1041, "fear": 40, "frustration": 1849,
            "happiness": 595, "neutral": 1708, "other": 3, "sadness": 1084, "surprise": 107,
        },
        naming="session and the marked actor, dialogue (improNN or scriptNN_N), talker's letter "
        "and number of the turn; labels, dimensions and votes in dialog/EmoEvaluation, words in "
        "dialog/transcriptions",
        rule_source="the corpus's README, as followed by datasets/IEMOCAP/process.py of "
        "Strong-AI-Lab/emotion; counts from the labels that circulate (xxx: 2,507)",
        example="Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000",
        speaker_rule="the session's number and the letter before the number of the turn",
        protocol="leave one session out (5 folds), four classes of the label set iemocap4 "
        "(5,531 turns)",
        known_defects=(
            "The prefix Ses01F names the actor who wears the markers, not who speaks: folds cut by "
            "it have every test speaker in training.",
            "2,507 turns have no agreement (xxx).",
            "Scripted dialogues repeat the same text in all sessions; the sentence given here is "
            "the script's part, not the single line.",
            "Actors speak over one another in places.",
        ),
    ),
    parse=parse,
    annotate=_annotate,
)  # fmt: skip
