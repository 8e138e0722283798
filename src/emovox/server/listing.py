"""What there is: the models, the emotions that they tell apart, and how the server is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from .. import __version__


async def health(request: Request) -> Response:
    """GET /health: always answered at once, however busy the workers are."""
    pool = request.app.state.pool
    workers = {"of": pool.settings.workers, "ready": pool.ready, "busy": pool.busy}
    status = "ok" if pool.ready else "starting"
    return JSONResponse(
        {"status": status, "version": __version__, "workers": workers, "queue": pool.queued},
        headers={"Cache-Control": "no-store"},
    )


async def models(request: Request) -> Response:
    """GET /v1/models."""
    return JSONResponse(await request.app.state.pool.run("models", {}))


async def emotions(request: Request) -> Response:
    """GET /v1/emotions."""
    arguments = {"model": request.query_params.get("model")}
    return JSONResponse(await request.app.state.pool.run("emotions", arguments))


def routes() -> list[BaseRoute]:
    """Addresses of what is listed."""
    return [
        Route("/health", health, methods=["GET"]),
        Route("/v1/models", models, methods=["GET"]),
        Route("/v1/emotions", emotions, methods=["GET"]),
    ]
