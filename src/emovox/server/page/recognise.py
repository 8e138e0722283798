"""Recognise: one recording in, everything that the page shows of it out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ..problems import Problem
from ..uploads import uploads
from .asked import language_of, one_of, scale_of


async def recognise(request: Request) -> JSONResponse:
    """POST /page/api/recognise: one multipart `file`; see `recognise_work.recognise`."""
    language, scale = language_of(request), scale_of(request)
    drawings = one_of("drawings", request.query_params.get("drawings", "1"), ("0", "1")) == "1"
    async with uploads(request) as files:
        if len(files) != 1:
            raise Problem(400, "bad-request", f"holds {len(files)} files; the page sends one")
        arguments = {
            "path": str(files[0].path),
            "name": files[0].name,
            "model": request.query_params.get("model"),
            "language": language,
            "scale": scale,
            "drawings": drawings,
        }
        return JSONResponse(await request.app.state.pool.run("recognise", arguments))


def routes() -> list[BaseRoute]:
    """Addresses of this view."""
    return [Route("/page/api/recognise", recognise, methods=["POST"])]
