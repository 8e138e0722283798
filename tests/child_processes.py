"""The processes that a process has started, as Linux tells them."""

from __future__ import annotations

import contextlib
from pathlib import Path


def children(pid: int) -> list[int]:
    """Process ids of the children of `pid`; none where it has gone."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in listing.read_text("ascii").split()]
    return found


def descendants(pid: int) -> list[int]:
    """Process ids of the children of `pid`, their children, and so on."""
    return [each for child in children(pid) for each in (child, *descendants(child))]
