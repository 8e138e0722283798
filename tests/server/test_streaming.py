"""Sound in while it is spoken, rolling scores out."""

from __future__ import annotations

import threading
import time
import tracemalloc

import numpy as np
from websockets.sync.client import connect

from emovox.server.problems import Problem
from emovox.server.settings import Limits
from emovox.server.streaming import MAX_LOST

from .live_server import RATE, ScriptedPool, ending, hear, pcm, served, talking, until

QUARTER = bytes(2 * RATE // 4)
BUSY = Problem(503, "busy", "16 requests wait already; try again in 1 s")


def test_a_stream_says_who_answers_and_then_a_score_each_quarter_second():
    pool = ScriptedPool()
    with served(pool) as (address, _), connect(address + "?model=made", compression=None) as client:
        client.send('{"sample_rate": 16000}')
        assert hear(client) == {
            "type": "ready", "model": {"name": "made", "sha256": "0" * 64},
            "labels": ["anger", "neutral"],
        }  # fmt: skip
        for number in range(1, 15):
            client.send(QUARTER)
            score = hear(client)
            assert score.pop("late_ms") < 1000
            assert score == {
                "type": "score", "start": max(0.25 * number - 3, 0), "end": 0.25 * number,
                "emotion": "anger", "scores": {"anger": 0.9, "neutral": 0.1}, "warnings": [],
            }  # fmt: skip
    assert pool.opened == [{"model": "made"}]
    assert {window["model"] for window in pool.windows} == {"made"}
    assert pool.windows[-1]["bytes"] == 2 * 3 * RATE


def test_frames_of_any_size_are_put_together():
    with served(ScriptedPool()) as (address, _), talking(address) as client:
        for size in (0, 2, 100, 5000, len(QUARTER) - 5102):
            client.send(bytes(size))
        assert hear(client)["end"] == 0.25


def test_sound_that_comes_before_ready_is_heard():
    with served(ScriptedPool()) as (address, _), connect(address, compression=None) as client:
        client.send('{"sample_rate": 16000}')
        for _ in range(4):
            client.send(QUARTER)
        assert hear(client)["type"] == "ready"
        while hear(client)["end"] < 1.0:
            pass


def test_late_workers_get_only_the_newest_window_and_one_at_a_time():
    pool = ScriptedPool(seconds=0.3)
    with served(pool) as (address, _), talking(address) as client:
        ends = []
        for _ in range(16):
            client.send(QUARTER)
            time.sleep(0.05)
        while not ends or ends[-1] < 4.0:
            ends.append(hear(client)["end"])
    assert ends == sorted(set(ends))
    assert len(ends) < 8
    assert pool.most_at_work == 1


def test_lateness_is_told():
    with served(ScriptedPool(seconds=0.2)) as (address, _), talking(address) as client:
        client.send(QUARTER)
        assert 190 <= hear(client)["late_ms"] < 1000


def test_a_window_that_no_worker_could_take_is_left_out():
    pool = ScriptedPool()
    crashed = Problem(422, "decoder-crashed", "crashed the decoder (SIGKILL)")
    with served(pool) as (address, _), talking(address) as client:
        pool.failing = [BUSY, crashed, BUSY]
        for number in range(1, 5):
            client.send(QUARTER)
            until(lambda number=number: pool.n_windows == number)
        assert hear(client)["end"] == 1.0


def test_a_stream_that_nobody_answers_ends():
    pool = ScriptedPool()
    with served(pool) as (address, _), talking(address) as client:
        pool.failing = [BUSY] * (MAX_LOST + 1)
        for number in range(1, MAX_LOST + 2):
            client.send(QUARTER)
            until(lambda number=number: pool.n_windows == number)
        assert ending(client) == ("busy", BUSY.sentence, 1013)


def test_a_model_that_is_not_there_is_said_without_a_path():
    pool = ScriptedPool()

    async def missing(*_: object, **__: object) -> dict[str, object]:
        raise Problem(
            404, "model-missing", "there is no model 'x' in /srv/models/x; known: default"
        )

    pool.run = missing
    with served(pool) as (address, _), connect(address, compression=None) as client:
        client.send('{"sample_rate": 16000}')
        code, sentence, close = ending(client)
    assert (code, close) == ("model-missing", 1008)
    assert "/srv" not in sentence


def test_a_client_that_leaves_frees_its_work_and_its_place():
    pool = ScriptedPool(seconds=30)
    with served(pool) as (address, metrics):
        with talking(address) as client:
            client.send(QUARTER)
            until(lambda: pool.at_work == 1)
            assert metrics.open == 1
            client.socket.close()  # without a word
        until(lambda: pool.cancelled == 1)
        until(lambda: metrics.open == 0)


def test_an_hour_of_sound_takes_no_more_memory_than_a_minute():
    limits = Limits(stream_waiting_s=1e9, stream_s=1e9)
    frame = bytes(32 * 1024)  # 1.024 s

    def speak(client, frames: int, end_s: float) -> int:
        for _ in range(frames):
            client.send(frame)
        while hear(client, 30)["end"] < end_s:
            pass
        return tracemalloc.get_traced_memory()[0]

    with served(ScriptedPool(), limits) as (address, _), talking(address) as client:
        tracemalloc.start()
        begun = speak(client, 120, 120 * 1.024 - 0.25)
        ended = speak(client, 3600, 3720 * 1.024 - 0.25)
        tracemalloc.stop()
    assert ended - begun < 250_000


def test_several_streams_do_not_wait_for_each_other():
    pool = ScriptedPool(seconds=0.1)
    ends: list[float] = []

    def listen(address: str) -> None:
        with talking(address) as client:
            for _ in range(4):
                client.send(QUARTER)
                ends.append(hear(client)["end"])

    with served(pool) as (address, _):
        began = time.monotonic()
        threads = [threading.Thread(target=listen, args=(address,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ends) == sorted([0.25, 0.5, 0.75, 1.0] * 8)
    assert time.monotonic() - began < 8 * 4 * 0.1
    assert pool.most_at_work > 1


def test_loud_and_soft_samples_arrive_as_they_were_sent():
    pool = ScriptedPool()
    seen: list[bytes] = []
    run = pool.run

    async def noting(kind, arguments, *, blob=b""):
        seen.append(blob)
        return await run(kind, arguments, blob=blob)

    pool.run = noting
    sound = pcm(np.random.default_rng(0).uniform(-1, 1, RATE // 2))
    with served(pool) as (address, _), talking(address) as client:
        client.send(sound)
        assert hear(client)["end"] == 0.5
    assert seen[-1] == sound
