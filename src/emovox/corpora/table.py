"""Reading a table of the user's own: CSV, JSON lines, or an audformat folder."""

from __future__ import annotations

import json
import math
import os
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from emovox.errors import CorpusError, UsageError
from emovox.labels import EMOTIONS, canonical

from .corpus import CorpusIncomplete
from .naming import parts_of
from .strict_csv import invalid, read_text, rows_of
from .utterance import Utterance

COLUMNS: tuple[str, ...] = (
    "id", "path", "start", "end", "speaker", "emotion", "label", "sentence", "transcript",
    "gender", "language", "session", "take", "intensity", "arousal", "valence", "dominance",
    "votes",
)  # fmt: skip
"""The columns of emovox's one form of metadata."""

DIMENSIONS: tuple[str, ...] = ("arousal", "valence", "dominance")

_OTHER_NAMES = {
    "path": ("file", "filename", "file_name", "audio", "wav"),
    "speaker": ("speaker_id",),
    "transcript": ("transcription", "text"),
    "gender": ("sex",),
}
_GENDERS = {"f": "female", "female": "female", "m": "male", "male": "male"}
_QUOTED = re.compile(r"'+[=+\-@]")
_NUMBERS = ("start", "end", *DIMENSIONS)

Row = tuple[int, dict[str, Any]]
"""Line of the table, and column of `COLUMNS` -> value."""

Missing = Literal["skip", "keep", "error"]


def read_table(
    path: str | os.PathLike[str],
    root: str | os.PathLike[str] | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    aliases: Mapping[str, str] | None = None,
    encoding: str | None = None,
    allow_outside: bool = False,
    missing: Missing = "skip",
    name: str | None = None,
) -> list[Utterance]:
    """Utterances of a table; no recording is opened.

    Parameters
    ----------
    path : path
        ``.jsonl``, an audformat folder (or its ``db.yaml``), or a delimited text.
    root : path, optional
        Folder that the table's paths are relative to; by default that of the table.
    columns : mapping, optional
        Column of `COLUMNS` -> its name in the table, such as ``{"emotion": "label"}``.
    aliases : mapping, optional
        Label of the table -> emotion, such as ``{"hapy": "happiness"}``.
    encoding : str, optional
        Of a delimited text that is neither UTF-8 nor UTF-16 with its mark.
    allow_outside : bool
        Whether paths may lead out of `root`.
    missing : {"skip", "keep", "error"}
        What to do with rows whose recording is not there: leave them out with one warning, keep
        them (folds can be judged without audio), or raise.
    name : str, optional
        The corpus's name where the table has no identities; by default the table's.

    Returns
    -------
    list of Utterance
        In the order of the table.

    Raises
    ------
    CorpusError
        ``corpus-missing``, ``table-invalid`` (with the line) or ``labels-unknown``.
    """
    table = Path(path)
    # Imported here: audformat folders are built on this module's rows.
    from .audformat import audformat_rows, is_audformat

    if missing not in ("skip", "keep", "error"):
        raise UsageError("usage", f"missing is {missing!r}; allowed: skip, keep, error")
    mapped = _mapped(columns or {})
    if is_audformat(table):
        folder = table if table.is_dir() else table.parent
        rows: Iterable[Row] = audformat_rows(folder, columns=mapped)
        table = folder / "db.yaml"
        default_name = folder.name
    elif table.is_dir() or not table.exists():
        reason = "is a folder without db.yaml" if table.is_dir() else "does not exist"
        raise CorpusError(
            "corpus-missing",
            f"{reason}; give a table (.csv, .jsonl), an audformat folder or a corpus's name",
            name=str(table),
        )
    else:
        read = _json_rows if table.suffix.lower() in (".jsonl", ".ndjson") else _text_rows
        rows = read(table, mapped, encoding)
        default_name = table.stem
    builder = _Builder(
        table=table,
        root=Path(root) if root is not None else table.parent,
        name=name or default_name.partition("/")[0] or "table",
        aliases={key.strip().lower(): _emotion(value) for key, value in (aliases or {}).items()},
        allow_outside=allow_outside,
    )
    utterances = builder.utterances(rows)
    return utterances if missing == "keep" else _that_are_there(utterances, table, missing)


