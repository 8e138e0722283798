"""Group D of the hostile inputs, cases 10 to 12: streams."""

from __future__ import annotations

import json
import socket
import struct
import time
import tracemalloc

import pytest
import websockets.frames
from tests.server.doors import running
from tests.server.live_server import (
    RATE,
    ScriptedPool,
    ending,
    hear,
    served,
    talking,
    until,
)
from tests.server.served_streams import address, metric, model_folder, server
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from emovox.server.settings import Limits

__all__ = ["address", "model_folder", "server"]

FRAME = Limits().frame_bytes


def first_word(word: str | bytes, limits: Limits | None = None) -> tuple[str, int]:
    """Code of the error, and of the close, that a first frame meets."""
    with served(ScriptedPool(), limits) as (address, _):
        with connect(address, compression=None) as client:
            client.send(word)
            code, _, close = ending(client)
        return code, close


def flood(client: ClientConnection, frames: int) -> None:
    for _ in range(frames):
        client.send(bytes(FRAME))


def test_d11_a_frame_over_the_limit_ends_the_stream_with_1009():
    with served(ScriptedPool()) as (address, _), talking(address) as client:
        client.send(bytes(FRAME))
        assert hear(client)["type"] == "score"
        client.send(bytes(FRAME + 2))
        assert ending(client)[::2] == ("too-large", 1009)


