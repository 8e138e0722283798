"""How connections are counted, answered and ended."""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from uvicorn.server import ServerState

from emovox.server.connections import Gate, is_loopback, raw_answer
from emovox.server.problems import Problem

from .doors import Running, read_answer, running, until_closed


class Open:
    """A connection of an address."""

    def __init__(self, address: str | None) -> None:
        self.client = (address, 1) if address else None


def refusal(gate: Gate, n_open: int, of: str, address: str | None) -> Problem | None:
    state = ServerState()
    state.connections.update(Open(of) for _ in range(n_open))  # type: ignore[misc]
    return gate.refusal(state, address)


def test_an_address_gets_its_share_and_this_machine_all() -> None:
    gate = Gate(64, 8)
    assert refusal(gate, 7, "192.0.2.1", "192.0.2.1") is None
    found = refusal(gate, 8, "192.0.2.1", "192.0.2.1")
    assert found is not None
    assert (found.status, found.code) == (503, "busy")
    assert "Retry-After" in found.headers
    assert refusal(gate, 8, "192.0.2.1", "192.0.2.2") is None
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "127.9.9.9"):
        assert refusal(gate, 63, address, address) is None
        assert refusal(gate, 64, address, address) is not None


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "::2", "", "localhost", "::ffff:192.0.2.1", "fe80::1%eth0"]
)
def test_only_this_machine_is_this_machine(address: str) -> None:
    assert not is_loopback(address)


def test_a_raw_answer_tells_its_length_and_carries_the_headers() -> None:
    head, _, body = raw_answer(Problem(431, "head-too-large", "é")).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0].startswith("HTTP/1.1 431 ")
    assert f"Content-Length: {len(body)}" in lines
    assert any(line.startswith("Content-Security-Policy: ") for line in lines)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    limits = {"frame_bytes": 4096, "connections": 16}
    with running(tmp_path_factory.mktemp("server"), limits=limits) as found:
        yield found


def test_a_client_that_is_still_sending_hears_why_it_was_refused(server: Running) -> None:
    with server.connect() as client:
        head = b"POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6000000\r\n\r\n"
        client.sendall(head)
        sent = threading.Event()

        def send() -> None:
            for _ in range(60):
                client.sendall(b"a" * 100_000)
            sent.set()

        threading.Thread(target=send, daemon=True).start()
        assert sent.wait(5), "the connection was reset on the way"
        answer = read_answer(client)
        assert (answer.status, answer.code) == (413, "too-large")
        assert until_closed(client, 5) < 4


def test_a_client_that_sends_without_end_is_cut_off(server: Running) -> None:
    with server.connect() as client:
        client.sendall(
            b"POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99000000000\r\n\r\n"
        )
        began, n_sent = time.monotonic(), 0
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < 10:
                n_sent += client.send(b"a" * 100_000)
        assert time.monotonic() - began < 6
        assert n_sent < 64_000_000


def test_requests_that_follow_each_other_on_one_connection_are_answered_in_order(
    server: Running,
) -> None:
    with server.connect() as client:
        one = b"POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
        client.sendall(b"".join(one % (n, b"a" * n) for n in range(20)))
        content = b""
        while content.count(b'{"n":') < 20:
            content += client.recv(65536)
        bodies = [int(part.partition(b"}")[0]) for part in content.split(b'{"n":')[1:]]
        assert bodies == list(range(20))


def test_http_1_0_is_answered_and_closed(server: Running) -> None:
    with server.connect() as client:
        client.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert read_answer(client).status == 200
        assert until_closed(client, 3) < 2


def test_a_fault_shows_neither_its_words_nor_a_trace(server: Running) -> None:
    answer = server.request("GET", "/v1/fault")
    assert answer.status == 500
    until = time.monotonic() + 5
    while "ValueError" not in (said := server.said()) and time.monotonic() < until:
        time.sleep(0.05)
    assert "ValueError" in said
    assert "secret" not in said + answer.body.decode()
    assert "Traceback" not in said


HANDSHAKE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)


def frame(opcode: int, content: bytes, *, is_last: bool = True) -> bytes:
    """A masked frame, whose mask changes nothing."""
    n = len(content)
    length = bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack("!H", n)
    return bytes([opcode | (0x80 if is_last else 0)]) + length + bytes(4) + content


def close_code(received: bytes) -> int:
    """Code of the close frame that ends what was received."""
    start = received.rindex(b"\x88")
    return int(struct.unpack("!H", received[start + 2 : start + 4])[0])


@pytest.mark.parametrize(
    "frames",
    [
        frame(2, bytes(5000)),
        frame(2, bytes(3000), is_last=False) + frame(0, bytes(3000)),
        frame(2, b"", is_last=False) + 400 * frame(0, b"", is_last=False),
    ],
    ids=["one frame", "in pieces", "in empty pieces"],
)
def test_a_message_that_is_too_large_ends_the_stream(server: Running, frames: bytes) -> None:
    with server.connect() as client:
        client.sendall(HANDSHAKE)
        answer = read_answer(client)
        assert answer.status == 101
        assert "sec-websocket-extensions" not in answer.headers  # no deflate
        client.sendall(frame(1, b"abc"))
        assert b'{"n":3}' in client.recv(100)
        client.sendall(frames)
        received = b""
        client.settimeout(5)
        while part := client.recv(4096):
            received += part
        assert close_code(received) == 1009


@pytest.mark.skipif(os.name == "nt", reason="the limits of POSIX")
def test_where_descriptors_are_few_fewer_connections_are_taken_and_it_is_said(
    tmp_path: Path,
) -> None:
    with running(tmp_path, descriptors=160) as server:
        assert server.request("GET", "/health").status == 200
        assert "160 descriptors" in server.said()