def number(text: str) -> float:
    """A number of a table; ``ValueError`` for what is none or not finite.

    Examples
    --------
    >>> number("1.5")
    1.5
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


def json_object(text: str, table: Path, line: int | None = None) -> dict[str, Any]:
    """The JSON object that `text` is; NaN and keys that come twice are refused.

    Raises
    ------
    CorpusError
        ``table-invalid``, with the line.
    """
    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise invalid(table, line, f"is no JSON object: {error}") from error
    if not isinstance(value, dict):
        raise invalid(table, line, "is no JSON object")
    return value


class _Builder:
    """Turns rows into utterances and refuses what contradicts itself."""

    def __init__(
        self, *, table: Path, root: Path, name: str, aliases: dict[str, str], allow_outside: bool
    ) -> None:
        self.table = table
        self.root = root
        self.name = name
        self.aliases = aliases
        self.allow_outside = allow_outside
        self.lines: dict[str, int] = {}

    def utterances(self, rows: Iterable[Row]) -> list[Utterance]:
        return [self._utterance(line, row) for line, row in rows]

    def _utterance(self, line: int, row: dict[str, Any]) -> Utterance:
        path, relative = self._path(line, row.get("path"))
        start, end = self._segment(line, row)
        identity = self._identity(line, row.get("id"), relative, start, end)
        label, emotion = self._emotion(line, row)
        return Utterance(
            id=identity,
            corpus=identity.partition("/")[0],
            path=path,
            start=start,
            end=end,
            emotion=emotion,
            label=label,
            gender=self._gender(line, row.get("gender")),
            dimensions={
                name: self._share(line, name, row[name]) for name in DIMENSIONS if row.get(name)
            },
            votes=self._votes(line, row.get("votes")),
            **{
                column: row.get(column) or None
                for column in (
                    "speaker", "sentence", "transcript", "language", "session", "take", "intensity",
                )
            },
        )  # fmt: skip

    def _path(self, line: int, text: str | None) -> tuple[Path, str]:
        """The file, and its path for the identity."""
        if not text:
            raise invalid(self.table, line, "has no path")
        if "\0" in text:
            raise invalid(self.table, line, "holds a NUL character; a table is text")
        given = Path(text)
        if os.sep == "/" and "\\" in text and not (self.root / given).exists():
            given = Path(text.replace("\\", "/"))
        root = os.path.abspath(self.root)
        whole = os.path.normpath(os.path.join(root, given))
        inside = whole.startswith(os.path.join(root, "")) and whole != root
        if not inside and not self.allow_outside:
            raise invalid(
                self.table,
                line,
                f"path {text!r} leads out of {self.root}; name the folder of the recordings "
                "(--root FOLDER, or TABLE=FOLDER), or allow it with --allow-outside",
            )
        if inside:
            relative = os.path.relpath(whole, root)
            return self.root / relative, Path(relative).as_posix()
        return Path(whole), Path(whole).as_posix().lstrip("/")

    def _segment(self, line: int, row: dict[str, Any]) -> tuple[float | None, float | None]:
        """Start and end in seconds."""
        start, end = (self._number(line, name, row.get(name)) for name in ("start", "end"))
        if start is not None and start < 0:
            raise invalid(self.table, line, f"starts at {start} s; allowed: 0 or more")
        if end is not None and end <= (start or 0.0):
            raise invalid(self.table, line, f"ends at {end} s, not after its start {start or 0.0}")
        return start, end

    def _number(self, line: int, name: str, value: Any) -> float | None:
        if value is None or value == "":
            return None
        try:
            return number(str(value))
        except ValueError:
            raise invalid(
                self.table, line, f"{name} is {value!r}; allowed: a finite number"
            ) from None

    def _share(self, line: int, name: str, value: Any) -> float:
        share = self._number(line, name, value)
        if share is None or not 0.0 <= share <= 1.0:
            raise invalid(self.table, line, f"{name} is {value}; allowed: 0 to 1")
        return share

    def _identity(
        self, line: int, text: str | None, relative: str, start: float | None, end: float | None
    ) -> str:
        """The row's own identity, or one made from its path; never the same twice."""
        if text:
            identity = text if "/" in text else f"{self.name}/{text}"
        else:
            identity = "/".join((self.name, *parts_of(relative)))
            if start is not None or end is not None:
                identity += f"#{start or 0:g}-{'' if end is None else format(end, 'g')}"
        if identity in self.lines:
            raise invalid(
                self.table,
                line,
                f"has the identity {identity!r} of line {self.lines[identity]}; each row needs "
                "its own",
            )
        self.lines[identity] = line
        return identity

    def _emotion(self, line: int, row: dict[str, Any]) -> tuple[str | None, str | None]:
        """The label as it stands, and the emotion it means."""
        label = (row["label"] if "label" in row else row.get("emotion")) or None
        word = row["emotion"] if "emotion" in row else row.get("label")
        if not word:
            return label, None
        where = f"{self.table} line {line}"
        return label, canonical(word, aliases=self.aliases, where=where)

    def _gender(self, line: int, text: str | None) -> str | None:
        if not text:
            return None
        if text.lower() not in _GENDERS:
            raise invalid(self.table, line, f"gender is {text!r}; allowed: female, male, empty")
        return _GENDERS[text.lower()]

    def _votes(self, line: int, value: Any) -> dict[str, float]:
        """Soft labels: an object, or its JSON."""
        if not value:
            return {}
        try:
            votes = json.loads(value) if isinstance(value, str) else value
            counts = {str(word): number(str(count)) for word, count in votes.items()}
        except (ValueError, AttributeError, RecursionError):
            raise invalid(
                self.table, line, 'votes are no JSON object such as {"anger": 3, "neutral": 1}'
            ) from None
        if any(count < 0 for count in counts.values()):
            raise invalid(self.table, line, "votes hold a negative number; allowed: 0 or more")
        where = f"{self.table} line {line}"
        named = {
            canonical(word, aliases=self.aliases, where=where): count
            for word, count in counts.items()
        }
        return {emotion: count for emotion, count in named.items() if emotion}


