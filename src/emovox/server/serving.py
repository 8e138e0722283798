"""The running of the service: its sockets, its descriptors, its log, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import ipaddress
import logging
import math
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import EmovoxError, UsageError
from .connections import Gate, HttpConnection, StreamConnection
from .settings import Limits, Settings
from .where import place

PING_S = 10.0
"""How often a WebSocket's client is asked whether it is still there."""
ACCEPTED_AT_ONCE = 16
"""Connections taken in one turn of the loop. Each takes a descriptor before it can be refused."""
WAITING_AT_THE_DOOR = 1024
"""Connections that the system holds until they are taken."""
SPARE_DESCRIPTORS = 64
"""For what the server opens by itself: workers, children, uploads."""
WANTED_DESCRIPTORS = 4096


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen, bound before anything else is begun.

    Parameters
    ----------
    host : str
        An address or a name; of a name, each address that it has.
    port : int
        0 takes a free one, the same for all.

    Returns
    -------
    list of socket

    Raises
    ------
    EmovoxError
        ``port-in-use``, whether it is taken or only the system's administrator may have it.
    UsageError
        ``usage``: this machine has no such address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError("usage", f"--host {host!r} is no address of this machine") from error
    bound: list[socket.socket] = []
    try:
        for family, _, _, _, place in dict.fromkeys(found):
            taken = bound[0].getsockname()[1] if bound else port
            bound.append(_bound(family, (place[0], taken, *place[2:])))
    except OSError as error:
        for each in bound:
            each.close()
        raise _not_bound(host, port, error) from error
    return bound


def are_loopback(sockets: list[socket.socket]) -> bool:
    """Whether only this machine can reach them."""
    hosts = [each.getsockname()[0].partition("%")[0] for each in sockets]
    return all(ipaddress.ip_address(host).is_loopback for host in hosts)


def serve(
    application: Callable[[Settings], ASGIApp],
    settings: Settings,
    sockets: list[socket.socket],
    *,
    ready: Callable[[Settings], None],
) -> int:
    """Serve until a signal comes; finish what is held, then stop.

    Parameters
    ----------
    application : callable
        Settings -> ASGI application, whose lifespan starts and stops what it needs.
    settings : Settings
    sockets : list of socket
        From `listen`; closed at the end.
    ready : callable
        Called once with the settings, with the port that was taken, when requests are answered.

    Returns
    -------
    int
        The signal that ended it. A second one ends the process at once.

    Raises
    ------
    EmovoxError
        What the application raised when it started.
    """
    settings = replace(settings, port=sockets[0].getsockname()[1])
    failures: list[Exception] = []
    app = _telling(application(settings), failures)
    with _plain_log():
        config = _config(app, settings, _gate(settings.limits))
        server = _Server(config, lambda: ready(settings))
        try:
            asyncio.run(server.serve(sockets))
        except SystemExit:
            if not failures:
                raise
        finally:
            for each in sockets:
                each.close()
    if failures:
        raise failures[0]
    return server.ended_by


def _config(app: ASGIApp, settings: Settings, gate: Gate) -> uvicorn.Config:
    limits = settings.limits
    return uvicorn.Config(
        cast(Any, app),
        http=cast(Any, functools.partial(HttpConnection, limits=limits, gate=gate)),
        ws=StreamConnection,
        ws_max_size=limits.frame_bytes,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        loop="asyncio",
        interface="asgi3",
        lifespan="on",
        backlog=ACCEPTED_AT_ONCE,
        timeout_graceful_shutdown=max(1, math.ceil(limits.finish_s)),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, with our signals, our door and our word when it is open."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ended_by = 0
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_in_one_line)
        await super().startup(sockets)
        for each in sockets or []:
            each.listen(WAITING_AT_THE_DOOR)  # `backlog` is also how many are taken at once
        if not self.should_exit:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the first signal; leave at the second, with all that was held."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, _: object) -> None:
            if self.ended_by:
                os._exit(128 + number)
            self.ended_by = number
            self.should_exit = True

        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _bound(family: int, place: tuple[Any, ...]) -> socket.socket:
    """One socket that listens."""
    # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two programs have one port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
        made.listen(WAITING_AT_THE_DOOR)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _not_bound(host: str, port: int, error: OSError) -> EmovoxError:
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError("usage", f"--host {host!r} is no address of this machine")
    how = "may not be used by this user" if error.errno == errno.EACCES else "is taken"
    return EmovoxError("port-in-use", f"port {port} {how}; choose another with --port")


def _gate(limits: Limits) -> Gate:
    """As many connections as the limits say, or as there are descriptors for."""
    n_descriptors = _descriptors()
    room = max(4, (n_descriptors - SPARE_DESCRIPTORS - 3 * ACCEPTED_AT_ONCE) // 3)
    if room < limits.connections:
        logging.getLogger(__name__).warning(
            "at most %d connections, because the system gives this process %d descriptors "
            "(ulimit -n)", room, n_descriptors,
        )  # fmt: skip
    connections = min(room, limits.connections)
    return Gate(connections, limits.connections_per_address, lingering=min(32, room))


def _descriptors() -> int:
    """How many files this process may have open, after asking for as many as we could want."""
    try:
        import resource
    except ImportError:  # no such limit on this system
        return WANTED_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
    wanted = min(WANTED_DESCRIPTORS, allowed)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return WANTED_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def _telling(app: ASGIApp, failures: list[Exception]) -> ASGIApp:
    """Application whose failure to start is kept for the command line to say."""

    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return

        async def without_trace(message: Message) -> None:
            await send({"type": message["type"]})

        try:
            await app(scope, receive, without_trace)
        except Exception as error:
            failures.append(error)
            raise

    return telling


def _in_one_line(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log what went wrong in the loop, such as a connection that no descriptor was left for."""
    logging.getLogger("asyncio").error(
        "%s", context.get("message"), exc_info=context.get("exception")
    )


@contextlib.contextmanager
def _plain_log() -> Iterator[None]:
    """Send warnings of the server's libraries to stderr: one line each, and few of them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    handler.addFilter(_Seldom())
    levels = {"uvicorn": logging.WARNING, "asyncio": logging.WARNING, "emovox": logging.WARNING}
    levels["python_multipart"] = logging.CRITICAL  # it tells of what is wrong in a client's form
    loggers = [logging.getLogger(name) for name in levels]
    before = [(each.level, each.propagate) for each in loggers]
    for each, own in zip(loggers, levels.values(), strict=True):
        each.addHandler(handler)
        each.setLevel(own)
        each.propagate = False
    try:
        yield
    finally:
        for each, (level, propagate) in zip(loggers, before, strict=True):
            each.removeHandler(handler)
            each.setLevel(level)
            each.propagate = propagate


class _OneLine(logging.Formatter):
    """What happened and where, without what the client sent: no trace, no message of an error."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage().strip().partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            said += f" ({place(error)})"
        return f"emovox: {record.levelname.lower()}: {said}"


class _Seldom(logging.Filter):
    """Of each kind of message one a second."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is shown."""
        kind, now = (record.name, str(record.msg)[:100]), time.monotonic()
        if now - self._last.get(kind, -math.inf) < 1.0:
            return False
        if len(self._last) > 1000:
            self._last.clear()
        self._last[kind] = now
        return True
