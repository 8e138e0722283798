"""A worker process as the pool sees it: started, handed work, heard, stopped, killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import frames
from .problems import Problem
from .settings import Settings
from .token import TOKEN_VARIABLE

if TYPE_CHECKING:
    from .pool import Job

WORKER = ("-m", "emovox.server.worker")
START_S = 60.0
STOP_S = 2.0
"""A worker that was told to stop and still works after this long is killed."""

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ORT_DISABLE_TELEMETRY": "1",
}
"""Of each worker: its matrices are small, and there is one worker a processor."""


class Handle:
    """One worker process.

    Parameters
    ----------
    settings : Settings
    worker : sequence of str
        What Python is started with.

    Attributes
    ----------
    pid : int
    gone : future
        Done when the process says nothing more.
    why : str
        What ended it.
    """

    def __init__(self, settings: Settings, worker: Sequence[str] = WORKER) -> None:
        self.pid = 0
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.why = "ended by itself"
        self._settings = settings
        self._worker = worker
        self._process: asyncio.subprocess.Process | None = None
        self._heard: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._listener: asyncio.Task[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []

    async def start(self) -> dict[str, int]:
        """Start the process and wait until it is ready.

        Returns
        -------
        dict of str to int
            Model -> recordings that share a run of its network.

        Raises
        ------
        OSError
            If it does not start, or ends before it is ready.
        """
        inherited = {key: value for key, value in os.environ.items() if key != TOKEN_VARIABLE}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *self._worker,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # decoders chat there about what they decode
            env={**inherited, **ENVIRONMENT},
        )  # fmt: skip
        self._process, self.pid = process, process.pid
        self._listener = asyncio.create_task(self._listen(process))
        settings = self._settings
        self._send(
            {
                "model": settings.model,
                "models": str(settings.models),
                "max_duration_s": settings.limits.duration_s,
            }
        )
        try:
            async with asyncio.timeout(START_S):
                first = await self.hear()
        except TimeoutError as error:
            raise OSError(0, f"it was not ready after {START_S:g} s") from error
        if first is None:
            status = await process.wait()
            raise OSError(0, f"it ended with status {status} before it was ready")
        batch: dict[str, int] = first["batch"]
        return batch

    def give(self, jobs: Sequence[Job], *, deadline_s: float) -> None:
        """Hand over work; the process is killed if it takes longer than `deadline_s`."""
        listed = [
            {"id": job.number, "kind": job.kind, "arguments": dict(job.arguments)} for job in jobs
        ]
        self._send({"jobs": listed}, jobs[0].blob)
        self._after(deadline_s, "too-slow")

    def stopper(
        self, number: int, open_jobs: Mapping[int, Job]
    ) -> Callable[[asyncio.Future[Any]], None]:
        """Callback of a job's future that stops the work once nobody waits for it."""

        def stop(future: asyncio.Future[Any]) -> None:
            if future.cancelled() and number in open_jobs:
                self._send({"stop": number})
                if all(job.future.cancelled() for job in open_jobs.values()):
                    self._after(STOP_S, "left")

        return stop

    async def hear(self) -> dict[str, Any] | None:
        """Next message; None when the process has gone."""
        return await self._heard.get()

    def relieve(self) -> None:
        """Take back the time limits of the work that has ended."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def kill(self, why: str) -> None:
        """End the process at once."""
        self.why = why
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def problem(self, deadline_s: float) -> Problem:
        """What the one whose work it did is told about its end."""
        if self.why == "too-slow":
            sentence = f"took longer than {deadline_s:g} s; send it in shorter parts"
            return Problem(422, "too-slow", sentence)
        return Problem(
            422,
            "decoder-crashed",
            f"crashed the decoder ({self.why}); other recordings are not affected",
        )

    async def end(self) -> None:
        """End the process, at first by closing its input, and take leave of it."""
        self.relieve()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            self.kill("stopped")
        except asyncio.CancelledError:
            self.kill("stopped")
            raise
        finally:
            if self._listener is not None:
                await asyncio.gather(self._listener, return_exceptions=True)

    def _send(self, message: dict[str, Any], blob: bytes = b"") -> None:
        """Write a frame; that nobody reads it any more is heard by `hear`."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(frames.packed(message, blob))

    def _after(self, seconds: float, why: str) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, self.kill, why)
        self._timers.append(timer)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Take in frames until the process has gone."""
        if process.stdout is not None:
            while (frame := await frames.read_async(process.stdout)) is not None:
                self._heard.put_nowait(frame[0])
        status = await process.wait()
        if status < 0 and self.why == "ended by itself":
            self.why = signal.Signals(-status).name
        if not self.gone.done():
            self.gone.set_result(None)
        self._heard.put_nowait(None)
