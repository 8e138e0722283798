"""Progress of long work: a counter on a terminal, or lines of JSON for another program."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable
from typing import Any

EVERY_S = 0.1


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
