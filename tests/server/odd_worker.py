"""A worker whose work the names of the uploads script: sleeping, crashing, printing."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from emovox.audio.decode import Stopped
from emovox.server import work, worker


def predict(
    workshop: work.Workshop,
    blob: bytes,
    *,
    path: str,
    name: str,
    model: str | None = None,
    segments: bool = False,
    together: int = 1,
) -> dict[str, Any]:
    """Do what `name` says, such as ``sleep-0.5``."""
    what, _, amount = name.partition("-")
    if what in ("sleep", "stubborn"):
        ends = time.monotonic() + float(amount)
        while time.monotonic() < ends:
            if what == "sleep" and workshop.stop():
                raise Stopped
            time.sleep(0.01)
    elif what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "print":
        os.write(1, b"a library prints\n" * 1000)
        sys.stdout.write("and Python does\n")
        sys.stdout.flush()
    elif what == "memory":
        raise MemoryError
    elif what == "fault":
        raise ValueError(f"the secret of {path}")
    value = float("nan") if what == "nan" else 1.0
    return {"lines": [{"path": name, "ok": True, "value": value, "together": together}]}


def predict_together(workshop: work.Workshop, requests: list[dict[str, Any]]) -> list[Any]:
    return [predict(workshop, b"", **each, together=len(requests)) for each in requests]


if __name__ == "__main__":
    work.WORK["predict"] = "odd_worker:predict"
    work.TOGETHER["predict"] = "odd_worker:predict_together"
    sys.path.insert(0, os.path.dirname(__file__))
    if len(sys.argv) > 1:
        work.Workshop.batch = lambda *_: int(sys.argv[1])  # type: ignore[method-assign]
    worker.main()
