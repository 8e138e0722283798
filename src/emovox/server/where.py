"""Where an unforeseen error arose, for the log: its text may hold what a client sent."""

from __future__ import annotations

import os
import traceback


def place(error: BaseException) -> str:
    """Kind of an error, and the line that raised it.

    Examples
    --------
    >>> place(KeyError("secret"))
    'KeyError'
    """
    trace = traceback.extract_tb(error.__traceback__)
    if not trace:
        return type(error).__name__
    return f"{type(error).__name__} at {os.path.basename(trace[-1].filename)}:{trace[-1].lineno}"
