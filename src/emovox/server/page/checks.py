"""Checks of corpora: the command line in a child process, and its last report on disk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.datastructures import State

from ...atomic import write_text
from ...errors import ModelError
from ...models.strict_json import MAX_BYTES, parse
from ..at_hand import AtHand
from ..jobs import Job
from ..settings import Settings

FOLDER = "checks"
"""Below the folder of the records."""


def begin_check(state: State, corpus: AtHand) -> Job:
    """Check a corpus, or return the check of it that is still going on.

    Raises
    ------
    Problem
        ``busy`` (503) when too many jobs wait.
    """
    if not hasattr(state, "checks"):
        state.checks = {}
    running: Job | None = state.checks.get(corpus.name)
    if running is not None and not running.has_ended:
        return running
    place = path_of(state.settings, corpus.name)

    def changed(job: Job) -> None:
        if job.state == "done" and job.result is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_text(place, json.dumps(job.result))

    job: Job = state.jobs.start(
        "check",
        ["corpora", "check", *corpus.arguments, "--json"],
        about={"corpus": corpus.name},
        changed=changed,
        shown=lambda report: shown(report, corpus.name),
    )
    state.checks[corpus.name] = job
    return job


def last_check(settings: Settings, name: str) -> dict[str, Any] | None:
    """Report of the last check of a corpus, as `shown` makes it; None where there is none."""
    place = path_of(settings, name)
    try:
        with open(place, "rb") as handle:
            return parse(handle.read(MAX_BYTES + 1), name=place.name)
    except (OSError, ModelError):
        return None


def shown(report: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Report as the page may see it: without the folder, and with its time.

    Parameters
    ----------
    report : dict
        As `emovox corpora check --json` prints it.
    name : str
        Of the corpus, as the page knows it.

    Returns
    -------
    dict, or None for what is no report
    """
    if "utterances" not in report:
        return None
    kept = {key: value for key, value in report.items() if key != "root"}
    return {**kept, "corpus": name, "checked": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def path_of(settings: Settings, name: str) -> Path:
    """File of the last check of a corpus; no name leads out of the folder.

    Examples
    --------
    >>> path_of(Settings(records=Path("runs")), "../a").as_posix()
    'runs/checks/..%2Fa.json'
    """
    return settings.records / FOLDER / f"{quote(name, safe='')}.json"
