"""Load on `emovox serve` beside the same model behind a plain FastAPI handler with librosa.

Clients in a second process ask over loopback for some seconds, 1, 8 and 64 at once, each with the
next of the demo clips as soon as it has its answer. Servers take turns within every round, so that
a drifting machine hits all of them; one that is not asked sleeps. The peer runs as such services
are started (one process) and with two, as many as `emovox serve` has for decoding. A client that
is refused by 503 waits as long as Retry-After says and asks again: its time goes on from its first
try, and refusals are counted by themselves. What a number wanders over the rounds is told.

    python benchmarks/service.py [--rounds 5] [--seconds 6] [--out results/service-load.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import emovox
from emovox.demo.clips import clip_paths
from serving.client import multipart
from serving.processes import Server, emovox_serve, load_of_the_machine, plain_peer
from serving.sounds import buzz

CLIENTS = (1, 8, 64)
LONG_S = 299
STARTS = 3
"""Starts of each server that are timed, at most."""
NOTE = (
    "Median [smallest, largest] over the rounds. `emovox serve` has its default two workers; "
    "refused: answered at once by 503 with Retry-After, after which the client waits and asks "
    "again (its time goes on)."
)
Start = Callable[[], AbstractContextManager[Server]]


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    busy = load_of_the_machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts: dict[str, Start] = {
            "emovox serve": partial(emovox_serve, folder),
            "plain peer": partial(plain_peer, folder),
            "plain peer, 2 processes": partial(plain_peer, folder, workers=2),
        }
        processes = measure_starts(starts, rounds=min(arguments.rounds, STARTS))
        loads = measure_loads(starts, rounds=arguments.rounds, seconds=arguments.seconds)
    report = {
        "command": f"python benchmarks/service.py --rounds {arguments.rounds} "
        f"--seconds {arguments.seconds:g} --out results/service-load.json",
        "recordings": "the five demo clips, 2.1 to 4.3 s, FLAC",
        "rounds": arguments.rounds,
        "seconds_of_each_measurement": arguments.seconds,
        "processors": len(os.sched_getaffinity(0)),
        "load_of_the_machine_before": busy,
        "emovox": emovox.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "tables": {"start and memory": processes, "load": loads},
        "notes": [NOTE],
    }
    print(json.dumps(report, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def measure_starts(starts: dict[str, Start], *, rounds: int) -> list[dict[str, Any]]:
    """Time from the start to /health and to the first recording's answer; memory then and after."""
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in starts}
    answers: dict[str, dict[str, Any]] = {}
    for turn in range(rounds + 1):
        for name, start in starts.items():
            with start() as server:
                idle = server.memory_mb()
                first, *others = clip_paths()
                answers[name] = ask(server.port, first.name, first.read_bytes())
                first_s = time.perf_counter() - server.began
                for path in others:
                    ask(server.port, path.name, path.read_bytes())
                if turn:  # the first writes byte code and numba's cache
                    after = server.memory_mb()
                    found[name].append((server.start_s, first_s, idle, after, long_mb(server)))
    agree(answers)
    rows = []
    for name, each in found.items():
        start, first, idle, after, largest = zip(*each, strict=True)
        rows.append(
            {
                "server": name,
                "s until it answers": spread(start, 2),
                "s until it has recognised one": spread(first, 2),
                "memory MB when it answers": spread(idle, 0),
                "memory MB after five recordings": spread(after, 0),
                "largest MB amid one of five minutes": spread(largest, 0),
            }
        )
    return rows


def long_mb(server: Server) -> float:
    """Largest memory while a recording of five minutes is recognised as a whole."""
    seen = [0.0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            seen.append(server.memory_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        ask(server.port, "long.wav", buzz(LONG_S))
    finally:
        over.set()
        watcher.join()
    return max(seen)


def measure_loads(starts: dict[str, Start], *, rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Throughput and times of every server under every number of clients."""
    found: dict[tuple[int, str], list[dict[str, float]]] = {
        (clients, name): [] for clients in CLIENTS for name in starts
    }
    with ExitStack() as stack:
        servers = {name: stack.enter_context(start()) for name, start in starts.items()}
        for server in servers.values():
            press(server, clients=4, seconds=2)
        for turn in range(rounds):
            order = list(servers)[turn % len(servers) :] + list(servers)[: turn % len(servers)]
            for clients in CLIENTS:
                for name in order:
                    found[clients, name].append(
                        press(servers[name], clients=clients, seconds=seconds)
                    )
        memory = {name: server.memory_mb() for name, server in servers.items()}
    return [
        {
            "clients": clients,
            "server": name,
            **{key: spread([each[key] for each in runs], digits(key)) for key in runs[0]},
            **({"memory MB at the end": f"{memory[name]:.0f}"} if clients == CLIENTS[-1] else {}),
        }
        for (clients, name), runs in found.items()
    ]


def press(server: Server, *, clients: int, seconds: float) -> dict[str, float]:
    """Let the clients ask from a process of their own."""
    command = [
        sys.executable, "-m", "serving.client", str(server.port), str(clients), str(seconds),
        *map(str, clip_paths()),
    ]  # fmt: skip
    run = subprocess.run(
        command, check=True, capture_output=True, cwd=Path(__file__).parent, timeout=600
    )
    tally = json.loads(run.stdout)
    statuses = tally["statuses"]
    unexpected = {code: n for code, n in statuses.items() if code not in ("200", "503")}
    if unexpected or tally["broken"]:
        raise RuntimeError(f"{unexpected or ''} {tally['broken']} connections broke")
    p50, p95, p99 = np.percentile(np.array(tally["waits_s"]) * 1000, [50, 95, 99])
    refused = statuses.get("503", 0)
    return {
        "answers/s": statuses["200"] / tally["seconds"],
        "p50 ms": float(p50),
        "p95 ms": float(p95),
        "p99 ms": float(p99),
        "refused %": 100 * refused / (refused + statuses["200"]),
    }


def digits(key: str) -> int:
    return 1 if key in ("answers/s", "refused %") else 0


def spread(values: Any, digits: int) -> str:
    """Median [smallest, largest]."""
    low, middle, high = (
        f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values))
    )
    return middle if low == high else f"{middle} [{low}, {high}]"


def ask(port: int, name: str, content: bytes) -> dict[str, Any]:
    """The answer for one recording."""
    kind, body = multipart(name, content)
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/predict", body, {"Content-Type": kind}
    )
    with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


def agree(answers: dict[str, dict[str, Any]]) -> None:
    """Stop where servers answer differently: then they do not do the same work."""
    first, *others = answers.values()
    for other in others:
        apart = max(abs(first["scores"][name] - other["scores"][name]) for name in first["scores"])
        if first["emotion"] != other["emotion"] or apart > 0.02:
            raise RuntimeError(f"the servers disagree by {apart:.3f}: {answers}")


if __name__ == "__main__":
    main()
