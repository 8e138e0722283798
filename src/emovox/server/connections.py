"""What uvicorn's protocols let in: how many, how slow, how large, and in what form.

uvicorn parses with h11 and waits for ever; here each connection has one watch that knows what the
client owes: a head, a body, or its leaving. Whatever is refused before the application is asked
is refused in the application's form, problem+json.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import json
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame

from .guard import HEADERS
from .problems import Problem
from .settings import Limits

IDLE_S = 10.0
"""How long a connection may lie open between two requests."""
LINGER_S, LINGER_BYTES = 2.0, 8 * 2**20
"""How long, and for how much, a client that is still sending is listened to after its answer: a
connection closed at once would be reset, and the answer lost on its way."""
RETRY_AFTER_S = 1
HEADERS_OF_A_HEAD = 100
LINE_OF_A_HANDSHAKE = 8000
"""What the parser of WebSocket handshakes takes, less its own."""
PIECES_OF_A_MESSAGE = 256


class Gate:
    """How many connections there are room for.

    Parameters
    ----------
    connections : int
        Open at once.
    per_address : int
        Of these, from one address that is not of this machine.
    lingering : int
        Refused ones that are listened to at once until they leave.
    """

    def __init__(self, connections: int, per_address: int, *, lingering: int = 32) -> None:
        self.connections = connections
        self.per_address = per_address
        self.lingering = lingering

    def refusal(self, state: ServerState, address: str | None) -> Problem | None:
        """Why one more connection from `address` has no room, or None."""
        again = {"Retry-After": str(RETRY_AFTER_S)}
        if len(state.connections) >= self.connections:
            sentence = f"{self.connections} connections are open, which is all there is room for"
            return Problem(503, "busy", f"{sentence}; try again", headers=again)
        if address is not None and not is_loopback(address):
            clients = [getattr(each, "client", None) for each in state.connections]
            n_open = sum(client is not None and client[0] == address for client in clients)
            if n_open >= self.per_address:
                sentence = f"{n_open} connections from this address are open, which is all it gets"
                return Problem(503, "busy", f"{sentence}; close one", headers=again)
        return None


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::ffff:127.0.0.1"), is_loopback("10.0.0.7")
    (True, True, False)
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None)
    return bool((inner or found).is_loopback)


class Head(h11.Connection):
    """h11's parser, which also refuses heads that are large, ambiguous or not for us.

    Parameters
    ----------
    head_bytes : int
    """

    def __init__(self, head_bytes: int) -> None:
        super().__init__(h11.SERVER, head_bytes)
        self._head_bytes = head_bytes

    def next_event(self) -> Any:
        """Return the next event; raise `BadHead` for a request that must not go on."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            _check(event, self._head_bytes)
        return event


