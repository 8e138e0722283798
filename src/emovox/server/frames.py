"""Messages between the server and its workers: a JSON object and bytes beside it, with lengths."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from typing import Any, BinaryIO

Frame = tuple[dict[str, Any], bytes]

_LENGTHS = struct.Struct("<II")
MAX_BYTES = 256 * 2**20
"""Longer lengths mean that the other side speaks something else."""


def packed(message: dict[str, Any], blob: bytes = b"") -> bytes:
    """One frame: two lengths, the message as JSON, the bytes.

    Numbers that JSON cannot hold become null.

    Examples
    --------
    >>> packed({"a": float("nan")}, b"..")[8:]
    b'{"a": null}..'
    """
    try:
        text = json.dumps(message, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(message), allow_nan=False)
    data = text.encode("ascii")
    return _LENGTHS.pack(len(data), len(blob)) + data + blob


def read(stream: BinaryIO) -> Frame | None:
    """Next frame of a blocking stream; None where it ends."""
    head = stream.read(_LENGTHS.size)
    if len(head) < _LENGTHS.size:
        return None
    n_message, n_blob = _checked(head)
    message, blob = stream.read(n_message), stream.read(n_blob)
    if len(message) < n_message or len(blob) < n_blob:
        return None
    return json.loads(message), blob


async def read_async(stream: asyncio.StreamReader) -> Frame | None:
    """Next frame of an asynchronous stream; None where it ends."""
    try:
        n_message, n_blob = _checked(await stream.readexactly(_LENGTHS.size))
        return json.loads(await stream.readexactly(n_message)), await stream.readexactly(n_blob)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def _checked(head: bytes) -> tuple[int, int]:
    n_message, n_blob = _LENGTHS.unpack(head)
    if max(n_message, n_blob) > MAX_BYTES:
        raise ConnectionError(f"a frame declares {n_message} and {n_blob} bytes")
    return n_message, n_blob


def _finite(value: Any) -> Any:
    """Value with null in the place of NaN and infinities."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
