"""Recordings as they are named on the command line."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import InputError, UsageError

MAX_STDIN_BYTES = 512 * 2**20
MAX_NAMES = 10_000_000


def recordings_in(path: str) -> Iterator[str]:
    """Names of the recordings in a folder, in order; of a file, or `-`, its own name."""
    if path == "-" or not os.path.isdir(path):
        yield path
        return
    # Most often files are named; walking trees brings in all readers of corpora.
    from ..corpora.naming import walk

    for name in walk(path).recordings:
        yield os.path.join(path, *name.split("/"))


def listed_names(path: str, *, end: bytes) -> Iterator[str]:
    """Names of recordings in a file, each closed by `end`; `-` is stdin.

    Raises
    ------
    UsageError
        If the file cannot be read, or holds more than `MAX_NAMES` names.
    """
    with sys.stdin.buffer if path == "-" else _open_list(path) as handle:
        for count, line in enumerate(_lines(handle, end)):
            if count >= MAX_NAMES:
                raise UsageError("usage", f"holds over {MAX_NAMES} names", name=path)
            yield os.fsdecode(line)


def spooled_stdin() -> BinaryIO:
    """Stdin as a seekable file that is called `-` and vanishes when it is closed.

    Raises
    ------
    InputError
        ``too-long`` over `MAX_STDIN_BYTES`.
    """
    spool = tempfile.TemporaryFile()  # noqa: SIM115 -- handed on open
    size = 0
    while chunk := sys.stdin.buffer.read(1 << 20):
        size += len(chunk)
        if size > MAX_STDIN_BYTES:
            spool.close()
            raise InputError(
                "too-long",
                f"is over {MAX_STDIN_BYTES} bytes; save it to a file and name that",
                name="-",
            )
        spool.write(chunk)
    spool.seek(0)
    return _Named(spool)


def _open_list(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise UsageError("usage", f"cannot be read: {error.strerror}", name=path) from error


def _lines(handle: BinaryIO, end: bytes) -> Iterator[bytes]:
    """Names that `end` closes, without empty ones, in bounded memory."""
    rest = b""
    while chunk := handle.read(65536):
        *lines, rest = (rest + chunk).split(end)
        yield from (line.removesuffix(b"\r") for line in lines if line.strip())
    if rest.strip():
        yield rest.removesuffix(b"\r")


class _Named(io.BufferedReader):
    """A spooled stdin that is called `-`, as its user called it."""

    def __init__(self, spool: BinaryIO) -> None:
        super().__init__(spool)  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        return "-"
