"""A worker process: takes work from a pipe, one piece or batch at a time, and answers on another.

Started by `emovox.server.pool` as ``python -m emovox.server.worker``. Its first frame holds the
settings; each other one either work or the word that some of it is no longer wanted. It ends
when its standard input does, so that none outlives its server.
"""

from __future__ import annotations

import importlib
import os
import queue
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from ..audio.decode import Stopped
from ..errors import EmovoxError, InputError
from . import frames
from .settings import Limits, Settings
from .where import place
from .work import TOGETHER, WORK, Workshop

MAX_DATA_BYTES = 2 * 2**30
"""Private memory of a worker, where the system can limit it."""


def main() -> None:
    """Serve until standard input ends."""
    taken, given = _private_streams()
    for name in ("SIGINT", "SIGTERM"):  # the server is told, and tells its workers
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    _limit_memory()
    first = frames.read(taken)
    if first is None:
        return
    workshop = Workshop(_settings(first[0]))
    desk = Desk(taken, given)
    workshop.stop = desk.is_stopped
    desk.say({"ready": True, "batch": _batch(workshop, None)})
    threading.Thread(target=desk.listen, name="emovox-listen", daemon=True).start()
    while True:
        jobs, blob = desk.next()
        _do(workshop, desk, jobs, blob)


def _settings(message: dict[str, Any]) -> Settings:
    """What a worker has to know of its server's settings."""
    limits = Limits(duration_s=message["max_duration_s"])
    return Settings(model=message["model"], models=Path(message["models"]), limits=limits)


class Desk:
    """Where work arrives and answers leave; a thread of its own hears what is to be stopped.

    Parameters
    ----------
    taken, given : binary files
    """

    def __init__(self, taken: BinaryIO, given: BinaryIO) -> None:
        self._taken = taken
        self._given = given
        self._work: queue.SimpleQueue[tuple[list[dict[str, Any]], bytes]] = queue.SimpleQueue()
        self._turn = threading.Lock()
        self._stopped: set[int] = set()
        self._in_hand: frozenset[int] = frozenset()

    def listen(self) -> None:
        """Read frames until there are no more; the process ends with them."""
        while (frame := frames.read(self._taken)) is not None:
            message, blob = frame
            if "stop" in message:
                with self._turn:
                    self._stopped.add(message["stop"])
            else:
                self._work.put((message["jobs"], blob))
        os._exit(0)  # the main thread may be deep in a decoder

    def next(self) -> tuple[list[dict[str, Any]], bytes]:
        """Wait for work."""
        jobs, blob = self._work.get()
        self._in_hand = frozenset(job["id"] for job in jobs)
        with self._turn:
            self._stopped &= self._in_hand
        self.say({"began": sorted(self._in_hand)})
        return jobs, blob

    def is_stopped(self) -> bool:
        """Whether nobody wants any of the work in hand."""
        return bool(self._in_hand) and self._in_hand <= self._stopped

    def say(self, message: dict[str, Any]) -> None:
        """Send a frame."""
        try:
            self._given.write(frames.packed(message))
            self._given.flush()
        except OSError:
            os._exit(0)  # nobody listens any more


def _do(workshop: Workshop, desk: Desk, jobs: list[dict[str, Any]], blob: bytes) -> None:
    """Do a piece of work or a batch of it, and answer each."""
    kind = jobs[0]["kind"]
    known = workshop.loaded
    if len(jobs) == 1:
        outcomes = [_outcome(lambda: _function(WORK[kind])(workshop, blob, **jobs[0]["arguments"]))]
    else:
        arguments = [job["arguments"] for job in jobs]
        together = _outcome(lambda: _function(TOGETHER[kind])(workshop, arguments))
        answers = together.get("answer")
        outcomes = [_told(each) for each in answers] if answers else [together] * len(jobs)
    for job, outcome in zip(jobs, outcomes, strict=True):
        desk.say({"id": job["id"], **outcome})
    if workshop.loaded != known:
        desk.say({"batch": _batch(workshop, jobs[0]["arguments"].get("model"))})


def _outcome(work: Callable[[], Any]) -> dict[str, Any]:
    """What came of a piece of work, in the words of a frame."""
    try:
        return {"answer": work()}
    except Stopped:
        return {"stopped": True}
    except EmovoxError as error:
        return _told(error)
    except MemoryError:
        return _told(InputError("out-of-memory", "needed more memory than a worker may take"))
    except Exception as error:  # a fault of ours: the worker goes on, its place is told
        return {"fault": place(error)}


def _told(outcome: dict[str, Any] | EmovoxError) -> dict[str, Any]:
    if isinstance(outcome, EmovoxError):
        return {"error": {"code": outcome.code, "sentence": outcome.sentence}}
    return {"answer": outcome}


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _batch(workshop: Workshop, model: str | None) -> dict[str, int]:
    """Size of a batch for a model; none where the model cannot be used, as each request hears."""
    try:
        return {model or "": workshop.batch(model)}
    except EmovoxError:
        return {}


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for frames alone: what a library prints goes to stderr."""
    taken, given = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return os.fdopen(taken, "rb"), os.fdopen(given, "wb")


def _limit_memory() -> None:
    """Bound private memory, so that one recording cannot starve the machine."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))


if __name__ == "__main__":
    main()
