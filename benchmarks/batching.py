"""What recordings that wait together save by sharing a run of the network.

The measurement with which each worker of `emovox serve` decides, repeated; the median is told.

    python benchmarks/batching.py [--rounds 25] [--out results/batching.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from pathlib import Path

import emovox
from emovox.server.work import MAX_BATCH, batch_times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    recogniser = emovox.load()
    rounds = [batch_times(recogniser, n=MAX_BATCH) for _ in range(arguments.rounds)]
    feature_s, single_s, joint_s = (statistics.median(times) for times in zip(*rounds, strict=True))
    saved = (single_s - joint_s / MAX_BATCH) / (feature_s + single_s)
    report = {
        "command": "python benchmarks/batching.py --out results/batching.json",
        "rounds": arguments.rounds,
        "rows of a joint run": MAX_BATCH,
        "features of 3 s of sound, ms": round(1000 * feature_s, 2),
        "one row, ms": round(1000 * single_s, 3),
        "a joint run, ms": round(1000 * joint_s, 3),
        "saved of a recording's time, %": round(100 * saved, 2),
        "load of the machine": round(os.getloadavg()[0], 2),
        "emovox": emovox.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    text = json.dumps(report, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
