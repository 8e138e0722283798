"""Fold lists: anybody's CSV of who is tested when, and how its names find utterances."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from ..corpora.naming import AUDIO_ENDINGS
from ..corpora.strict_csv import DELIMITERS, invalid, read_text, rows_of, text_of
from ..errors import ProtocolError

PARTS = ("train", "dev", "test")
_PART_WORDS = {
    "train": "train", "training": "train", "dev": "dev", "valid": "dev", "val": "dev",
    "validation": "dev", "devel": "dev", "development": "dev", "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of a fold list.

    Parameters
    ----------
    utterance : str
        Path or stem, as written.
    fold : str
    part : {"train", "dev", "test"}
    speaker, sentence : str, optional
        Where the list has such columns.
    """

    utterance: str
    fold: str
    part: str
    speaker: str | None = None
    sentence: str | None = None


@dataclass(frozen=True)
class FoldList:
    """A fold list as read.

    Parameters
    ----------
    name : str
        Of the file.
    entries : tuple of Entry
    lists_training : bool
        True for ``utterance,fold,part``; false for ``utterance,test_fold``, where what is
        tested in the other folds is the training part.
    """

    name: str
    entries: tuple[Entry, ...]
    lists_training: bool

    @property
    def folds(self) -> tuple[str, ...]:
        """Names of the folds, numbers by their size."""
        found = {entry.fold for entry in self.entries}
        return tuple(sorted(found, key=lambda name: (not name.isdigit(), name.zfill(12))))


def read_fold_list(path: str | os.PathLike[str]) -> FoldList:
    """Read ``utterance,test_fold`` or ``utterance,fold,part``.

    Parameters
    ----------
    path : path
        A table as `emovox.corpora.strict_csv` reads it (CSV, also with semicolons or tabs);
        further columns are ignored but ``speaker`` and ``sentence``.

    Returns
    -------
    FoldList

    Raises
    ------
    CorpusError
        ``corpus-missing`` if it cannot be read; ``table-invalid``, naming file and line.
    """
    return _fold_list(read_text(Path(path)), name=os.fspath(path))


def parse_fold_list(data: bytes, *, name: str) -> FoldList:
    r"""Parse the bytes of a fold list; see `read_fold_list`.

    Examples
    --------
    >>> parse_fold_list(b"utterance,test_fold\na,1\nb,2\n", name="mine.csv").folds
    ('1', '2')
    """
    return _fold_list(text_of(data, name), name=name)


def _fold_list(text: str, *, name: str) -> FoldList:
    """Fold list of the text of a table."""
    _, columns, rows = rows_of(text, name)
    heading = [column.lower() for column in columns]
    if "utterance" in heading and "test_fold" in heading:
        lists_training, fold_column = False, "test_fold"
    elif {"utterance", "fold", "part"} <= set(heading):
        lists_training, fold_column = True, "fold"
    else:
        raise invalid(
            name,
            None,
            f"has the columns {', '.join(heading)}; needed: utterance,test_fold or "
            "utterance,fold,part (part is train, dev or test)",
        )
    entries = []
    seen: dict[tuple[str, str], int] = {}
    for line, values in rows:
        cells = dict(zip(heading, values, strict=True))
        entry = _entry(cells, fold_column, lists_training, name=name, line=line)
        key = (plain(entry.utterance), entry.fold if lists_training else "")
        if key in seen:
            raise invalid(
                name,
                line,
                f"lists {entry.utterance!r} again (first in line {seen[key]}); an utterance is "
                f"in one part {'of a fold' if lists_training else 'only'}",
            )
        seen[key] = line
        entries.append(entry)
    if not entries:
        raise invalid(name, None, "lists no utterance")
    return FoldList(name, tuple(entries), lists_training)


def _entry(
    cells: dict[str, str], fold_column: str, lists_training: bool, *, name: str, line: int
) -> Entry:
    """One line, checked."""
    part = _PART_WORDS.get(cells["part"].lower()) if lists_training else "test"
    if part is None:
        raise invalid(name, line, f"part is {cells['part']!r}; allowed: {', '.join(PARTS)}")
    if not cells["utterance"] or not cells[fold_column]:
        raise invalid(name, line, f"utterance or {fold_column} is empty; both are needed")
    return Entry(
        cells["utterance"],
        cells[fold_column],
        part,
        cells.get("speaker") or None,
        cells.get("sentence") or None,
    )


