"""A client that leaves frees what was done for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class StopsWithClient:
    """ASGI application around another one, whose handler is cancelled when its client leaves.

    Starlette lets a handler run to its end. Here, once the body of a request has come, the
    connection is watched, and what awaits a worker is cancelled with it.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; ends quietly with a client that has left."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched = _Watched(receive)
        work = asyncio.ensure_future(self._app(scope, watched.receive, send))
        watched.work = work
        try:
            await asyncio.wait((work,))
        finally:
            await _ended(work)
            await _ended(watched.watcher)
        if watched.has_left:
            raise ClientDisconnect
        work.result()


class _Watched:
    """The receiving end of a connection, listened to by itself once the body is there."""

    def __init__(self, receive: Receive) -> None:
        self.work: asyncio.Future[None] | None = None
        self.watcher: asyncio.Task[Message] | None = None
        self.has_left = False
        self._receive = receive

    async def receive(self) -> Message:
        if self.watcher is not None:
            return await asyncio.shield(self.watcher)
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self.watcher = asyncio.create_task(self._watch())
        return message

    async def _watch(self) -> Message:
        message = await self._receive()
        # uvicorn says the same when the answer is complete, which stops nothing any more.
        if message["type"] == "http.disconnect" and self.work is not None and not self.work.done():
            self.has_left = self.work.cancel()
        return message


async def _ended(task: asyncio.Future[object] | Awaitable[object] | None) -> None:
    """Cancel a task, if there is one, and wait for its end."""
    if isinstance(task, asyncio.Future):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
