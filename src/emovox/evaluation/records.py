"""Records: one JSON line for each fold, on disk before the next fold begins."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import warnings
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..atomic import unwritable
from ..errors import OutputError, ProtocolError

FORMAT = 1

Record = dict[str, Any]


class RecordsCut(UserWarning):
    """The last line of the records was cut short by a kill and is left out."""


def record_key(settings: Mapping[str, Any], fold: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form of settings and fold.

    Examples
    --------
    >>> record_key({"a": 1, "b": 2}, {"name": "1"}) == record_key({"b": 2, "a": 1}, {"name": "1"})
    True
    """
    text = json.dumps(
        {"settings": settings, "fold": fold},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()


class Records:
    """A file of records that grows line by line.

    A last line that a kill cut short is cut off with a warning, and the run goes on there; any
    other damage is an error, because what stands behind it cannot be trusted. One process at a
    time writes a file: lines of two would run into each other.

    Parameters
    ----------
    path : path, optional
        A ``.jsonl`` file, made when the first record comes; None keeps them in memory only.

    Raises
    ------
    ProtocolError
        ``records-damaged``, naming the line.
    OutputError
        If the file cannot be opened, another process writes it, or it is a ``.gz``, to which
        nothing can be added.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._by_key: dict[str, Record] = {}
        self._file: io.FileIO | None = None
        if self.path is None:
            return
        if self.path.suffix == ".gz":
            raise OutputError(
                "output-unwritable",
                "records are gzipped once they are finished; unpack them to go on with them",
                name=str(self.path),
            )
        if not self.path.exists():
            return
        is_file = self.path.is_file()
        if is_file:
            self._hold(self.path)
        for record in read_records(self.path, cut=True):
            self._by_key.setdefault(record["key"], record)
        if is_file:
            self._hold(self.path)  # reading has given the lock away

    def get(self, key: str) -> Record | None:
        """Record of `key`, or None if that fold has not been run."""
        return self._by_key.get(key)

    def __contains__(self, key: object) -> bool:
        """Whether that fold has been run."""
        return key in self._by_key

    def __iter__(self) -> Iterator[Record]:
        """All records, in the order in which they came."""
        return iter(self._by_key.values())

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._by_key)

    def add(self, record: Record) -> None:
        """Append a record; it is on disk when this returns.

        Raises
        ------
        OutputError
            ``disk-full`` or ``output-unwritable``.
        """
        if self.path is not None:
            line = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            file = self._hold(self.path)
            try:
                rest = memoryview(line.encode() + b"\n")
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError as error:
                raise unwritable(self.path, error) from error
        self._by_key.setdefault(record["key"], record)

    def _hold(self, path: Path) -> io.FileIO:
        """Return the file, open for appending and ours alone; made anew where it was removed."""
        try:
            if self._file is None or not _is_at(self._file, path):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = open(path, "ab", buffering=0)  # noqa: SIM115 -- held while we live
        except OSError as error:
            raise unwritable(path, error) from error
        if not _is_ours(self._file):
            raise OutputError(
                "output-unwritable",
                "another process adds records to it; wait for its end, or name another file",
                name=str(path),
            )
        return self._file


def read_records(path: str | os.PathLike[str], *, cut: bool = False) -> list[Record]:
    """Read the records of a ``.jsonl`` or ``.jsonl.gz`` file.

    Parameters
    ----------
    path : path
    cut : bool
        Also cut a torn last line off the file itself.

    Returns
    -------
    list of dict, each key once

    Raises
    ------
    ProtocolError
        ``records-damaged``, naming file and line.

    Warns
    -----
    RecordsCut
        If the last line was cut short.
    """
    name = os.fspath(path)
    try:
        data = Path(path).read_bytes()
        if name.endswith(".gz"):
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        what = getattr(error, "strerror", None) or error
        raise ProtocolError("records-damaged", f"cannot be read: {what}", name=name) from error
    lines = data.split(b"\n")
    last = lines.pop()
    if last.strip():
        if _whole(last):
            lines.append(last)
            if cut:
                _end_line(path)
        else:
            warnings.warn(
                f"{name}: the last line was cut short ({len(last)} bytes) and is left out; "
                "its fold is run again",
                RecordsCut,
                stacklevel=2,
            )
            if cut:
                _truncate(path, len(data) - len(last))
    found: dict[str, Record] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            record = _checked(line, where=f"{name} line {number}")
            found.setdefault(record["key"], record)
    return list(found.values())


def _is_at(file: io.FileIO, path: Path) -> bool:
    """Whether an open file is the one that lies at `path`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _is_ours(file: io.FileIO) -> bool:
    """Whether this process has, or could take, the lock of a file; Windows has none of this kind.

    The lock is the process's, and goes when it closes the file anywhere: it is asked for again
    before each line.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN)  # not every disk knows locks
    return True


def _whole(line: bytes) -> bool:
    """Whether a line without its end is nevertheless a whole record."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _checked(line: bytes, *, where: str) -> Record:
    """Record of a line, whose key must be that of its settings and fold."""
    try:
        record = json.loads(line)
        version = record["format"]
        intact = record["key"] == record_key(record["settings"], record["fold"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolError(
            "records-damaged",
            f"is no record ({error}); give a file that `emovox bench --records` wrote, or take "
            "the line out: its fold will be run again",
            name=where,
        ) from error
    if version != FORMAT:
        raise ProtocolError(
            "records-damaged",
            f"has format {version!r}; this release reads format {FORMAT}",
            name=where,
        )
    if not intact:
        raise ProtocolError(
            "records-damaged",
            "has a key that does not belong to its settings; take the line out, its fold will "
            "be run again",
            name=where,
        )
    return dict(record)


def _truncate(path: str | os.PathLike[str], size: int) -> None:
    try:
        with open(path, "r+b") as handle:
            handle.truncate(size)
            os.fsync(handle.fileno())
    except OSError as error:
        raise unwritable(Path(path), error) from error


def _end_line(path: str | os.PathLike[str]) -> None:
    try:
        with open(path, "ab") as handle:
            handle.write(b"\n")
    except OSError as error:
        raise unwritable(Path(path), error) from error
