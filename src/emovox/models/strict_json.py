"""JSON from strangers: bounded in size and depth, each key once, only finite numbers."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from ..errors import ModelError

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_DIGITS = 400

_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\[\x00-\xff])*+"?|[\[\]{}]')


def parse(data: bytes, *, name: str) -> dict[str, Any]:
    """Object that `data` holds.

    Parameters
    ----------
    data : bytes
        UTF-8 without a byte order mark.
    name : str
        The file, for the errors.

    Returns
    -------
    dict

    Raises
    ------
    ModelError
        ``model-invalid``: too long, too deep, not UTF-8, not JSON, not an object, a key twice,
        NaN, infinite or endless numbers, or half of a surrogate pair.

    Examples
    --------
    >>> parse(b'{"format": 1}', name="model.json")
    {'format': 1}
    """
    if len(data) > MAX_BYTES:
        raise _invalid(name, f"has {len(data)} bytes; at most {MAX_BYTES} are read")
    if data.startswith(b"\xef\xbb\xbf"):
        raise _invalid(name, "begins with a byte order mark; write it as plain UTF-8")
    if _depth(data) > MAX_DEPTH:
        raise _invalid(name, f"is nested deeper than {MAX_DEPTH} levels")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise _invalid(name, f"the key {key!r} is there twice")
            found[key] = value
        return found

    def constant(word: str) -> NoReturn:
        raise _invalid(name, f"holds {word}; numbers are finite")

    def real(word: str) -> float:
        value = float(word)
        if not math.isfinite(value):
            constant(word[:40])
        return value

    def whole(word: str) -> int:
        if len(word) > MAX_DIGITS:
            raise _invalid(name, f"holds a number of {len(word)} digits")
        return int(word)

    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=once,
            parse_constant=constant,
            parse_float=real,
            parse_int=whole,
        )
        # An escape such as \ud800 is half a character that no file or terminal can take.
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (UnicodeError, ValueError) as error:
        raise _invalid(name, f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _invalid(name, f"holds a {type(document).__name__}, not an object")
    return document


def _depth(data: bytes) -> int:
    """Deepest nesting of brackets outside strings, without recursion."""
    deepest = depth = 0
    for found in _STRING_OR_BRACKET.finditer(data):
        first = data[found.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _invalid(name: str, what: str) -> ModelError:
    return ModelError("model-invalid", what, name=name)
