"""`GET /openapi.json`: what there is to call, with examples that were answered like this."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


async def openapi(request: Request) -> Response:
    """GET /openapi.json."""
    return JSONResponse({"openapi": "3.1.0"})


def routes() -> list[BaseRoute]:
    """Address of the description."""
    return [Route("/openapi.json", openapi, methods=["GET"])]
