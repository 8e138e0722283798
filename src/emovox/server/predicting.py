"""`POST /v1/predict`: recordings in, the objects of `emovox predict --json` out."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ..visible import json_name, visible
from .pool import Pool
from .problems import Problem
from .uploads import RAW_NAME, Upload, received

LINES = "application/x-ndjson"
OPTIONS = ("model", "segments")
_NO = frozenset({"0", "false", "no"})
_YES = frozenset({"", "1", "true", "yes"})

Outcome = list[dict[str, Any]] | Problem


async def predict(request: Request) -> Response:
    """POST /v1/predict."""
    options = _options(request)
    state = request.app.state
    stack = AsyncExitStack()
    async with stack:
        files = await received(request, state.spool, state.settings.limits, stack)
        # One request may have so many of the queue's places that all workers stay at work.
        n_at_once = min(2 * state.settings.workers, 1 + state.settings.limits.queue // 2)
        outcomes = _in_order(state.pool, files, options, n_at_once)
        await stack.enter_async_context(aclosing(outcomes))
        first = await anext(outcomes)
        if len(files) > 1 and (not isinstance(first, Problem) or first.status == 422):
            return _Lines(_lines(first, outcomes, files), stack.pop_all())
    return _single(first, files[0], by_segment=options["segments"])


def routes() -> list[BaseRoute]:
    """Address of the recognition."""
    return [Route("/v1/predict", predict, methods=["POST"])]


class _Lines(StreamingResponse):
    """JSON lines as they come; the uploads go when the last has left, or the client."""

    def __init__(self, lines: AsyncIterator[bytes], held: AsyncExitStack) -> None:
        super().__init__(lines, media_type=LINES)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


def _options(request: Request) -> dict[str, Any]:
    """What the query asks for."""
    for name in request.query_params:
        if name not in OPTIONS:
            known = ", ".join(OPTIONS)
            raise Problem(400, "bad-request", f"there is no option {name[:40]!r}; known: {known}")
    segments = request.query_params.get("segments", "no").lower()
    if segments not in _YES | _NO:
        raise Problem(400, "bad-request", f"segments={segments[:40]!r}; give 1 or 0, or no value")
    return {"model": request.query_params.get("model"), "segments": segments in _YES}


async def _in_order(
    pool: Pool, files: Sequence[Upload], options: dict[str, Any], n_at_once: int
) -> AsyncGenerator[Outcome, None]:
    """Outcomes of the files in their order, some of them worked on at once.

    Raises
    ------
    Problem
        ``busy``, where the first finds no place in the queue.
    """
    waiting = deque(files)
    futures: deque[asyncio.Future[dict[str, Any]]] = deque()

    def submit(*, admitted: bool) -> None:
        file = waiting[0]
        arguments = {"path": file.path, "name": file.name, **options}
        futures.append(pool.submit("predict", arguments, admitted=admitted))
        waiting.popleft()

    try:
        submit(admitted=False)
        while waiting or futures:
            try:
                while waiting and len(futures) < n_at_once:
                    submit(admitted=not futures)  # the place of the one that has just ended
            except Problem as problem:
                if not futures:  # the server is stopping
                    waiting.popleft()
                    yield problem
                    continue
            try:
                yield (await futures[0])["lines"]
            except Problem as problem:
                yield problem
            futures.popleft()
    finally:
        for future in futures:
            future.cancel()


def _single(outcome: Outcome, file: Upload, *, by_segment: bool) -> Response:
    """Answer for one recording; what is wrong with it is the problem of the whole request."""
    if isinstance(outcome, Problem):
        raise _named(outcome, file) if outcome.status == 422 else outcome
    if not outcome[-1]["ok"]:
        error = outcome[-1]["error"]
        raise _named(Problem(422, error["code"], error["message"]), file)
    body = b"".join(map(_line, outcome))
    return Response(body, media_type=LINES if by_segment else "application/json")


async def _lines(
    first: Outcome, rest: AsyncIterator[Outcome], files: Sequence[Upload]
) -> AsyncIterator[bytes]:
    """Lines of all files; of one that cannot be used, its error."""
    outcome = first
    for index, file in enumerate(files):
        if index:
            outcome = await anext(rest)
        if isinstance(outcome, Problem):
            error = {"code": outcome.code, "message": outcome.sentence}
            outcome = [{**json_name(file.name), "ok": False, "error": error}]
        for each in outcome:
            yield _line(each)


def _line(result: dict[str, Any]) -> bytes:
    return (json.dumps(result, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _named(problem: Problem, file: Upload) -> Problem:
    """Problem that says which recording it is about."""
    if file.name == RAW_NAME:
        return problem
    return Problem(problem.status, problem.code, f"{visible(file.name)}: {problem.sentence}")
