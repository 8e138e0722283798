"""Writing files so that what is on disk is the old or the new, never half."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .errors import OutputError


@contextmanager
def replacing(path: str | os.PathLike[str], *, sync: bool = True) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    Parameters
    ----------
    path : path
        The target; its folder must exist.
    sync : bool
        Wait until the disk has it; off where a torn file would be noticed and made again.

    Yields
    ------
    binary file

    Raises
    ------
    OutputError
        ``disk-full`` or ``output-unwritable``; the old file is untouched.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "xb") as handle:
            yield handle
            handle.flush()
            if sync:
                os.fsync(handle.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        beside.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with replacing(path) as handle:
        handle.write(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    r"""Write `text` as UTF-8 with ``\n`` line ends to `path`, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def check_folder(path: str | os.PathLike[str]) -> None:
    """Refuse, before long work, a target whose folder does not exist.

    Raises
    ------
    OutputError
        ``output-unwritable``.
    """
    if not Path(path).absolute().parent.is_dir():
        raise unwritable(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))


def unwritable(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Say in one sentence why `path` could not be written."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    folder = Path(path).absolute().parent
    if error.errno == errno.ENOENT and not folder.is_dir():
        sentence = f"there is no folder {folder}; make it first"
    else:
        sentence = f"{error.strerror or error}; nothing was overwritten"
    return OutputError("disk-full" if full else "output-unwritable", sentence, name=str(path))
