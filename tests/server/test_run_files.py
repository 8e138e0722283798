"""Runs on the disk that nobody of ours has written: none costs the others their place."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emovox.errors import OutputError
from emovox.server.page.run_files import CACHE, RunFile, run_file, run_files, stamp
from emovox.server.page.run_keeper import RunKeeper
from emovox.server.page.run_summaries import write_summaries
from emovox.server.problems import Problem
from emovox.server.settings import Settings

EXPERIMENT = {"methods": ["ridge"], "corpora": ["emodb"]}
STATE = {
    "format": 1, "experiment": EXPERIMENT, "arguments": ["bench", "ridge"], "created": "2026",
    "state": "failed", "error": {"code": "internal", "message": "it ended"}, "n_folds": 10,
}  # fmt: skip


def keeper_of(folder: Path, jobs: Any = None) -> RunKeeper:
    return RunKeeper(SimpleNamespace(settings=Settings(records=folder), jobs=jobs))


def test_a_state_that_we_have_written_is_read(tmp_path: Path) -> None:
    RunFile(tmp_path, "ours").write(**STATE)
    assert run_file(tmp_path, "ours").began == STATE


@pytest.mark.parametrize(
    "crafted",
    [
        {"experiment": 1}, {"experiment": {"corpora": 5}}, {"experiment": {"methods": [[1]]}},
        {"experiment": {"train": [{"x": 1}], "test": "abc"}}, {"arguments": [1, 2]},
        {"arguments": "rm"}, {"state": "../x"}, {"state": ["done"]}, {"created": {"a": 1}},
        {"n_folds": "10"}, {"n_folds": True}, {"error": "/etc/shadow"}, {"error": {"code": 1}},
    ],
)  # fmt: skip
def test_a_crafted_state_is_none_and_the_list_stands(
    tmp_path: Path, crafted: dict[str, Any]
) -> None:
    RunFile(tmp_path, "ours").write(**STATE)
    (tmp_path / "other.run.json").write_text(json.dumps({**STATE, **crafted}))
    assert [run.name for run in run_files(tmp_path)] == ["ours"]
    listed = asyncio.run(keeper_of(tmp_path).every())
    assert [run["id"] for run in listed] == ["ours"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_a_folder_and_a_dead_link_are_no_runs_and_nobody_waits_for_them(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "pipe.run.json")
    os.mkfifo(tmp_path / "sound.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "link.jsonl").symlink_to("nowhere")
    assert run_files(tmp_path) == []
    for name in ("pipe", "sound", "folder", "link"):
        with pytest.raises(Problem) as told:
            run_file(tmp_path, name)
        assert told.value.status == 404


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_what_was_computed_is_not_awaited_from_a_pipe(tmp_path: Path) -> None:
    run = RunFile(tmp_path, "a")
    run.records.write_text("x")
    (tmp_path / CACHE).mkdir()
    os.mkfifo(run.cache("summary"))
    assert run.cached("summary") == (None, False)


@pytest.mark.parametrize("rows", [None, [1], [{"n_folds": "x"}], [{"n_folds": 1}]])
def test_a_crafted_summary_is_none(tmp_path: Path, rows: object) -> None:
    run = RunFile(tmp_path, "a")
    run.records.write_text("x")
    (tmp_path / CACHE).mkdir()
    document = {"stamp": stamp(run.records), "summary": rows, "n_records": 1}
    run.cache("summary").write_text(json.dumps(document))
    assert run.cached("summary") == (None, False)


def test_what_cannot_be_removed_is_told_and_stays_in_the_list(tmp_path: Path) -> None:
    run = RunFile(tmp_path, "a").write(**STATE)
    run.records.mkdir()
    with pytest.raises(OutputError):
        run.delete()
    assert run_file(tmp_path, "a").began == STATE


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "a.jsonl").symlink_to("kept.txt")
    run_file(tmp_path, "a").delete()
    assert (tmp_path / "kept.txt").read_text() == "kept"
    assert not (tmp_path / "a.jsonl").is_symlink()


@pytest.mark.filterwarnings("ignore::emovox.evaluation.records.RecordsCut")
@pytest.mark.parametrize("damage", ["[" * 200_000, '{"a":' * 100_000, '{"format":' + "1" * 5000])
def test_records_too_deep_to_read_cost_no_other_run_its_summary(
    tmp_path: Path, damage: str
) -> None:
    runs = [RunFile(tmp_path, name) for name in ("a-deep", "b-empty")]
    runs[0].records.write_text(damage + "\n" + damage)
    runs[1].records.write_text("")
    (tmp_path / CACHE).mkdir()
    write_summaries([{"records": str(r.records), "cache": str(r.cache("summary"))} for r in runs])
    found = [run.cached("summary")[0] or {} for run in runs]
    assert [one["error"] and one["error"]["code"] for one in found] == ["records-damaged", None]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such lock")
def test_a_run_that_another_server_is_at_is_running_and_not_interrupted(tmp_path: Path) -> None:
    run = RunFile(tmp_path, "theirs").write(**{**STATE, "state": "running", "error": None})
    run.records.write_text("")
    assert keeper_of(tmp_path).state_of(run) == "interrupted"
    code = (
        "import sys; from emovox.evaluation.records import Records\n"
        "records = Records(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code, str(run.records)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert keeper_of(tmp_path).state_of(run) == "running"
        other.communicate()
    assert keeper_of(tmp_path).state_of(run) == "interrupted"


def test_a_run_that_finds_no_place_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise Problem(503, "busy", "16 jobs are waiting already")

    keeper = keeper_of(tmp_path, SimpleNamespace(start=full))

    async def arguments(*_: Any) -> list[str]:
        return ["bench", "ridge"]

    async def plan(experiment: Any, _: Any) -> None:
        keeper._plans[json.dumps(experiment, sort_keys=True)] = 10

    keeper.arguments, keeper.plan = arguments, plan  # type: ignore[assignment, method-assign]
    with pytest.raises(Problem):
        asyncio.run(keeper.start(RunFile(tmp_path, "late"), EXPERIMENT))
    assert run_files(tmp_path) == []


def test_without_scikit_learn_the_choices_say_what_to_install() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from emovox.server.page.experiment_work import main; sys.exit(main('choices'))"
    )
    ended = subprocess.run([sys.executable, "-c", code], input=b"{}\n", capture_output=True)
    assert ended.returncode == 3
    error = json.loads(ended.stderr)["error"]
    assert error["code"] == "extra-missing"
    assert 'pip install "emovox[bench]"' in error["message"]
