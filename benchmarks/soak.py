"""Mixed load on `emovox serve` for minutes: memory, lost answers, what a killed worker costs.

At once and without pause: two clients with good recordings, one with broken ones, one with a
recording of nine minutes, one that leaves in the middle of a request, and one stream in real time
that begins anew each minute. Half way the largest worker process is ended by kill -9. Memory is the
proportional set size of all processes of the server; its slope is fitted after the first minute and
without the half minute after the kill, with one level before and one after it, by least squares
(the interval takes the residuals for independent). Five minutes stand in for the hour that such a
test should have: `--minutes 60` runs it.

    python benchmarks/soak.py [--minutes 5] [--out results/service-soak.json]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import platform
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import websockets

import emovox
from emovox.demo.clips import clip_paths
from serving.client import answer, request
from serving.processes import Server, descendants, emovox_serve, load_of_the_machine, pss_mb
from serving.sounds import RATE, buzz

EVERY_S = 5.0
SETTLED_S = 60.0
REPLACED_S = 30.0
EXPECTED = {"good": {"200"}, "broken": {"200", "422"}, "large": {"200"}}
"""Kind of request -> answers that are right for it; 503 (busy) is right for all."""


@dataclass
class Book:
    """What was asked and what came of it.

    Parameters
    ----------
    asked, lost : Counter
        By kind; lost is what ended without a whole answer.
    answers : Counter
        By (kind, status and code).
    wrong : list of (seconds since the start, kind, status and code)
        Answers that are wrong for their kind.
    memory : list of (seconds, MB)
    scores, left : int
        Messages of the streams; requests that the client left.
    killed_at : float, optional
    """

    began: float = field(default_factory=time.monotonic)
    asked: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[tuple[float, str, str]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    scores: int = 0
    left: int = 0
    killed_at: float | None = None

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began


Bodies = list[tuple[str, bytes]]


def main() -> None:
    """Run the soak, print and store what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    busy = load_of_the_machine()
    with tempfile.TemporaryDirectory() as name, emovox_serve(Path(name)) as server:
        book = asyncio.run(soak(server, 60 * arguments.minutes))
        alive = server.process.poll() is None
    report = {
        "command": f"python benchmarks/soak.py --minutes {arguments.minutes:g} "
        "--out results/service-soak.json",
        "minutes": arguments.minutes,
        **findings(book),
        "server_alive_at_the_end": "yes" if alive else "no",
        "processors": len(os.sched_getaffinity(0)),
        "load_of_the_machine_before": busy,
        "emovox": emovox.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "memory_mb": [[round(t, 1), round(mb, 1)] for t, mb in book.memory],
    }
    print(json.dumps(report, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


async def soak(server: Server, seconds: float) -> Book:
    """Press, weigh and kill for so many seconds."""
    book = Book()
    good = [(path.name, path.read_bytes()) for path in clip_paths()]
    large = [("large.wav", buzz(540))]
    port = server.port
    presses = [
        again(book, seconds, lambda turn: ask(book, port, "good", good, turn)),
        again(book, seconds, lambda turn: ask(book, port, "good", good, turn + 2)),
        again(book, seconds, lambda turn: ask(book, port, "broken", broken(good), turn)),
        again(book, seconds, lambda turn: ask(book, port, "large", large, turn), pause_s=3.0),
        again(book, seconds, lambda turn: leave(book, port, good, turn), pause_s=0.2),
        again(book, seconds, lambda _: listen(book, port, good, min(60.0, seconds - book.now))),
        weigh(book, server, seconds),
        kill(book, server, seconds / 2),
    ]
    await asyncio.gather(*presses)
    return book


async def again(
    book: Book, seconds: float, act: Callable[[int], Awaitable[None]], *, pause_s: float = 0.0
) -> None:
    """Do it again and again until the time is over."""
    turn = 0
    while book.now < seconds:
        await act(turn)
        await asyncio.sleep(pause_s)
        turn += 1


async def ask(book: Book, port: int, kind: str, bodies: Bodies, turn: int) -> None:
    """One request over a connection of its own, and its answer into the book."""
    book.asked[kind] += 1
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(port, *bodies[turn % len(bodies)]))
        await writer.drain()
        status, headers, body = await asyncio.wait_for(answer(reader), 120)
        writer.close()
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        book.lost[kind] += 1
        book.wrong.append((round(book.now, 1), kind, repr(error)))
        return
    code = "" if status == 200 else f" {json.loads(body)['code']}"
    book.answers[kind, f"{status}{code}"] += 1
    if status == 503:
        await asyncio.sleep(float(headers["retry-after"]))
    elif str(status) not in EXPECTED[kind] or "crashed" in code:
        book.wrong.append((round(book.now, 1), kind, f"{status}{code}"))


async def leave(book: Book, port: int, bodies: Bodies, turn: int) -> None:
    """Go away amid the body, or after it and before the answer."""
    whole = request(port, *bodies[turn % len(bodies)])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(whole[: len(whole) // 2] if turn % 2 else whole)
    await writer.drain()
    await asyncio.sleep(0.02)
    writer.transport.abort()
    book.left += 1


async def listen(book: Book, port: int, bodies: Bodies, seconds: float) -> None:
    """Stream the recordings one after the other in real time, and count the scores."""
    sound = np.concatenate([soundfile.read(io.BytesIO(body))[0] for _, body in bodies])
    pcm = (sound * 32767).astype("<i2").tobytes()
    book.asked["stream"] += 1
    end = book.now + seconds
    try:
        async with websockets.connect(f"ws://127.0.0.1:{port}/v1/stream") as socket:
            await socket.send(json.dumps({"sample_rate": RATE}))
            hears = asyncio.create_task(count(book, socket))
            sent, step = 0, RATE // 10 * 2
            while book.now < end and not hears.done():
                place = sent % (len(pcm) - step)
                await socket.send(pcm[place : place + step])
                sent += step
                await asyncio.sleep(0.1)
            hears.cancel()
        book.answers["stream", "to its end"] += 1
    except (OSError, websockets.WebSocketException) as error:
        book.answers["stream", "broken off"] += 1
        book.wrong.append((round(book.now, 1), "stream", repr(error)))


async def count(book: Book, socket: websockets.ClientConnection) -> None:
    """Count what the server says."""
    async for message in socket:
        found = json.loads(message)
        if found["type"] == "error":
            book.wrong.append((round(book.now, 1), "stream", found["code"]))
        elif found["type"] == "score":
            book.scores += 1


async def weigh(book: Book, server: Server, seconds: float) -> None:
    """Memory of all processes, every few seconds."""
    while book.now < seconds:
        book.memory.append((book.now, server.memory_mb()))
        await asyncio.sleep(EVERY_S)


async def kill(book: Book, server: Server, at_s: float) -> None:
    """End the largest worker without a word."""
    await asyncio.sleep(at_s)
    victim = max(descendants(server.process.pid), key=pss_mb)
    book.killed_at = book.now
    os.kill(victim, signal.SIGKILL)


def broken(good: Bodies) -> Bodies:
    """Things that are no recordings, or only half of one."""
    noise = random.Random(1).randbytes(20_000)  # noqa: S311
    name, whole = good[0]
    return [
        ("notes.wav", b"This is not a recording.\n" * 100),
        ("empty.wav", b""),
        ("noise.flac", b"fLaC" + noise),
        ("header.wav", b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00" + noise[:40]),
        (f"half-{name}", whole[: len(whole) // 2]),
    ]


def findings(book: Book) -> dict[str, Any]:
    """The numbers of the book."""
    slope, error, levels = drift(book.memory, book.killed_at or 0.0)
    at_kill = [each for each in book.wrong if abs(each[0] - (book.killed_at or 0)) < REPLACED_S]
    return {
        "requests": sum(book.asked.values()) - book.asked["stream"],
        "streams": book.asked["stream"],
        "requests_left_by_the_client": book.left,
        "scores_of_streams": book.scores,
        "requests_without_an_answer": sum(book.lost.values()),
        "worker_killed_at_s": round(book.killed_at or 0.0, 1),
        "requests_that_the_kill_cost": len(at_kill),
        "what_the_kill_cost": at_kill,
        "wrong_answers_beside": len(book.wrong) - len(at_kill),
        "what_else_went_wrong": [each for each in book.wrong if each not in at_kill],
        "memory_mb_before_the_kill": round(levels[0], 1),
        "memory_mb_after_the_kill": round(levels[1], 1),
        "memory_mb_largest": round(max(mb for _, mb in book.memory), 1),
        "slope_mb_per_minute": round(60 * slope, 3),
        "slope_interval_95": f"{60 * (slope - error):.3f} to {60 * (slope + error):.3f}",
        "tables": {
            "answers": [
                {"kind": kind, "answer": said, "n": n}
                for (kind, said), n in sorted(book.answers.items())
            ]
        },
    }


def drift(
    memory: list[tuple[float, float]], killed_at: float
) -> tuple[float, float, tuple[float, float]]:
    """Slope in MB/s, half its 95 % interval, and the mean before and after the kill."""
    from scipy.stats import t as student

    times, mb = np.array(memory).T
    before = (times > SETTLED_S) & (times < killed_at)
    after = times > killed_at + REPLACED_S
    used = before | after
    design = np.stack([times[used], before[used], after[used]], axis=1)
    solution, *_ = np.linalg.lstsq(design, mb[used], rcond=None)
    freedom = used.sum() - 3
    variance = np.sum((mb[used] - design @ solution) ** 2) / freedom
    error = np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])
    quantile = student.ppf(0.975, freedom)
    return float(solution[0]), float(quantile * error), (mb[before].mean(), mb[after].mean())


if __name__ == "__main__":
    main()
