"""The one way in which the server reads JSON from a request: bounded, strict, an object."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request

from ..errors import ModelError
from ..models.strict_json import parse
from .problems import Problem

_NAME = "the request's body"
_CHARSET = re.compile(r'\s*charset\s*=\s*"?utf-8"?\s*', re.IGNORECASE)


async def read_json(request: Request, *, limit: int) -> dict[str, Any]:
    """Object that the body of a request holds.

    Parameters
    ----------
    request : Request
    limit : int
        Bytes; `Limits.json_bytes`.

    Returns
    -------
    dict

    Raises
    ------
    Problem
        415 ``wrong-type`` unless it is declared as ``application/json`` in UTF-8: a form of
        another site could send other types without asking; 413 ``too-large``; 400 ``bad-request``
        for what `emovox.models.strict_json.parse` refuses (a key twice, NaN, 1e999, numbers of
        thousands of digits, deep nesting, half a character, what is not UTF-8, nothing at all).
    """
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    is_utf_8 = not parameters.strip() or _CHARSET.fullmatch(parameters)
    if kind.strip().lower() != "application/json" or not is_utf_8:
        raise Problem(415, "wrong-type", "the body must be declared as application/json, in UTF-8")
    return parsed(await _body(request, limit))


def parsed(data: bytes) -> dict[str, Any]:
    """Object that `data` holds, or `Problem` 400 ``bad-request``.

    Examples
    --------
    >>> parsed(b'{"name": "first run"}')
    {'name': 'first run'}
    """
    try:
        return parse(data, name=_NAME)
    except ModelError as error:
        raise Problem(400, "bad-request", f"{_NAME} {error.sentence}") from error


async def _body(request: Request, limit: int) -> bytes:
    """All bytes, stopped as soon as there are too many."""
    too_large = Problem(
        413, "too-large", f"{_NAME} has more than {limit} bytes, which is all that JSON may have"
    )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):
        raise too_large
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > limit:
            raise too_large
    return bytes(content)