def _text_rows(table: Path, columns: dict[str, str], encoding: str | None) -> Iterable[Row]:
    """Rows of a delimited text."""
    delimiter, heading, rows = rows_of(read_text(table, encoding=encoding), table)
    places = _places(heading, columns, table)
    for line, values in rows:
        row: dict[str, Any] = {}
        for column, index in places.items():
            value = values[index]
            # Spreadsheets read a leading = + - @ as a formula; writers guard it with a quote.
            row[column] = value[1:] if _QUOTED.match(value) else value
            # Where the comma is no delimiter it may be the decimal sign.
            if column in _NUMBERS and delimiter != "," and "." not in value:
                row[column] = row[column].replace(",", ".")
        yield line, row


def _json_rows(table: Path, columns: dict[str, str], encoding: str | None) -> Iterable[Row]:
    """Rows of JSON lines."""
    for line, text in enumerate(read_text(table, encoding=encoding).split("\n"), 1):
        if not text.strip():
            continue
        row = json_object(text, table, line)
        places = _places(list(row), columns, table, line)
        yield line, {column: _plain(row[list(row)[at]]) for column, at in places.items()}


def _plain(value: Any) -> Any:
    """Text stripped, numbers as text, objects as they are."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, dict):
        return value or None
    return repr(value) if isinstance(value, float) else str(value)


def _places(
    heading: list[str], columns: Mapping[str, str], table: Path, line: int = 1
) -> dict[str, int]:
    """Column of `COLUMNS` -> index in the heading."""
    lower = [name.lower() for name in heading]
    places = {}
    for column in COLUMNS:
        if column in columns:
            if columns[column] not in heading:
                raise invalid(
                    table,
                    line,
                    f"has no column {columns[column]!r} for {column}; it has {', '.join(heading)}",
                )
            places[column] = heading.index(columns[column])
            continue
        for name in (column, *_OTHER_NAMES.get(column, ())):
            if name in lower:
                places[column] = lower.index(name)
                break
    if "path" not in places:
        raise invalid(
            table,
            line,
            f"has no column path; it has {', '.join(heading)}; map one with --columns path=NAME",
        )
    return places


def _mapped(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping of columns, if all its names are known."""
    for column in columns:
        if column not in COLUMNS:
            raise UsageError(
                "usage", f"there is no column {column!r} to map; known: {', '.join(COLUMNS)}"
            )
    return dict(columns)


def _emotion(name: str) -> str:
    """The emotion that an alias stands for."""
    if name not in EMOTIONS:
        raise UsageError("usage", f"--alias maps to {name!r}; allowed: {', '.join(EMOTIONS)}")
    return name


def _that_are_there(utterances: list[Utterance], table: Path, missing: Missing) -> list[Utterance]:
    """Utterances whose recording is there."""
    there = [one for one in utterances if one.path.is_file()]
    lost = [one for one in utterances if not one.path.is_file()]
    if not lost:
        return there
    some = ", ".join(str(one.path) for one in lost[:3])
    what = f"{len(lost)} of {len(utterances)} recordings are missing, such as {some}"
    if missing == "error" or not there:
        raise CorpusError(
            "corpus-missing",
            f"{what}; name their folder (--root FOLDER, or TABLE=FOLDER)",
            name=str(table),
        )
    warnings.warn(f"corpus-incomplete: {table}: {what}", CorpusIncomplete, stacklevel=3)
    return there


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key comes twice."""
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a key comes twice")
    return row
