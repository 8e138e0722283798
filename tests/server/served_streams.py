"""A whole server, `emovox serve`, for tests of its streams."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.made_voices import model_folder

from .doors import Running
from .live_server import until

__all__ = ["address", "metric", "model_folder", "server"]


@pytest.fixture(scope="module")
def server(tmp_path_factory, model_folder) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("server")
    command = ["serve", "--port", "0", "--model", str(model_folder), "--workers", "1"]
    log = folder / "stderr.txt"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "emovox", *command], cwd=folder, text=True,
            stdout=subprocess.DEVNULL, stderr=stderr,
        )  # fmt: skip
    try:
        until(lambda: "the page is at" in log.read_text() or process.poll() is not None, 20)
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text())[1])
        yield Running(process, port, log)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def address(server) -> str:
    return f"ws://127.0.0.1:{server.port}/v1/stream"


def metric(server: Running, name: str) -> float:
    text = server.request("GET", "/metrics").body.decode()
    return float(re.search(rf"^emovox_{name} (\S+)$", text, re.MULTILINE)[1])
