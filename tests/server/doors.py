"""A server process of its own and a client that speaks plain bytes to it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STAND_IN = Path(__file__).with_name("stand_in.py")


@dataclass
class Running:
    """A server that answers."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def connect(self, timeout_s: float = 10.0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)

    def ask(self, request: bytes | str, *, timeout_s: float = 10.0) -> Answer:
        with self.connect(timeout_s) as client:
            client.sendall(request.encode() if isinstance(request, str) else request)
            return read_answer(client)

    def request(
        self, method: str, path: str, body: bytes = b"", host: str = "localhost", **headers: str
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return self.ask("\r\n".join([*lines, "", ""]).encode() + body)

    def handshake(self, host: str = "localhost", **headers: str) -> Answer:
        headers = {
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13",
            "Sec_WebSocket_Key": "MDEyMzQ1Njc4OWFiY2RlZg==", **headers,
        }  # fmt: skip
        lines = ["GET /v1/stream HTTP/1.1", f"Host: {host}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        with self.connect() as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode())
            return read_answer(client)

    def said(self) -> str:
        """All that it wrote on stderr."""
        return self.log.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@dataclass
class Answer:
    """What came back; status 0 where the connection was closed without a word."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def code(self) -> str:
        assert self.headers["content-type"] == "application/problem+json", self
        document = json.loads(self.body)
        assert set(document) == {"type", "title", "status", "detail", "code"}
        assert document["status"] == self.status
        return str(document["code"])


def uploads_below(place: Path) -> Path:
    """Folder of the uploads of all servers of this user, where EMOVOX_SPOOL is `place`."""
    return place / f"emovox-spool-{os.getuid()}"


def read_answer(client: socket.socket) -> Answer:
    """One answer from a connection."""
    content = b""
    while b"\r\n\r\n" not in content:
        part = client.recv(65536)
        if not part:
            assert not content, content
            return Answer(0)
        content += part
    head, _, body = content.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines[1:]]
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    parts, n_missing = [body], int(headers.get("content-length", 0)) - len(body)
    while n_missing > 0 and (part := client.recv(1 << 20)):
        parts.append(part)
        n_missing -= len(part)
    return Answer(int(lines[0].split()[1]), headers, b"".join(parts))


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    descriptors: int | None = None,
    environment: dict[str, str] | None = None,
    **settings: Any,
) -> Iterator[Running]:
    """The stand-in with these settings."""
    words = [sys.executable, str(STAND_IN), json.dumps(settings)]
    with _started(folder, words, descriptors, environment or {}) as found:
        yield found


@contextlib.contextmanager
def emovox_serve(
    folder: Path, *flags: str, environment: dict[str, str] | None = None
) -> Iterator[Running]:
    """The command itself, in `folder`, at a free port."""
    words = [sys.executable, "-m", "emovox", "serve", "--port", "0", *flags]
    with _started(folder, words, None, environment or {}) as found:
        yield found


@contextlib.contextmanager
def _started(
    folder: Path, words: list[str], descriptors: int | None, environment: dict[str, str]
) -> Iterator[Running]:
    """A process, once it has said where it listens."""

    def few_descriptors() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    log = folder / "stderr.txt"
    inherited = {name: value for name, value in os.environ.items() if name != "EMOVOX_TOKEN"}
    with log.open("w") as stderr:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, text=True, cwd=folder,
            env={**inherited, **environment},
            preexec_fn=few_descriptors if descriptors else None,
        )  # fmt: skip
    try:
        yield Running(process, _port(process, log), log)
    finally:
        process.kill()
        process.wait()


def _port(process: subprocess.Popen[str], log: Path) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = re.search(r"https?://\S*:(\d+)/ ", log.read_text())
        if found:
            return int(found[1])
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise AssertionError(f"it did not start: {log.read_text()}")


def until_closed(client: socket.socket, within_s: float) -> float:
    """Seconds until the other side closed the connection."""
    began = time.monotonic()
    client.settimeout(within_s)
    with contextlib.suppress(ConnectionResetError):
        while client.recv(65536):
            pass
    return time.monotonic() - began
