"""Runs as files: NAME.jsonl or NAME.jsonl.gz, and NAME.run.json of those that the page began."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from ... import __version__
from ...atomic import write_text
from ...errors import EmovoxError
from ...models.strict_json import parse
from ..command_lines import NAME
from ..problems import Problem

ENDINGS = (".jsonl", ".jsonl.gz")
STATE = ".run.json"
CACHE = ".summaries"
MOST_RUNS = 1000
"""More files than these are not looked at."""
MOST_ROWS = 200
"""Rows of a run in the list of runs."""
MOST_DRAWN = 60
"""Rows of a run whose confusion matrices are drawn."""
LIVE = frozenset({"queued", "running"})


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
    def is_packed(self) -> bool:
        """Whether nothing can be added to it."""
        return self.records.suffix == ".gz"

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
            found = parse(self.cache(kind).read_bytes(), name=kind)
        except (OSError, EmovoxError):
            return None, False
        marked = found.get("stamp")
        is_of_these = now is not None and _is_stamp(marked) and marked[0] <= now[0]
        return (found, marked == now) if is_of_these else (None, False)

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
        """Remove the run's own files, and nothing else."""
        own = [f"{self.name}{ending}" for ending in (*ENDINGS, STATE)]
        for path in [self.folder / name for name in own]:
            path.unlink(missing_ok=True)
        shutil.rmtree(self.folder / f"{self.name}.jsonl.search", ignore_errors=True)
        with contextlib.suppress(OSError):
            for path in (self.folder / CACHE).glob(f"{self.name}.*.json"):
                if path.name.removesuffix(".json").rpartition(".")[0] == self.name:
                    path.unlink(missing_ok=True)


def run_files(folder: Path) -> list[RunFile]:
    """Runs of a folder, by name; files of other names are not runs."""
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
    return [_read(folder, name) for name in list(found)[:MOST_RUNS]]


def run_file(folder: Path, name: str) -> RunFile:
    """Run of a name.

    Raises
    ------
    Problem
        ``not-found`` (404).
    """
    if NAME.fullmatch(name):
        found = _read(folder, name)
        if found.began is not None or found.records.is_file():
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
    return [found.st_size, found.st_mtime_ns, __version__]


def _is_stamp(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], int)


def _read(folder: Path, name: str) -> RunFile:
    """Run with its state; a damaged state is none."""
    try:
        began = parse((folder / f"{name}{STATE}").read_bytes(), name=name)
    except (OSError, EmovoxError):
        return RunFile(folder, name)
    is_whole = isinstance(began.get("experiment"), dict) and isinstance(began.get("state"), str)
    return RunFile(folder, name, began if is_whole else None)
