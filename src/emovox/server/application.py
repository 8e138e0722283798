"""The whole server as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import Receive, Scope, Send

from ..errors import EmovoxError
from . import listing, metrics, openapi, predicting, static
from .answering import Answering, request_log, templates_of
from .guard import Dressing, Guard, refuse
from .jobs import Jobs
from .leaving import StopsWithClient
from .metrics import Metrics
from .page import (
    choices,
    comparison,
    corpora,
    drawings,
    jobs,
    models,
    plans,
    recognise,
    runs,
    saving,
)
from .pool import Pool
from .problems import Problem, answer, on_error, problem_of
from .settings import Settings
from .spool import Spool
from .streaming import stream


def application(settings: Settings) -> Starlette:
    """Everything that a server answers, guarded; its lifespan starts and stops the workers.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Starlette
        ``.state`` has ``settings``, ``pool``, ``spool``, ``jobs`` and ``metrics``.
    """
    counted = Metrics()
    templates: dict[object, str] = {}
    app = Starlette(
        routes=_routes(),
        lifespan=_lifespan,
        middleware=[
            Middleware(Dressing),
            Middleware(Answering, metrics=counted, templates=templates),
            Middleware(Guard, settings=settings),
            Middleware(StopsWithClient),
        ],
        exception_handlers={
            Problem: on_error,
            EmovoxError: on_error,
            HTTPException: on_error,
        },
    )
    app.router.redirect_slashes = False
    app.router.default = _nothing_here
    templates.update(templates_of(app.routes))
    app.state.settings = settings
    app.state.metrics = counted
    app.state.spool = Spool()
    app.state.pool = Pool(settings)
    app.state.jobs = Jobs()
    return app


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell that there is nothing at an address, to who asks for a WebSocket there too."""
    await refuse(scope, receive, send, answer(problem_of(HTTPException(404))))


def _routes() -> list[BaseRoute]:
    """Every address, from the modules that answer there; one line a module."""
    return [
        *predicting.routes(),
        *listing.routes(),
        *metrics.routes(),
        *openapi.routes(),
        WebSocketRoute("/v1/stream", stream),
        *recognise.routes(),
        *drawings.routes(),
        *corpora.routes(),
        *models.routes(),
        *jobs.routes(),
        *choices.routes(),
        *plans.routes(),
        *runs.routes(),
        *comparison.routes(),
        *saving.routes(),
        *static.routes(),
    ]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Make the spool and start the workers, without waiting for them; end all in reverse."""
    state = app.state
    with request_log():
        state.spool.open()
        try:
            await state.pool.start()
            yield
        finally:
            await state.jobs.close()
            await state.pool.close()
            state.spool.close()
