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

WORK: dict[str, str] = {
    "choices": "choices_work:choices",
    "summaries": "run_summaries:write_summaries",
    "details": "run_summaries:write_details",
    "comparison": "run_summaries:comparison",
    "settings": "run_summaries:settings_of_row",
    "report": "run_summaries:whole_page",
}
"""What is asked -> the function of this package that answers."""


def main(what: str) -> int:
    """Answer one question; return the exit status."""
    given = parse(sys.stdin.buffer.readline(), name="stdin")
    end_with_the_parent()
    module, _, function = WORK[what].partition(":")
    work = getattr(importlib.import_module(f"{__package__}.{module}"), function)
    try:
        found: dict[str, Any] = work(**given)
    except EmovoxError as error:
        told = {"code": error.code, "message": error.sentence, "name": error.name}
        os.write(2, json.dumps({"error": told}).encode() + b"\n")
        return error.exit_status
    text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
