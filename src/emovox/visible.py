"""Text from outside (file names, labels, speakers) in which nothing hides."""

from __future__ import annotations

import base64
import os
import unicodedata

_JOINERS = "\u200c\u200d"  # needed by Persian words and by emoji; they reorder nothing


def visible(text: str) -> str:
    r"""Text in which nothing hides: control, direction and undecodable characters as escapes.

    A name can then forge no line, turn no writing direction and drive no terminal.

    Parameters
    ----------
    text : str
        May hold lone surrogates, as names of files that are not valid UTF-8 do.

    Returns
    -------
    str, one line, encodable as UTF-8

    Examples
    --------
    >>> visible("a\nb\u202e")
    'a\\nb\\u202e'
    """
    return "".join(char if _is_plain(char) else _escape(char) for char in text)


def table_cell(path: str) -> str:
    """Name for a table: a spreadsheet would run one that begins like a formula, so it is quoted.

    Examples
    --------
    >>> table_cell("=1+2.wav"), table_cell("a.wav")
    ("'=1+2.wav", 'a.wav')
    """
    shown = visible(path)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def json_name(path: str) -> dict[str, str]:
    r"""``path`` of a JSON result, and ``path_bytes`` where the name is not valid UTF-8.

    Examples
    --------
    >>> json_name("a.wav"), json_name("\udcff.wav")
    ({'path': 'a.wav'}, {'path': '?.wav', 'path_bytes': '/y53YXY='})
    """
    named = {"path": path.encode("utf-8", "replace").decode("utf-8")}
    if named["path"] != path:
        named["path_bytes"] = base64.b64encode(os.fsencode(path)).decode("ascii")
    return named


def _is_plain(char: str) -> bool:
    return char in _JOINERS or (
        unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
    )


def _escape(char: str) -> str:
    """Python's own escape; a byte that was not UTF-8 as that byte."""
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
