"""What an experiment can be made of; asked once of a child process, and kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ...errors import ModelError
from ...models.strict_json import parse
from ..problems import Problem

CHILD = "emovox.server.page.experiment_work"


async def choices_of(state: Any) -> dict[str, Any]:
    """Choices of the installed release; several that ask at once wait for one child.

    Parameters
    ----------
    state
        Of the application: its `jobs`, and where the answer is kept.
    """
    asked: asyncio.Future[dict[str, Any]] | None = getattr(state, "choices", None)
    if asked is None or (asked.done() and (asked.cancelled() or asked.exception() is not None)):
        asked = state.choices = asyncio.ensure_future(ask(state, "choices"))
    return await asyncio.shield(asked)


async def ask(state: Any, what: str, *, deadline_s: float = 120.0, **arguments: Any) -> Any:
    """Answer of the child that imports what this process must not.

    Parameters
    ----------
    state
        Of the application.
    what : str
        One of `experiment_work.WORK`.
    **arguments
        Of that function.

    Raises
    ------
    Problem
    """
    output = await state.jobs.ask(
        [what], module=CHILD, given=json.dumps(arguments).encode(), deadline_s=deadline_s
    )
    return object_of(output)


def object_of(output: bytes) -> dict[str, Any]:
    """Object that a child has printed.

    Raises
    ------
    Problem
        ``internal`` (500).

    Examples
    --------
    >>> object_of(b'{"n_folds": 10}')
    {'n_folds': 10}
    """
    try:
        return parse(output, name="the answer of the child")
    except ModelError as error:
        raise Problem(500, "internal", str(error)) from error


async def choices(request: Request) -> JSONResponse:
    """GET /page/api/choices."""
    return JSONResponse(await choices_of(request.app.state))


def routes() -> list[Route]:
    """Addresses of this view."""
    return [Route("/page/api/choices", choices)]
