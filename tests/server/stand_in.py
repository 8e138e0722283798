"""A small application behind the real doors, run as `python stand_in.py '{"limits": {...}}'`."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from emovox.errors import OutputError
from emovox.server import static
from emovox.server.guard import Dressing, Guard
from emovox.server.json_body import read_json
from emovox.server.problems import Problem, on_error
from emovox.server.serving import listen, serve
from emovox.server.settings import Limits, Settings


async def health(_: Request) -> Response:
    return JSONResponse({"state": "ready"})


async def slow(request: Request) -> Response:
    """An answer that takes as long as the client says."""
    await asyncio.sleep(float(request.query_params.get("s", "1")))
    return JSONResponse({"state": "done"})


async def count(request: Request) -> Response:
    """How many bytes came; 413 over 100,000 without reading on."""
    n = 0
    async for part in request.stream():
        n += len(part)
        if n > 100_000:
            raise Problem(413, "too-large", "more than 100000 bytes")
    return JSONResponse({"n": n})


async def large(_: Request) -> Response:
    return Response(bytes(30_000_000))


async def echo_json(request: Request) -> Response:
    return JSONResponse(await read_json(request, limit=1000))


async def fault(_: Request) -> Response:
    raise ValueError("the secret of the upload")


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        await socket.send_json({"n": len(message.get("text") or message.get("bytes") or b"")})


def application(settings: Settings) -> Starlette:
    """The stand-in; `settings.model` "broken" makes its start fail."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        if settings.model == "broken":
            raise OutputError("output-unwritable", "the folder of uploads cannot be made")
        yield

    return Starlette(
        routes=[
            *static.routes(),
            Route("/health", health), Route("/v1/slow", slow), Route("/v1/models", health),
            Route("/v1/fault", fault), Route("/v1/large", large),
            Route("/v1/count", count, methods=["POST"]),
            Route("/page/api/echo", echo_json, methods=["POST"]),
            Route("/page/api/models", health),
            WebSocketRoute("/v1/stream", stream),
        ],
        exception_handlers={Problem: on_error, HTTPException: on_error},
        middleware=[Middleware(Dressing), Middleware(Guard, settings=settings)],
        lifespan=lifespan,
    )  # fmt: skip


def main(text: str) -> int:
    said: dict[str, Any] = json.loads(text)
    limits = Limits(**said.pop("limits", {}))
    for name in ("allow_hosts", "allow_origins"):
        said[name] = frozenset(said.get(name, ()))
    settings = Settings(**{"port": 0, **said}, limits=limits)
    ended_by = serve(
        application, settings, listen(settings.host, settings.port),
        ready=lambda settled: print(f"http://localhost:{settled.port}/ is open", flush=True),
    )  # fmt: skip
    return 128 + ended_by


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
