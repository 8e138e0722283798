"""Hostile clients at the server's doors: cases D3, D4, D7, D8, D9, D10, D17 and D19."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from child_processes import children
from server.doors import (
    Answer,
    Running,
    emovox_serve,
    read_answer,
    running,
    until_closed,
    uploads_below,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and descriptors of POSIX")

QUICK = {
    "head_s": 0.6, "body_idle_s": 0.6, "body_s": 2.5, "connections": 24, "finish_s": 1.0,
}  # fmt: skip

UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
KEY = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server with short limits."""
    with running(tmp_path_factory.mktemp("server"), limits=QUICK) as found:
        yield found
        assert "Traceback" not in found.said()


def test_d3_a_head_that_does_not_end_is_answered_408(server: Running) -> None:
    with server.connect() as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: loc")
        began = time.monotonic()
        answer = read_answer(client)
        assert (answer.status, answer.code) == (408, "too-slow")
        assert 0.4 < time.monotonic() - began < 3


def test_d3_a_head_that_trickles_gains_no_time(server: Running) -> None:
    with server.connect() as client:
        began = time.monotonic()
        client.settimeout(0.1)
        content = b""
        with contextlib.suppress(ConnectionError):
            for letter in b"GET /health HTTP/1.1\r\nX-Long: " + b"a" * 100:
                client.sendall(bytes([letter]))
                with contextlib.suppress(TimeoutError):
                    content += client.recv(65536)
                if content:
                    break
        assert content.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 3


def test_d3_whoever_says_nothing_is_closed_and_others_are_answered(server: Running) -> None:
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(server.connect()) for _ in range(10)]
        assert server.request("GET", "/health").status == 200
        assert all(until_closed(each, 4) < 3 for each in silent)


def test_d3_a_body_that_stands_still_is_answered_408(server: Running) -> None:
    request = b"POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"
    began = time.monotonic()
    assert server.ask(request).code == "too-slow"
    assert 0.4 < time.monotonic() - began < 2.2


@pytest.mark.slow
def test_d3_a_body_that_trickles_is_answered_408_when_its_time_is_over(server: Running) -> None:
    with server.connect() as client:
        client.sendall(
            b"POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
        )
        began = time.monotonic()
        client.settimeout(0.2)
        content = b""
        while not content and time.monotonic() - began < 5:
            client.sendall(b"a")
            with contextlib.suppress(TimeoutError):
                content = client.recv(65536)
        assert content.startswith(b"HTTP/1.1 408 ")
        assert 2.2 < time.monotonic() - began < 5


def test_d3_a_body_that_nobody_reads_holds_no_connection(server: Running) -> None:
    with server.connect() as client:
        client.sendall(
            b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nabc"
        )
        assert read_answer(client).status == 404
        began = time.monotonic()
        assert client.recv(1) == b""  # and no second answer
        assert time.monotonic() - began < 1


def test_d3_a_connection_left_open_between_requests_is_closed_in_time(server: Running) -> None:
    with server.connect() as client:
        for _ in range(2):
            client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read_answer(client).status == 200
        assert 0.3 < until_closed(client, 4) < 3


