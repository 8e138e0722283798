"""The page's own files: a table made at start of what the package holds; no path is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..report.theme import page_style
from .problems import Problem

MEDIA_TYPES: dict[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}
"""Suffix -> media type; files of other suffixes are not served."""

INDEX = "index.html"
THEME = "theme.css"
"""Made by `emovox.report.theme`, so that the page and the reports look alike."""


@dataclass(frozen=True)
class Asset:
    """One file of the page.

    Parameters
    ----------
    content : bytes
    media_type : str
    tag : str
        Entity tag of the content, in quotes.
    """

    content: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, content: bytes, suffix: str) -> Asset:
        """Asset of a content and the suffix of its name."""
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        return cls(content, MEDIA_TYPES[suffix], tag)


def assets() -> dict[str, Asset]:
    """Name below ``/static/`` -> asset, of all that the package holds.

    Examples
    --------
    >>> assets()["app.js"].media_type
    'text/javascript; charset=utf-8'
    """
    found = {name: Asset.of(each.read_bytes(), suffix) for name, suffix, each in _shipped()}
    found[THEME] = Asset.of(page_style().encode("utf-8"), "css")
    return found


def routes(table: Mapping[str, Asset] | None = None) -> list[Route]:
    """Routes of the page's shell: ``/`` and ``/static/NAME``.

    Parameters
    ----------
    table : mapping of str to Asset, optional
        By default `assets()`.

    Returns
    -------
    list of Route
        They answer with an entity tag that the browser asks about again (``no-cache``), and raise
        `Problem` ``not-found`` for every name that the table does not hold.
    """
    known = assets() if table is None else dict(table)

    async def index(request: Request) -> Response:
        return _answer(request, known.get(INDEX))

    async def static(request: Request) -> Response:
        return _answer(request, known.get(request.path_params["name"]))

    return [Route("/", index), Route("/static/{name:path}", static)]


def _answer(request: Request, asset: Asset | None) -> Response:
    if asset is None:
        raise Problem(404, "not-found", "there is no such file of the page")
    headers = {"ETag": asset.tag, "Cache-Control": "no-cache"}
    asked = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    if asset.tag in asked or f"W/{asset.tag}" in asked:
        return Response(status_code=304, headers=headers)
    # Not `media_type=`, which would add a charset of its own.
    return Response(asset.content, headers={**headers, "Content-Type": asset.media_type})


def _shipped() -> list[tuple[str, str, Traversable]]:
    """Name, suffix and file of what lies in ``web/`` and is of a known type."""
    found = []
    waiting = [("", files(__package__).joinpath("web"))]
    while waiting:
        above, folder = waiting.pop()
        for each in folder.iterdir():
            name, suffix = f"{above}{each.name}", each.name.rpartition(".")[2]
            if each.is_dir():
                waiting.append((f"{name}/", each))
            elif suffix in MEDIA_TYPES and not each.name.startswith("."):
                found.append((name, suffix, each))
    return found
