"""More work than there is room for, and clients that leave: cases D13, D14, D15 and D16."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.doors import Answer
from server.services import KIND, Service, form, lines, part, service, until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and descriptors of POSIX")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One server whose workers do what the names of uploads say."""
    limits = {"queue": 4, "answer_s": 20.0, "connections": 100}
    with service(tmp_path_factory.mktemp("service"), odd=True, limits=limits) as found:
        yield found


@pytest.fixture(autouse=True)
def _clean(running: Service) -> Iterator[None]:
    yield
    until(running.is_clean)


DEEP = b"[" * 100_000
JSON = {
    "NaN": b'{"length_s": NaN}', "1e999": b'{"length_s": 1e999}', "deep": DEEP[:60_000],
    "digits": b'{"length_s": ' + b"1" * 5000 + b"}", "not UTF-8": b'{"a": "\xff"}', "empty": b"",
    "lone surrogate": b'{"a": "\\ud800"}', "no object": b"[1]", "key twice": b'{"a": 1, "a": 2}',
}  # fmt: skip


@pytest.mark.parametrize("name", JSON)
def test_d13_json_that_is_none_is_refused(running, name) -> None:
    answer = running.post("/page/api/drawings/timeline", JSON[name], "application/json")
    assert (answer.status, answer.code) == (400, "bad-request")


def test_d13_json_over_its_limit_is_refused(running) -> None:
    answer = running.post("/page/api/drawings/timeline", DEEP, "application/json")
    assert (answer.status, answer.code) == (413, "too-large")


def test_d14_a_number_that_json_cannot_hold_is_null_in_the_answer(running) -> None:
    answer = running.predict(("nan", b"a"))
    assert b"NaN" not in answer.body
    assert json.loads(answer.body)["value"] is None


def leaving(running: Service, *names: str, after: float) -> None:
    """Send recordings, and leave before the answer."""
    body = form([(name, b"a") for name in names])
    head = f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {KIND}\r\n"
    with running.server.connect() as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(after)


@pytest.mark.parametrize("names", [("sleep-60",), ("sleep-60",) * 6], ids=["one", "several"])
def test_d15_work_stops_and_its_place_is_free_when_the_client_leaves(running, names) -> None:
    leaving(running, *names, after=0.3)
    began = time.monotonic()
    until(running.is_clean, 1.5)
    assert running.predict(("echo", b"a")).status == 200
    assert time.monotonic() - began < 2.0


@pytest.mark.slow
def test_d15_work_that_does_not_stop_is_ended(running) -> None:
    leaving(running, "stubborn-60", after=0.3)
    until(running.is_clean, 6.0)
    assert running.predict(("echo", b"a")).status == 200


def test_d15_a_client_that_leaves_after_the_first_lines_stops_the_rest(running) -> None:
    names = ["echo", *["sleep-60"] * 3]
    body = form([(name, b"a") for name in names])
    head = f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {KIND}\r\n"
    with running.server.connect() as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        content = b""
        while b'"path": "echo"' not in content:
            content += client.recv(65536)
    until(running.is_clean, 2.0)


def test_d15_a_client_that_leaves_within_its_body_leaves_nothing(running) -> None:
    head = f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {KIND}\r\n"
    with running.server.connect() as client:
        client.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode() + part("a", b"a" * 5000))
        until(lambda: bool(running.kept()))
    until(running.is_clean, 2.0)


@pytest.mark.slow
def test_d16_what_finds_no_place_is_told_at_once_and_health_always_answers(running) -> None:
    def ask(_: int) -> tuple[Answer, float]:
        began = time.monotonic()
        return running.predict(("sleep-1", b"a")), time.monotonic() - began

    slowest, ended = 0.0, threading.Event()

    def look() -> None:
        nonlocal slowest
        while not ended.wait(0.05):
            began = time.monotonic()
            assert running.get("/health")["status"] == "ok"
            slowest = max(slowest, time.monotonic() - began)

    with ThreadPoolExecutor(61) as threads:
        watcher = threads.submit(look)
        answers = list(threads.map(ask, range(60)))
        ended.set()
        watcher.result()
    assert slowest < 1.0
    good = [answer for answer, _ in answers if answer.status == 200]
    busy = [(answer, seconds) for answer, seconds in answers if answer.status == 503]
    assert len(good) + len(busy) == 60
    assert 6 <= len(good) <= 12  # two at work and four that wait, and whoever finds a place later
    for answer, seconds in busy:
        assert answer.code == "busy"
        assert int(answer.headers["retry-after"]) >= 1
        assert seconds < 1.0