class BadHead(h11.RemoteProtocolError):
    """A request that is refused for its head.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.sentence, error_status_hint=problem.status)


class HttpConnection(H11Protocol):
    """One connection: uvicorn's, with a watch over what the client owes.

    Parameters
    ----------
    config, server_state, app_state
        uvicorn's own.
    limits : Limits
    gate : Gate
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
        gate: Gate,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = Head(limits.head_bytes)
        self._limits = limits
        self._gate = gate
        self._owed = "nothing"
        self._since = self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._discarded: int | None = None
        self._is_handed_over = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let a connection in, or say at once that there is no room."""
        peer = transport.get_extra_info("peername")
        address = peer[0] if isinstance(peer, tuple) else None
        refusal = self._gate.refusal(self.server_state, address)
        if refusal is not None:
            self.transport = transport
            self._turn_away(refusal)
            return
        super().connection_made(cast(asyncio.Transport, _Closing(transport, self)))
        self._now_owes("request")

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it comes after the last word was said."""
        if self._discarded is not None:
            self._discarded += len(data)
            if self._discarded > LINGER_BYTES:
                self.transport.abort()
            return
        self._heard = self.loop.time()
        if self._owed == "request":
            self._now_owes("head")
        super().data_received(data)
        self._follow()

    def pause_writing(self) -> None:
        """Wait for a client that does not read its answer, but not for ever."""
        super().pause_writing()
        self._wait_for_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        if self.flow is not None:
            super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_watching()
        self.resume_writing()
        if self._discarded is not None:
            self._discarded = None
            self._gate.lingering += 1
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request, or for a client that sends on what nobody reads."""
        super().on_response_complete()
        self._unset_keepalive_if_required()  # the watch does it, for what trickles too
        if not self.transport.is_closing():
            self._follow()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Give the connection over to the WebSocket protocol, without our watch."""
        self._stop_watching()
        self._is_handed_over = True
        self.transport = cast(_Closing, self.transport).inner
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not take; called while its error is handled."""
        error = sys.exception()
        if isinstance(error, BadHead):
            self._refuse(error.problem)
        elif getattr(error, "error_status_hint", 400) == 431:
            self._refuse(_too_large(self._limits.head_bytes))
        else:
            self._refuse(Problem(400, "bad-request", "this is no valid HTTP/1.1 request"))

    def is_receiving(self) -> bool:
        """Whether the client may still be sending."""
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    def is_lingering(self) -> bool:
        """Whether the last word was said and the client is only listened to."""
        return self._discarded is not None

    def linger(self) -> None:
        """End our side; listen a little to what is on its way, then close."""
        if self._discarded is not None:
            return
        transport = getattr(self.transport, "inner", self.transport)
        if self._gate.lingering <= 0 or not transport.can_write_eof():
            transport.close()
            return
        self._gate.lingering -= 1
        self._discarded = 0
        self._stop_watching()
        if not transport.is_closing():
            transport.write_eof()
            transport.resume_reading()
        self._watch = self.loop.call_later(LINGER_S, transport.abort)

    def _wait_for_reader(self, n_waiting: int) -> None:
        """Cut off a client that in all that time has read nothing."""

        def look() -> None:
            n_now = self.transport.get_write_buffer_size()
            if n_now < n_waiting:
                self._wait_for_reader(n_now)
            else:
                self.transport.abort()

        self._stalled = self.loop.call_later(self._limits.body_s, look)

    def _follow(self) -> None:
        """Note what the client owes after what has happened."""
        if self._is_handed_over or self._discarded is not None or self.transport.is_closing():
            return
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
            if self._owed not in ("request", "head"):
                self._now_owes("head" if self.conn.trailing_data[0] else "request")
        elif self.conn.their_state is h11.SEND_BODY:
            if self.cycle is not None and self.cycle.response_complete:
                self.transport.close()
            elif self._owed != "body":
                self._now_owes("body")
        else:
            self._now_owes("nothing")

    def _now_owes(self, what: str) -> None:
        self._owed = what
        self._since = self._heard = self.loop.time()
        if what != "nothing" and self._watch is None:
            self._look()

    def _look(self) -> None:
        """Close what is late, or look again when it would be."""
        self._watch = None
        if self._owed == "nothing":
            return
        now, limits = self.loop.time(), self._limits
        if self._owed == "body" and self.flow.read_paused:
            self._heard = now  # it is we who do not read
        due = self._since + {
            "request": min(IDLE_S, limits.head_s), "head": limits.head_s, "body": limits.body_s
        }[self._owed]  # fmt: skip
        if self._owed == "body":
            due = min(due, self._heard + limits.body_idle_s)
        if now < due:
            self._watch = self.loop.call_later(due - now, self._look)
        elif self._owed == "request":
            self.transport.close()
        elif self._owed == "head":
            sentence = f"the request's head did not come within {limits.head_s:g} s"
            self._refuse(Problem(408, "too-slow", sentence))
        else:
            sentence = (
                f"the request's body stood still for {limits.body_idle_s:g} s, or took longer than "
                f"{limits.body_s:g} s"
            )
            self._refuse(Problem(408, "too-slow", sentence))

    def _refuse(self, problem: Problem) -> None:
        """Answer in the application's place, if nothing has been answered, and close."""
        cycle = self.cycle
        is_free = cycle is None or cycle.response_complete or not cycle.response_started
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if is_free and not self.transport.is_closing():
            self.transport.write(raw_answer(problem))
            self.linger()
        else:
            self.transport.abort()

    def _turn_away(self, problem: Problem) -> None:
        self.transport.write(raw_answer(problem))
        self.linger()

    def _stop_watching(self) -> None:
        self._owed = "nothing"
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None


class StreamConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, whose messages come in a bounded number of pieces."""

    _n_pieces = 0

    def handle_cont(self, event: Frame) -> None:
        """Take one more piece; empty ones would otherwise come without end."""
        if self.close_sent:
            return
        self._n_pieces += 1
        if self._n_pieces > PIECES_OF_A_MESSAGE:
            self.conn.fail(1009, f"a message comes in at most {PIECES_OF_A_MESSAGE} pieces")
            self.handle_parser_exception()
            return
        super().handle_cont(event)
        if event.fin:
            self._n_pieces = 0


class _Closing:
    """A transport whose `close` waits for a client that is still sending."""

    def __init__(self, inner: asyncio.Transport, connection: HttpConnection) -> None:
        self.inner = inner
        self._connection = connection
        self._is_closing = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def is_closing(self) -> bool:
        is_lingering = self._connection.is_lingering()
        return self._is_closing or is_lingering or self.inner.is_closing()

    def close(self) -> None:
        if not self._is_closing and not self.inner.is_closing():
            self._is_closing = True
            if self._connection.is_receiving():
                self._connection.linger()
                return
        self.inner.close()


def raw_answer(problem: Problem) -> bytes:
    r"""Bytes of an answer that tells a problem and ends the connection.

    Examples
    --------
    >>> raw_answer(Problem(408, "too-slow", "it did not come"))[:29]
    b'HTTP/1.1 408 Request Timeout\r'
    """
    body = json.dumps(problem.as_json(), ensure_ascii=False).encode("utf-8") + b"\n"
    headers: Mapping[str, str] = {
        "Content-Type": "application/problem+json", "Content-Length": str(len(body)),
        "Connection": "close", "Cache-Control": "no-store", **HEADERS, **problem.headers,
    }  # fmt: skip
    lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _check(request: h11.Request, head_bytes: int) -> None:
    """Raise `BadHead` for what h11 takes and we do not."""
    headers = [(bytes(name).lower(), bytes(value)) for name, value in request.headers]
    names = [name for name, _ in headers]
    size = len(request.method) + len(request.target)
    size += sum(len(name) + len(value) + 4 for name, value in headers)
    if size > head_bytes or len(headers) > HEADERS_OF_A_HEAD:
        raise BadHead(_too_large(head_bytes))
    if b"content-length" in names and b"transfer-encoding" in names:
        raise _bad("Content-Length and Transfer-Encoding contradict each other; give one")
    if request.http_version not in (b"1.0", b"1.1"):
        raise _bad("this server speaks HTTP/1.1")
    if not request.target.startswith(b"/"):
        raise _bad("the request's target must be a path that begins with /")
    if names.count(b"host") > 1:
        raise _bad("the Host header is there more than once")
    if (b"upgrade", b"websocket") in [(name, value.strip().lower()) for name, value in headers]:
        _check_handshake(request, dict(headers))


def _check_handshake(request: h11.Request, headers: dict[bytes, bytes]) -> None:
    """Refuse in our own form what the WebSocket parser would refuse in its."""
    if b"upgrade" not in headers.get(b"connection", b"").lower():
        return
    longest = max(len(name) + len(value) for name, value in headers.items())
    if max(longest, len(request.target)) > LINE_OF_A_HANDSHAKE:
        raise BadHead(_too_large(LINE_OF_A_HANDSHAKE))
    if request.method != b"GET" or b"content-length" in headers or b"transfer-encoding" in headers:
        raise _bad("a WebSocket begins with a GET without a body")
    if request.http_version != b"1.1":
        raise _bad("a WebSocket begins with HTTP/1.1")
    keys = [value for name, value in request.headers if name == b"sec-websocket-key"]
    if headers.get(b"sec-websocket-version") != b"13" or len(keys) != 1 or not _is_key(keys[0]):
        raise _bad(
            "a WebSocket needs one Sec-WebSocket-Key of 16 bytes as base64, and "
            "Sec-WebSocket-Version 13"
        )


def _is_key(value: bytes) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except binascii.Error:
        return False


def _bad(sentence: str) -> BadHead:
    return BadHead(Problem(400, "bad-request", sentence))


def _too_large(limit: int) -> Problem:
    sentence = f"the request's head, or a line of it, is too large; {limit} bytes are taken"
    return Problem(431, "head-too-large", sentence)