@pytest.mark.slow
def test_d3_an_answer_that_nobody_reads_holds_no_connection(server: Running) -> None:
    with server.connect() as client:
        client.sendall(b"GET /v1/large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(QUICK["body_s"] + 0.7)
        n_read = 0
        with contextlib.suppress(ConnectionError):
            while part := client.recv(1 << 20):
                n_read += len(part)
        assert 0 < n_read < 25_000_000
    assert len(server.request("GET", "/v1/large").body) == 30_000_000


def test_d4_beyond_the_limit_503_at_once_with_retry_after(server: Running) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(QUICK["connections"]):
            stack.enter_context(server.connect())
        began = time.monotonic()
        answer = server.request("GET", "/health")
        assert (answer.status, answer.code) == (503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
        assert time.monotonic() - began < 0.5
    time.sleep(0.1)
    assert server.request("GET", "/health").status == 200


@pytest.mark.parametrize("descriptors", [1024, 160])
def test_d4_idle_connections_start_no_storm(tmp_path: Path, descriptors: int) -> None:
    import resource

    n_idle = 3000 if descriptors == 1024 else 400
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < n_idle + 200:
        pytest.skip(f"this system gives a process {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, n_idle + 200), hard))
    limits = {"head_s": 1.0, "connections": 64}
    with running(tmp_path, descriptors=descriptors, limits=limits) as server:
        idle = []
        try:
            began = time.monotonic()
            for _ in range(n_idle):
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", server.port))
                idle.append(client)
            answer = answered_in_the_end(server)
            assert answer.status == 200
            assert time.monotonic() - began < 20
        finally:
            for client in idle:
                client.close()
        said = server.said()
        assert "Traceback" not in said
        seconds = time.monotonic() - began
        assert len(said.splitlines()) <= 2 * seconds + 3, said
        assert len(said) < 10_000


def answered_in_the_end(server: Running) -> Answer:
    """The first answer that is no refusal; each refusal comes at once."""
    for _ in range(200):
        try:
            answer = server.request("GET", "/health")
        except OSError:
            answer = Answer(0)
        if answer.status not in (0, 503):
            return answer
        time.sleep(0.1)
    return answer


@pytest.mark.parametrize(
    "path",
    [
        "/static/..", "/static/../token.py", "/static/%2e%2e/token.py", "/static/..%2ftoken.py",
        "/static/..%5ctoken.py", "/static/%00", "/static/app.js%00.css", "/static//etc/passwd",
        "/static/%2fetc%2fpasswd", "/static/", "/static/nowhere.js", "/static/index.html/",
        "/../../etc/passwd", "/static/%c3%28", "/static/__init__.py",
    ],
)  # fmt: skip
def test_d7_no_path_leads_out_of_the_page(server: Running, path: str) -> None:
    answer = server.request("GET", path)
    assert (answer.status, answer.code) == (404, "not-found")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8321", "localhost.evil.example", "127.0.0.1.evil.example",
        "localhost@evil.example", "127.0.0.2", "0.0.0.0:80", "[::2]", "localhost:99999999", "",
        "a b", "2130706433", "localhost, evil.example",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/health", "/v1/models", "/static/app.js"])
def test_d8_another_name_is_refused_421(server: Running, host: str, path: str) -> None:
    answer = server.request("GET", path, host=host)
    assert (answer.status, answer.code) == (421, "wrong-host")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8321", "LOCALHOST:80"])
def test_d8_our_own_names_are_answered(server: Running, host: str) -> None:
    assert server.request("GET", "/health", host=host).status == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost.evil.example", "http://localhost:3000",
     "https://localhost:1", "file://", "localhost", "http://localhost@evil.example"],
)  # fmt: skip
def test_d9_a_foreign_origin_may_change_nothing(server: Running, origin: str) -> None:
    answer = server.request("POST", "/v1/count", b"abc", Origin=origin)
    assert (answer.status, answer.code) == (403, "wrong-origin")
    assert not any(name.startswith("access-control") for name in answer.headers)
    assert server.handshake(Origin=origin).code == "wrong-origin"  # D10


def test_d9_our_own_page_and_programs_may(server: Running) -> None:
    assert server.request("POST", "/v1/count", b"abc").status == 200
    assert server.request("POST", "/v1/count", b"abc", Origin="http://localhost").status == 200
    assert server.handshake(Origin="http://localhost").status == 101
    assert server.handshake().status == 101


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_d9_browsers_that_say_they_come_from_elsewhere_are_refused(
    server: Running, site: str
) -> None:
    for method, path in (("POST", "/v1/count"), ("GET", "/v1/models"), ("GET", "/page/api/models")):
        answer = server.request(method, path, Sec_Fetch_Site=site)
        assert (answer.status, answer.code) == (403, "wrong-origin")
    assert server.request("GET", "/", Sec_Fetch_Site=site).status == 200  # a link to the page


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data; boundary=a"],
)
def test_d9_json_is_read_only_where_it_is_declared(server: Running, kind: str) -> None:
    answer = server.request("POST", "/page/api/echo", b'{"a": 1}', Content_Type=kind)
    assert (answer.status, answer.code) == (415, "wrong-type")
    answer = server.request("POST", "/page/api/echo", b'{"a": 1}', Content_Type="application/json")
    assert answer.body == b'{"a":1}'