@pytest.mark.slow
def test_d16_one_request_with_many_files_leaves_room_for_others(running) -> None:
    with ThreadPoolExecutor(1) as threads:
        many = threads.submit(running.predict, *[("sleep-0.2", b"a")] * 20)
        until(lambda: running.get("/health")["workers"]["busy"] == 2)
        other = running.predict(("echo", b"a"))
        assert other.status == 200
        assert not many.done()
        assert len(lines(many.result())) == 20


def test_d16_kill_9_of_a_worker_costs_only_its_own_request(running) -> None:
    crashed = running.predict(("crash", b"a"))
    assert (crashed.status, crashed.code) == (422, "decoder-crashed")
    told = lines(running.predict(("echo", b"a"), ("crash", b"a"), ("echo", b"a")))
    assert [each["ok"] for each in told] == [True, False, True]
    assert told[1]["error"]["code"] == "decoder-crashed"


def test_d16_a_fault_of_ours_is_an_id_and_no_trace(tmp_path) -> None:
    with service(tmp_path, odd=True, workers=1) as found:
        answer = found.predict(("fault", b"a"))
        assert (answer.status, answer.code) == (500, "internal")
        assert b"secret" not in answer.body
        assert b"ValueError" not in answer.body
        assert "secret" not in found.server.said()
        until(lambda: f"{answer.headers['x-request-id']} POST" in found.server.said())


@pytest.mark.slow
def test_d19_sigterm_finishes_what_it_holds(tmp_path) -> None:
    with service(tmp_path, odd=True, workers=1) as found, ThreadPoolExecutor(2) as threads:
        held = [threads.submit(found.predict, ("sleep-1", b"a")) for _ in range(2)]
        until(lambda: found.get("/health")["queue"] == 1)
        assert found.server.stop(signal.SIGTERM) == 128 + signal.SIGTERM
        assert [each.result().status for each in held] == [200, 200]
        assert list(found.spool.iterdir()) == [found.spool / "lock"]


def test_d19_what_a_killed_server_kept_is_gone_when_the_next_one_starts(tmp_path) -> None:
    with service(tmp_path, odd=True, workers=1) as found:
        with found.server.connect() as client:
            client.sendall(asked("stubborn-60"))
            until(lambda: found.get("/health")["workers"]["busy"] == 1)
            (left,) = found.kept()
            found.server.process.kill()
            found.server.process.wait()
        assert left.exists()
    with service(tmp_path, odd=True, workers=1) as found:
        assert not left.exists()
        assert found.kept() == []


def asked(name: str) -> bytes:
    """A request about an upload of that name."""
    body = form([(name, b"a")])
    head = f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {KIND}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def running_beside(folder: Path) -> contextlib.AbstractContextManager[Service]:
    """Another server, whose uploads lie in the same folder."""
    return service(folder / "other", odd=True, spool=folder / "spool", workers=1)


def test_d19_servers_side_by_side_leave_each_other_s_uploads_alone(tmp_path) -> None:
    with service(tmp_path, odd=True, workers=1) as first, first.server.connect() as client:
        client.sendall(asked("sleep-60"))
        until(lambda: bool(first.kept()))
        (held,) = first.kept()
        (tmp_path / "other").mkdir()
        with running_beside(tmp_path):
            assert held.exists()


def test_sockets_are_not_left_open(running) -> None:
    folder = f"/proc/{running.server.process.pid}/fd"
    if not os.path.isdir(folder):
        pytest.skip("this system does not list open files")
    before = len(os.listdir(folder))
    for _ in range(30):
        leaving(running, "sleep-60", after=0.0)
    until(running.is_clean)
    until(lambda: len(os.listdir(folder)) <= before + 2)
    with socket.create_connection(("127.0.0.1", running.server.port)):
        pass
