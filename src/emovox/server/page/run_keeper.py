"""The runs of a server: which of them go on, what they have found, and how one is begun."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...atomic import unwritable
from ...errors import EmovoxError
from ..at_hand import corpora_of
from ..command_lines import bench_arguments, spoken
from ..jobs import Job
from ..problems import Problem
from .choices import ask, choices_of, object_of
from .run_files import CACHE, LIVE, RunFile, run_files

PATIENCE_S = 2.5
"""How long the list of runs waits for summaries that are not there yet."""
STALE_S = 5.0
"""How old what is shown of a run may be while it goes on."""
PLANS = 50


class RunKeeper:
    """Runs of one server.

    Parameters
    ----------
    state
        Of the application: ``settings`` and ``jobs``.
    """

    def __init__(self, state: Any) -> None:
        self._state = state
        self._live: dict[str, Job] = {}
        self._cancelled: set[str] = set()
        self._summarising: asyncio.Task[None] | None = None
        self._detailing: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._plans: OrderedDict[str, int] = OrderedDict()

    def job(self, run: RunFile) -> Job | None:
        """Job of a run that waits or runs."""
        job = self._live.get(run.name)
        return None if job is None or job.has_ended else job

    def state_of(self, run: RunFile) -> str:
        """Where a run stands."""
        job = self.job(run)
        if job is not None:
            return job.state
        if run.began is None:
            return "recorded"
        said = str(run.began["state"])
        wanted = run.began.get("n_folds")
        found, is_fresh = run.cached("summary")
        if said != "done" and found and is_fresh and wanted and found["n_records"] >= wanted:
            return "done"  # the command line has gone on with it
        if said in LIVE:  # unless another server, or the command line, is at it
            return "running" if run.is_written() else "interrupted"
        return said

    def as_json(self, run: RunFile) -> dict[str, Any]:
        """Run as the page gets it."""
        job = self.job(run)
        began = run.began or {}
        experiment = began.get("experiment")
        found, _ = run.cached("summary")
        rows = found["summary"] if found else []
        done = found["n_records"] if found else 0
        total = began.get("n_folds") or sum(row["n_folds"] for row in rows)
        state = self.state_of(run)
        if state == "done":  # its last folds may not be summed up yet
            done = max(done, total)
        named = (experiment or {}).get("corpora") or [
            *((experiment or {}).get("train") or []), *((experiment or {}).get("test") or []),
        ]  # fmt: skip
        return {
            "id": run.name,
            "name": run.name,
            "state": state,
            "command": spoken(began["arguments"]) if began.get("arguments") else None,
            "created": began.get("created") or _written(run),
            "done": job.done if job and job.total else done,
            "total": job.total if job and job.total else total,
            "activity": job.activity if job else None,
            "seconds_left": job.seconds_left if job else None,
            "error": began.get("error") or (found or {}).get("error"),
            "experiment": experiment,
            "methods": (experiment or {}).get("methods") or _each(rows, "method"),
            "corpora": list(dict.fromkeys(named)) or _each(rows, "test"),
            "summary": rows,
        }

    async def every(self) -> list[dict[str, Any]]:
        """All runs, the newest first; what could not be summed up in a moment comes later."""
        found = run_files(self._state.settings.records)
        missing = [run for run in found if self._is_wanting(run)]
        if missing and self._summarising is None:
            self._summarising = asyncio.create_task(self._summarise(missing))
        if self._summarising and any(self.job(run) is None for run in missing):
            await asyncio.wait({self._summarising}, timeout=PATIENCE_S)
        documents = [self.as_json(run) for run in found]
        return sorted(documents, key=lambda run: str(run["created"]), reverse=True)

    async def details(self, run: RunFile, language: str) -> dict[str, Any]:
        """Rows, folds and drawings of a run.

        Raises
        ------
        Problem
        """
        nothing: dict[str, Any] = {"rows": [], "heat_map": None, "comparison": None, "notes": []}
        if not run.records.is_file():
            return nothing
        kind = f"details-{language}"
        found, is_fresh = await asyncio.to_thread(run.cached, kind)
        is_live = self.job(run) is not None
        if not is_fresh and not (found and is_live and run.age_s(kind) < STALE_S):
            key = (run.name, language)
            if key not in self._detailing:
                self._detailing[key] = asyncio.create_task(self._detail(run, kind, language))
                self._detailing[key].add_done_callback(lambda _: self._detailing.pop(key))
            if found is None or not is_live:
                await asyncio.shield(self._detailing[key])
                found, _ = await asyncio.to_thread(run.cached, kind)
        return {name: (found or nothing).get(name) for name in nothing}

    async def plan(self, experiment: Mapping[str, Any], arguments: Sequence[str]) -> dict[str, Any]:
        """What `emovox bench --plan` tells of an experiment.

        Raises
        ------
        Problem
        """
        output = await self._state.jobs.ask([*arguments, "--plan", "--format=json"])
        found = object_of(output)
        self._plans[_key(experiment)] = found["n_folds"]
        while len(self._plans) > PLANS:
            self._plans.popitem(last=False)
        return found

    async def arguments(self, experiment: Mapping[str, Any], name: str | None = None) -> list[str]:
        """Command line of an experiment, with the file of records where a name is given.

        Raises
        ------
        Problem
        """
        found = bench_arguments(
            experiment,
            choices=await choices_of(self._state),
            corpora=corpora_of(self._state.settings),
        )
        if name is not None:
            found.append(f"--records={self._state.settings.records / f'{name}.jsonl'}")
        return found

    async def start(self, run: RunFile, experiment: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a run, or go on with it.

        Raises
        ------
        Problem
            422 where the experiment is impossible.
        """
        arguments = await self.arguments(experiment)
        if _key(experiment) not in self._plans:
            await self.plan(experiment, arguments)
        arguments = await self.arguments(experiment, run.name)
        if self.job(run) is not None:
            raise Problem(409, "conflict", f"the run {run.name!r} goes on already")
        self._make_folder()
        job: Job = self._state.jobs.start(  # where it finds no place, nothing is on the disk
            "bench",
            arguments,
            about={"run": run.name},
            changed=lambda job: self._changed(run, job),
        )
        try:
            run = run.write(
                experiment=dict(experiment),
                arguments=arguments,
                created=(run.began or {}).get("created") or _now(),
                state="queued",
                error=None,
                n_folds=self._plans[_key(experiment)],
            )
        except EmovoxError:
            self._state.jobs.cancel(job.id)
            raise
        self._cancelled.discard(run.name)
        self._live[run.name] = job
        return self.as_json(run)

    def cancel(self, run: RunFile) -> None:
        """Stop a run; its folds are kept.

        Raises
        ------
        Problem
            ``conflict`` (409) where it does not run.
        """
        job = self.job(run)
        if job is None:
            raise Problem(409, "conflict", f"the run {run.name!r} does not run")
        self._cancelled.add(run.name)
        self._state.jobs.cancel(job.id)

    async def ended(self, run: RunFile) -> None:
        """Wait until a run's job has ended."""
        job = self.job(run)
        if job is not None:
            await self._state.jobs.ended(job.id)
            await asyncio.sleep(0)

    def _changed(self, run: RunFile, job: Job) -> None:
        """Write down where a run stands, so that a restart finds it."""
        state = job.state
        if state == "cancelled" and run.name not in self._cancelled:
            state = "interrupted"  # the server stops; nobody gave it up
        run.write(state=state, error=job.error)

    def _is_wanting(self, run: RunFile) -> bool:
        """Whether a run's summary must be made anew."""
        if not run.records.is_file():
            return False
        found, is_fresh = run.cached("summary")
        if is_fresh:
            return False
        return found is None or self.job(run) is None or run.age_s("summary") > STALE_S

    async def _summarise(self, runs: Sequence[RunFile]) -> None:
        asked = [{"records": str(run.records), "cache": str(run.cache("summary"))} for run in runs]
        try:
            self._make_folder()
            await ask(self._state, "summaries", deadline_s=600.0, runs=asked)
        except (Problem, EmovoxError):
            pass  # the list says what it has; the next one asks again
        finally:
            self._summarising = None

    async def _detail(self, run: RunFile, kind: str, language: str) -> None:
        self._make_folder()
        await ask(
            self._state, "details", records=str(run.records), cache=str(run.cache(kind)),
            language=language,
        )  # fmt: skip

    def _make_folder(self) -> None:
        folder = self._state.settings.records / CACHE
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error


def keeper_of(state: Any) -> RunKeeper:
    """Runs of an application, made when they are first asked for."""
    if not hasattr(state, "runs"):
        state.runs = RunKeeper(state)
    found: RunKeeper = state.runs
    return found


def _key(experiment: Mapping[str, Any]) -> str:
    return json.dumps(experiment, sort_keys=True)


def _each(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return list(dict.fromkeys(str(row[name]) for row in rows))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _written(run: RunFile) -> str | None:
    with contextlib.suppress(OSError):
        modified = run.records.stat().st_mtime
        return datetime.fromtimestamp(modified, UTC).isoformat(timespec="seconds")
    return None
