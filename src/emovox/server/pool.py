"""The pool: a bounded queue of work, and worker processes that are replaced when they die."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .handle import WORKER, Handle
from .problems import Problem, status_of, without_paths
from .settings import Settings

log = logging.getLogger("emovox.server")

BATCHED = frozenset({"predict"})
"""Kinds of work of which several may share a run of the network."""

MAX_HANDED = 3
"""A piece of work that was handed so often to workers which died before they began fails."""

SLOWEST_RESTART_S = 5.0


@dataclass
class Job:
    """A piece of work that somebody waits for."""

    number: int
    kind: str
    arguments: Mapping[str, Any]
    blob: bytes
    deadline_s: float
    future: asyncio.Future[dict[str, Any]]
    alone: bool = False
    handed: int = 0
    asked: float = field(default_factory=time.monotonic)

    @property
    def batch_key(self) -> str | None:
        """Jobs with the same key may go together; None goes alone."""
        together = self.kind in BATCHED and not self.alone and not self.blob
        if not together or self.arguments.get("segments"):
            return None
        return str(self.arguments.get("model") or "")

    def fail(self, problem: Problem) -> None:
        """Tell the one who waits, if somebody still does."""
        if not self.future.done():
            self.future.set_exception(problem)


class Pool:
    """Worker processes behind a bounded queue, for one event loop.

    Parameters
    ----------
    settings : Settings
    worker : sequence of str
        What Python is started with to become a worker.

    Attributes
    ----------
    restarts : int
        Workers that were replaced.
    """

    def __init__(self, settings: Settings, *, worker: Sequence[str] = WORKER) -> None:
        self.settings = settings
        self._worker = tuple(worker)
        self.restarts = 0
        self._numbers = itertools.count(1)
        self._waiting: deque[Job] = deque()
        self._wanted: deque[asyncio.Future[None]] = deque()
        self._handles: set[Handle] = set()
        self._busy: dict[Handle, list[Job]] = {}
        self._batch: dict[str, int] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._answer_s = 0.1
        self._closing = False
        self._failures = 0

    async def start(self) -> None:
        """Start the workers, without waiting until they are ready."""
        self._closing = False
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self.settings.workers)]

    async def close(self, finish_s: float | None = None) -> None:
        """Take nothing more, finish what is held if that takes no longer than `finish_s`, end."""
        self._closing = True
        limit = self.settings.limits.finish_s if finish_s is None else finish_s
        held = [job.future for job in self._held()]
        if held and limit > 0:
            await asyncio.wait(held, timeout=limit)
        for job in self._held():
            job.fail(_busy("the server is stopping", 5))
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._waiting.clear()
        self._keepers = []

    async def run(
        self,
        kind: str,
        arguments: Mapping[str, Any],
        *,
        blob: bytes = b"",
        deadline_s: float | None = None,
    ) -> dict[str, Any]:
        """Have a piece of work done; cancelling this frees the worker within one block of sound.

        Parameters
        ----------
        kind : str
            A name of `emovox.server.work.WORK`.
        arguments : mapping
            What its function takes, as JSON.
        blob : bytes
            Beside them.
        deadline_s : float, optional
            Longest time in a worker; `Limits.answer_s` unless given.

        Returns
        -------
        dict

        Raises
        ------
        Problem
            As `submit`, and what the work itself finds wrong: the code of a recording (422),
            ``decoder-crashed``, ``too-slow``, ``model-missing``, ``internal``.
        """
        return await self.submit(kind, arguments, blob=blob, deadline_s=deadline_s)

    def submit(
        self,
        kind: str,
        arguments: Mapping[str, Any],
        *,
        blob: bytes = b"",
        deadline_s: float | None = None,
        admitted: bool = False,
    ) -> asyncio.Future[dict[str, Any]]:
        """Put a piece of work into the queue; the future may be cancelled.

        Parameters
        ----------
        kind, arguments, blob, deadline_s
            As for `run`.
        admitted : bool
            It follows another of the same request that has just ended, and takes its place, also
            where the queue is full.

        Raises
        ------
        Problem
            ``busy`` at once where the queue is full.
        """
        if self._closing:
            raise _busy("the server is stopping", 5)
        idle = len(self._handles) - len(self._busy)
        if len(self._waiting) >= self.settings.limits.queue + idle and not admitted:
            raise _busy(f"{len(self._waiting)} requests wait already", self._retry_after())
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        deadline = self.settings.limits.answer_s if deadline_s is None else deadline_s
        job = Job(next(self._numbers), kind, arguments, blob, deadline, future)
        self._waiting.append(job)
        future.add_done_callback(lambda _: self._drop(job))
        self._wake()
        return future

    @property
    def queued(self) -> int:
        """Pieces of work that wait for a worker."""
        return len(self._waiting)

    @property
    def busy(self) -> int:
        """Workers that are at work."""
        return len(self._busy)

    @property
    def ready(self) -> int:
        """Workers that are there, at work or waiting for it."""
        return len(self._handles)

    @property
    def pids(self) -> list[int]:
        """Processes of the workers."""
        return sorted(handle.pid for handle in self._handles)

    @property
    def batch_sizes(self) -> dict[str, int]:
        """Model ("" is the default) -> how many recordings share a run of its network."""
        return dict(self._batch)

    def _held(self) -> list[Job]:
        """Everything that somebody waits for."""
        at_work = [job for jobs in self._busy.values() for job in jobs]
        return [job for job in (*at_work, *self._waiting) if not job.future.done()]

    def _retry_after(self) -> int:
        """Seconds after which the queue should have moved on."""
        wait = len(self._waiting) * self._answer_s / max(self.settings.workers, 1)
        return min(max(math.ceil(wait), 1), 60)

    def _drop(self, job: Job) -> None:
        """Forget a job that nobody waits for any more, if no worker has it yet."""
        if job in self._waiting:
            self._waiting.remove(job)

    def _wake(self) -> None:
        """Wake one worker that waits for work."""
        while self._wanted:
            waiter = self._wanted.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    async def _keep(self) -> None:
        """Keep one worker: start it, hand it work, replace it when it dies."""
        while True:
            handle = Handle(self.settings, self._worker)
            try:
                self._batch.update(await handle.start())
            except OSError as error:
                await handle.end()
                await self._not_started(error)
                continue
            except BaseException:
                await handle.end()
                raise
            self._failures = 0
            self._handles.add(handle)
            try:
                while await self._hand_on(handle):
                    pass
            finally:
                self._handles.discard(handle)
                await handle.end()
            self.restarts += 1
            log.warning("worker %d ended (%s); another begins", handle.pid, handle.why)

    async def _not_started(self, error: OSError) -> None:
        """Wait before the next try; what waits is told once it has failed again and again."""
        self._failures += 1
        log.error("a worker does not start: %s", error.strerror or type(error).__name__)
        if self._failures >= 3 * self.settings.workers:
            for job in list(self._waiting):
                job.fail(Problem(500, "internal", "no worker starts; the server's log says why"))
        await asyncio.sleep(min(0.1 * 2**self._failures, SLOWEST_RESTART_S))

    async def _hand_on(self, handle: Handle) -> bool:
        """Hand the next work to a worker and wait for it; False when the worker has gone."""
        while not self._waiting:
            waiter = asyncio.get_running_loop().create_future()
            self._wanted.append(waiter)
            try:
                await asyncio.wait((waiter, handle.gone), return_when=asyncio.FIRST_COMPLETED)
            finally:
                if waiter in self._wanted:
                    self._wanted.remove(waiter)
            if handle.gone.done():
                if waiter.done():
                    self._wake()
                return False
        jobs = self._taken()
        self._busy[handle] = jobs
        began = time.monotonic()
        try:
            alive = await self._done(handle, jobs)
        finally:
            del self._busy[handle]
        self._answer_s += 0.1 * ((time.monotonic() - began) / len(jobs) - self._answer_s)
        return alive

    def _taken(self) -> list[Job]:
        """Next job, with others of its kind where a batch pays; a fair share with idle workers."""
        first = self._waiting.popleft()
        key = first.batch_key
        size = 1 if key is None else self._batch.get(key, 1)
        idle = len(self._handles) - len(self._busy)  # this one too
        share = math.ceil((1 + len(self._waiting)) / max(idle, 1))
        others = [job for job in self._waiting if job.batch_key == key][: min(size, share) - 1]
        for job in others:
            self._waiting.remove(job)
        return [first, *others]

    async def _done(self, handle: Handle, jobs: list[Job]) -> bool:
        """Have a worker do jobs, and tell those who wait; False when the worker has gone."""
        open_jobs = {job.number: job for job in jobs}
        callbacks = [(job, handle.stopper(job.number, open_jobs)) for job in jobs]
        for job, callback in callbacks:
            job.future.add_done_callback(callback)
        handle.give(jobs, deadline_s=sum(job.deadline_s for job in jobs))
        began = False
        try:
            while open_jobs:
                message = await handle.hear()
                if message is None:
                    guilty = began and len(jobs) == 1
                    self._gone(handle, open_jobs.values(), guilty=guilty)
                    return False
                began = began or "began" in message
                self._batch.update(message.get("batch", {}))
                number = message.get("id")
                if number in open_jobs:
                    _tell(open_jobs.pop(number), message)
            return True
        finally:
            handle.relieve()
            for job, callback in callbacks:
                job.future.remove_done_callback(callback)

    def _gone(self, handle: Handle, jobs: Iterable[Job], *, guilty: bool) -> None:
        """Judge the work of a worker that died: what it did alone is to blame, the rest tries."""
        again = [job for job in jobs if not job.future.done()]
        for job in list(again):
            job.handed += 1
            job.alone = True
            if guilty or job.handed >= MAX_HANDED:
                job.fail(handle.problem(job.deadline_s))
                again.remove(job)
        self._waiting.extendleft(reversed(again))
        for _ in again:
            self._wake()


def _tell(job: Job, message: Mapping[str, Any]) -> None:
    """Hand an answer, or what is wrong, to the one who waits, if somebody still does."""
    if job.future.done():
        return
    if "answer" in message:
        job.future.set_result(message["answer"])
    elif "error" in message:
        code = message["error"]["code"]
        sentence = without_paths(message["error"]["sentence"])
        job.fail(Problem(status_of(code), code, sentence))
    elif "stopped" in message:
        job.future.cancel()
    else:
        log.error("a fault in a worker: %s", message.get("fault"))
        job.fail(Problem(500, "internal", "a fault of the server; its log says where"))


def _busy(why: str, retry_after: int) -> Problem:
    sentence = f"{why}; try again in {retry_after} s"
    return Problem(503, "busy", sentence, headers={"Retry-After": str(retry_after)})