def emobox_list(corpus: str) -> FoldList | None:
    """EmoBox's public folds of a corpus, or None where emovox carries none."""
    file = resources.files("emovox.evaluation") / "emobox" / f"{corpus}.csv"
    if not file.is_file():
        return None
    return parse_fold_list(file.read_bytes(), name=f"emobox/{corpus}.csv")


def emobox_corpora() -> list[str]:
    """Corpora whose EmoBox folds emovox carries, sorted.

    Examples
    --------
    >>> "ravdess" in emobox_corpora()
    True
    """
    folder = resources.files("emovox.evaluation") / "emobox"
    return sorted(file.name[:-4] for file in folder.iterdir() if file.name.endswith(".csv"))


def published_list(corpus: str) -> list[str]:
    """Names of all published utterances of a corpus, where a one-fold list needs them.

    Empty for a corpus without such a list.
    """
    file = resources.files("emovox.evaluation") / "lists" / f"{corpus}.csv"
    if not file.is_file():
        return []
    return file.read_text(encoding="utf-8").split()[1:]


_ENDINGS = AUDIO_ENDINGS | {".npy"}
"""Endings that a list may have and an identity has not: features stand for recordings too."""


def plain(name: str) -> str:
    r"""Name with ``/`` between parts, without ``./`` and without the ending of a recording.

    Examples
    --------
    >>> plain(r".\wav\03a01Fa.WAV"), plain("dia1.utt2")
    ('wav/03a01Fa', 'dia1.utt2')
    """
    path = PurePosixPath(name.replace("\\", "/"))
    text = str(path).lstrip("/")
    ending = path.suffix.lower()
    return text[: -len(ending)] if ending in _ENDINGS else text


def match(names: Iterable[str], ids: Sequence[str], *, corpus: Any = None) -> dict[str, int]:
    """Which utterance each name of a list stands for.

    The corpus's own rule is asked first. Else the longest trailing part (of whole path parts)
    that name and id share decides, and it must be unique.

    Parameters
    ----------
    names : iterable of str
    ids : sequence of str
    corpus : Corpus, optional
        With ``id_of(name)``.

    Returns
    -------
    dict, name -> index into `ids`; names that match none are left out

    Raises
    ------
    ProtocolError
        ``protocol-impossible`` for a name whose longest trailing part fits several ids.

    Examples
    --------
    >>> match(["wav/a", "b"], ["emodb/wav/a", "emodb/wav/b"])
    {'wav/a': 0, 'b': 1}
    """
    place = {one: index for index, one in enumerate(ids)}
    tails: dict[str, list[int]] = {}
    for index, one in enumerate(ids):
        parts = one.split("/")
        for start in range(len(parts)):
            tails.setdefault("/".join(parts[start:]), []).append(index)
    found = {}
    for name in names:
        own = corpus.id_of(plain(name)) if corpus is not None else None
        if own in place:
            found[name] = place[own]
            continue
        parts = plain(name).split("/")
        for start in range(len(parts)):
            fitting = tails.get("/".join(parts[start:]), [])
            if len(fitting) > 1:
                raise ProtocolError(
                    "protocol-impossible",
                    f"{name!r} of the fold list fits {len(fitting)} utterances (such as "
                    f"{ids[fitting[0]]} and {ids[fitting[1]]}); write more of their paths",
                )
            if fitting:
                found[name] = fitting[0]
                break
    return found


def read_names(path: str | os.PathLike[str]) -> list[str]:
    """Names of a file: one a line, or the column ``utterance`` of a CSV.

    Raises
    ------
    CorpusError
        ``corpus-missing`` if it cannot be read; ``table-invalid`` if it names none.
    """
    text = read_text(Path(path))
    first = next((line for line in text.splitlines() if line.strip()), "")
    if "utterance" in re.split(rf'["\s{DELIMITERS}]+', first.lower()):
        _, heading, rows = rows_of(text, path)
        column = [name.lower() for name in heading].index("utterance")
        names = [values[column] for _, values in rows if values[column]]
    else:
        names = [line.strip() for line in text.splitlines() if line.strip()]
    if not names:
        raise invalid(path, None, "names no utterance")
    return names
