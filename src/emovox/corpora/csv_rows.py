"""Rows of the small tables that corpora bring along, plain or gzipped."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

from emovox.errors import CorpusError

from .strict_csv import MAX_TABLE_BYTES, invalid


def rows(path: Path, *, needs: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """Rows of a comma-separated table with a heading.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.csv.gz``, UTF-8.
    needs : tuple of str
        Columns that must be there.

    Raises
    ------
    CorpusError
        ``table-invalid`` if it cannot be read or lacks a column.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as handle:
            data = handle.read(MAX_TABLE_BYTES + 1)
        if len(data) > MAX_TABLE_BYTES:
            raise invalid(path, None, f"has over {MAX_TABLE_BYTES} bytes")
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        read = list(reader)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError("table-invalid", f"cannot be read: {error}", name=str(path)) from error
    lacking = [name for name in needs if name not in (reader.fieldnames or ())]
    if lacking:
        raise CorpusError(
            "table-invalid",
            f"lacks the column {lacking[0]!r}; it has {', '.join(reader.fieldnames or ())}",
            name=str(path),
        )
    return read


def scaled(value: float, *, low: float, high: float) -> float:
    """A rating between `low` and `high` as a number in 0..1.

    What lies beyond the ends is put on them.

    Examples
    --------
    >>> scaled(3.0, low=1.0, high=5.0)
    0.5
    """
    return min(1.0, max(0.0, (value - low) / (high - low)))
