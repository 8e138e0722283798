"""Around every request: its id, one line in the log, its place in the metrics, faults of ours.

The line holds the id, the method, the route's template, the status and the time. No name of a
file, no result, no value of a query and no token is ever in it.
"""

from __future__ import annotations

import logging
import secrets
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics
from .problems import Problem, answer
from .where import place

log = logging.getLogger("emovox.server.requests")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WEBSOCKET"})
UNKNOWN_ROUTE = "(none)"
LEFT = 499
"""Status that the log and the metrics give to a request whose client left before its answer."""


class Answering:
    """ASGI application around another one.

    Parameters
    ----------
    app : ASGI application
    metrics : Metrics
    templates : mapping
        Endpoint of a route -> its path, as `templates_of` gives them; may be filled later.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, templates: Mapping[object, str]) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id, status, began = secrets.token_hex(8), 0, time.perf_counter()
        scope.setdefault("state", {})["request_id"] = request_id

        async def counted(message: Message) -> None:
            nonlocal status
            kind = message["type"]
            if kind in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif kind == "websocket.accept":
                status = 101
            if kind in (
                "http.response.start", "websocket.http.response.start", "websocket.accept",
            ):  # fmt: skip
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            self._metrics.sent(len(message.get("body", b"") or message.get("bytes") or b""))
            await send(message)

        async def taken() -> Message:
            message = await receive()
            self._metrics.received(len(message.get("body", b"") or message.get("bytes") or b""))
            return message

        try:
            await self._app(scope, taken, counted)
        except ClientDisconnect:
            status = status or LEFT
        except Exception as error:
            log.error("%s a fault of the server: %s", request_id, place(error))
            if not status and scope["type"] == "http":
                sentence = f"a fault of the server; its log names it under {request_id}"
                await answer(Problem(500, "internal", sentence))(scope, receive, counted)
        finally:
            seconds = time.perf_counter() - began
            method = scope.get("method", "WEBSOCKET")
            method = method if method in METHODS else "OTHER"
            route = self._templates.get(scope.get("endpoint"), UNKNOWN_ROUTE)
            self._metrics.answered(route, method, status or LEFT, seconds)
            log.info(
                "%s %s %s %d %.0f ms", request_id, method, route, status or LEFT, 1000 * seconds
            )


@contextmanager
def request_log() -> Iterator[None]:
    """Let the lines of requests out on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    before = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before[0])
        log.propagate = before[1]


def templates_of(routes: Iterable[BaseRoute], prefix: str = "") -> dict[object, str]:
    """Endpoint of each route -> its path with its parameters' names."""
    found: dict[object, str] = {}
    for route in routes:
        if isinstance(route, Mount):
            found.update(templates_of(route.routes, prefix + route.path))
            found.setdefault(route.app, prefix + route.path)
        elif isinstance(route, Route | WebSocketRoute):
            found.setdefault(route.endpoint, prefix + route.path)
    return found
