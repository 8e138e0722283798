"""Progress of long work: a counter on a terminal, or lines of JSON for another program."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

EVERY_S = 0.1
RECENT = 20
"""Epochs whose mean time foretells the rest."""


def counter(title: str) -> Callable[[int, int], None] | None:
    """Return a function of (done, total) that tells them on stderr.

    Parameters
    ----------
    title : str
        What is counted.

    Returns
    -------
    callable, or None where stderr is no terminal and nobody asked for lines of JSON
    """
    if not (speaks_json() or sys.stderr.isatty()):
        return None
    printed = -math.inf

    def count(done: int, total: int) -> None:
        nonlocal printed
        now = time.monotonic()
        if done < total and now - printed < EVERY_S:
            return
        printed = now
        _say(title, done, total)

    return count


def counters() -> Callable[[str, int, int], None]:
    """Return a function of (title, done, total) that tells each kind of work by its counter."""
    known: dict[str, Callable[[int, int], None] | None] = {}

    def count(title: str, done: int, total: int) -> None:
        if title not in known:
            known[title] = counter(title)
        tell_one = known[title]
        if tell_one is not None:
            tell_one(done, total)

    return count


class EpochCounter:
    """Tells each epoch of a training on stderr: loss, held-out UA, time left.

    Nothing is told where stderr is no terminal and nobody asked for lines of JSON.

    Attributes
    ----------
    done : int
        Epochs that are behind the training.
    """

    def __init__(self) -> None:
        self.done = 0
        self._speaks = sys.stderr.isatty()
        self._seconds: deque[float] = deque(maxlen=RECENT)
        self._width = 0

    def __call__(self, entry: Mapping[str, Any], total: int) -> None:
        """Take in what the log says of an epoch, and how many there are to be."""
        self.done = int(entry["epoch"])
        self._seconds.append(float(entry["seconds"]))
        left_s = sum(self._seconds) / len(self._seconds) * (total - self.done)
        recall = (entry.get("watched") or {}).get("ua")
        if speaks_json():
            tell(
                progress="epochs",
                done=self.done,
                total=total,
                loss=entry["loss"],
                dev_ua=recall,
                seconds_left=round(left_s, 1),
            )
        elif self._speaks:
            line = f"epoch {self.done} of {total}: loss {entry['loss']:.4f}"
            line += "" if recall is None else f", dev UA {100 * recall:.1f} %"
            line += f", {duration(left_s)} left"
            sys.stderr.write("\r" + line.ljust(self._width))
            sys.stderr.flush()
            self._width = len(line)

    def close(self) -> None:
        """End the line on the terminal."""
        if self._width:
            sys.stderr.write("\n")
            sys.stderr.flush()
            self._width = 0


def duration(seconds: float) -> str:
    """Time as people say it.

    Examples
    --------
    >>> duration(8.2), duration(200), duration(7000)
    ('8 s', '3 min 20 s', '1 h 56 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def speaks_json() -> bool:
    """Whether another program reads stderr: EMOVOX_PROGRESS=json asks for lines of JSON there."""
    return os.environ.get("EMOVOX_PROGRESS") == "json"


def tell(**facts: Any) -> None:
    """Write one line of JSON on stderr; a closed stderr is no error."""
    try:
        sys.stderr.write(json.dumps(facts, allow_nan=False) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def _say(title: str, done: int, total: int) -> None:
    if speaks_json():
        tell(progress=title, done=done, total=total)
        return
    sys.stderr.write(f"\r{title}: {done} of {total}" + ("\n" if done == total else ""))
    sys.stderr.flush()
