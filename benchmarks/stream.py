"""Live streams of `emovox serve`: how soon it answers, how steadily, and in how much memory.

A server of its own process is given 1, 4 and 8 streams at once, each in real time: recordings with
pauses between them, in pieces of 50 ms that are sent when they would have been spoken. Told are

- from the beginning of speech (as the detector hears it in the recording) to the first answer with
  an emotion, at the client;
- the time between two answers, how late the server says that they are, and how many of the windows
  that were due were left out;
- memory and processor time of the server and its workers, and the load of the machine, which other
  work on it makes too.

    python benchmarks/stream.py [--seconds 60] [--soak-seconds 300] [--out results/stream.json]

The recordings are EmoDB's where EMOVOX_CORPORA has them, else the demo clips (synthetic speech).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import ClientConnection, connect

import emovox
from emovox.audio import read
from emovox.audio.activity import speech_segments
from emovox.corpora import read_corpus
from emovox.demo.clips import clip_paths
from emovox.inference.rolling import HOP_S
from emovox.inference.stream import as_pcm

RATE = 16_000
PIECE_S = 0.05
PAUSE_S = 3.5
"""Long enough that no window holds the speech before it."""
N_RECORDINGS = 40


@dataclass
class Heard:
    """What the clients of one run saw.

    Parameters
    ----------
    waits_s : list of float
        From the beginning of speech to the first answer with an emotion.
    intervals_s : list of float
        Between two answers.
    late_ms : list of int
        As the server says.
    due, answered : int
        Windows.
    """

    waits_s: list[float] = field(default_factory=list)
    intervals_s: list[float] = field(default_factory=list)
    late_ms: list[int] = field(default_factory=list)
    due: int = 0
    answered: int = 0


def recordings() -> list[npt.NDArray[np.float32]]:
    """Sound of recordings that begin and end with speech or silence, as they are."""
    root = os.environ.get("EMOVOX_CORPORA", "")
    if root and (Path(root) / "emodb").is_dir():
        paths = [item.path for item in read_corpus("emodb")]
        paths = paths[:: len(paths) // N_RECORDINGS]
    else:
        paths = list(clip_paths())
    return [read(path, sample_rate=RATE).samples for path in paths]


def talk(
    sounds: Sequence[npt.NDArray[np.float32]], seconds: float, first: int
) -> tuple[bytes, list[float]]:
    """Sound of one speaker, and when speech begins in it."""
    parts, onsets, place = [], [], 0
    pause = np.zeros(round(PAUSE_S * RATE), np.float32)
    while place < seconds * RATE:
        sound = sounds[first % len(sounds)]
        spans = speech_segments(sound, sample_rate=RATE)
        first += 1
        if not spans:
            continue
        # A first beat that is not a multiple of the hop, so that onsets fall anywhere in it.
        lead = pause[: pause.size - (first * 1_237) % 4_000]
        onsets.append((place + lead.size) / RATE + spans[0][0])
        parts += [lead, sound]
        place += lead.size + sound.size
    return as_pcm(np.concatenate(parts)[: round(seconds * RATE)]), onsets


async def one_stream(
    port: int, pcm: bytes, onsets: Sequence[float], heard: Heard, delay_s: float
) -> None:
    """Speak in real time, and note when answers come."""
    await asyncio.sleep(delay_s)
    address = f"ws://127.0.0.1:{port}/v1/stream"
    async with connect(address, compression=None) as client:
        await client.send(json.dumps({"sample_rate": RATE}))
        await client.recv()
        began = time.monotonic()
        answers = asyncio.ensure_future(listen(client, began))
        piece = 2 * round(PIECE_S * RATE)
        for number, place in enumerate(range(0, len(pcm), piece), start=1):
            await asyncio.sleep(max(began + number * PIECE_S - time.monotonic(), 0))
            await client.send(pcm[place : place + piece])
        await asyncio.sleep(1.0)
    told = await answers
    times = [when for when, _ in told]
    heard.intervals_s += np.diff(times).tolist()
    heard.late_ms += [score["late_ms"] for _, score in told]
    heard.due += int(len(pcm) / 2 / RATE / HOP_S)
    heard.answered += len(told)
    for onset in onsets:
        after = [when for when, score in told if when > onset and score["emotion"]]
        if after and onset + 1.0 < len(pcm) / 2 / RATE:
            heard.waits_s.append(after[0] - onset)


async def listen(client: ClientConnection, began: float) -> list[tuple[float, dict[str, Any]]]:
    """Scores with the seconds at which they came, until the stream is closed."""
    told = []
    async for text in client:
        message = json.loads(text)
        if message["type"] != "score":
            raise RuntimeError(str(message))
        told.append((time.monotonic() - began, message))
    return told


async def run(port: int, sounds: Sequence[npt.NDArray[np.float32]], n: int, s: float) -> Heard:
    """So many streams at once, not in step with each other."""
    heard = Heard()
    talks = [talk(sounds, s, 7 * number) for number in range(n)]
    await asyncio.gather(
        *(one_stream(port, *each, heard, 0.061 * k) for k, each in enumerate(talks))
    )
    return heard


def figures(heard: Heard) -> dict[str, Any]:
    """Percentiles of a run."""

    def spread(values: Sequence[float], scale: float) -> dict[str, int]:
        cuts = np.percentile(np.asarray(values) * scale, [50, 95, 100])
        return {name: round(cut) for name, cut in zip(("p50", "p95", "max"), cuts, strict=True)}

    return {
        "first_answer_ms": {**spread(heard.waits_s, 1000), "onsets": len(heard.waits_s)},
        "interval_ms": spread(heard.intervals_s, 1000),
        "late_ms": spread(heard.late_ms, 1),
        "windows_due": heard.due,
        "windows_left_out": heard.due - heard.answered,
    }


def usage(server: subprocess.Popen[bytes], port: int) -> tuple[float, float]:
    """Resident MiB and processor seconds of the server and its workers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    held = sum(float(each) for each in re.findall(r"^emovox_memory_bytes\S* (\S+)$", text, re.M))
    spent = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if entry.name == str(server.pid) or fields[1] == str(server.pid):
            spent += int(fields[11]) + int(fields[12])
    return held / 2**20, spent / os.sysconf("SC_CLK_TCK")


