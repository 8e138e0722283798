"""Child processes of the page: progress, errors, bounds, cancelling, and no orphans."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from emovox.server import children
from emovox.server.jobs import Job, Jobs
from emovox.server.problems import Problem

CHILD = """
import json, os, signal, sys, time
what = sys.argv[1]
if what == "count":
    for done in range(1, 4):
        print(json.dumps({"progress": "folds", "done": done, "total": 3}), file=sys.stderr)
        sys.stderr.flush()
        time.sleep(0.05)
    print(json.dumps({"nice": os.nice(0), "token": os.environ.get("EMOVOX_TOKEN")}))
elif what == "fail":
    print("emovox: warning: first", file=sys.stderr)
    print(json.dumps({"error": {"code": "corpus-missing", "message": "there is no folder "
          "/srv/anna/emodb", "name": "/srv/anna/emodb"}}), file=sys.stderr)
    sys.exit(3)
elif what == "fault":
    raise ValueError("a fault of ours")
elif what == "usage":
    print("emovox: No such option: --x", file=sys.stderr)
    sys.exit(2)
elif what == "flood":
    sys.stderr.write("x" * 5_000_000)
    sys.stdout.write("y" * 9_000_000)
elif what == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(sys.argv[2], "w").close()
    time.sleep(60)
elif what == "wait":
    open(sys.argv[2], "a").write(str(os.getpid()) + "\\n")
    while not os.path.exists(sys.argv[3]):
        time.sleep(0.02)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "stand_in_child.py").write_text(CHILD, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "stand_in_child"


async def until(true: Callable[[], object], *, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def in_loop(work: Awaitable[None]) -> None:
    async def main() -> None:
        await work

    asyncio.run(main())


def test_a_job_tells_its_progress_and_its_result(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOVOX_TOKEN", "secret")
    seen = []

    async def work() -> None:
        jobs = Jobs(module=module)
        job = jobs.start(
            "bench", ["count"], about={"run": "a"}, changed=lambda job: seen.append(job.state)
        )
        assert (job.state, jobs.get(job.id)) == ("queued", job)
        await until(lambda: job.done)
        assert (job.activity, job.total) == ("folds", 3)
        await jobs.ended(job.id)
        assert job.as_json()["about"] == {"run": "a"}
        assert (job.state, job.done, job.error) == ("done", 3, None)
        own = os.nice(0) if hasattr(os, "nice") else 0
        nicer = min(own + children.NICER, 19) if hasattr(os, "nice") else 0
        assert job.result == {"nice": nicer, "token": None}

    in_loop(work())
    assert seen == ["running", "done"]


def test_the_time_left_comes_from_the_pace_of_this_activity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    job = Job("1", "bench", {})
    job.take({"progress": "folds", "done": 2, "total": 10})
    assert job.seconds_left is None
    now = 104.0
    job.take({"progress": "folds", "done": 4, "total": 10})
    assert job.seconds_left == 12.0
    job.take({"progress": "features mfcc", "done": 4, "total": 5})
    assert (job.activity, job.seconds_left) == ("features mfcc", None)
    job.take({"progress": ["no"], "done": "x", "total": 5})
    assert (job.done, job.total) == (4, 5)


def test_a_failed_job_has_the_code_and_a_sentence_without_paths(module: str) -> None:
    async def work() -> None:
        jobs = Jobs(module=module)
        job = await jobs.ended(jobs.start("bench", ["fail"]).id)
        assert job.state == "failed"
        assert job.error == {"code": "corpus-missing", "message": "emodb: there is no folder emodb"}
        job = await jobs.ended(jobs.start("check", ["usage"]).id)
        assert job.error == {"code": "usage", "message": "No such option: --x"}
        with pytest.raises(Problem) as caught:
            await jobs.ask(["fail"])
        assert (caught.value.status, caught.value.code) == (404, "corpus-missing")
        with pytest.raises(Problem) as caught:
            await jobs.ask(["fault"])
        assert (caught.value.status, caught.value.code) == (500, "internal")

    in_loop(work())


def test_what_a_child_says_is_bounded(module: str) -> None:
    async def work() -> None:
        ended = await children.run(["flood"], module=module, keep_bytes=1000)
        assert (ended.output, ended.is_whole, ended.status) == (b"y" * 1000, False, 0)
        with pytest.raises(Problem):
            await Jobs(module=module).ask(["flood"], keep_bytes=1000)

    in_loop(work())


def test_one_experiment_at_a_time_and_short_work_beside_it(module: str, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"

    async def work() -> None:
        jobs = Jobs(module=module, waiting=2)
        argv = ["wait", str(begun), str(go)]
        first = jobs.start("bench", argv)
        await until(begun.exists)
        second, third = jobs.start("train", argv), jobs.start("bench", argv)
        with pytest.raises(Problem) as caught:
            jobs.start("bench", argv)
        assert (caught.value.status, caught.value.code) == (503, "busy")
        jobs.cancel(third.id)
        await jobs.ended(third.id)
        assert third.state == "cancelled"
        small = await jobs.ended(jobs.start("check", ["count"]).id)
        assert (small.state, first.state, second.state) == ("done", "running", "queued")
        go.touch()
        await jobs.ended(second.id)
        assert (first.state, second.state) == ("done", "done")
        assert len(begun.read_text().split()) == 2

    in_loop(work())


def test_a_cancelled_child_is_gone_even_where_it_will_not_listen(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "STOP_S", 0.3)
    began = tmp_path / "began"

    async def work() -> None:
        jobs = Jobs(module=module)
        job = jobs.start("bench", ["deaf", str(began)])
        await until(began.exists)
        jobs.cancel(job.id)
        await jobs.ended(job.id)
        assert (job.state, job.error) == ("cancelled", None)

    before = time.monotonic()
    in_loop(work())
    assert time.monotonic() - before < 20


def test_a_question_takes_no_longer_than_allowed(module: str, tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(Problem) as caught:
            await Jobs(module=module).ask(
                ["wait", str(tmp_path / "a"), str(tmp_path / "never")], deadline_s=0.5
            )
        assert caught.value.code == "too-slow"

    in_loop(work())


def test_closing_ends_the_children(module: str, tmp_path: Path) -> None:
    async def work() -> None:
        jobs = Jobs(module=module)
        argv = ["wait", str(tmp_path / "begun"), str(tmp_path / "never")]
        running = jobs.start("bench", argv)
        waiting = jobs.start("bench", argv)
        await until((tmp_path / "begun").exists)
        await jobs.close()
        assert (running.state, waiting.state) == ("cancelled", "cancelled")

    in_loop(work())


def test_an_unknown_job_is_not_found() -> None:
    with pytest.raises(Problem) as caught:
        Jobs().get("nothing")
    assert caught.value.status == 404


LEASHED = """
import os, sys, time
from emovox.server.leash import end_with_the_parent
end_with_the_parent()
print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_a_child_ends_when_the_server_is_killed() -> None:
    environment = {**os.environ, "EMOVOX_LEASH": "stdin"}
    with subprocess.Popen(
        [sys.executable, "-c", LEASHED], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=environment,
    ) as child:  # fmt: skip
        assert child.stdin
        assert child.stdout
        child.stdout.readline()
        assert child.poll() is None
        child.stdin.close()  # as the system does for a process that has died
        assert child.wait(timeout=10) == 143
