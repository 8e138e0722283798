"""Long work of the page: the command line in child processes, queued, watched, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..errors import EmovoxError, ModelError
from ..models.strict_json import parse
from . import children
from .problems import Problem, status_of, without_paths

EXPERIMENTS = frozenset({"bench", "train"})
"""Kinds of which one runs at a time; the others are short and have places of their own."""
SMALL_AT_ONCE = 2
WAITING = 16
ANSWERED_AT_ONCE = 3
"""Short questions with a child each; others wait, and too many are refused."""
KEPT = 200
"""Jobs that have ended and can still be asked about."""
ENDED = frozenset({"done", "failed", "cancelled"})
RESULT_BYTES = 4 * 1024 * 1024


@dataclass
class Job:
    """One run of the command line.

    Parameters
    ----------
    id, kind : str
    about : mapping
        What the page wants to know of it.
    state : {"queued", "running", "done", "failed", "cancelled"}
    done, total : int, optional
        Of what it does now.
    activity : str, optional
        What that is.
    seconds_left : float, optional
        Of this activity, by its pace so far.
    error : dict, optional
        ``code`` and ``message``.
    result : dict, optional
        The object that it printed, or ``{"text"}``.
    """

    id: str
    kind: str
    about: Mapping[str, Any]
    state: str = "queued"
    done: int | None = None
    total: int | None = None
    activity: str | None = None
    seconds_left: float | None = None
    error: dict[str, str] | None = None
    result: dict[str, Any] | None = None
    pace: tuple[str, int, float] | None = field(default=None, repr=False)

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED

    def as_json(self) -> dict[str, Any]:
        """Object that the page gets."""
        names = (
            "id", "kind", "state", "done", "total", "activity", "seconds_left", "error", "about",
            "result",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def take(self, facts: Mapping[str, Any]) -> None:
        """Take in one line of progress."""
        title, done, total = facts.get("progress"), facts.get("done"), facts.get("total")
        if not (isinstance(title, str) and isinstance(done, int) and isinstance(total, int)):
            return
        now = time.monotonic()
        if self.pace is None or self.pace[0] != title:
            self.pace = (title, done, now)
        _, first, began = self.pace
        self.activity, self.done, self.total = title, done, total
        self.seconds_left = None
        if done > first:
            self.seconds_left = round((now - began) / (done - first) * (total - done), 1)


Changed = Callable[[Job], None]
Shown = Callable[[dict[str, Any]], dict[str, Any] | None]


class Jobs:
    """Queue of child processes; to be used within one event loop.

    Parameters
    ----------
    waiting : int
        Jobs that may wait for their turn; more are refused.
    module : str
        What is run; another in tests.
    """

    def __init__(self, *, waiting: int = WAITING, module: str = "emovox") -> None:
        self._module = module
        self._waiting = waiting
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asked: set[asyncio.Task[Any]] = set()
        self._experiments = asyncio.Semaphore(1)
        self._small = asyncio.Semaphore(SMALL_AT_ONCE)
        self._answers = asyncio.Semaphore(ANSWERED_AT_ONCE)

    def start(
        self,
        kind: str,
        argv: Sequence[str],
        *,
        about: Mapping[str, Any] | None = None,
        changed: Changed | None = None,
        shown: Shown | None = None,
    ) -> Job:
        """Queue a command line.

        Parameters
        ----------
        kind : str
            One of `EXPERIMENTS`, or anything else for short work.
        argv : sequence of str
            What follows ``emovox``.
        about : mapping, optional
            Kept with the job.
        changed : callable, optional
            Called when the job begins and when it has ended.
        shown : callable, optional
            What the page may see of the object that it printed; None for nothing.

        Returns
        -------
        Job

        Raises
        ------
        Problem
            ``busy`` (503) when too many wait.
        """
        if sum(job.state == "queued" for job in self._jobs.values()) >= self._waiting:
            raise Problem(
                503, "busy", f"{self._waiting} jobs are waiting already; wait for one or cancel one"
            )
        job = Job(secrets.token_hex(8), kind, dict(about or {}))
        self._forget()
        self._jobs[job.id] = job
        task = asyncio.create_task(self._work(job, tuple(argv), changed, shown))
        self._tasks[job.id] = task
        task.add_done_callback(partial(self._over, job, changed))
        return job

    def get(self, job_id: str) -> Job:
        """Job of an id.

        Raises
        ------
        Problem
            ``not-found`` (404).
        """
        if job_id not in self._jobs:
            raise Problem(404, "not-found", "there is no such job; the server may have restarted")
        return self._jobs[job_id]

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop; within seconds it is ``cancelled``. One that has ended stays so."""
        job = self.get(job_id)
        if job_id in self._tasks:
            self._tasks[job_id].cancel()
            job.activity = "stopping" if job.state == "running" else job.activity
        return job

    async def ended(self, job_id: str) -> Job:
        """Wait for the end of a job."""
        job = self.get(job_id)
        if job_id in self._tasks:
            await asyncio.wait({self._tasks[job_id]})
        return job

    async def ask(
        self,
        argv: Sequence[str],
        *,
        module: str | None = None,
        given: bytes = b"",
        deadline_s: float = 60.0,
        keep_bytes: int = RESULT_BYTES,
    ) -> bytes:
        """What a short command prints; it waits for no job.

        Raises
        ------
        Problem
            The command's own code and sentence; ``too-slow`` (422) after `deadline_s`; ``busy``
            (503) where too many ask.
        """
        if len(self._asked) >= self._waiting:
            raise Problem(
                503, "busy", "too many questions at once; ask again", headers={"Retry-After": "3"}
            )

        async def answered() -> children.Ended:
            async with self._answers:
                return await children.run(
                    argv, module=module or self._module, given=given, keep_bytes=keep_bytes
                )

        running = asyncio.ensure_future(answered())
        self._asked.add(running)
        running.add_done_callback(self._asked.discard)
        try:
            async with asyncio.timeout(deadline_s):
                ended = await running
        except TimeoutError as error:
            raise Problem(422, "too-slow", f"took longer than {deadline_s:.0f} s") from error
        if ended.error is not None:
            code = ended.error["code"]
            raise Problem(status_of(code), code, ended.error["message"])
        if ended.status and not ended.output:
            raise Problem(500, "internal", "the child that was asked has failed")
        if not ended.is_whole:
            raise Problem(422, "too-long", f"the answer has more than {keep_bytes} bytes")
        return ended.output

    async def close(self) -> None:
        """Stop every child and wait until they have ended."""
        tasks = [*self._tasks.values(), *self._asked]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2 * children.STOP_S)

    async def _work(
        self, job: Job, argv: Sequence[str], changed: Changed | None, shown: Shown | None
    ) -> None:
        async with self._experiments if job.kind in EXPERIMENTS else self._small:
            job.state = "running"
            _tell(changed, job)
            ended = await children.run(
                argv, module=self._module, told=job.take, keep_bytes=RESULT_BYTES
            )
            job.error = ended.error
            job.state = "failed" if ended.error else "done"
            printed = None if ended.error else _result(ended.output)
            job.result = shown(printed) if shown and printed is not None else printed

    def _over(self, job: Job, changed: Changed | None, task: asyncio.Task[None]) -> None:
        """Write down how a job has ended; one cancelled in the queue was never begun."""
        if task.cancelled():
            job.state = "cancelled"
        elif (error := task.exception()) is not None:
            why = getattr(error, "strerror", None) or type(error).__name__
            job.state, job.error = "failed", {"code": "internal", "message": f"ended by {why}"}
        job.seconds_left = job.activity = None
        self._tasks.pop(job.id, None)
        _tell(changed, job)

    def _forget(self) -> None:
        """Drop the oldest jobs that have ended."""
        ended = [job.id for job in self._jobs.values() if job.has_ended]
        for job_id in ended[: max(0, len(ended) - KEPT + 1)]:
            del self._jobs[job_id]


def _tell(changed: Changed | None, job: Job) -> None:
    """Tell whoever wants to know; the disk may be full, the job goes on."""
    if changed is not None:
        with contextlib.suppress(OSError, EmovoxError):
            changed(job)


def _result(output: bytes) -> dict[str, Any]:
    """Object that a command printed, or its text without the folders of this machine."""
    try:
        return parse(output, name="stdout")
    except ModelError:
        return {"text": without_paths(output.decode("utf-8", "replace"))}
