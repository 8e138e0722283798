"""Reading a delimited table so that no damage passes for data."""

from __future__ import annotations

import codecs
import csv
import io
import os
from pathlib import Path

from emovox.errors import CorpusError

MAX_TABLE_BYTES = 64 * 1024 * 1024
MAX_FIELD_CHARACTERS = 64 * 1024
MAX_ROWS = 1_000_000
DELIMITERS = ",;\t|"

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def invalid(path: str | os.PathLike[str], line: int | None, what: str) -> CorpusError:
    """Error ``table-invalid`` about a line of a table."""
    where = f"{os.fspath(path)} line {line}" if line else os.fspath(path)
    return CorpusError("table-invalid", what, name=where)


def read_text(path: Path, *, encoding: str | None = None) -> str:
    """Text of a table: UTF-8 (its mark is taken off), UTF-16 by its mark, or `encoding`.

    Raises
    ------
    CorpusError
        ``corpus-missing`` if it is not there; ``table-invalid`` if it is too large or is not
        text in that encoding.
    """
    try:
        size = path.stat().st_size
        if size > MAX_TABLE_BYTES:
            raise invalid(path, None, f"has {size} bytes; at most {MAX_TABLE_BYTES} are read")
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(
            "corpus-missing", f"cannot be read: {error.strerror or error}", name=str(path)
        ) from error
    return text_of(data, path, encoding=encoding)


def text_of(data: bytes, path: str | os.PathLike[str], *, encoding: str | None = None) -> str:
    """Text of the bytes of a table, as `read_text`; `path` is for the errors.

    Raises
    ------
    CorpusError
        ``table-invalid``.
    """
    if data.startswith(_UTF16):
        encoding = "utf-16"
    elif encoding is None or _codec(encoding, path) == "utf-8":
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, UnicodeError) as error:
        start = getattr(error, "start", 0)
        raise invalid(
            path,
            data[:start].count(b"\n") + 1,
            f"is not {encoding.removesuffix('-sig')} text; save it as UTF-8, or name its encoding, "
            "such as --encoding latin-1 or gb18030",
        ) from error
    # Other encodings than those two have the mark too.
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise invalid(path, line, "holds a NUL character; a table is text")
    return text


def _codec(encoding: str, path: str | os.PathLike[str]) -> str:
    """Python's name of an encoding."""
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise invalid(path, None, f"unknown encoding {encoding!r}; try utf-8 or latin-1") from error


def rows_of(
    text: str, path: str | os.PathLike[str]
) -> tuple[str, list[str], list[tuple[int, list[str]]]]:
    """Delimiter, heading and rows of a table, each row with the line that it begins on.

    The delimiter is the one of comma, semicolon, tab and bar that the heading holds most often.
    Fields are stripped. Empty lines are skipped.

    Parameters
    ----------
    text : str
    path : path
        Of the table, for the errors.

    Raises
    ------
    CorpusError
        ``table-invalid``, with the line: a quote that is never closed, text behind a closing
        quote, a field over 64 KiB, a row with more or fewer fields than the heading, a heading
        that comes twice or names a column twice, over a million rows.
    """
    delimiter = _delimiter(text)
    # newline="" keeps line ends inside quotes as they are.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    heading: list[str] | None = None
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for fields in reader:
            begins, line = line, reader.line_num + 1
            if any(len(value) > MAX_FIELD_CHARACTERS for value in fields):
                raise invalid(
                    path, begins, f"has a field of over {MAX_FIELD_CHARACTERS} characters"
                )
            values = [value.strip() for value in fields]
            if not any(values):
                continue
            if heading is None:
                heading = _heading(values, path, begins)
            elif values == heading:
                raise invalid(path, begins, "repeats the heading; a table has one")
            elif len(values) != len(heading):
                raise invalid(
                    path, begins, f"has {len(values)} fields; the heading has {len(heading)}"
                )
            elif len(rows) == MAX_ROWS:
                raise invalid(path, begins, f"has more than {MAX_ROWS} rows")
            else:
                rows.append((begins, values))
    except csv.Error as error:
        raise _damage(path, text, delimiter, line, error) from error
    if heading is None:
        raise invalid(path, None, "is empty; a table begins with a heading")
    return delimiter, heading, rows


def _delimiter(text: str) -> str:
    """The delimiter that the first line with anything on it holds most often outside quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    most = max(DELIMITERS, key=outside.count)
    return most if most in outside else ","


def _heading(values: list[str], path: str | os.PathLike[str], line: int) -> list[str]:
    """The heading, in which every column has a name of its own."""
    for index, name in enumerate(values):
        if name and name in values[:index]:
            raise invalid(path, line, f"names the column {name!r} twice")
    return values


def _damage(
    path: str | os.PathLike[str], text: str, delimiter: str, begins: int, error: csv.Error
) -> CorpusError:
    """What is wrong with the row that begins on line `begins`."""
    lines = io.StringIO(text, newline="").readlines()
    opened = _open_quote(lines[begins - 1 :], delimiter, begins)
    if opened is not None:
        return invalid(path, opened, "opens a quote that is never closed")
    if "field limit" in str(error):
        return invalid(path, begins, f"has a field of over {MAX_FIELD_CHARACTERS} characters")
    return invalid(path, begins, f"is damaged: {error}")


def _open_quote(lines: list[str], delimiter: str, number: int) -> int | None:
    """Line on which the quote opens that is still open at the end, or None."""
    opened: int | None = None
    at_start = True
    for offset, line in enumerate(lines):
        index = 0
        while index < len(line):
            character = line[index]
            if opened is not None:
                if character == '"':
                    if line[index + 1 : index + 2] == '"':
                        index += 1
                    else:
                        opened = None
            elif character == '"' and at_start:
                opened = number + offset
            at_start = opened is None and character in (delimiter, "\n", "\r")
            index += 1
    return opened
