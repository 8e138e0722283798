"""Corpora: those named at the start, their recordings by id, and what `check` finds in them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ... import registry
from ...corpora import Card
from ..at_hand import AtHand, corpora_of
from ..problems import Problem
from .asked import language_of, needed, scale_of
from .checks import begin_check, last_check
from .corpora_listing import COLUMNS, below, size_of
from .sending import sent
from .shelf import shelf_of

PLAYABLE: dict[str, str] = {
    ".wav": "audio/wav", ".wave": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".m4a": "audio/mp4",
    ".aac": "audio/aac", ".webm": "video/webm", ".mp4": "video/mp4", ".m4v": "video/mp4",
}  # fmt: skip
"""Ending of a recording that browsers play -> its media type."""

_NOT_FACTS = ("id", "corpus", "path", "start", "end")


async def list_corpora(request: Request) -> JSONResponse:
    """GET /page/api/corpora: those at hand with their counts, then those that are not here."""
    state = request.app.state
    here = corpora_of(state.settings)
    counts = await shelf_of(state).counts(here.values())
    missing = [name for name in registry.names("corpus") if name not in here]
    told = [_told(one.name, one, counts[one.name]) for one in here.values()]
    told += [_told(name, None, {}) for name in missing]
    return JSONResponse({"corpora": told})


async def one_corpus(request: Request) -> Response:
    """GET /page/api/corpora/NAME: the same for one, with its recordings and its last check."""
    state = request.app.state
    name = request.path_params["name"]
    here = corpora_of(state.settings)
    if name not in here and name not in registry.names("corpus"):
        raise _unknown(name)
    told: dict[str, Any]
    columns = b""
    if name in here:
        listing = await shelf_of(state).listing(here[name])
        told = _told(name, here[name], listing.counts)
        told["by_speaker"] = listing.counts.get("by_speaker", [])
        columns = listing.columns
    else:
        told = {**_told(name, None, {}), "by_speaker": []}
    told["check"] = await asyncio.to_thread(last_check, state.settings, name)
    head = json.dumps(told)[:-1].encode()
    empty = json.dumps({column: [] for column in COLUMNS}).encode()
    body = b"".join((head, b', "columns": ', columns or empty, b"}"))
    return Response(body, media_type="application/json")


async def audio(request: Request) -> Response:
    """GET /page/api/corpora/NAME/audio?id=: the recording as it lies there; ranges are honoured.

    A stretch inside a file, and what browsers do not play, comes as WAV; what is no recording (a
    corpus may hold a link to anything) does not come.
    """
    state = request.app.state
    found = await shelf_of(state).find(_at_hand(request), needed(request, "id"))
    path, start, end = found["path"], found.get("start"), found.get("end")
    media_type = PLAYABLE.get(os.path.splitext(path)[1].lower(), "")
    arguments = {"path": path, "start": start, "end": end, "browser_plays": bool(media_type)}
    made = await state.pool.run("playable", arguments)
    if made["wav"] is None:
        return await sent(path, media_type)
    spooled = state.spool.new(".wav")
    try:
        spooled.write(base64.b64decode(made["wav"]))
        spooled.close()
        return await sent(spooled.path, "audio/wav", over=spooled.remove)
    except BaseException:
        spooled.remove()
        raise


async def utterance(request: Request) -> JSONResponse:
    """GET /page/api/corpora/NAME/utterance?id=: facts about a recording, and its drawings."""
    language, scale = language_of(request), scale_of(request)
    corpus = _at_hand(request)
    found = await shelf_of(request.app.state).find(corpus, needed(request, "id"))
    arguments = {
        "path": found["path"],
        "name": found["id"],
        "start": found.get("start"),
        "end": found.get("end"),
        "language": language,
        "scale": scale,
    }
    heard = await request.app.state.pool.run("utterance", arguments)
    return JSONResponse(
        {
            "id": found["id"],
            "path": below(Path(found["path"]), corpus.root),
            "bytes": await asyncio.to_thread(size_of, found["path"]),
            "start": found.get("start"),
            "end": found.get("end"),
            "facts": {key: value for key, value in found.items() if key not in _NOT_FACTS},
            **heard,
        }
    )


async def check(request: Request) -> JSONResponse:
    """POST /page/api/corpora/NAME/check: `emovox corpora check` as a job."""
    job = begin_check(request.app.state, _at_hand(request))
    return JSONResponse({"job": job.as_json()}, status_code=202)


def routes() -> list[BaseRoute]:
    """Addresses of this view."""
    base = "/page/api/corpora"
    return [
        Route(base, list_corpora, methods=["GET"]),
        Route(f"{base}/{{name}}", one_corpus, methods=["GET"]),
        Route(f"{base}/{{name}}/audio", audio, methods=["GET"]),
        Route(f"{base}/{{name}}/utterance", utterance, methods=["GET"]),
        Route(f"{base}/{{name}}/check", check, methods=["POST"]),
    ]


def _at_hand(request: Request) -> AtHand:
    """Corpus of the address."""
    name = request.path_params["name"]
    here = corpora_of(request.app.state.settings)
    if name not in here:
        raise _unknown(name)
    return here[name]


def _told(name: str, corpus: AtHand | None, counts: Mapping[str, Any]) -> dict[str, Any]:
    """What the page is told of a corpus without its recordings; None: it is not here."""
    is_known = corpus is None or corpus.is_corpus
    card: Card | None = registry.get("corpus", name).card if is_known else None
    state = "missing" if corpus is None else "failed" if "error" in counts else "ready"
    return {
        "name": name,
        "title": card.title if card else name,
        "state": state,
        "error": counts.get("error"),
        "languages": list(card.languages) if card else counts.get("languages", []),
        "licence": card.licence if card else None,
        "source": card.url if card else None,
        "n": counts.get("n", 0),
        "n_published": card.n_utterances if card else None,
        "emotions": counts.get("emotions", {}),
        "speakers": counts.get("speakers", card.n_speakers if card and corpus is None else 0),
        "genders": counts.get("genders", {}),
        "bytes": counts.get("bytes", 0),
    }


def _unknown(name: str) -> Problem:
    return Problem(404, "not-found", f"there is no corpus {name[:80]!r} here")
