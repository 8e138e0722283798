"""Printing text from outside safely: a file's name cannot forge a line or drive the terminal."""

from __future__ import annotations

import unicodedata

_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def escape(text: str) -> str:
    r"""Show control, bidirectional-override and undecodable characters as escapes.

    Examples
    --------
    >>> escape("a\tb\x1b[31m")
    'a\\tb\\x1b[31m'
    """
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in _FORBIDDEN
        else char
        for char in text
    )
