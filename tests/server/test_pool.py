"""Promises of the pool of workers."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emovox.server.pool import Pool
from emovox.server.problems import Problem
from emovox.server.settings import Limits, Settings

ODD = str(Path(__file__).with_name("odd_worker.py"))
SETTINGS = Settings(workers=2, limits=Limits(queue=400, answer_s=20.0))


def with_pool(
    test: Callable[[Pool], Awaitable[None]],
    settings: Settings = SETTINGS,
    *,
    batch: int | None = None,
) -> None:
    """Run a test against a pool whose workers are there."""

    async def run() -> None:
        pool = Pool(settings, worker=(ODD,) if batch is None else (ODD, str(batch)))
        await pool.start()
        try:
            await until(lambda: pool.ready == settings.workers)
            await test(pool)
        finally:
            await pool.close(0)

    asyncio.run(run())


async def until(fulfilled: Callable[[], bool], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < limit, "it did not happen in time"
        await asyncio.sleep(0.01)


def ask(pool: Pool, name: str, **options: Any) -> asyncio.Future[dict[str, Any]]:
    return pool.submit("predict", {"path": "p", "name": name}, **options)


async def answer_of(pool: Pool, name: str) -> dict[str, Any]:
    return (await ask(pool, name))["lines"][0]


async def outcome(future: asyncio.Future[dict[str, Any]]) -> str:
    """Name that was answered, or the code of the problem."""
    try:
        return (await future)["lines"][0]["path"]
    except Problem as problem:
        return problem.code


def test_each_hears_the_answer_to_its_own_question_whatever_is_asked_at_once() -> None:
    async def test(pool: Pool) -> None:
        rng = random.Random(3)
        names = [f"sleep-{rng.random() / 50:.6f}" for _ in range(200)]
        assert await asyncio.gather(*(outcome(ask(pool, name)) for name in names)) == names
        assert (pool.queued, pool.busy, pool.restarts) == (0, 0, 0)

    with_pool(test)


def test_work_begins_in_the_order_in_which_it_was_asked_for() -> None:
    async def test(pool: Pool) -> None:
        done: list[int] = []
        futures = [ask(pool, f"echo-{n}") for n in range(50)]
        for n, future in enumerate(futures):
            future.add_done_callback(lambda _, n=n: done.append(n))
        await asyncio.gather(*futures)
        await asyncio.sleep(0)
        assert done == list(range(50))

    with_pool(test, replace(SETTINGS, workers=1))


def test_a_full_queue_refuses_at_once_and_says_when_to_come_again() -> None:
    async def test(pool: Pool) -> None:
        held = [ask(pool, "sleep-5") for _ in range(2 + 3)]  # two at work, three that wait
        began = time.monotonic()
        with pytest.raises(Problem) as caught:
            ask(pool, "echo")
        assert time.monotonic() - began < 0.05
        assert (caught.value.status, caught.value.code) == (503, "busy")
        assert 1 <= int(caught.value.headers["Retry-After"]) <= 60
        held.pop().cancel()
        await asyncio.sleep(0)
        held.append(ask(pool, "echo"))

    with_pool(test, replace(SETTINGS, limits=Limits(queue=3)))


def test_a_crash_costs_its_own_request_alone_and_the_worker_is_replaced() -> None:
    async def test(pool: Pool) -> None:
        names = [f"echo-{n}" for n in range(20)]
        names[7] = "crash"
        answers = await asyncio.gather(*(outcome(ask(pool, name)) for name in names))
        assert answers == [*names[:7], "decoder-crashed", *names[8:]]
        await until(lambda: pool.ready == 2)
        assert pool.restarts == 1

    with_pool(test)


def test_what_was_killed_is_named() -> None:
    async def test(pool: Pool) -> None:
        with pytest.raises(Problem, match="SIGSEGV") as caught:
            await ask(pool, "crash")
        assert caught.value.status == 422

    with_pool(test, replace(SETTINGS, workers=1))


def test_of_a_batch_that_crashes_only_the_guilty_one_fails() -> None:
    async def test(pool: Pool) -> None:
        first = ask(pool, "sleep-0.1")
        await until(lambda: pool.busy == 1)
        names = ["echo-1", "echo-2", "crash", "echo-3"]
        futures = [ask(pool, name) for name in names]
        assert await outcome(first) == "sleep-0.1"
        answers = await asyncio.gather(*map(outcome, futures))
        assert answers == ["echo-1", "echo-2", "decoder-crashed", "echo-3"]

    with_pool(test, replace(SETTINGS, workers=1), batch=8)


@pytest.mark.parametrize(("batch", "sizes"), [(1, [1] * 6), (4, [4] * 4 + [2] * 2), (8, [6] * 6)])
def test_what_waits_together_goes_together_where_that_pays(batch: int, sizes: list[int]) -> None:
    async def test(pool: Pool) -> None:
        first = ask(pool, "sleep-0.1")
        await until(lambda: pool.busy == 1)
        futures = [ask(pool, f"echo-{n}") for n in range(6)]
        await first
        answers = [(await future)["lines"][0] for future in futures]
        assert [each["together"] for each in answers] == sizes
        assert [each["path"] for each in answers] == [f"echo-{n}" for n in range(6)]

    with_pool(test, replace(SETTINGS, workers=1), batch=batch)


def test_a_batch_leaves_work_for_workers_that_are_idle() -> None:
    async def test(pool: Pool) -> None:
        answers = await asyncio.gather(*(answer_of(pool, f"sleep-0.{n}") for n in range(1, 5)))
        assert max(each["together"] for each in answers) == 2

    with_pool(test, batch=8)


def test_other_models_and_segments_are_not_put_into_a_batch() -> None:
    async def test(pool: Pool) -> None:
        first = ask(pool, "sleep-0.1")
        await until(lambda: pool.busy == 1)
        futures = [
            pool.submit("predict", {"path": "p", "name": "a", **more})
            for more in ({}, {"model": "x"}, {"segments": True}, {})
        ]
        await first
        answers = [(await future)["lines"][0]["together"] for future in futures]
        assert answers == [2, 1, 1, 2]

    with_pool(test, replace(SETTINGS, workers=1), batch=8)


def test_work_that_takes_too_long_is_ended_and_the_next_is_served() -> None:
    async def test(pool: Pool) -> None:
        slow = ask(pool, "stubborn-60")
        after = ask(pool, "echo")
        with pytest.raises(Problem) as caught:
            await slow
        assert (caught.value.status, caught.value.code) == (422, "too-slow")
        assert await outcome(after) == "echo"

    with_pool(test, Settings(workers=1, limits=Limits(answer_s=0.3)))


def test_what_waits_is_dropped_with_its_client() -> None:
    async def test(pool: Pool) -> None:
        first = ask(pool, "sleep-0.2")
        dropped, kept = ask(pool, "crash"), ask(pool, "echo")
        dropped.cancel()
        await asyncio.sleep(0)
        assert pool.queued <= 2
        await first
        assert await outcome(kept) == "echo"
        assert pool.restarts == 0

    with_pool(test, replace(SETTINGS, workers=1))


def test_work_in_hand_is_stopped_with_its_client_without_ending_the_worker() -> None:
    async def test(pool: Pool) -> None:
        pids = pool.pids
        left = asyncio.create_task(pool.run("predict", {"path": "p", "name": "sleep-60"}))
        await until(lambda: pool.busy == 1)
        began = time.monotonic()
        left.cancel()
        assert await outcome(ask(pool, "echo")) == "echo"
        assert time.monotonic() - began < 1.0
        assert (pool.pids, pool.restarts) == (pids, 0)

    with_pool(test, replace(SETTINGS, workers=1))


@pytest.mark.slow
def test_a_worker_that_does_not_stop_is_ended() -> None:
    async def test(pool: Pool) -> None:
        left = ask(pool, "stubborn-60")
        await until(lambda: pool.busy == 1)
        began = time.monotonic()
        left.cancel()
        assert await outcome(ask(pool, "echo")) == "echo"
        assert 1.5 < time.monotonic() - began < 10.0
        assert pool.restarts == 1

    with_pool(test, replace(SETTINGS, workers=1))


def test_what_a_library_prints_disturbs_no_answer() -> None:
    async def test(pool: Pool) -> None:
        assert await outcome(ask(pool, "print")) == "print"
        assert pool.restarts == 0

    with_pool(test, replace(SETTINGS, workers=1))


def test_a_number_that_json_cannot_hold_is_null() -> None:
    async def test(pool: Pool) -> None:
        assert (await answer_of(pool, "nan"))["value"] is None

    with_pool(test, replace(SETTINGS, workers=1))


def test_faults_and_want_of_memory_are_told_without_what_they_say(caplog) -> None:
    async def test(pool: Pool) -> None:
        assert await outcome(ask(pool, "memory")) == "out-of-memory"
        with pytest.raises(Problem) as caught:
            await ask(pool, "fault")
        assert (caught.value.status, caught.value.code) == (500, "internal")
        assert "secret" not in caught.value.sentence
        assert pool.restarts == 0

    with_pool(test, replace(SETTINGS, workers=1))
    assert "ValueError at odd_worker.py" in caplog.text
    assert "secret" not in caplog.text


def test_an_idle_worker_that_is_killed_is_replaced_and_nothing_is_lost() -> None:
    async def test(pool: Pool) -> None:
        before = pool.pids
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        answers = await asyncio.gather(*(outcome(ask(pool, f"echo-{n}")) for n in range(20)))
        assert answers == [f"echo-{n}" for n in range(20)]
        await until(lambda: pool.ready == 2)
        assert not set(before) & set(pool.pids)

    with_pool(test)


def test_a_pool_that_closes_finishes_what_it_holds() -> None:
    async def test(pool: Pool) -> None:
        futures = [ask(pool, "sleep-0.2") for _ in range(4)]
        await pool.close(10)
        assert [await outcome(future) for future in futures] == ["sleep-0.2"] * 4
        with pytest.raises(Problem, match="stopping"):
            ask(pool, "echo")

    with_pool(test)


def test_a_pool_that_closes_waits_no_longer_than_it_may() -> None:
    async def test(pool: Pool) -> None:
        futures = [ask(pool, "stubborn-60") for _ in range(4)]
        await until(lambda: pool.busy == 2)
        pids, began = pool.pids, time.monotonic()
        await pool.close(0.2)
        assert time.monotonic() - began < 5.0
        assert [await outcome(future) for future in futures] == ["busy"] * 4
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)

    with_pool(test)


def test_workers_that_cannot_start_are_said_instead_of_waited_for(caplog) -> None:
    async def run() -> None:
        pool = Pool(Settings(workers=1), worker=("-c", "raise SystemExit(3)"))
        await pool.start()
        try:
            assert await asyncio.wait_for(outcome(ask(pool, "echo")), 20) == "internal"
        finally:
            await pool.close(0)

    asyncio.run(run())
    assert "status 3" in caplog.text
