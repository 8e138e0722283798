"""Bodies and multipart forms to spooled files, every limit enforced while the bytes come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from .problems import Problem
from .settings import Limits
from .spool import Spool, SpooledFile

FIELD = "file"
RAW_NAME = "-"
"""What a recording without a name is called, as on the command line."""

MAX_PART_HEAD = 8 * 1024
RAW_TYPES = ("application/octet-stream", "application/ogg")
_CLOSE = {"Connection": "close"}


@dataclass(frozen=True)
class Upload:
    """One recording that a client has sent.

    Parameters
    ----------
    path : str
        Where it lies until its request has been answered.
    name : str
        As the client called it; only ever echoed. Bytes that are not UTF-8 are surrogates.
    """

    path: str
    name: str


@asynccontextmanager
async def uploads(request: Request) -> AsyncIterator[list[Upload]]:
    """Take the recordings of a request; they are removed when the block ends.

    Parameters
    ----------
    request : Request
        With a multipart form whose parts are called ``file``, or a body of an audio type.

    Yields
    ------
    list of Upload
        At least one.

    Raises
    ------
    Problem
        ``bad-request``, ``too-large``, ``too-slow`` or ``wrong-type``.
    ClientDisconnect
        If the client leaves before all has come.
    """
    state = request.app.state
    async with AsyncExitStack() as stack:
        yield await received(request, state.spool, state.settings.limits, stack)


async def received(
    request: Request, spool: Spool, limits: Limits, stack: AsyncExitStack
) -> list[Upload]:
    """Take the recordings of a request; closing `stack` removes them. See `uploads`."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(
            415, "wrong-type", "bodies with a Content-Encoding are not taken", headers=_CLOSE
        )
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind == b"multipart/form-data":
        boundary = options.get(b"boundary", b"")
        if not 1 <= len(boundary) <= 200:
            raise _bad("the form declares no boundary, or one of over 200 characters")
        return await _form(request, boundary, spool, limits, stack)
    said = kind.decode("latin-1")
    if not (said.startswith("audio/") or said in RAW_TYPES):
        raise Problem(
            415,
            "wrong-type",
            f"{said[:80]!r} is not taken; send multipart/form-data with a field {FIELD!r}, or the "
            "recording itself as audio/* or application/octet-stream",
            headers=_CLOSE,
        )
    spooled = stack.enter_context(spool.new())
    async for chunk in chunks(request, limits):
        spooled.write(chunk)
    spooled.close()
    return [Upload(str(spooled.path), RAW_NAME)]


async def chunks(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """Bytes of a body as they come, within its limits.

    Raises
    ------
    Problem
        413 ``too-large`` as soon as that is known; 408 ``too-slow``.
    ClientDisconnect
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > limits.body_bytes):
        raise _too_large(limits)
    clock = asyncio.get_running_loop().time
    ends, size = clock() + limits.body_s, 0
    while True:
        left_s = min(limits.body_idle_s, ends - clock())
        try:
            async with asyncio.timeout(left_s):
                message = await request.receive()
        except TimeoutError as error:
            raise Problem(
                408,
                "too-slow",
                f"the body paused for {limits.body_idle_s:g} s or took over {limits.body_s:g} s",
                headers=_CLOSE,
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body = message.get("body", b"")
        size += len(body)
        if size > limits.body_bytes:
            raise _too_large(limits)
        if body:
            yield body
        if not message.get("more_body", False):
            return


async def _form(
    request: Request, boundary: bytes, spool: Spool, limits: Limits, stack: AsyncExitStack
) -> list[Upload]:
    form = _Form(spool, limits, stack)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": form.part_begins,
                "on_header_field": form.header_field,
                "on_header_value": form.header_value,
                "on_header_end": form.header_ends,
                "on_headers_finished": form.head_ends,
                "on_part_data": form.data,
                "on_part_end": form.part_ends,
                "on_end": form.ends,
            },
        )
        async for chunk in chunks(request, limits):
            parser.write(chunk)
    except FormParserError as error:
        raise _bad("the body is no multipart form with the boundary that its type declares") from (
            error
        )
    if not form.is_whole:
        raise _bad("the form is cut: its closing boundary did not come")
    if not form.files:
        raise _bad(f"the form holds no field {FIELD!r}")
    return form.files


class _Form:
    """A multipart form while it is read."""

    def __init__(self, spool: Spool, limits: Limits, stack: AsyncExitStack) -> None:
        self.files: list[Upload] = []
        self.is_whole = False
        self._spool = spool
        self._limits = limits
        self._stack = stack
        self._n_parts = 0
        self._head: dict[bytes, bytes] = {}
        self._field = self._value = b""
        self._n_head = 0
        self._file: SpooledFile | None = None

    def part_begins(self) -> None:
        self._n_parts += 1
        if self._n_parts > self._limits.parts:
            raise _bad(f"the form has more than {self._limits.parts} parts")
        self._head, self._n_head = {}, 0

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._counted(end - start)
        self._field += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._counted(end - start)
        self._value += data[start:end]

    def header_ends(self) -> None:
        self._head[self._field.lower()] = self._value
        self._field = self._value = b""

    def head_ends(self) -> None:
        kind, options = parse_options_header(self._head.get(b"content-disposition"))
        field = options.get(b"name", b"").decode("utf-8", "replace")
        if kind != b"form-data" or field != FIELD:
            raise _bad(f"the form has a field {field[:40]!r}; the only one is {FIELD!r}")
        name = options.get(b"filename", b"").decode("utf-8", "surrogateescape") or RAW_NAME
        self._file = self._stack.enter_context(self._spool.new(name))
        self.files.append(Upload(str(self._file.path), name))

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])

    def part_ends(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def ends(self) -> None:
        self.is_whole = True

    def _counted(self, n_bytes: int) -> None:
        self._n_head += n_bytes
        if self._n_head > MAX_PART_HEAD:
            raise _bad(f"the head of a part has more than {MAX_PART_HEAD} bytes")


def _bad(sentence: str) -> Problem:
    return Problem(400, "bad-request", sentence, headers=_CLOSE)


def _too_large(limits: Limits) -> Problem:
    sentence = f"the body has more than {limits.body_bytes} bytes, the limit of this server"
    return Problem(413, "too-large", sentence, headers=_CLOSE)
