"""A process that lists corpora and ends: what reading them takes is given back to the system.

Started by `emovox.server.page.shelf` as ``python -m emovox.server.page.corpora_listing``. Standard
input holds one line of JSON, standard output gets a frame (`emovox.server.frames`) for each corpus.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...corpora import Utterance, read_corpus
from ...errors import EmovoxError
from ...models.strict_json import parse
from ...visible import visible
from .. import frames
from ..problems import Problem, problem_of

COLUMNS = ("id", "path", "emotion", "label", "speaker", "gender", "sentence", "bytes")
"""Parallel lists of which a corpus is told."""

NO_AGREEMENT = "no agreement"
MOST_DIGITS = 18
"""Longer names of speakers are no numbers."""
UNKNOWN = "unknown"
"""How utterances without an emotion, and without a gender, are counted."""


def main() -> None:
    """List what is asked for, each by itself: one that cannot be read costs no other."""
    asked = parse(sys.stdin.buffer.readline(), name="stdin")
    for corpus in asked["corpora"]:
        message, blob = listing(**corpus, whole=asked["whole"])
        sys.stdout.buffer.write(frames.packed(message, blob))
    sys.stdout.buffer.flush()


def listing(
    *, place: str, root: str, name: str | None, whole: bool
) -> tuple[dict[str, Any], bytes]:
    """Counts of a corpus, and what is known of each of its recordings.

    Parameters
    ----------
    place, root : str
        Folder of the corpus, or the table; what paths are told from.
    name : str, optional
        Of the corpus; None for a table.
    whole : bool
        Whether to tell of each recording.

    Returns
    -------
    message : dict
        Counts, or ``"error"``, a problem; ``"columns"``, the length of the columns in `blob`.
    blob : bytes
        The columns as a JSON object; then a line for each recording, an object that begins with
        its ``id``, which is how `emovox.server.page.shelf` finds it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is missing is told by the counts
            utterances = read_corpus(name, place) if name else read_corpus(place)
    except EmovoxError as error:
        return {"error": problem_of(error).as_json()}, b""
    except OSError as error:
        sentence = f"the system could not read it: {error.strerror or type(error).__name__}"
        return {"error": Problem(422, "corpus-missing", sentence).as_json()}, b""
    sizes = [size_of(one.path) for one in utterances]
    counts = summary(utterances, sizes)
    if not whole:
        return counts, b""
    columns = json.dumps(_columns(utterances, sizes, root)).encode()
    return {**counts, "columns": len(columns)}, columns + b"\n" + _lines(utterances)


def summary(utterances: Sequence[Utterance], sizes: Iterable[int | None]) -> dict[str, Any]:
    """Counts of emotions, speakers and genders."""
    speakers = Counter((one.speaker, one.gender) for one in utterances)
    return {
        "n": len(utterances),
        "emotions": _counted(one.emotion or NO_AGREEMENT for one in utterances),
        "speakers": len({one.speaker for one in utterances if one.speaker}),
        "genders": _counted(one.gender or UNKNOWN for one in utterances),
        "bytes": sum(size or 0 for size in sizes),
        "languages": sorted({one.language for one in utterances if one.language}),
        "by_speaker": [
            {"speaker": speaker, "gender": gender, "n": n}
            for (speaker, gender), n in sorted(speakers.items(), key=lambda item: _order(item[0]))
        ],
    }


def _columns(
    utterances: Sequence[Utterance], sizes: Sequence[int | None], root: str
) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in utterances]
        for name in COLUMNS
        if name not in ("path", "bytes")
    }
    told["path"] = [below(one.path, root) for one in utterances]
    told["bytes"] = list(sizes)
    return {name: told[name] for name in COLUMNS}


def _lines(utterances: Iterable[Utterance]) -> bytes:
    """One line of JSON for each; facts that are not known are left out."""
    lines = []
    for one in utterances:
        facts = {key: value for key, value in asdict(one).items() if value not in (None, {})}
        facts = {**facts, "path": os.fspath(one.path)}
        lines.append(json.dumps({"id": facts.pop("id"), **facts}))
    return "\n".join(lines).encode() + b"\n"


def below(path: Path, root: str | os.PathLike[str]) -> str:
    """Path as the page shows it: below the corpus, of one outside only its name."""
    try:
        return visible(path.relative_to(root).as_posix())
    except ValueError:
        return visible(path.name)


def size_of(path: str | os.PathLike[str]) -> int | None:
    """Bytes of a file; None where it is not there."""
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _order(key: tuple[str | None, str | None]) -> tuple[bool, int, str, str]:
    """Speakers by their names, those that are numbers by these."""
    speaker, gender = key[0] or "", key[1] or ""
    number = int(speaker) if speaker.isdecimal() and len(speaker) <= MOST_DIGITS else 0
    return not speaker, number, speaker, gender


if __name__ == "__main__":
    main()
