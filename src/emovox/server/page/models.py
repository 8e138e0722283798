"""Models: those that a request may name, each with its card and its figures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ...models.lookup import SHIPPED
from ...models.settings import CARD_FILE, NETWORK_FILE, SETTINGS_FILE
from ..installed import default_of, models_of
from .asked import language_of

Known = dict[str, tuple[tuple[Any, ...], dict[str, Any]]]
"""Name -> the state of its files, and what was read from them."""


async def list_models(request: Request) -> JSONResponse:
    """GET /page/api/models: what is installed; what is broken stands there with its problem."""
    language_of(request)  # cards are written in English
    state = request.app.state
    folders = models_of(state.settings)
    marks = {name: _mark(folder) for name, folder in folders.items()}
    known: Known = getattr(state, "described_models", {})
    changed = {
        name: str(folder)
        for name, folder in folders.items()
        if name not in known or known[name][0] != marks[name]
    }
    read = await state.pool.run("describe-models", {"folders": changed}) if changed else {}
    found = {name: read[name] if name in read else known[name][1] for name in folders}
    state.described_models = {name: (marks[name], found[name]) for name in folders}
    return JSONResponse(
        {
            "default": default_of(state.settings),
            "models": [
                {"name": name, "shipped": folder.parent == SHIPPED, **found[name]}
                for name, folder in folders.items()
            ],
        }
    )


def routes() -> list[BaseRoute]:
    """Addresses of this view."""
    return [Route("/page/api/models", list_models, methods=["GET"])]


def _mark(folder: Path) -> tuple[Any, ...]:
    """What tells whether a model folder is as it was."""
    mark: list[Any] = [str(folder)]
    for name in (".", SETTINGS_FILE, NETWORK_FILE, CARD_FILE):
        try:
            status = os.stat(folder / name)
            mark.append((status.st_mtime_ns, status.st_size))
        except OSError:
            mark.append(None)
    return tuple(mark)
