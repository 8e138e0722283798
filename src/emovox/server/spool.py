"""The folder of uploads: ours alone, emptied when a server starts, each file gone after use."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ..atomic import unwritable
from ..errors import OutputError

SPOOL_VARIABLE = "EMOVOX_SPOOL"
"""Environment variable: where uploads lie while they are worked on."""

_ENDING = re.compile(r"\.[a-z0-9]{1,5}")
_LOCK = "lock"


class Spool:
    """A folder of this process, inside one that all servers of this user share.

    Each server holds a lock in its folder, so that one which starts can tell the folders of
    those that were killed, and removes them.

    Parameters
    ----------
    base : path, optional
        The shared folder; by default one of our own name in the folder of EMOVOX_SPOOL, else in
        the system's temporary folder. What it holds is removed, so it is never a folder that
        somebody names: it may hold other things.
    """

    def __init__(self, base: Path | None = None) -> None:
        place = os.environ.get(SPOOL_VARIABLE) or tempfile.gettempdir()
        user = getattr(os, "getuid", lambda: "user")()
        self.base = base or Path(place) / f"emovox-spool-{user}"
        self.folder = self.base / "closed"
        self._numbers = itertools.count(1)
        self._lock: BinaryIO | None = None

    def open(self) -> None:
        """Make the folder, and remove those of servers that are gone.

        Raises
        ------
        OutputError
            If the folder cannot be made, or belongs to somebody else.
        """
        try:
            self.base.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.base.lstat()
            if (
                not stat.S_ISDIR(found.st_mode)
                or found.st_uid != getattr(os, "getuid", lambda: found.st_uid)()
            ):
                raise OutputError(
                    "output-unwritable",
                    f"belongs to another user or is a link; name a folder by {SPOOL_VARIABLE}",
                    name=str(self.base),
                )
            self.base.chmod(0o700)
            with (self.base / _LOCK).open("ab") as turn:  # one server begins at a time
                _locked(turn, wait=True)
                self._remove_those_left()
                self.folder = Path(tempfile.mkdtemp(dir=self.base))  # made with mode 0700
                self._lock = (self.folder / _LOCK).open("xb")
                _locked(self._lock)
        except OSError as error:
            raise unwritable(str(self.base), error) from error

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            shutil.rmtree(self.folder, ignore_errors=True)

    def new(self, name: str = "") -> SpooledFile:
        """Return an empty file for an upload; of its name only a plain ending is taken over.

        Raises
        ------
        OutputError
            If it cannot be made.
        """
        ending = os.path.splitext(re.split(r"[/\\]", name)[-1])[1].lower()
        kept = ending if _ENDING.fullmatch(ending) else ""
        return SpooledFile(self.folder / f"{next(self._numbers)}{kept}")

    def _remove_those_left(self) -> None:
        """Remove the folders whose server holds no lock any more."""
        for folder in self.base.iterdir():
            if folder.name == _LOCK:
                continue
            if folder.is_symlink() or not folder.is_dir():
                folder.unlink(missing_ok=True)
                continue
            try:
                with (folder / _LOCK).open("rb") as lock:
                    if not _locked(lock):
                        continue
            except FileNotFoundError:
                pass  # it died before it had its lock
            shutil.rmtree(folder, ignore_errors=True)


class SpooledFile:
    """One upload on disk; leaving the ``with`` block removes it.

    Parameters
    ----------
    path : path

    Attributes
    ----------
    size : int, bytes written
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise unwritable("the folder of uploads", error) from error

    def __enter__(self) -> SpooledFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises
        ------
        OutputError
            ``disk-full`` or ``output-unwritable``.
        """
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            raise unwritable("the folder of uploads", error) from error
        self.size += len(data)

    def close(self) -> None:
        """End the writing; the file stays until it is removed."""
        self._file.close()

    def remove(self) -> None:
        """Remove the file, if it is still there."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def _locked(handle: BinaryIO, *, wait: bool = False) -> bool:
    """Whether the lock could be taken. Windows needs none: there, an open file stays."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
