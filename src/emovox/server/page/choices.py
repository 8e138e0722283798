"""What an experiment can be made of; asked once of a child process, and kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..json_body import parsed

CHILD = "emovox.server.page.experiment_work"


async def choices_of(state: Any) -> dict[str, Any]:
    """Choices of the installed release; several that ask at once wait for one child.

    Parameters
    ----------
    state
        Of the application: its `jobs`, and where the answer is kept.
    """
    if not hasattr(state, "choices"):
        state.choices = asyncio.ensure_future(ask(state, "choices"))
    try:
        found: dict[str, Any] = await asyncio.shield(state.choices)
    except Exception:
        del state.choices
        raise
    return found


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
    return parsed(output)


async def choices(request: Request) -> JSONResponse:
    """GET /page/api/choices."""
    return JSONResponse(await choices_of(request.app.state))


def routes() -> list[Route]:
    """Addresses of this view."""
    return [Route("/page/api/choices", choices)]
