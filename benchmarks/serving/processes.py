"""A server as a child process: started, awaited, weighed, ended."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)")
START_S = 60.0


class Server(NamedTuple):
    """A server that answers: its process, its port, when it began, how long until /health."""

    process: subprocess.Popen[bytes]
    port: int
    began: float
    start_s: float

    @property
    def pids(self) -> list[int]:
        """Process ids of the server and of all its descendants."""
        return [self.process.pid, *descendants(self.process.pid)]

    def memory_mb(self) -> float:
        """Memory of all its processes; pages that several share are counted once (PSS)."""
        return sum(map(pss_mb, self.pids))


@contextlib.contextmanager
def emovox_serve(folder: Path, *options: str) -> Iterator[Server]:
    """Run `emovox serve` on a free port, its records and models below `folder`."""
    command = [
        sys.executable, "-m", "emovox", "serve", "--port", str(free_port()),
        "--records", str(folder / "records"), "--models", str(folder / "models"), *options,
    ]  # fmt: skip
    with _running(command, log=folder / "emovox.log", health="/health") as server:
        yield server


@contextlib.contextmanager
def plain_peer(folder: Path, *, workers: int = 1) -> Iterator[Server]:
    """Run the plain handler of `peer.py` under uvicorn."""
    command = [
        sys.executable, "-m", "uvicorn", "serving.peer:app", "--port", str(free_port()),
        "--workers", str(workers), "--no-access-log",
        "--app-dir", str(Path(__file__).resolve().parents[1]),
    ]  # fmt: skip
    with _running(command, log=folder / f"peer-{workers}.log", health="/health") as server:
        yield server


@contextlib.contextmanager
def _running(command: list[str], *, log: Path, health: str) -> Iterator[Server]:
    port = int(command[command.index("--port") + 1])
    # An installed package has its byte code on disk.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=kept)
    try:
        _await_answer(process, f"http://127.0.0.1:{port}{health}", log)
        yield Server(process, port, began, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return
        time.sleep(0.01)
    raise RuntimeError(f"{' '.join(process.args)} did not start:\n{log.read_text('utf-8')}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def descendants(pid: int) -> list[int]:
    """Process ids of the children of `pid`, their children, and so on."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, listing.read_text("ascii").split()):
                found += [child, *descendants(child)]
    return found


def pss_mb(pid: int) -> float:
    """Proportional set size of one process in MB; 0 when it has gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def load_of_the_machine() -> float:
    """Processes that wanted to run in the last minute, before the measurement began."""
    return round(os.getloadavg()[0], 2)
