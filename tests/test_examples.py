"""The examples run as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.mark.corpora
def test_honest_table_shows_what_random_folds_share(corpora_root: Path) -> None:
    if not (corpora_root / "emodb").is_dir():
        pytest.skip("EMOVOX_CORPORA holds no emodb")
    told = run("honest_table.py")
    assert "speaker" in told
    assert "10/10" in told or "10 of 10" in told
