"""`emovox serve`: what it says, what it refuses before it listens, what it costs."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

from child_processes import descendants
from emovox.cli.main import status
from server.doors import emovox_serve

MAXIMUM_READY_S = 1.5
MAXIMUM_PSS_MIB = 200

on_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads /proc")


def proportional_set_size(pid: int) -> float:
    """Memory of a process, of what it shares its part (MiB)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def test_it_says_where_the_page_is_and_ends_by_the_signal(tmp_path: Path) -> None:
    with emovox_serve(tmp_path) as server:
        assert server.said() == (
            f"emovox: the page is at http://127.0.0.1:{server.port}/ (Ctrl-C stops it)\n"
        )
        assert server.request("GET", "/").body.startswith(b"<!doctype html>")
        assert server.request("GET", "/v1/models").status == 200
        assert server.stop() == 143
    assert not list(tmp_path.glob("emovox-*"))  # no folder before there is something to keep


@on_proc
def test_it_answers_at_once_stays_small_and_loads_no_decoder_beside_the_connections(
    tmp_path: Path,
) -> None:
    began = time.monotonic()
    with emovox_serve(tmp_path) as server:
        assert server.request("GET", "/health").status == 200
        ready_s = time.monotonic() - began
        while json.loads(server.request("GET", "/health").body)["workers"]["ready"] < 2:
            time.sleep(0.05)
        for path in ("/", "/v1/models", "/v1/emotions", "/openapi.json", "/page/api/choices"):
            server.request("GET", path)
        main = server.process.pid
        sizes = [proportional_set_size(pid) for pid in (main, *descendants(main))]
        maps = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert len(sizes) >= 3
    assert sum(sizes) < MAXIMUM_PSS_MIB, sizes
    # A machine with other work to do is given twice the time.
    assert ready_s < MAXIMUM_READY_S * (2 if os.getloadavg()[0] > 1.5 else 1)
    loaded = {line.rpartition("site-packages/")[2] for line in maps.splitlines()}
    heavy = ("onnxruntime", "soxr", "soundfile", "_soundfile", "sklearn", "scipy", "pandas", "av")
    assert not [name for name in loaded if name.startswith(heavy)]
    assert "sndfile" not in maps


def test_another_address_gets_a_token_that_is_shown_once(tmp_path: Path) -> None:
    with emovox_serve(tmp_path, "--host", "0.0.0.0") as server:  # noqa: S104 -- what it is about
        found = re.search(r"token, shown only now: (\S+)\n", server.said())
        assert found
        assert server.request("GET", "/v1/models").code == "token-needed"
        header = {"Authorization": f"Bearer {found[1]}"}
        assert server.request("GET", "/v1/models", **header).status == 200
        assert server.said().count(found[1]) == 1


def test_no_auth_is_said_loudly(tmp_path: Path) -> None:
    with emovox_serve(tmp_path, "--host", "0.0.0.0", "--no-auth") as server:  # noqa: S104 -- as above
        assert server.request("GET", "/v1/models").status == 200
        assert "warning: whoever reaches this address is let in" in server.said()


def test_a_server_at_every_address_says_that_it_wants_to_know_its_name(tmp_path: Path) -> None:
    everywhere = ("--host", "0.0.0.0")  # noqa: S104 -- what it is about
    with emovox_serve(tmp_path, *everywhere) as server:
        assert "refused; say by --allow-host" in server.said()
    with emovox_serve(tmp_path, *everywhere, "--allow-host", "lab.example") as server:
        assert "--allow-host" not in server.said()


@on_proc
def test_a_given_token_is_shown_nowhere_and_told_to_no_child(tmp_path: Path) -> None:
    token = "given-by-the-environment"  # noqa: S105 -- of this test
    with emovox_serve(tmp_path, environment={"EMOVOX_TOKEN": token}) as server:
        header = {"Authorization": f"Bearer {token}"}
        assert server.request("GET", "/v1/models").status == 401
        assert server.request("GET", "/v1/models", **header).status == 200
        assert token not in server.said()
        for pid in descendants(server.process.pid):
            assert token.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
            assert token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.parametrize(
    ("flags", "exit_status", "words"),
    [
        (["--model", "nowhere"], 3, "there is no model 'nowhere'"),
        (["--corpus", "emodb=nowhere"], 3, "there is no such folder"),
        (["--corpus", "mine=."], 3, "neither a table nor an audformat folder"),
        (["--corpus", "emodb"], 2, "no NAME=DIR"),
        (["--corpus", "../x=."], 2, "no NAME=DIR"),
        (["--corpus", "emodb=.", "--corpus", "emodb=."], 2, "twice"),
        (["--host", "192.0.2.77"], 2, "no address of this machine"),
        (["--host", "no.such.host.invalid"], 2, "no address of this machine"),
        (["--token-file", "nowhere"], 2, "token cannot be read"),
        (["--no-auth", "--token-file", "nowhere"], 2, "contradict"),
        (["--allow-origin", "*"], 2, "no site"),
        (["--allow-origin", "lab.example"], 2, "no site"),
        (["--allow-host", "*"], 2, "no name"),
        (["--allow-host", "http://lab.example"], 2, "no name"),
        (["--port", "70000"], 2, "--port"),
        (["--workers", "0"], 2, "--workers"),
    ],
)
def test_what_cannot_be_is_said_before_it_listens(
    flags: list[str],
    exit_status: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EMOVOX_TOKEN", raising=False)
    assert status(["serve", "--port", "0", *flags]) == exit_status
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert "page is at" not in said.err


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert status(["serve", "--port", "0"]) == 3
    assert 'needs uvicorn; pip install "emovox[serve]"' in capsys.readouterr().err
