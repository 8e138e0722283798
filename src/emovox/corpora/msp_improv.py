"""MSP-IMPROV, acted dyadic improvisations (its audio)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from emovox.errors import CorpusError

from .card import Card
from .corpus import Corpus, Named, Options
from .csv_rows import scaled
from .naming import Tree
from .utterance import Utterance

_STEM = re.compile(r"MSP-IMPROV-(S(\d\d)[AHNS])-([FM])(0[1-6])-([PRST])-([FM]{2}\d\d)")
_HEADING = re.compile(
    r"(?:UTD|MSP)-IMPROV-(?P<turn>[A-Z0-9-]+)\.(?:avi|wav);\s*(?P<letter>[A-Z]);\s*"
    r"A:(?P<arousal>[\d.]+|NaN);\s*V:(?P<valence>[\d.]+|NaN);\s*D:(?P<dominance>[\d.]+|NaN)"
)
_RATER = re.compile(r"(?P<rater>[\w-]+);\s*(?P<word>Sad|Angry|Happy|Neutral|Other);")
_LABELS = {
    "A": ("anger", "Angry"),
    "H": ("happiness", "Happy"),
    "S": ("sadness", "Sad"),
    "N": ("neutral", "Neutral"),
    "O": ("other", "Other"),
    "X": (None, "no agreement"),
}
_BY_WORD = {word: emotion for emotion, word in _LABELS.values() if emotion}


def parse(parts: tuple[str, ...]) -> Named | None:
    """Read a name such as ``session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01``.

    Examples
    --------
    >>> parse(("MSP-IMPROV-S01A-F01-P-FM01",)).speaker
    'F01'
    """
    match = _STEM.fullmatch(parts[-1])
    if match is None:
        return None
    scene, number, sex, session, kind, turn = match.groups()
    return Named(
        name=f"session{int(session)}/{scene}/{kind}/{parts[-1]}",
        speaker=f"{sex}{session}",
        # Only read and target turns (R, T) say the scene's sentence.
        sentence=f"S{number}" if kind in "RT" else None,
        gender="female" if sex == "F" else "male",
        language="en-US",
        session=str(int(session)),
        take=turn,
    )


@dataclass
class _Rated:
    """What the raters said about one turn."""

    letter: str
    dimensions: dict[str, float]
    votes: dict[str, float] = field(default_factory=dict)


def _annotate(utterances: list[Utterance], tree: Tree, options: Options) -> list[Utterance]:
    """Add labels, dimensions and votes of ``Evaluation.txt``."""
    found = tree.find("Evaluation.txt") or tree.find("Evalution.txt")
    if not found:
        raise CorpusError(
            "corpus-missing",
            "holds no Evaluation.txt, which has the labels; give the folder that does",
            name=str(tree.root),
        )
    rated = dict(_evaluation(found[0]))
    annotated = []
    for one in utterances:
        said = rated.get(one.id.rpartition("/")[2].removeprefix("MSP-IMPROV-"))
        if said is not None:
            emotion, label = _LABELS.get(said.letter, (None, said.letter))
            one = replace(
                one, emotion=emotion, label=label, dimensions=said.dimensions, votes=said.votes
            )
        annotated.append(one)
    return annotated


def _evaluation(path: Path) -> Iterator[tuple[str, _Rated]]:
    """Turns of the evaluation file."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise CorpusError("corpus-missing", str(error.strerror), name=str(path)) from error
    rated: _Rated | None = None
    raters: set[str] = set()
    for line in lines:
        if match := _HEADING.match(line.strip()):
            raters = set()
            rated = _Rated(
                match["letter"],
                {
                    name: scaled(float(match[name]), low=1.0, high=5.0)
                    for name in ("arousal", "valence", "dominance")
                    if match[name] != "NaN"
                },
            )
            yield match["turn"], rated
        # Some raters' lines stand twice under one turn; each rater counts once.
        elif rated and (match := _RATER.match(line.strip())) and match["rater"] not in raters:
            raters.add(match["rater"])
            emotion = _BY_WORD[match["word"]]
            rated.votes[emotion] = rated.votes.get(emotion, 0.0) + 1.0


CORPUS = Corpus(
    card=Card(
        name="msp-improv",
        title="MSP-IMPROV",
        languages=("en-US",),
        licence="academic licence, on request",
        licence_source="second-hand: the laboratory's web page as it is generally described",
        models_may_be_shared=False,
        sharing_reason="The licence is for academic research.",
        citation="C. Busso, S. Parthasarathy, A. Burmania, M. AbdelWahab, N. Sadoughi, "
        "E. Mower Provost: MSP-IMPROV: An acted corpus of dyadic interactions to study emotion "
        "perception. IEEE Trans. Affective Computing 8(1), 2017",
        url="https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Improv.html",
        n_utterances=8438,
        n_speakers=12,
        emotions={"anger": 792, "happiness": 2644, "neutral": 3477, "sadness": 885},
        naming="scene (20 sentences, target emotion), speaker with the session's number, kind "
        "(P natural, R read, S improvised, T target sentence), turn; labels, dimensions (1 to 5) "
        "and raters in Evaluation.txt",
        rule_source="datasets/MSP-IMPROV/process.py of Strong-AI-Lab/emotion; counts are those "
        "commonly published (7,798 turns of four classes)",
        example="session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01",
        speaker_rule="the fourth field: F01 to F06, M01 to M06; its number is the session",
        protocol="leave one session out (6 folds), four classes",
        known_defects=(
            "The letter in the scene (S01A) is the emotion aimed at, not the label; the label is "
            "the raters' in Evaluation.txt.",
            "That the fourth field is the talker follows the named source; folds by session do not "
            "depend on it.",
        ),
    ),
    parse=parse,
    annotate=_annotate,
)
