"""The fields of a protobuf message, read without unpacking it into objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types; groups (3 and 4) are not used by ONNX and are refused."""

# ONNX stores the lists of a tree ensemble one tagged number at a time. These runs are skipped
# by the regular expression engine: a forest has some hundred thousand of them.
_RUNS = re.compile(
    rb"(?:\x3d[\x00-\xff]{4})++"  # AttributeProto.floats
    rb"|(?:\x40[\x80-\xff]{0,9}[\x00-\x7f])++"  # AttributeProto.ints
    rb"|(?:\x4a\x0aBRANCH_LEQ|\x4a\x04LEAF)++"  # AttributeProto.strings
)


class Malformed(ValueError):  # noqa: N818 -- named for what it says
    """The bytes are not a protobuf message."""


def fields(
    data: bytes, start: int, end: int, *, skip_lists: bool = False
) -> Iterator[tuple[int, int, int, int]]:
    r"""Fields of the message ``data[start:end]``, in the order in which they lie there.

    Parameters
    ----------
    data : bytes
    start, end : int
        Where the message lies in `data`.
    skip_lists : bool
        Leave out runs of ``AttributeProto.floats``, ``.ints`` and the mode words of trees.

    Yields
    ------
    (number, wire type, a, b)
        For `BYTES` the payload is ``data[a:b]``; for `VARINT` its value is `a` and `b` is 0;
        for fixed widths the payload is ``data[a:b]``.

    Raises
    ------
    Malformed
        If a field is cut off, reaches over `end`, or is of no known wire type.

    Examples
    --------
    >>> list(fields(b"\x08\x96\x01\x12\x02hi", 0, 7))
    [(1, 0, 150, 0), (2, 2, 5, 7)]
    """
    position = start
    while position < end:
        if skip_lists and (run := _RUNS.match(data, position, end)):
            position = run.end()
            continue
        tag, position = _varint(data, position, end)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise Malformed(f"field number 0 at byte {position}")
        if wire == VARINT:
            value, position = _varint(data, position, end)
            yield number, wire, value, 0
            continue
        if wire == BYTES:
            size, position = _varint(data, position, end)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise Malformed(f"wire type {wire} at byte {position}")
        if size > end - position:
            raise Malformed(f"a field of {size} bytes at byte {position} reaches over the end")
        yield number, wire, position, position + size
        position += size


def varints(data: bytes, start: int, end: int) -> Iterator[int]:
    """Numbers of a packed field ``data[start:end]``."""
    position = start
    while position < end:
        value, position = _varint(data, position, end)
        yield value


def signed(value: int) -> int:
    """Return the int64 that an unsigned varint stands for.

    Examples
    --------
    >>> signed(2**64 - 5)
    -5
    """
    return value - (1 << 64) if value >= 1 << 63 else value


def _varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Value of the varint at `position`, and where the next field begins."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= end:
            raise Malformed(f"cut off at byte {position}")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
    raise Malformed(f"a number of more than 10 bytes at byte {position}")
