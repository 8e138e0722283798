"""The whole service as a process of its own, and what is sent to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emovox.server.settings import Limits, Settings

from .doors import Answer, Running, _started, uploads_below

HERE = Path(__file__).parent
BOUNDARY = "made-for-a-test"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass
class Service:
    """A running service and the folder of its uploads."""

    server: Running
    spool: Path

    def post(self, path: str, body: bytes, kind: str, **headers: str) -> Answer:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", path, body, {"Content-Type": kind, **said})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())

    def predict(self, *files: tuple[str, bytes], query: str = "") -> Answer:
        return self.post(f"/v1/predict{query}", form(files), KIND)

    def get(self, path: str) -> Any:
        answer = self.server.request("GET", path)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def kept(self) -> list[Path]:
        """Uploads that lie on disk."""
        return [path for path in self.spool.glob("*/*") if path.name != "lock"]

    def is_ready(self) -> bool:
        """Whether all workers are there."""
        workers = self.get("/health")["workers"]
        return bool(workers["ready"] == workers["of"])

    def is_clean(self) -> bool:
        """Whether all workers are there, nothing is worked on and nothing is kept."""
        health = self.get("/health")
        workers = health["workers"]
        at_rest = (health["queue"], workers["busy"], workers["ready"]) == (0, 0, workers["of"])
        return at_rest and not self.kept()


@contextlib.contextmanager
def service(
    folder: Path, *, odd: bool = False, spool: Path | None = None, **settings: Any
) -> Iterator[Service]:
    """The application with these settings; `odd` workers do what the names of uploads say."""
    spool = spool or folder / "spool"
    words = [sys.executable, "-m", "server.services", json.dumps({"odd": odd, **settings})]
    surroundings = {"EMOVOX_SPOOL": str(spool), "PYTHONPATH": str(HERE.parent)}
    with _started(folder, words, None, surroundings) as running:
        found = Service(running, uploads_below(spool))
        until(found.is_ready)
        yield found
        said = running.said()
        assert "Traceback" not in said
        assert "a fault of the server" not in said


def until(fulfilled: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for a condition, and no longer than it may take."""
    limit = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.02)


def part(name: str | bytes, content: bytes, *, field: str = "file") -> bytes:
    """One part of a form, after its boundary."""
    said = name if isinstance(name, bytes) else name.encode()
    head = b'Content-Disposition: form-data; name="' + field.encode() + b'"; filename="' + said
    return f"--{BOUNDARY}\r\n".encode() + head + b'"\r\n\r\n' + content + b"\r\n"


def form(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A multipart form with these files."""
    return b"".join(part(*each) for each in files) + f"--{BOUNDARY}--\r\n".encode()


def lines(answer: Answer) -> list[dict[str, Any]]:
    """Objects of an answer of JSON lines."""
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson"), answer
    return [json.loads(line) for line in answer.body.splitlines()]


def main(text: str) -> int:
    """Serve in this process until a signal."""
    from emovox.server.application import application
    from emovox.server.pool import Pool
    from emovox.server.serving import listen, serve

    said: dict[str, Any] = json.loads(text)
    odd = said.pop("odd")
    limits = Limits(**said.pop("limits", {}))
    settings = Settings(**{"port": 0, **said}, limits=limits)

    def made(settled: Settings) -> Any:
        app = application(settled)
        if odd:
            app.state.pool = Pool(settled, worker=(str(HERE / "odd_worker.py"),))
        return app

    ended_by = serve(
        made, settings, listen(settings.host, settings.port),
        ready=lambda settled: print(f"http://127.0.0.1:{settled.port}/ ", flush=True),
    )  # fmt: skip
    return 128 + ended_by


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
