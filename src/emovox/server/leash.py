"""The leash of a child process: it ends with whoever started it."""

from __future__ import annotations

import os
import threading


def end_with_the_parent() -> None:
    """End this process when its stdin ends, where EMOVOX_LEASH=stdin asks for it.

    Whoever started it holds the other end, so that it outlives nobody, however they died; and
    two processes never come to write one file. Records are on disk a fold at a time.
    """
    if os.environ.get("EMOVOX_LEASH") != "stdin":
        return

    def watch() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass
        os._exit(143)

    threading.Thread(target=watch, name="leash", daemon=True).start()
