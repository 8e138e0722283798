"""The runs: list, begin, show, cancel, continue, delete, and the report of one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..command_lines import checked_name, spoken
from ..json_body import read_json
from ..problems import Problem
from .asked import language_of
from .choices import ask
from .plans import corpora_named
from .run_files import LIVE, RunFile, free_name, run_file
from .run_keeper import keeper_of

GOES_ON = ("interrupted", "cancelled", "failed")


async def list_runs(request: Request) -> JSONResponse:
    """GET /page/api/runs."""
    return JSONResponse({"runs": await keeper_of(request.app.state).every()})


async def begin(request: Request) -> JSONResponse:
    """POST /page/api/runs: ``{"experiment", "name"}``."""
    state = request.app.state
    asked = await read_json(request, limit=state.settings.limits.json_bytes)
    experiment = asked.get("experiment")
    if not isinstance(experiment, dict):
        raise Problem(400, "bad-request", "the body needs an experiment, an object")
    keeper = keeper_of(state)
    await keeper.arguments(experiment)  # refuses what is wrong before anything is named
    folder = state.settings.records
    if asked.get("name") is None:
        name = free_name(folder, experiment["methods"], corpora_named(experiment))
    else:
        name = checked_name(asked["name"], what="name")
        if _is_taken(request, name):
            raise Problem(409, "conflict", f"there is a run {name!r}; choose another name")
    return JSONResponse(await keeper.start(RunFile(folder, name), experiment), 201)


async def show(request: Request) -> JSONResponse:
    """GET /page/api/runs/ID?language."""
    language = language_of(request)
    run = _run(request)
    keeper = keeper_of(request.app.state)
    details = await keeper.details(run, language)
    return JSONResponse({**keeper.as_json(run), **details})


async def cancel(request: Request) -> JSONResponse:
    """POST /page/api/runs/ID/cancel; answers when it has stopped."""
    run = _run(request)
    keeper = keeper_of(request.app.state)
    keeper.cancel(run)
    await keeper.ended(run)
    return JSONResponse(keeper.as_json(_run(request)))


async def go_on(request: Request) -> JSONResponse:
    """POST /page/api/runs/ID/continue."""
    run = _run(request)
    keeper = keeper_of(request.app.state)
    where = keeper.state_of(run)
    if run.began is None or run.is_packed:
        raise Problem(
            409, "conflict", "this run was begun on the command line; the same command goes on"
        )
    if where not in GOES_ON:
        raise Problem(409, "conflict", f"the run is {where}; there is nothing to continue")
    return JSONResponse(await keeper.start(run, run.began["experiment"]))


async def delete(request: Request) -> JSONResponse:
    """DELETE /page/api/runs/ID."""
    run = _run(request)
    if keeper_of(request.app.state).state_of(run) in LIVE:
        raise Problem(409, "conflict", "the run goes on; cancel it first")
    run.delete()
    return JSONResponse({"deleted": run.name})


async def download(request: Request) -> Response:
    """GET /page/api/runs/ID/report: the page of `emovox report --html`, as a download."""
    run = _run(request)
    arguments = (run.began or {}).get("arguments")
    found = await ask(
        request.app.state, "report", records=str(run.records),
        command=spoken(arguments) if arguments else None,
    )  # fmt: skip
    name = f'attachment; filename="{run.name}.html"'
    return Response(
        found["page"], media_type="text/html; charset=utf-8",
        headers={"Content-Disposition": name},
    )  # fmt: skip


def _run(request: Request) -> RunFile:
    return run_file(request.app.state.settings.records, request.path_params["run"])


def _is_taken(request: Request, name: str) -> bool:
    try:
        run_file(request.app.state.settings.records, name)
    except Problem:
        return False
    return True


def routes() -> list[Route]:
    """Addresses of this view."""
    return [
        Route("/page/api/runs", list_runs),
        Route("/page/api/runs", begin, methods=["POST"]),
        Route("/page/api/runs/{run}", show),
        Route("/page/api/runs/{run}", delete, methods=["DELETE"]),
        Route("/page/api/runs/{run}/cancel", cancel, methods=["POST"]),
        Route("/page/api/runs/{run}/continue", go_on, methods=["POST"]),
        Route("/page/api/runs/{run}/report", download),
    ]
