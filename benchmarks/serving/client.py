"""HTTP clients over raw sockets, all in one event loop; run as a process of its own.

python -m serving.client PORT CLIENTS SECONDS FILE...   (prints one JSON object)
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

BOUNDARY = "4d1f1b0c7e"


@dataclass
class Tally:
    """What happened: answers by status, seconds from the first try to the answer, failures.

    Parameters
    ----------
    waits_s : list of float
        From the first try to the answer, pauses after a 503 included.
    statuses : dict
        HTTP status -> answers.
    broken : int
        Connections that ended without a whole answer.
    """

    seconds: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    broken: int = 0

    def answered(self, status: int) -> None:
        """Count one answer."""
        self.statuses[str(status)] = self.statuses.get(str(status), 0) + 1


def multipart(name: str, content: bytes) -> tuple[str, bytes]:
    """Content type and body of a form with one file."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    tail = f"\r\n--{BOUNDARY}--\r\n"
    return f"multipart/form-data; boundary={BOUNDARY}", head.encode() + content + tail.encode()


def request(port: int, name: str, content: bytes) -> bytes:
    """A whole request of a form with one file."""
    kind, body = multipart(name, content)
    head = (
        f"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one answer: status, headers (names in lower case), body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split()[1]), headers, body


async def client(port: int, requests: list[bytes], end: float, tally: Tally) -> None:
    """Ask again and again over one connection until `end`; after a 503 wait as long as it says."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    turn, began = 0, time.perf_counter()
    while time.perf_counter() < end:
        try:
            writer.write(requests[turn % len(requests)])
            await writer.drain()
            status, headers, _ = await answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            tally.broken += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        tally.answered(status)
        if headers.get("connection") == "close":
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if status == 503:
            await asyncio.sleep(min(float(headers["retry-after"]), end - time.perf_counter() + 0.1))
            continue
        now = time.perf_counter()
        tally.waits_s.append(now - began)
        turn, began = turn + 1, now
    writer.close()


async def load(port: int, clients: int, seconds: float, paths: list[Path]) -> Tally:
    """Let so many clients ask at once for so many seconds, each beginning at another file."""
    tally = Tally()
    requests = [request(port, path.name, path.read_bytes()) for path in paths]
    began = time.perf_counter()
    starts = [requests[n % len(requests) :] + requests[: n % len(requests)] for n in range(clients)]
    await asyncio.gather(*(client(port, each, began + seconds, tally) for each in starts))
    tally.seconds = time.perf_counter() - began
    return tally


def main() -> None:
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    tally = asyncio.run(load(port, clients, seconds, [Path(each) for each in sys.argv[4:]]))
    print(json.dumps(asdict(tally)))


if __name__ == "__main__":
    main()
