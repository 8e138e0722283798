"""What a worker does for the page's Models view: models verified, their cards as HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from ...errors import ModelError
from ...models.folder import verify
from ...models.settings import CARD_FILE, SETTINGS_FILE
from ..problems import problem_of, without_paths
from ..work import Workshop

MAX_CARD_BYTES = 256 * 1024
"""Of a longer card, the beginning is shown."""

_SAFE_ADDRESSES = ("https://", "http://", "mailto:", "#")


def describe_models(
    workshop: Workshop, blob: bytes, *, folders: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """What each model says about itself; of one that cannot be used, why.

    Parameters
    ----------
    folders : dict
        Name -> folder.

    Returns
    -------
    dict
        Name -> object of GET /page/api/models, without "name" and "shipped".
    """
    return {name: described(Path(folder)) for name, folder in folders.items()}


def described(folder: Path) -> dict[str, Any]:
    """One model: its labels, its figures and its card; every file is verified first."""
    try:
        settings, sha256, files = verify(folder)
    except ModelError as error:
        return {**_nothing(), "error": problem_of(error).as_json()}
    card = files.get(CARD_FILE, b"")[:MAX_CARD_BYTES].decode("utf-8", "replace")
    method = settings.get("method", {})
    return {
        "title": str(method.get("title") or settings["name"]),
        "labels": settings["labels"],
        "task": settings["task"],
        "features": settings["front_end"]["feature"],
        "bytes": sum(map(len, files.values())) + (folder / SETTINGS_FILE).stat().st_size,
        "sha256": sha256,
        "created": settings.get("created"),
        "card": card_html(card),
        "figures": [row for row in settings.get("figures", []) if isinstance(row, dict)],
        "error": None,
    }


def card_html(card: str) -> str:
    r"""Card as HTML: no markup of its own, no pictures, links only to what is safe to open.

    Examples
    --------
    >>> card_html("---\nlicense: mit\n---\n# A <b>card</b>\n")
    '<h1>A &lt;b&gt;card&lt;/b&gt;</h1>\n'
    """
    reader = _Reader("commonmark", {"html": False}).enable("table").disable("image")
    return str(reader.render(without_paths(_body(card))))


class _Reader(MarkdownIt):
    """Markdown whose links lead only to addresses that are safe to open."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 -- overrides
        return url.lower().startswith(_SAFE_ADDRESSES)


def _body(card: str) -> str:
    """Card without the facts for machines at its head."""
    lines = card.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return card
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    return "".join(lines[end + 1 :]) if end else card


def _nothing() -> dict[str, Any]:
    """What is told of a model that cannot be read."""
    known = ("title", "task", "features", "bytes", "sha256", "created", "card")
    return {**dict.fromkeys(known), "labels": [], "figures": []}
