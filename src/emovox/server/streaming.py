"""`WS /v1/stream`: sound in while it is spoken, rolling scores out.

The client says ``{"sample_rate": n}`` in a text frame, then sends 16-bit little-endian mono samples
in binary frames. It hears ``ready``, then a ``score`` about the last seconds each time that 0.25 s
of sound have come, or an ``error`` and the end. docs/streaming.md describes it to clients.

A stream holds the sound of one window and has at most one of them at the workers. Where they are
late, windows are left out, never queued: an answer is always about the newest.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, NamedTuple, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from ..errors import ModelError
from ..inference.rolling import RATES, WIDTH, RollingWindow
from ..models.strict_json import parse
from .problems import Problem, without_paths
from .settings import Limits

MAX_FIRST_BYTES = 1024
MAX_LOST = 20
"""Windows in a row that the workers may fail to answer (busy, killed) before the stream ends."""
CLOCK_SLACK = 1.01
"""Sound may come this much faster than the clock goes: those of sound cards are not exact."""


class Close:
    """Codes of RFC 6455 with which a stream ends."""

    WRONG_TYPE = 1003
    WRONG_DATA = 1007
    REFUSED = 1008
    TOO_LARGE = 1009
    INTERNAL = 1011
    TRY_LATER = 1013


class StreamEnd(Exception):  # noqa: N818 -- named for what it says
    """A stream cannot go on.

    Parameters
    ----------
    code : str
        As of `emovox.server.problems`.
    sentence : str
    close : int
        Of the WebSocket.
    """

    def __init__(self, code: str, sentence: str, close: int) -> None:
        self.code = code
        self.sentence = sentence
        self.close = close
        super().__init__(sentence)


class Pool(Protocol):
    """What a stream needs of `emovox.server.pool.Pool`."""

    async def run(
        self, kind: str, arguments: dict[str, Any], *, blob: bytes = b""
    ) -> dict[str, Any]:
        """Do a piece of work in a worker."""


async def stream(websocket: WebSocket) -> None:
    """Serve one stream from its handshake to its end; the route of ``/v1/stream``."""
    state = websocket.app.state
    await websocket.accept()
    live = LiveStream(
        websocket, state.settings.limits, state.pool, model=websocket.query_params.get("model")
    )
    with state.metrics.stream():
        await live.run()


class LiveStream:
    """One client that speaks, and hears scores.

    Parameters
    ----------
    websocket : WebSocket
        Accepted.
    limits : Limits
    pool : Pool
    model : str, optional
        As the client named it.
    """

    def __init__(
        self, websocket: WebSocket, limits: Limits, pool: Pool, *, model: str | None
    ) -> None:
        self._websocket = websocket
        self._limits = limits
        self._pool = pool
        self._model = model
        self._due = asyncio.Event()
        self._due_at = 0.0
        self._waiting = _Waiting(time.monotonic(), 0.0)

    async def run(self) -> None:
        """Converse until either side ends it; a client that leaves frees its work."""
        try:
            rolling = RollingWindow(await self._declared_rate())
            await _first_of(self._hear(rolling), self._answer(rolling))
        except StreamEnd as end:
            await self._end(end)
        except Problem as problem:
            await self._end(_end_of(problem))
        except WebSocketDisconnect:
            return

    async def _declared_rate(self) -> int:
        """Sample rate of the first frame."""
        message = await self._receive(self._limits.head_s)
        text = message.get("text")
        if text is None:
            raise StreamEnd(
                "bad-request",
                'sound came before its rate; the first frame is the text {"sample_rate": n}',
                Close.WRONG_TYPE,
            )
        return _rate_of(text)

    async def _hear(self, rolling: RollingWindow) -> None:
        """Take sound in as it comes."""
        began = time.monotonic()
        while True:
            sound = _sound_of(await self._receive(self._limits.stream_idle_s), self._limits)
            now = time.monotonic()
            if now - began > self._limits.stream_s:
                sentence = f"a stream lasts at most {self._limits.stream_s:g} s; begin another"
                raise StreamEnd("too-long", sentence, Close.REFUSED)
            self._waiting = self._waiting.after(len(sound) / WIDTH / rolling.sample_rate, now)
            if self._waiting.sound_s > self._limits.stream_waiting_s:
                raise StreamEnd(
                    "too-fast",
                    f"sound comes faster than it is spoken: {self._waiting.sound_s:.1f} s wait, "
                    f"at most {self._limits.stream_waiting_s:g} s may",
                    Close.REFUSED,
                )
            if rolling.feed(sound):
                self._due_at = now
                self._due.set()

    async def _answer(self, rolling: RollingWindow) -> None:
        """Say who answers, then answer about the newest window, one at a time."""
        model = {} if self._model is None else {"model": self._model}
        await self._say({"type": "ready", **await self._pool.run("listening", {**model})})
        n_lost = 0
        while True:
            await self._due.wait()
            self._due.clear()
            window, due_at = rolling.newest(), self._due_at
            about = {"sample_rate": rolling.sample_rate, "start": window.start, "end": window.end}
            try:
                answer = await self._pool.run("window", {**about, **model}, blob=window.pcm)
            except Problem:
                n_lost += 1
                if n_lost > MAX_LOST:
                    raise
                continue
            n_lost = 0
            late_ms = round(1000 * (time.monotonic() - due_at))
            await self._say({"type": "score", **answer, "late_ms": late_ms})

    async def _receive(self, seconds: float) -> dict[str, Any]:
        """Next frame; `StreamEnd` where none comes in time, `WebSocketDisconnect` at the end."""
        try:
            async with asyncio.timeout(seconds):
                message = await self._websocket.receive()
        except TimeoutError:
            sentence = f"nothing came for {seconds:g} s"
            raise StreamEnd("too-slow", sentence, Close.REFUSED) from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return dict(message)

    async def _say(self, message: dict[str, Any]) -> None:
        await self._websocket.send_text(json.dumps(message, ensure_ascii=False, allow_nan=False))

    async def _end(self, end: StreamEnd) -> None:
        """Tell why it ends, if anybody listens still, and close."""
        said = {"type": "error", "code": end.code, "message": end.sentence}
        try:
            async with asyncio.timeout(self._limits.finish_s):
                await self._say(said)
                await self._websocket.close(end.close, end.code)
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            return  # it has gone, or does not read


class _Waiting(NamedTuple):
    """Sound that has come ahead of the clock, and when it was counted."""

    counted_at: float
    sound_s: float

    def after(self, sound_s: float, now: float) -> _Waiting:
        """Count sound that came just now."""
        left = max(self.sound_s - CLOCK_SLACK * (now - self.counted_at), 0.0)
        return _Waiting(now, left + sound_s)


async def _first_of(*conversation: Any) -> None:
    """Run both halves of a conversation until one of them ends; the other is stopped."""
    tasks = [asyncio.ensure_future(half) for half in conversation]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _rate_of(text: str) -> int:
    """Sample rate that the first frame declares."""
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_FIRST_BYTES:
        sentence = f"the first frame has {len(data)} bytes; at most {MAX_FIRST_BYTES} are read"
        raise StreamEnd("too-large", sentence, Close.TOO_LARGE)
    try:
        said = parse(data, name="the first frame")
    except ModelError as error:
        sentence = f"the first frame {error.sentence}"
        raise StreamEnd("bad-request", sentence, Close.WRONG_DATA) from error
    rate = said.get("sample_rate")
    if set(said) != {"sample_rate"} or not isinstance(rate, int) or isinstance(rate, bool):
        raise StreamEnd(
            "bad-request",
            'the first frame is {"sample_rate": n} with a whole number of Hz and nothing else',
            Close.WRONG_DATA,
        )
    if not RATES[0] <= rate <= RATES[1]:
        sentence = f"sound of {str(rate)[:12]} Hz; {RATES[0]} to {RATES[1]} are accepted"
        raise StreamEnd("rate-out-of-range", sentence, Close.REFUSED)
    return rate


def _sound_of(message: dict[str, Any], limits: Limits) -> bytes:
    """Samples of a frame."""
    sound = message.get("bytes")
    if not isinstance(sound, bytes):
        raise StreamEnd(
            "wrong-type",
            "text came in the place of sound; after the first frame all are binary, and the rate "
            "of a stream cannot change",
            Close.WRONG_TYPE,
        )
    if len(sound) > limits.frame_bytes:
        sentence = f"a frame of {len(sound)} bytes; at most {limits.frame_bytes} are taken"
        raise StreamEnd("too-large", sentence, Close.TOO_LARGE)
    if len(sound) % WIDTH:
        raise StreamEnd(
            "bad-request",
            f"a frame of {len(sound)} bytes; samples have {WIDTH} bytes and frames hold whole ones",
            Close.WRONG_DATA,
        )
    return sound


def _end_of(problem: Problem) -> StreamEnd:
    """End of a stream whose work could not be done."""
    if problem.status == 503:
        close = Close.TRY_LATER
    else:
        close = Close.INTERNAL if problem.status >= 500 else Close.REFUSED
    return StreamEnd(problem.code, without_paths(problem.sentence), close)
