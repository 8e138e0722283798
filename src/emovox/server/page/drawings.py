"""Drawings of what the page holds itself: the live microphone's timeline, a batch's counts."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ...report.probability_bars import count_bars
from ...report.timeline import Stretch, timeline
from ...report.waveform import time_axis
from ...report.wording import LANGUAGES, say
from ..json_body import read_json
from ..problems import Problem
from .asked import one_of

MAX_STRETCHES = 400
MAX_EMOTIONS = 32
MAX_NAME_LENGTH = 64
MAX_LENGTH_S = 86_400.0
MAX_RECORDINGS = 10**9


async def draw_timeline(request: Request) -> JSONResponse:
    """POST /page/api/drawings/timeline: scores over time that the page has collected."""
    asked = await read_json(request, limit=request.app.state.settings.limits.json_bytes)
    language = one_of("language", asked.get("language", "en"), LANGUAGES)
    length_s = _number("length_s", asked.get("length_s"), low=0.001, high=MAX_LENGTH_S)
    stretches = _stretches(asked.get("stretches"), length_s)
    # Tens of milliseconds, for which streams need not wait.
    return JSONResponse(await asyncio.to_thread(_drawn, stretches, length_s, language))


async def draw_counts(request: Request) -> JSONResponse:
    """POST /page/api/drawings/counts: how many recordings of a batch have each emotion."""
    asked = await read_json(request, limit=request.app.state.settings.limits.json_bytes)
    language = one_of("language", asked.get("language", "en"), LANGUAGES)
    counts = asked.get("counts")
    if not isinstance(counts, dict) or not _are_names(counts) or len(counts) > MAX_EMOTIONS:
        raise _bad(f"counts must be an object of at most {MAX_EMOTIONS} emotions and numbers")
    known = {name: int(_number(name, n, low=0, high=MAX_RECORDINGS)) for name, n in counts.items()}
    title = say("Recordings by emotion", language)
    return JSONResponse({"bars": count_bars(known, title=title, language=language)})


def _drawn(stretches: list[Stretch], length_s: float, language: str) -> dict[str, str]:
    title = say("Scores over time", language)
    return {
        "timeline": timeline(stretches, length_s=length_s, title=title, language=language),
        "axis": time_axis(length_s, language=language),
    }


def _stretches(value: Any, length_s: float) -> list[Stretch]:
    """Stretches of a request; their number and that of their emotions bound the drawing."""
    if not isinstance(value, list) or len(value) > MAX_STRETCHES:
        raise _bad(f"stretches must be a list of at most {MAX_STRETCHES}")
    found = [_stretch(each, length_s) for each in value]
    if len({name for stretch in found for name in stretch.scores or ()}) > MAX_EMOTIONS:
        raise _bad(f"the stretches name more than {MAX_EMOTIONS} emotions")
    return found


def _stretch(value: Any, length_s: float) -> Stretch:
    if not isinstance(value, dict):
        raise _bad("a stretch must be an object with start, end and scores")
    start = _number("start", value.get("start"), low=0.0, high=length_s)
    end = _number("end", value.get("end"), low=start, high=length_s)
    scores = value.get("scores")
    if scores is None:
        return Stretch(start, end, None)
    if not isinstance(scores, dict) or not _are_names(scores):
        raise _bad("scores must be an object of emotions and their shares, or null")
    return Stretch(
        start, end, {name: _number(name, share, low=0, high=1) for name, share in scores.items()}
    )


def _are_names(values: dict[str, Any]) -> bool:
    return all(0 < len(name) <= MAX_NAME_LENGTH for name in values)


def _number(name: str, value: Any, *, low: float, high: float) -> float:
    is_number = type(value) in (int, float) and math.isfinite(value)
    if not is_number or not low - 1e-3 <= value <= high + 1e-3:
        raise _bad(f"{name[:MAX_NAME_LENGTH]} must be a number from {low:g} to {high:g}")
    return float(min(max(value, low), high))


def _bad(sentence: str) -> Problem:
    return Problem(400, "bad-request", sentence)


def routes() -> list[BaseRoute]:
    """Addresses of drawings."""
    return [
        Route("/page/api/drawings/timeline", draw_timeline, methods=["POST"]),
        Route("/page/api/drawings/counts", draw_counts, methods=["POST"]),
    ]