def test_d11_a_flood_faster_than_speech_ends_the_stream_and_takes_no_memory():
    with served(ScriptedPool()) as (address, _), talking(address) as client:
        tracemalloc.start()
        with pytest.raises(ConnectionClosed):  # whichever meets the closed stream
            flood(client, frames=2000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        code, sentence, close = ending(client)
    assert (code, close) == ("too-fast", 1008)
    assert "at most 8 s" in sentence
    assert peak < 12_000_000


@pytest.mark.slow
def test_d11_sound_at_the_pace_of_speech_is_never_too_fast_and_a_stall_may_be_made_up():
    limits = Limits(stream_waiting_s=1.0)
    piece = bytes(2 * RATE // 10)
    with served(ScriptedPool(), limits) as (address, _), talking(address) as client:
        began = time.monotonic()
        for number in range(25):
            time.sleep(max(began + number / 10 - time.monotonic(), 0))
            if number == 12:
                time.sleep(0.6)
            client.send(piece)
        while hear(client)["end"] < 2.5:
            pass


def test_d11_compression_is_not_offered():
    with served(ScriptedPool()) as (address, _), connect(address, compression="deflate") as client:
        assert client.protocol.extensions == []


@pytest.mark.parametrize(
    ("word", "code", "close"),
    [
        (bytes(3200), "bad-request", 1003),
        ("hello", "bad-request", 1007),
        ("", "bad-request", 1007),
        ("[16000]", "bad-request", 1007),
        ("{}", "bad-request", 1007),
        ('{"sample_rate": NaN}', "bad-request", 1007),
        ('{"sample_rate": 1e999}', "bad-request", 1007),
        ('{"sample_rate": 16000.0}', "bad-request", 1007),
        ('{"sample_rate": true}', "bad-request", 1007),
        ('{"sample_rate": "16000"}', "bad-request", 1007),
        ('{"sample_rate": 16000, "sample_rate": 8000}', "bad-request", 1007),
        ('{"sample_rate": 16000, "path": "/etc/passwd"}', "bad-request", 1007),
        ("[" * 1000, "bad-request", 1007),
        ("[" * 20_000, "too-large", 1009),
        (json.dumps({"sample_rate": 3999}), "rate-out-of-range", 1008),
        (json.dumps({"sample_rate": 384_001}), "rate-out-of-range", 1008),
        (json.dumps({"sample_rate": 10**300}), "rate-out-of-range", 1008),
        (json.dumps({"sample_rate": -16_000}), "rate-out-of-range", 1008),
    ],
)
def test_d12_a_rate_that_is_not_declared_as_it_must_be_is_said(word, code, close):
    assert first_word(word) == (code, close)


@pytest.mark.parametrize("rate", [4_000, 384_000])
def test_d12_rates_at_the_bounds_are_taken(rate):
    with served(ScriptedPool()) as (address, _), talking(address, rate) as client:
        for _ in range(10):
            client.send(bytes(2 * rate // 40))
        assert hear(client)["end"] == 0.25


@pytest.mark.parametrize("word", ["more words", '{"sample_rate": 48000}', '{"sample_rate": 16000}'])
def test_d12_text_in_the_place_of_sound_or_another_rate_ends_the_stream(word):
    with served(ScriptedPool()) as (address, _), talking(address) as client:
        client.send(word)
        assert ending(client)[::2] == ("wrong-type", 1003)


def test_d12_half_a_sample_ends_the_stream():
    with served(ScriptedPool()) as (address, _), talking(address) as client:
        client.send(bytes(321))
        assert ending(client)[::2] == ("bad-request", 1007)


def test_d12_whoever_falls_silent_is_let_go():
    limits = Limits(stream_idle_s=0.3, head_s=0.3)
    with served(ScriptedPool(), limits) as (address, metrics):
        with talking(address) as client:
            assert ending(client)[::2] == ("too-slow", 1008)
        with connect(address, compression=None) as client:  # and who never begins
            assert ending(client)[::2] == ("too-slow", 1008)
        until(lambda: metrics.open == 0)


def test_d12_a_stream_has_a_longest_duration():
    with served(ScriptedPool(), Limits(stream_s=0.2)) as (address, _), talking(address) as client:
        time.sleep(0.25)
        client.send(bytes(320))
        assert ending(client)[::2] == ("too-long", 1008)


def test_d12_a_client_that_reads_nothing_and_says_no_goodbye_holds_no_place():
    pool = ScriptedPool()
    with served(pool, Limits(stream_idle_s=0.4)) as (address, metrics):
        with talking(address) as client:
            until(lambda: metrics.open == 1)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01" + bytes(7))
            client.socket.close()  # a reset instead of a close
        until(lambda: metrics.open == 0)


def test_d10_a_foreign_page_is_refused_in_the_handshake(address):
    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus) as caught:
            connect(address, origin=origin, compression=None)
        assert caught.value.response.status_code == 403
    own = address.replace("ws:", "http:").removesuffix("/v1/stream")
    with connect(address, origin=own, compression=None) as client:
        client.send('{"sample_rate": 16000}')
        assert hear(client)["type"] == "ready"


def test_d11_seventeen_megabytes_in_a_frame_and_deflate_are_not_taken(server, address):
    with connect(address, compression="deflate") as client:
        assert client.protocol.extensions == []
        client.send('{"sample_rate": 16000}')
        assert hear(client)["type"] == "ready"
        # The head of the frame alone: whoever sends it all is cut off before it hears why.
        client.socket.sendall(b"\x82\xff" + struct.pack(">Q", 17 * 2**20) + bytes(4 + 1000))
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=5)
    assert caught.value.rcvd.code == 1009
    assert metric(server, "streams_open") == 0


def test_d12_the_limits_of_requests_end_no_stream(tmp_path):
    limits = {"head_s": 0.2, "body_idle_s": 0.2, "body_s": 0.4}
    with running(tmp_path, limits=limits) as stand_in:
        address = f"ws://127.0.0.1:{stand_in.port}/v1/stream"
        with connect(address, compression=None) as client:
            for _ in range(6):
                time.sleep(0.25)
                client.send("still here")
                assert hear(client) == {"n": 10}


@pytest.mark.slow
def test_d12_whoever_answers_no_ping_is_let_go_although_sound_still_comes(server, address):
    with talking(address) as client:
        send = client.protocol.send_frame

        def without_pong(frame: websockets.frames.Frame) -> None:
            if frame.opcode is not websockets.frames.Opcode.PONG:
                send(frame)

        client.protocol.send_frame = without_pong
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):  # noqa: PT012 -- any piece may be the last
            while time.monotonic() < began + 40:
                client.send(bytes(2 * RATE // 2))
                time.sleep(0.5)
        assert 17 < time.monotonic() - began < 35
    until(lambda: metric(server, "streams_open") == 0)
