"""Streams through a whole server: `emovox serve`, its doors, its workers."""

from __future__ import annotations

import json
import os
import signal
import time

import numpy as np
from tests.made_voices import voice
from websockets.sync.client import connect

from child_processes import children
from emovox.inference import Stream, load

from .live_server import RATE, ending, hear, pcm, talking, until
from .served_streams import address, metric, model_folder, server

__all__ = ["address", "model_folder", "server"]

PIECE_S = 0.05


def test_a_stream_gives_what_the_library_gives(address, model_folder):
    recogniser = load(model_folder)
    speech = np.concatenate([np.zeros(RATE, np.float32), voice("sadness", seconds=2)])
    expected = Stream(recogniser, sample_rate=RATE).feed(speech)
    sound, quarter = pcm(speech), 2 * RATE // 4
    with connect(address, compression=None) as client:
        client.send(json.dumps({"sample_rate": RATE}))
        ready = hear(client)
        assert ready["labels"] == list(recogniser.labels)
        assert ready["model"] == {
            "name": recogniser.model.name, "sha256": recogniser.model.sha256
        }  # fmt: skip
        for place, result in zip(range(0, len(sound), quarter), expected, strict=True):
            client.send(sound[place : place + quarter])
            score = hear(client)
            told = result.as_json()
            for key in ("start", "end", "emotion", "scores", "warnings"):
                assert score[key] == told[key], (key, result.end)
    assert (expected[0].emotion, expected[-1].emotion) == (None, "sadness")


def test_the_first_answer_comes_within_the_promised_time(address):
    lead_s = 0.6
    speech = np.concatenate([np.zeros(round(lead_s * RATE), np.float32), voice("anger", seconds=1)])
    sound, piece = pcm(speech), 2 * round(PIECE_S * RATE)
    waits: list[float] = []
    while len(waits) < 3 and not (waits and min(waits) < 0.6):  # the machine may be busy
        with talking(address) as client:
            began, heard = time.monotonic(), None
            for number, place in enumerate(range(0, len(sound), piece), start=1):
                time.sleep(max(began + number * PIECE_S - time.monotonic(), 0))
                client.send(sound[place : place + piece])
                try:
                    while heard is None and (score := hear(client, 0.001)):
                        heard = time.monotonic() if score["emotion"] else None
                except TimeoutError:
                    continue
            waits.append(heard - began - lead_s)
    assert min(waits) < 0.6


def test_open_streams_are_counted(server, address):
    before = metric(server, "streams_total")
    with talking(address):
        assert metric(server, "streams_open") == 1
    until(lambda: metric(server, "streams_open") == 0)
    assert metric(server, "streams_total") == before + 1


def test_an_unknown_model_is_said(address):
    with connect(address + "?model=nobody", compression=None) as client:
        client.send('{"sample_rate": 16000}')
        code, sentence, close = ending(client)
    assert (code, close) == ("model-missing", 1008)
    assert "known: " in sentence
    assert "/" not in sentence


def test_a_worker_that_is_killed_costs_a_stream_one_window(server, address):
    quarter = pcm(voice("anger", seconds=0.25))
    with talking(address) as client:
        client.send(quarter)
        assert hear(client)["end"] == 0.25
        restarts = metric(server, "worker_restarts_total")
        for pid in children(server.process.pid):
            os.kill(pid, signal.SIGKILL)
        until(lambda: metric(server, "worker_restarts_total") > restarts)
        ends = []
        for _ in range(40):
            client.send(quarter)
            time.sleep(0.1)
            try:
                ends.append(hear(client, 0.1)["end"])
            except TimeoutError:
                continue
            if len(ends) == 3:
                break
    assert len(ends) == 3
