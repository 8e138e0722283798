"""Sending a file of this machine: whole or in ranges, every refusal in the server's one form."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable

from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from ..problems import Problem, answer


async def sent(
    path: str | os.PathLike[str], media_type: str, *, over: Callable[[], None] | None = None
) -> FileResponse:
    """Answer that sends a regular file.

    Parameters
    ----------
    path : path
        Never one that a client has given.
    media_type : str
    over : callable, optional
        Called when the file has been sent, or its client has left.

    Raises
    ------
    Problem
        404 ``file-missing`` or ``not-a-file``.
    """
    try:
        status = await asyncio.to_thread(os.stat, path)
    except OSError as error:
        raise Problem(404, "file-missing", "the recording is not there any more") from error
    if not stat.S_ISREG(status.st_mode):
        raise Problem(404, "not-a-file", "what lies there now is not a file")
    kept = {"Cache-Control": "private, no-cache"}
    file = _File(path, media_type=media_type, stat_result=status, headers=kept)
    file.over = over
    return file


class _File(FileResponse):
    """File whose impossible ranges are refused as problem+json."""

    over: Callable[[], None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._sent(scope, receive, send)
        finally:  # a background task of starlette is cancelled with its client
            if self.over is not None:
                self.over()

    async def _sent(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: Message | None = None

        async def checked(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] >= 400:
                refused = message
            if refused is None:
                await send(message)

        await super().__call__(scope, receive, checked)
        if refused is not None:
            sentence = "the range that is asked for is not in this file"
            lengths = {
                k.decode(): v.decode() for k, v in refused["headers"] if k == b"content-range"
            }
            problem = Problem(refused["status"], "bad-request", sentence, headers=lengths)
            await answer(problem)(scope, receive, send)
