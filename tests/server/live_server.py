"""A server of streams alone on a real socket, with a pool that does what the test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from emovox.server.settings import Limits
from emovox.server.streaming import stream

RATE = 16_000


class ScriptedPool:
    """Answers about windows after `seconds`, or raises what `failing` holds for the next ones."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.failing: list[Exception] = []
        self.windows: deque[dict[str, Any]] = deque(maxlen=100)
        self.n_windows = 0
        self.opened: list[Mapping[str, Any]] = []
        self.at_work = self.most_at_work = self.cancelled = 0

    async def run(
        self, kind: str, arguments: Mapping[str, Any], *, blob: bytes = b""
    ) -> dict[str, Any]:
        if kind == "listening":
            self.opened.append(arguments)
            return {"model": {"name": "made", "sha256": "0" * 64}, "labels": ["anger", "neutral"]}
        self.windows.append({**arguments, "bytes": len(blob)})
        self.n_windows += 1
        if self.failing:
            raise self.failing.pop(0)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.at_work -= 1
        return {
            "start": arguments["start"], "end": arguments["end"], "emotion": "anger",
            "scores": {"anger": 0.9, "neutral": 0.1}, "warnings": [],
        }  # fmt: skip


class CountedStreams:
    """What metrics count."""

    def __init__(self) -> None:
        self.open = 0

    @contextlib.contextmanager
    def stream(self) -> Iterator[None]:
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


@contextlib.contextmanager
def served(pool: Any, limits: Limits | None = None) -> Iterator[tuple[str, CountedStreams]]:
    """Address of a running server of streams, and what it counts."""
    limits, metrics = limits or Limits(), CountedStreams()
    app = Starlette(routes=[WebSocketRoute("/v1/stream", stream)])
    app.state.settings = SimpleNamespace(limits=limits)
    app.state.pool, app.state.metrics = pool, metrics
    config = uvicorn.Config(
        app, port=0, log_level="error", lifespan="off", ws="websockets-sansio",
        ws_max_size=4 * limits.frame_bytes, ws_per_message_deflate=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/v1/stream", metrics
    finally:
        server.should_exit = True
        thread.join(10)


def until(fulfilled: Any, seconds: float = 5.0) -> None:
    """Wait for a condition, and no longer than it may take."""
    limit = time.monotonic() + seconds
    while not fulfilled():
        if time.monotonic() > limit:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.005)


@contextlib.contextmanager
def talking(address: str, rate: Any = RATE) -> Iterator[ClientConnection]:
    """Connection that has declared its rate and heard `ready`."""
    with connect(address, compression=None) as client:
        client.send(json.dumps({"sample_rate": rate}))
        assert hear(client)["type"] == "ready"
        yield client


def hear(client: ClientConnection, seconds: float = 5.0) -> dict[str, Any]:
    """Next message."""
    return json.loads(client.recv(timeout=seconds))


def pcm(samples: np.ndarray) -> bytes:
    """Bytes of samples as they are sent."""
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def ending(client: ClientConnection, seconds: float = 5.0) -> tuple[str, str, int]:
    """Code and sentence of the error that ends a stream, and the code with which it is closed."""
    told = None
    try:
        while True:
            message = hear(client, seconds)
            if message["type"] == "error":
                told = message
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else 1006
    assert told is not None, f"closed with {code} and without a word"
    return told["code"], told["message"], code
