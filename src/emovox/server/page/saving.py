"""A row of a run as a model folder: its method, taught all of its training corpora."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ...atomic import unwritable
from ..at_hand import corpora_of
from ..command_lines import checked_name, spoken, train_arguments
from ..installed import models_of
from ..json_body import read_json
from ..problems import Problem, shown
from .choices import ask
from .run_files import run_file


async def save(request: Request) -> JSONResponse:
    """POST /page/api/models: ``{"run", "row", "name"}``; answers with the job that trains."""
    state = request.app.state
    settings = state.settings
    asked = await read_json(request, limit=settings.limits.json_bytes)
    name = checked_name(asked.get("name"), what="name")
    run = run_file(settings.records, checked_name(asked.get("run"), what="run"))
    row = asked.get("row")
    if isinstance(row, bool) or not isinstance(row, int):
        raise Problem(400, "bad-request", f"row is {shown(row)}; a whole number is needed")
    if name in models_of(settings) or (settings.models / name).exists():
        raise Problem(409, "conflict", f"there is a model {name!r}; choose another name")
    found = await ask(state, "settings", records=str(run.records), row=row)
    arguments = train_arguments(found, corpora=corpora_of(settings), out=settings.models / name)
    if found.get("protocol") == "speaker":
        arguments.append("--evaluate")  # the same folds again, for the figures of its card
    try:
        settings.models.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(settings.models, error) from error
    about = {
        "run": run.name,
        "row": row,
        "model": name,
        "command": spoken(arguments),
        "note": _note(found),
    }
    job = state.jobs.start("train", arguments, about=about)
    return JSONResponse({"job": job.as_json()}, 202)


def _note(settings: dict[str, Any]) -> str | None:
    """What the model cannot have of its row."""
    if settings["normalisation"] == "training":
        return None
    return (
        f"the row's features were normalised by {settings['normalisation']}; the model scales by "
        "statistics of its training part, so the row's figures are not its own"
    )


def routes() -> list[Route]:
    """Addresses of this view."""
    return [Route("/page/api/models", save, methods=["POST"])]
