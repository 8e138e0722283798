"""Reading folders in audEERING's audformat: ``db.yaml`` and ``db.TABLE.csv``.

The format: https://audeering.github.io/audformat/data-format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emovox.errors import CorpusError, need

from .strict_csv import invalid, read_text, rows_of

HEADER = "db.yaml"
_INDEX = ("file", "start", "end")
_OTHER_NAMES = {"transcription": "transcript", "text": "transcript", "sex": "gender"}
_TIME = re.compile(
    r"(?:(?P<days>\d+) days?(?: |$))?\+?(?:(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>[\d.]+))?"
)

Row = tuple[int, dict[str, Any]]


def is_audformat(path: Path) -> bool:
    """Whether `path` is an audformat folder or its header."""
    return path.name == HEADER or (path / HEADER).is_file()


def audformat_rows(folder: Path, *, columns: Mapping[str, str]) -> Iterator[Row]:
    """Rows of all tables of an audformat folder, joined by file and segment.

    Parameters
    ----------
    folder : Path
    columns : mapping
        Column of emovox's metadata -> column of the audformat tables.

    Yields
    ------
    (line, row)
        The line in the table that named the file or segment first.

    Raises
    ------
    CorpusError
        ``table-invalid``
    MissingExtra
        If PyYAML (or, for tables kept as parquet only, pandas) is not installed.
    """
    header = _header(folder)
    joined: dict[tuple[str, str, str], tuple[int, dict[str, str]]] = {}
    by_file: dict[str, dict[str, str]] = {}
    known: set[str] = set()
    for name, table in header.get("tables", {}).items():
        kind = table.get("type")
        n_index = {"filewise": 1, "segmented": 3}.get(kind)
        if n_index is None:
            raise invalid(
                folder / HEADER, None, f"table {name!r} is {kind!r}; allowed: filewise, segmented"
            )
        heading, rows = _table(folder, name)
        if tuple(heading[:n_index]) != _INDEX[:n_index]:
            raise invalid(
                folder / f"db.{name}.csv", 1, f"does not begin with {', '.join(_INDEX[:n_index])}"
            )
        known.update(heading)
        schemes = {
            column: (about or {}).get("scheme_id")
            for column, about in (table.get("columns") or {}).items()
        }
        for line, values in rows:
            said = _said(dict(zip(heading, values, strict=True)), schemes)
            if n_index == 1:
                by_file.setdefault(values[0], {}).update(said)
            key = (values[0], *(values[1:3] if n_index == 3 else ("", "")))
            kept = joined.setdefault(key, (line, {}))[1]
            kept.update({column: value for column, value in said.items() if column not in kept})
    segmented = {file for file, start, end in joined if start or end}
    talkers = _talkers(folder, header)
    for (file, start, end), (line, said) in joined.items():
        # A file that is cut into segments is described by them; what is said of it as a whole
        # holds for each.
        if file in segmented and not (start or end):
            continue
        merged = {**by_file.get(file, {}), **said}
        row = _row(merged, columns, talkers)
        # An empty cell of these says that it is unknown, not that it is told elsewhere.
        row.update({name: "" for name in ("emotion", "label") if name in known and name not in row})
        row.update(path=file, start=_seconds(start, folder), end=_seconds(end, folder))
        if row["start"] == 0.0 and row["end"] is None:
            row["start"] = None
        yield line, row


def _header(folder: Path) -> dict[str, Any]:
    """The header, read by the safe loader."""
    path = folder / HEADER
    text = read_text(path)
    yaml = need("yaml", extra="bench", for_what="reading an audformat folder")
    try:
        header = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise invalid(path, line, f"is no YAML: {getattr(error, 'problem', error)}") from error
    if not isinstance(header, dict) or not isinstance(header.get("tables"), dict):
        raise invalid(path, None, "has no tables; it is no audformat header")
    return header


def _table(folder: Path, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Heading and rows of one table."""
    path = folder / f"db.{name}.csv"
    if path.is_file():
        _, heading, rows = rows_of(read_text(path), path)
        return heading, rows
    parquet = folder / f"db.{name}.parquet"
    if parquet.is_file():
        return _parquet(parquet)
    if (folder / f"db.{name}.pkl").is_file():
        raise CorpusError(
            "table-invalid",
            "is a pickle, which can run programs and is never opened; save the table as csv",
            name=str(folder / f"db.{name}.pkl"),
        )
    raise CorpusError("corpus-missing", "there is no such table", name=str(path))


def _parquet(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Heading and rows of a table kept as parquet."""
    pandas = need("pandas", extra="bench", for_what="reading an audformat table kept as parquet")
    try:
        frame = pandas.read_parquet(path)
    except ImportError as error:
        raise CorpusError(
            "extra-missing",
            "is kept as parquet, which needs pyarrow; pip install pyarrow, or save it as csv",
            name=str(path),
        ) from error
    except (OSError, ValueError) as error:
        raise invalid(path, None, f"is no parquet table: {error}") from error
    if frame.index.names != [None]:
        frame = frame.reset_index()
    heading = [str(name) for name in frame.columns]
    rows = [
        (line, ["" if pandas.isna(value) else str(value) for value in values])
        for line, values in enumerate(frame.itertuples(index=False, name=None), 2)
    ]
    return heading, rows


def _said(values: Mapping[str, str], schemes: Mapping[str, str | None]) -> dict[str, str]:
    """What a row says, under its columns' names and under their schemes'."""
    said = {name: value for name, value in values.items() if name not in _INDEX and value}
    for column, scheme in schemes.items():
        if scheme and column in said:
            said.setdefault(scheme, said[column])
    return said


def _row(
    said: Mapping[str, str], columns: Mapping[str, str], talkers: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """A row under emovox's names."""
    row: dict[str, Any] = {_OTHER_NAMES.get(name, name): value for name, value in said.items()}
    for column, name in columns.items():
        if name in said:
            row[column] = said[name]
    for name, value in talkers.get(row.get("speaker", ""), {}).items():
        row.setdefault(name, value)
    return row


def _talkers(folder: Path, header: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Speaker -> gender and language, from the scheme of the speakers or its table."""
    scheme = (header.get("schemes") or {}).get("speaker") or {}
    labels = scheme.get("labels")
    if isinstance(labels, str) and labels in (header.get("misc_tables") or {}):
        heading, rows = _table(folder, labels)
        labels = {values[0]: dict(zip(heading, values, strict=True)) for _, values in rows}
    if not isinstance(labels, dict):
        return {}
    return {
        str(speaker): {name: str(about[name]) for name in ("gender", "language") if about.get(name)}
        for speaker, about in labels.items()
        if isinstance(about, dict)
    }


def _seconds(text: str, folder: Path) -> float | None:
    """Seconds of a duration such as ``0 days 00:00:01.500000``."""
    if text in ("", "NaT"):
        return None
    match = _TIME.fullmatch(text)
    if match is None or not any(match.groups()):
        raise invalid(
            folder / HEADER, None, f"time {text!r} of a table is none; such as 0 days 00:00:01.5"
        )
    hours = 24.0 * float(match["days"] or 0) + float(match["hours"] or 0)
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    # The format counts nanoseconds.
    return round(hours * 3600.0 + minutes * 60.0 + seconds, 9)
