"""What the routes of experiments ask of a child process: it may import scikit-learn and scipy.

Run as ``python -m emovox.server.page.experiment_work WHAT`` with the arguments as one line of JSON
on stdin; the answer is one object of JSON on stdout.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from ...errors import EmovoxError
from ...models.strict_json import parse
from ..leash import end_with_the_parent
from .damage import DAMAGED, told

WORK: dict[str, str] = {
    "choices": "choices_work:choices",
    "summaries": "run_summaries:write_summaries",
    "details": "run_summaries:write_details",
    "comparison": "run_summaries:comparison",
    "settings": "run_summaries:settings_of_row",
    "report": "run_summaries:whole_page",
}
"""What is asked -> the function of this package that answers."""

MEMORY_BYTES = 4 * 2**30
"""Address space of the child, so that a crafted file of records cannot take the machine's."""


def main(what: str) -> int:
    """Answer one question; return the exit status."""
    given = parse(sys.stdin.buffer.readline(), name="stdin")
    end_with_the_parent()
    module, _, function = WORK[what].partition(":")
    _bound_memory()
    try:
        work = getattr(importlib.import_module(f"{__package__}.{module}"), function)
        found: dict[str, Any] = work(**given)
        text = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (EmovoxError, *DAMAGED) as error:
        os.write(2, json.dumps({"error": told(error)}).encode() + b"\n")
        return 3
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _bound_memory() -> None:
    """Bound this process where the system can."""
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
