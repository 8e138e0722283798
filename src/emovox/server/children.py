"""One child process: its progress as it comes, what it printed, and its end with the server's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ModelError
from ..models.strict_json import parse
from .problems import without_paths
from .token import TOKEN_VARIABLE

NICER = 5
"""How much less pressing than an answer to a client the long work is."""
STOP_S = 5.0
"""How long a child that was asked to stop may take."""
LINE_BYTES = 64 * 1024
KEPT_LINES = 20

Told = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Ended:
    """What is left of a child.

    Parameters
    ----------
    status : int
        Exit status; negative for a signal.
    output : bytes
        Of stdout, as much as was asked to be kept.
    is_whole : bool
        Whether that is all of it.
    error : dict, optional
        ``code`` and ``message`` of what ended it.
    """

    status: int
    output: bytes
    is_whole: bool
    error: dict[str, str] | None


async def run(
    arguments: Sequence[str],
    *,
    module: str = "emovox",
    told: Told | None = None,
    keep_bytes: int = 4 * 1024 * 1024,
    given: bytes = b"",
) -> Ended:
    """Run ``python -m MODULE ARGUMENTS`` to its end; cancelling ends it.

    Parameters
    ----------
    arguments : sequence of str
        Each is one argument; no shell sees them.
    module : str
    told : callable, optional
        Called with each line of JSON that the child writes on stderr.
    keep_bytes : int
        Of its stdout; the rest is read and dropped.
    given : bytes
        The first line of its stdin, which then stays open as long as this process lives.

    Returns
    -------
    Ended
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", module, *arguments,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=_environment(), **_own_group(),
    )  # fmt: skip
    _make_nicer(process.pid)
    lines = Lines(told)
    stdin: Any = process.stdin
    reading: list[asyncio.Task[Any]] = [
        asyncio.create_task(_kept(process.stdout, keep_bytes)),
        asyncio.create_task(lines.read(process.stderr)),
    ]
    try:
        if given:
            with contextlib.suppress(OSError):
                stdin.write(given + b"\n")
                await stdin.drain()
        await _exit_of(process)
    except asyncio.CancelledError:
        await asyncio.shield(_stop(process))
        raise
    finally:
        _kill_group(process.pid)
        stdin.close()
        await asyncio.wait(reading, timeout=STOP_S)
        for task in reading:
            task.cancel()
    output, is_whole = reading[0].result() if reading[0].done() else (b"", False)
    status = process.returncode or 0
    return Ended(status, output, is_whole, lines.error_of(status))


class Lines:
    """What a child says on stderr: lines of JSON, and sentences for people.

    Parameters
    ----------
    told : callable, optional
        Called with each line of JSON.
    """

    def __init__(self, told: Told | None = None) -> None:
        self._told = told
        self._error: dict[str, str] | None = None
        self._sentences: deque[str] = deque(maxlen=KEPT_LINES)

    async def read(self, stream: Any) -> None:
        """Take in a stream to its end; of an endless line only the beginning."""
        rest = b""
        while data := await stream.read(LINE_BYTES):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[:LINE_BYTES]
            for line in lines:
                self.take(line)
        self.take(rest)

    def take(self, line: bytes) -> None:
        """Take in one line."""
        if line.startswith(b'{"'):
            try:
                facts = parse(line, name="stderr")
            except ModelError:
                return
            if isinstance(error := facts.get("error"), dict):
                self._error = _plain_error(error)
            elif self._told is not None:
                self._told(facts)
        elif line.strip():
            self._sentences.append(line[:2000].decode("utf-8", "replace").rpartition("\r")[2])

    def error_of(self, status: int) -> dict[str, str] | None:
        """Code and sentence of what ended a child, None where it ended well."""
        if status == 0:
            return None
        if self._error is not None:
            return self._error
        if status == 1:  # some recordings could not be used; the rest is there
            return None
        if status < 0:
            name = signal.Signals(-status).name if -status in set(signal.Signals) else -status
            return {"code": "internal", "message": f"the process was ended by {name}"}
        said = [line for line in self._sentences if line.startswith("emovox: ")]
        last = said[-1].removeprefix("emovox: ") if said else f"it ended with status {status}"
        return {"code": "usage" if status == 2 else "internal", "message": without_paths(last)}


def _plain_error(error: dict[str, Any]) -> dict[str, str]:
    """Error of a child as a client may see it."""
    name, message = error.get("name"), str(error.get("message", ""))
    shown = f"{os.path.basename(str(name).rstrip('/'))}: {message}" if name else message
    return {"code": str(error.get("code", "internal")), "message": without_paths(shown)}


async def _kept(stream: Any, limit: int) -> tuple[bytes, bool]:
    """Beginning of a stream, read to its end, and whether it is all."""
    kept = bytearray()
    is_whole = True
    while data := await stream.read(LINE_BYTES):
        room = limit - len(kept)
        is_whole = is_whole and len(data) <= room
        kept += data[: max(room, 0)]
    return bytes(kept), is_whole


async def _exit_of(process: asyncio.subprocess.Process) -> None:
    """Wait for the process itself; its own children may hold its pipes longer."""
    waiting = asyncio.ensure_future(process.wait())
    try:
        while process.returncode is None:
            await asyncio.wait({waiting}, timeout=0.2)
    finally:
        waiting.cancel()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a child: a request first, after `STOP_S` by force."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            await _exit_of(process)
    _kill_group(process.pid)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await _exit_of(process)


def _kill_group(pid: int) -> None:
    """End what a child has started and left behind."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """Environment of a child: without the token, and with the leash by which it hangs on us."""
    kept = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
    return {**kept, "EMOVOX_PROGRESS": "json", "EMOVOX_LEASH": "stdin"}


def _own_group() -> dict[str, Any]:
    """How a child gets a process group of its own, so that Ctrl-C reaches only the server."""
    if os.name == "posix":
        return {"start_new_session": True}
    return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}


def _make_nicer(pid: int) -> None:
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, pid, min(own + NICER, 19))