def start() -> tuple[subprocess.Popen[bytes], int]:
    """A server with the default model, and its port."""
    server = subprocess.Popen(
        [sys.executable, "-m", "emovox", "serve", "--port", "0"], stderr=subprocess.PIPE
    )
    line = server.stderr.readline().decode() if server.stderr else ""
    found = re.search(r":(\d+)/", line)
    if found is None:
        raise SystemExit(line)
    return server, int(found[1])


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--soak-seconds", type=float, default=300)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    sounds = recordings()
    server, port = start()
    rows = []
    try:
        asyncio.run(run(port, sounds, 2, 6))  # both workers have loaded and answered
        plan = [(n, arguments.seconds) for n in arguments.streams]
        plan += [(4, arguments.soak_seconds / 2)] * 2 if arguments.soak_seconds else []
        for n, seconds in plan:
            _, before = usage(server, port)
            began = time.monotonic()
            told = figures(asyncio.run(run(port, sounds, n, seconds)))
            held, after = usage(server, port)
            cores = (after - before) / (time.monotonic() - began)
            rows.append(
                {"streams": n, "seconds": seconds, **told, "memory_mib": round(held, 1),
                 "cores": round(cores, 2), "load_average": round(os.getloadavg()[0], 1)}
            )  # fmt: skip
            print(rows[-1], flush=True)
    finally:
        server.terminate()
        server.wait(30)
    report = {
        "command": "python benchmarks/stream.py --out results/stream.json",
        "rows": rows,
        "emovox": emovox.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
