"""The folder of uploads: what is left of servers that were killed goes, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from emovox.server.spool import SPOOL_VARIABLE, Spool


def test_a_folder_that_somebody_names_keeps_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SPOOL_VARIABLE, str(tmp_path))
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("one")
    (tmp_path / "letter.txt").write_text("two")
    mode = tmp_path.stat().st_mode
    spool = Spool()
    spool.open()
    with spool.new("a.wav") as upload:
        upload.write(b"RIFF")
        assert upload.path.read_bytes() == b"RIFF"
    spool.close()
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "one"
    assert (tmp_path / "letter.txt").read_text() == "two"
    assert tmp_path.stat().st_mode == mode


def test_what_a_killed_server_has_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "uploads" / "tmpdead"
    left.mkdir(parents=True)
    (left / "1.wav").write_bytes(b"RIFF")
    spool = Spool(tmp_path / "uploads")
    spool.open()
    assert not left.exists()
    spool.close()