@pytest.mark.parametrize("path", ["/", "/health", "/static/app.js", "/nowhere"])
def test_d9_every_answer_carries_the_headers(server: Running, path: str) -> None:
    headers = server.request("GET", path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not {"server", "date", "access-control-allow-origin"} & set(headers)


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        ("POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1", 400, "bad-request"),
        ("POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1e3", 400, "bad-request"),
        ("POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4",
         400, "bad-request"),
        ("POST /v1/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
         "Transfer-Encoding: chunked", 400, "bad-request"),
        ("GET /health HTTP/1.1", 400, "bad-request"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", 400, "bad-request"),
        ("GET http://evil.example/health HTTP/1.1\r\nHost: localhost", 400, "bad-request"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + "a" * 70_000, 431, "head-too-large"),
        ("GET /health HTTP/1.1\r\nHost: localhost" + "\r\nX: a" * 3000, 431, "head-too-large"),
        ("GET /" + "a" * 70_000 + " HTTP/1.1\r\nHost: localhost", 431, "head-too-large"),
        ("\x16\x03\x01\x02\x00\x01", 400, "bad-request"),
        ("PRI * HTTP/2.0", 400, "bad-request"),
        ("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
         "Connection: Upgrade", 400, "bad-request"),
        ("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
         "Connection: Upgrade\r\nX: " + "a" * 9000, 431, "head-too-large"),
        (f"GET /v1/stream HTTP/1.0\r\nHost: localhost\r\n{UPGRADE}{KEY}", 400, "bad-request"),
        (f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}Sec-WebSocket-Key: short",
         400, "bad-request"),
        (f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}{KEY}\r\n{KEY}",
         400, "bad-request"),
    ],
)  # fmt: skip
def test_d17_heads_that_mislead_are_refused(
    server: Running, head: str, status: int, code: str
) -> None:
    answer = server.ask(f"{head}\r\n\r\n")
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_d17_a_head_without_end_is_refused_before_it_is_kept(server: Running) -> None:
    with server.connect() as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 60_000)
        assert read_answer(client).status == 431


def test_d19_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "emovox", "serve", "--port", str(port)],
            capture_output=True, text=True, timeout=60, cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == f"emovox: port {port} is taken; choose another with --port\n"
    assert done.stdout == ""


def test_d19_sigterm_finishes_what_is_held(tmp_path: Path) -> None:
    with (
        running(tmp_path, limits={"finish_s": 5.0}) as server,
        concurrent.futures.ThreadPoolExecutor(8) as clients,
    ):
        held = [clients.submit(server.request, "GET", "/v1/slow?s=1") for _ in range(8)]
        time.sleep(0.4)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(OSError):
            server.connect(1.0)
        assert [each.result().status for each in held] == [200] * 8
        assert server.process.wait(timeout=10) == 143
        assert time.monotonic() - began < 3
        assert "rror" not in server.said()


def test_d19_what_takes_longer_is_told_so_and_the_server_stops(tmp_path: Path) -> None:
    with (
        running(tmp_path, limits={"finish_s": 1.0}) as server,
        concurrent.futures.ThreadPoolExecutor(1) as clients,
    ):
        held = clients.submit(server.request, "GET", "/v1/slow?s=60")
        time.sleep(0.4)
        assert server.stop() == 143
        answer = held.result()
        assert (answer.status, answer.code) == (503, "busy")
        assert "retry-after" in answer.headers


def test_d19_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with (
        running(tmp_path, limits={"finish_s": 30.0}) as server,
        concurrent.futures.ThreadPoolExecutor(1) as clients,
    ):
        held = clients.submit(server.request, "GET", "/v1/slow?s=60")
        time.sleep(0.4)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.4)
        assert server.process.poll() is None
        began = time.monotonic()
        assert server.stop(signal.SIGINT) == 130
        assert time.monotonic() - began < 3
        with contextlib.suppress(OSError, AssertionError):
            held.result()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")
def test_d19_after_kill_9_no_worker_lives_on_and_no_upload_stays(tmp_path: Path) -> None:
    place = {"EMOVOX_SPOOL": str(tmp_path)}
    spool = uploads_below(tmp_path)
    with emovox_serve(tmp_path, environment=place) as server:
        wait_until(lambda: len(children(server.process.pid)) >= 2)
        workers = children(server.process.pid)
        client = server.connect()
        client.sendall(
            b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/wav\r\n"
            b"Content-Length: 1000000\r\n\r\n" + b"RIFF" * 50_000
        )
        wait_until(lambda: any(path.stat().st_size > 1000 for path in uploads(spool)))
        assert spool.stat().st_mode & 0o777 == 0o700
        assert all(path.parent.stat().st_mode & 0o777 == 0o700 for path in uploads(spool))
        server.process.kill()
        server.process.wait()
        client.close()
        wait_until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in workers))
        assert uploads(spool)  # it had no time to remove it
    with emovox_serve(tmp_path, environment=place) as server:
        assert server.request("GET", "/health").status == 200
        assert not uploads(spool)
        assert server.stop() == 143
    assert not list(spool.glob("*/*"))


def uploads(spool: Path) -> list[Path]:
    """Files that are being uploaded."""
    return [path for path in spool.glob("*/*") if path.name != "lock"]


def wait_until(is_so: Callable[[], bool], within_s: float = 15.0) -> None:
    """Look again and again."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)
