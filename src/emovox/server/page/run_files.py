"""Runs as files: NAME.jsonl or NAME.jsonl.gz, and NAME.run.json of those that the page began."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from ... import __version__
from ...atomic import unwritable, write_text
from ...errors import EmovoxError
from ...models.strict_json import MAX_BYTES, parse
from ..command_lines import NAME
from ..problems import Problem

ENDINGS = (".jsonl", ".jsonl.gz")
STATE = ".run.json"
CACHE = ".summaries"
SHAPE = 2
"""Of what is kept there: another one makes it anew."""
MOST_RUNS = 1000
"""More files than these are not looked at."""
MOST_ROWS = 200
"""Rows of a run in the list of runs."""
MOST_DRAWN = 60
"""Rows of a run whose confusion matrices are drawn."""
LIVE = frozenset({"queued", "running"})
STATES = LIVE | {"done", "cancelled", "failed", "interrupted"}
"""What NAME.run.json may say of where a run stands."""


@dataclass(frozen=True)
class RunFile:
    """One run on the disk.

    Parameters
    ----------
    folder : path
    name : str
    began : mapping, optional
        What NAME.run.json holds: ``experiment``, ``arguments``, ``created``, ``state``,
        ``error``, ``n_folds``; None where the command line made the records.
    """

    folder: Path
    name: str
    began: Mapping[str, Any] | None = field(default=None)

    @property
    def records(self) -> Path:
        """File of records; the one that can grow unless there is only a gzipped one."""
        plain, packed = (self.folder / f"{self.name}{ending}" for ending in ENDINGS)
        return packed if packed.is_file() and not plain.is_file() else plain

    @property
    def exists(self) -> bool:
        """Whether there is anything of it to show."""
        return self.began is not None or self.records.is_file()

    @property
    def is_packed(self) -> bool:
        """Whether nothing can be added to it."""
        return self.records.suffix == ".gz"

    def is_written(self) -> bool:
        """Whether another process holds the lock of its records, as `evaluation.records` does."""
        try:
            import fcntl
        except ImportError:
            return False
        try:
            with open(self.records, "rb", opener=_without_waiting) as handle:
                try:
                    fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError as error:  # not every disk knows locks
                    return error.errno in (errno.EACCES, errno.EAGAIN)
        except OSError:
            return False
        return False

    def cache(self, kind: str) -> Path:
        """File of what was computed from the records."""
        return self.folder / CACHE / f"{self.name}.{kind}.json"

    def cached(self, kind: str) -> tuple[dict[str, Any] | None, bool]:
        """What was computed from the records, and whether it is of them as they are now.

        Records only grow: what was computed from more than there is belongs to records that were
        removed by hand, and is none.
        """
        now = stamp(self.records)
        try:
            found = parse(_content(self.cache(kind)), name=kind)
        except (OSError, EmovoxError):
            return None, False
        marked = found.get("stamp")
        is_of_these = now is not None and _is_stamp(marked) and marked[0] <= now[0]
        if not is_of_these or (kind == "summary" and not _is_summary(found)):
            return None, False
        return found, marked == now

    def age_s(self, kind: str) -> float:
        """How old what was computed is."""
        try:
            return time.time() - self.cache(kind).stat().st_mtime
        except OSError:
            return float("inf")

    def write(self, **facts: Any) -> RunFile:
        """Write NAME.run.json with these facts beside those it holds."""
        began = {"format": 1, **(self.began or {}), **facts}
        text = json.dumps(began, ensure_ascii=False, allow_nan=False, indent=1)
        write_text(self.folder / f"{self.name}{STATE}", text + "\n")
        return RunFile(self.folder, self.name, began)

    def delete(self) -> None:
        """Remove the run's own files, and nothing else.

        Raises
        ------
        OutputError
            ``output-unwritable``; what could not be removed still stands in the list.
        """
        own = [f"{self.name}{ending}" for ending in (*ENDINGS, STATE)]
        for path in [self.folder / name for name in own]:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise unwritable(path, error) from error
        shutil.rmtree(self.folder / f"{self.name}.jsonl.search", ignore_errors=True)
        with contextlib.suppress(OSError):
            for path in (self.folder / CACHE).glob(f"{self.name}.*.json"):
                if path.name.removesuffix(".json").rpartition(".")[0] == self.name:
                    path.unlink(missing_ok=True)


def run_files(folder: Path) -> list[RunFile]:
    """Runs of a folder, by name; files of other names, pipes and folders are not runs."""
    try:
        names = sorted(path.name for path in folder.iterdir())[: 3 * MOST_RUNS]
    except OSError:
        return []
    found = dict.fromkeys(
        name.removesuffix(ending)
        for name in names
        for ending in (*ENDINGS, STATE)
        if name.endswith(ending) and NAME.fullmatch(name.removesuffix(ending))
    )
    read = (_read(folder, name) for name in list(found)[:MOST_RUNS])
    return [run for run in read if run.exists]


def run_file(folder: Path, name: str) -> RunFile:
    """Run of a name.

    Raises
    ------
    Problem
        ``not-found`` (404).
    """
    if NAME.fullmatch(name):
        found = _read(folder, name)
        if found.exists:
            return found
    raise Problem(404, "not-found", f"there is no run {name[:80]!r} in the folder of records")


def free_name(folder: Path, methods: Sequence[str], corpora: Sequence[str]) -> str:
    """Name for a new run, of what it is about; the same as long as no run takes it.

    Examples
    --------
    >>> free_name(Path("nowhere"), ["ridge", "lda"], ["emodb"])
    'ridge-and-1-emodb'
    """
    several = f"-and-{len(methods) - 1}" if len(methods) > 1 else ""
    name = f"{methods[0][:24]}{several}-{'-'.join(dict.fromkeys(corpora))[:30]}"
    name = "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else "-" for char in name
    ).rstrip(".")
    taken = {run.name for run in run_files(folder)}
    names = (name if n == 1 else f"{name}-{n}" for n in range(1, MOST_RUNS + 2))
    return next(one for one in names if one not in taken)


def stamp(path: Path) -> list[Any] | None:
    """What changes when a file of records does, or when another release reads it."""
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, f"{__version__}/{SHAPE}"]


def _is_stamp(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], int)


def _read(folder: Path, name: str) -> RunFile:
    """Run with its state; a damaged state is none."""
    try:
        began = parse(_content(folder / f"{name}{STATE}"), name=name)
    except (OSError, EmovoxError):
        return RunFile(folder, name)
    return RunFile(folder, name, began if _is_state(began) else None)


def _content(path: Path) -> bytes:
    """Content of a regular file, not much more than `parse` takes; never waits for a pipe.

    Raises
    ------
    OSError
    """
    with open(path, "rb", opener=_without_waiting) as handle:
        if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
            raise OSError(f"{path.name} is no regular file")
        return handle.read(MAX_BYTES + 1)


def _without_waiting(path: str, flags: int) -> int:
    """Open what may be a pipe that nobody writes."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _is_state(began: Mapping[str, Any]) -> bool:
    """Whether NAME.run.json holds what `RunFile.write` writes."""
    experiment, error = began.get("experiment"), began.get("error")
    names = ("methods", "corpora", "train", "test")
    return (
        isinstance(experiment, dict)
        and all(_are_texts(experiment.get(name) or []) for name in names)
        and _are_texts(began.get("arguments") or [])
        and str(began.get("state")) in STATES
        and isinstance(began.get("created") or "", str)
        and type(began.get("n_folds") or 0) is int
        and (error is None or (isinstance(error, dict) and _are_texts(list(error.values()))))
    )


def _is_summary(found: Mapping[str, Any]) -> bool:
    """Whether a summary holds what is asked of it."""
    rows = found.get("summary")
    return (
        type(found.get("n_records")) is int
        and isinstance(rows, list)
        and all(isinstance(row, dict) and type(row.get("n_folds")) is int for row in rows)
        and all(_are_texts([row.get("method"), row.get("test")]) for row in rows)
    )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
