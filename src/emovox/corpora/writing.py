"""Writing utterances as one form of metadata: CSV, JSON lines or an audformat folder."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from emovox.atomic import unwritable, write_bytes
from emovox.errors import OutputError, UsageError
from emovox.labels import EMOTIONS

from .table import COLUMNS, DIMENSIONS
from .utterance import Utterance

FORMATS: tuple[str, ...] = ("csv", "jsonl", "audformat")

_FORMULA = re.compile(r"'*[=+\-@]")
_SCHEMES: dict[str, dict[str, Any]] = {
    "emotion": {"dtype": "str", "labels": list(EMOTIONS)},
    **{name: {"dtype": "float", "minimum": 0, "maximum": 1} for name in DIMENSIONS},
    "gender": {"dtype": "str", "labels": ["female", "male"]},
}


def write_table(
    utterances: Iterable[Utterance],
    path: str | os.PathLike[str],
    format: Literal["csv", "jsonl", "audformat"] = "csv",
    *,
    root: str | os.PathLike[str] | None = None,
) -> None:
    """Write a table that `read_table` reads back equal.

    Parameters
    ----------
    utterances : iterable of Utterance
    path : path
        The file, or for ``"audformat"`` the folder (made if it is not there).
    format : {"csv", "jsonl", "audformat"}
    root : path, optional
        The paths are written relative to it, those outside it whole; by default the table's
        folder. Give the same root when reading.

    Raises
    ------
    OutputError
        ``output-unwritable`` or ``disk-full``; nothing is overwritten.
    UsageError
        ``usage`` for another format.
    """
    if format not in FORMATS:
        raise UsageError("usage", f"format is {format!r}; allowed: {', '.join(FORMATS)}")
    target = Path(path)
    base = Path(root) if root is not None else target if format == "audformat" else target.parent
    rows = [_row(one, base) for one in utterances]
    if format == "audformat":
        _write_audformat(rows, target)
    elif format == "jsonl":
        write_bytes(target, _encoded("".join(map(_json_line, rows)), target))
    else:
        write_bytes(target, _encoded(_csv_text(COLUMNS, rows), target))


def _row(one: Utterance, root: Path) -> dict[str, Any]:
    """An utterance as a row; what is unknown is None."""
    return {
        "id": one.id,
        "path": _relative(one.path, root),
        **{
            name: getattr(one, name)
            for name in COLUMNS
            if name not in ("id", "path", "votes", *DIMENSIONS)
        },
        **{name: one.dimensions.get(name) for name in DIMENSIONS},
        "votes": dict(one.votes) or None,
    }


def _relative(path: Path, root: Path) -> str:
    """The path relative to `root` with ``/``; whole if it is not below it."""
    whole, base = os.path.abspath(path), os.path.abspath(root)
    if whole.startswith(os.path.join(base, "")):
        return Path(os.path.relpath(whole, base)).as_posix()
    return Path(whole).as_posix()


def _json_line(row: dict[str, Any]) -> str:
    """A row as a line of JSON; emotion and label stand even when they are unknown."""
    said = {
        name: value
        for name, value in row.items()
        if value is not None or name in ("emotion", "label")
    }
    return json.dumps(said, ensure_ascii=False, allow_nan=False) + "\n"


def _csv_text(
    columns: Sequence[str], rows: list[dict[str, Any]], *, for_spreadsheets: bool = True
) -> str:
    """Rows as comma-separated text; what a spreadsheet would run as a formula gets a quote."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = [_cell(row.get(column)) for column in columns]
        if for_spreadsheets:
            cells = [f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells]
        writer.writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A value as a cell."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _write_audformat(rows: list[dict[str, Any]], folder: Path) -> None:
    """Write ``db.yaml`` and its one table."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    segmented = any(row["start"] is not None or row["end"] is not None for row in rows)
    name = "segments" if segmented else "files"
    index = ("file", "start", "end") if segmented else ("file",)
    used = [
        column
        for column in COLUMNS
        if column not in ("path", "start", "end")
        and (column in ("id", "emotion", "label") or any(row[column] is not None for row in rows))
    ]
    for row in rows:
        row["file"] = row["path"]
        row["start"] = _duration(row["start"] or 0.0)
        row["end"] = "" if row["end"] is None else _duration(row["end"])
    # Other programs read these tables by the format's rules, which know no such quote.
    table = _csv_text((*index, *used), rows, for_spreadsheets=False)
    header = json.dumps(_header(name, index, used, rows), ensure_ascii=False, indent=2) + "\n"
    write_bytes(folder / f"db.{name}.csv", _encoded(table, folder))
    # JSON is YAML too, so that writing needs no YAML package.
    write_bytes(folder / "db.yaml", _encoded(header, folder))


def _header(
    name: str, index: tuple[str, ...], used: list[str], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """The header of an audformat database with one table."""
    languages = {row["language"].split("-")[0] for row in rows if row["language"]}
    return {
        "name": rows[0]["id"].partition("/")[0] if rows else "emovox",
        "description": "Metadata written by emovox",
        "source": "",
        "usage": "other",
        "languages": sorted(languages),
        "schemes": {column: _SCHEMES.get(column, {"dtype": "str"}) for column in used},
        "tables": {
            name: {
                "type": "segmented" if len(index) == 3 else "filewise",
                "columns": {column: {"scheme_id": column} for column in used},
            }
        },
    }


def _duration(seconds: float) -> str:
    """Seconds in the form in which pandas writes a duration, to the nanosecond."""
    nanoseconds = round(seconds * 1e9)
    minutes, rest = divmod(nanoseconds, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    whole, part = divmod(rest, 10**9)
    return f"{days} days {hours:02}:{minutes:02}:{whole:02}.{part:09}"


def _encoded(text: str, path: Path) -> bytes:
    """Text as UTF-8."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise OutputError(
            "output-unwritable",
            "a file name in it is not valid text and cannot stand in a table; rename that file",
            name=str(path),
        ) from error
