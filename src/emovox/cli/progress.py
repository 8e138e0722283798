"""Progress of long work: a counter on stderr, where that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

EVERY_S = 0.1


def counter(title: str) -> Callable[[int, int], None] | None:
    """Return a function of (done, total) that prints them over each other.

    Parameters
    ----------
    title : str
        What is counted.

    Returns
    -------
    callable, or None where stderr is no terminal
    """
    if not sys.stderr.isatty():
        return None
    printed = 0.0

    def count(done: int, total: int) -> None:
        nonlocal printed
        now = time.monotonic()
        if done < total and now - printed < EVERY_S:
            return
        printed = now
        sys.stderr.write(f"\r{title}: {done} of {total}" + ("\n" if done == total else ""))
        sys.stderr.flush()

    return count
