"""Summaries of runs are of the records as they are now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emovox.server.page.run_files import CACHE, RunFile, stamp

ROWS = [{"method": "ridge", "test": "emodb", "n_folds": 1}]


@pytest.fixture
def run(tmp_path: Path) -> RunFile:
    """A run of a hundred bytes whose summary has been written."""
    found = RunFile(tmp_path, "a")
    found.records.write_text("x" * 100)
    (tmp_path / CACHE).mkdir()
    document = {"stamp": stamp(found.records), "summary": ROWS, "n_records": 1}
    found.cache("summary").write_text(json.dumps(document))
    return found


def test_a_summary_is_fresh_until_its_records_grow_and_shown_meanwhile(run: RunFile) -> None:
    assert run.cached("summary")[1] is True
    run.records.write_text("x" * 200)
    found, is_fresh = run.cached("summary")
    assert found is not None
    assert found["summary"] == ROWS
    assert is_fresh is False


def test_records_removed_by_hand_leave_no_summary(run: RunFile) -> None:
    run.records.unlink()
    assert run.cached("summary") == (None, False)


def test_a_new_run_of_the_name_shows_nothing_of_the_old_one(run: RunFile) -> None:
    run.records.unlink()
    run.records.write_text("x" * 10)
    assert run.cached("summary") == (None, False)


@pytest.mark.parametrize("crafted", [None, "new", [], ["1", 2, "3"], [1, 2]])
def test_a_summary_with_a_crafted_stamp_is_none(run: RunFile, crafted: object) -> None:
    document = {"stamp": crafted, "summary": ROWS, "n_records": 1}
    run.cache("summary").write_text(json.dumps(document))
    assert run.cached("summary") == (None, False)
