"""The examples run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(name: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, ROOT / "examples" / name, *arguments],
        check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "src"},
        cwd=ROOT,
    ).stdout  # fmt: skip


def test_recognise_gives_a_line_for_each_demo_clip_and_for_what_is_no_recording() -> None:
    lines = run("recognise.py").splitlines()
    assert len(lines) == 5
    assert all(".flac: " in line for line in lines)
    assert "no such file" in run("recognise.py", "missing.wav")


def test_stream_prints_scores_as_the_recording_is_spoken(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "emovox", "serve", "--port", "0"], stderr=log, cwd=tmp_path
        )
    try:
        limit = time.monotonic() + 30
        while not (found := re.search(r":(\d+)/", (tmp_path / "log").read_text())):
            assert time.monotonic() < limit
            time.sleep(0.05)
        lines = run("stream.py", f"ws://127.0.0.1:{found[1]}/v1/stream").splitlines()
    finally:
        server.terminate()
        server.wait(30)
    assert len(lines) >= 6
    assert all(re.fullmatch(r" +\d+\.\d\d s  [a-z ]+", line) for line in lines)
    assert any("no speech" not in line for line in lines)


@pytest.mark.corpora
def test_honest_table_shows_what_random_folds_share(corpora_root: Path) -> None:
    if not (corpora_root / "emodb").is_dir():
        pytest.skip("EMOVOX_CORPORA holds no emodb")
    told = run("honest_table.py")
    assert "speaker" in told
    assert "10/10" in told or "10 of 10" in told
