"""`emovox serve` as a child process, as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from child_processes import descendants

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")
START_S = 60.0


class RunningServer:
    """A server on a free port, its runs and models below `folder`; `stop` or `kill` ends it.

    Parameters
    ----------
    folder : path
    options : sequence of str
        Further options of `emovox serve`.
    port : int
        0 takes a free one.
    """

    def __init__(self, folder: Path, options: Sequence[str] = (), *, port: int = 0) -> None:
        self.records, self.models = folder / "records", folder / "models"
        command = [
            sys.executable, "-m", "emovox", "serve", "--port", str(port),
            "--records", str(self.records), "--models", str(self.models), *options,
        ]  # fmt: skip
        surroundings = {
            name: value for name, value in os.environ.items() if name != "EMOVOX_CORPORA"
        }
        surroundings["EMOVOX_CACHE"] = str(folder / "cache")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=surroundings, text=True, cwd=folder,
        )  # fmt: skip
        self.said: list[str] = []
        self._heard = threading.Event()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        self.port = self._port()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    def descendants(self) -> list[int]:
        """Processes that it has started, and they."""
        return descendants(self.process.pid)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            self._heard.set()
        self._heard.set()

    def _port(self) -> int:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            self._heard.wait(0.1)
            self._heard.clear()
            if found := ADDRESS.search("".join(self.said)):
                return int(found[1])
            if self.process.poll() is not None:
                break
        self.process.kill()
        raise RuntimeError(f"emovox serve did not start:\n{''.join(self.said)}")


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended (one that waits for its parent has)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
