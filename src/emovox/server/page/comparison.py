"""Several runs side by side."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..problems import Problem
from .asked import language_of, needed
from .choices import ask
from .run_files import run_file

MOST_RUNS = 20


async def comparison(request: Request) -> JSONResponse:
    """GET /page/api/comparison?runs=ID,ID&language."""
    language = language_of(request)
    names = list(dict.fromkeys(name for name in needed(request, "runs").split(",") if name))
    if not 1 <= len(names) <= MOST_RUNS:
        raise Problem(400, "bad-request", f"{len(names)} runs; 1 to {MOST_RUNS} can be compared")
    folder = request.app.state.settings.records
    runs = {name: str(run_file(folder, name).records) for name in names}
    return JSONResponse(await ask(request.app.state, "comparison", runs=runs, language=language))


def routes() -> list[Route]:
    """Addresses of this view."""
    return [Route("/page/api/comparison", comparison)]
