"""The long work of the page: how far it is, and how it is stopped."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def show(request: Request) -> JSONResponse:
    """GET /page/api/jobs/ID."""
    return JSONResponse(request.app.state.jobs.get(request.path_params["job"]).as_json())


async def cancel(request: Request) -> JSONResponse:
    """POST /page/api/jobs/ID/cancel; answers when it has stopped."""
    jobs = request.app.state.jobs
    jobs.cancel(request.path_params["job"])
    return JSONResponse((await jobs.ended(request.path_params["job"])).as_json())


def routes() -> list[Route]:
    """Addresses of this view."""
    return [
        Route("/page/api/jobs/{job}", show),
        Route("/page/api/jobs/{job}/cancel", cancel, methods=["POST"]),
    ]
