"""Where the server listens, and what it says when it cannot begin."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys

import pytest

from emovox.errors import EmovoxError, UsageError
from emovox.server.serving import _OneLine, _Seldom, are_loopback, listen

from .doors import STAND_IN


def test_a_name_is_listened_at_with_all_its_addresses_and_one_port() -> None:
    sockets = listen("localhost", 0)
    try:
        places = {each.getsockname()[:2] for each in sockets}
        assert len({port for _, port in places}) == 1
        assert {host for host, _ in places} <= {"127.0.0.1", "::1"}
        assert are_loopback(sockets)
    finally:
        for each in sockets:
            each.close()


def test_all_addresses_are_not_only_this_machine() -> None:
    (one,) = listen("0.0.0.0", 0)  # noqa: S104 -- what it is about
    assert not are_loopback([one])
    one.close()


def test_small_answers_leave_at_once() -> None:
    # asyncio's transport sets TCP_NODELAY on connections whose socket names its protocol; without
    # it an answer in two pieces waits 40 ms for the client's delayed acknowledgement.
    async def has_no_delay() -> bool:
        (listening,) = listen("127.0.0.1", 0)
        found = asyncio.get_running_loop().create_future()

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken = writer.get_extra_info("socket")
            found.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        server = await asyncio.start_server(accepted, sock=listening)
        _, client = await asyncio.open_connection(*listening.getsockname())
        try:
            return bool(await found)
        finally:
            client.close()
            server.close()

    assert asyncio.run(has_no_delay())


def test_two_servers_never_share_a_port() -> None:
    (first,) = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    with pytest.raises(EmovoxError, match=f"port {port} is taken") as caught:
        listen("127.0.0.1", port)
    assert caught.value.code == "port-in-use"
    assert caught.value.exit_status == 3
    first.close()
    listen("127.0.0.1", port)[0].close()  # free again at once


@pytest.mark.parametrize("host", ["192.0.2.77", "no.such.host.invalid", "a b", "x" * 300, "é" * 70])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="no address of this machine"):
        listen(host, 0)


def test_an_application_that_cannot_start_ends_with_its_own_error() -> None:
    program = (
        "import sys; sys.path.insert(0, {folder!r})\n"
        "import stand_in\n"
        "from emovox.errors import EmovoxError\n"
        "try:\n"
        "    stand_in.main({settings!r})\n"
        "except EmovoxError as error:\n"
        "    print(error.code)\n"
    ).format(folder=str(STAND_IN.parent), settings=json.dumps({"model": "broken"}))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "output-unwritable\n"
    assert "Traceback" not in done.stderr
    assert "is open" not in done.stderr


def test_the_log_says_what_and_where_and_never_what_a_client_sent() -> None:
    try:
        socket.inet_aton("the client's words")
    except OSError:
        info = sys.exc_info()
    record = logging.LogRecord("uvicorn.error", 40, "", 1, "It failed\nTraceback ...", (), info)
    said = _OneLine().format(record)
    assert said.startswith("emovox: error: It failed (OSError at test_serving.py:")
    assert "words" not in said
    assert "Traceback" not in said


def test_of_each_kind_of_message_one_a_second_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    seldom, now = _Seldom(), [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def shown(message: str) -> bool:
        return bool(seldom.filter(logging.LogRecord("asyncio", 40, "", 1, message, (), None)))

    assert [shown("a"), shown("a"), shown("b"), shown("a")] == [True, False, True, False]
    now[0] += 1.1
    assert [shown("a"), shown("a")] == [True, False]
