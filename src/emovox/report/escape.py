"""Making text from outside (file names, labels, speakers) safe to print, whatever it holds."""

from __future__ import annotations

import html as _html
import unicodedata

_JOINERS = "\u200c\u200d"  # needed by Persian words and by emoji; they reorder nothing
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "±": r"$\pm$", "\u00d7": r"$\times$", "\u2013": "--", "→": r"$\rightarrow$",
}  # fmt: skip
_MARKDOWN = frozenset("\\`*_[]|~#")
_EDGES = frozenset("_#")  # mean something only at the edge of a word


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


def html(text: str) -> str:
    """Text for HTML or SVG, between tags or inside a quoted attribute.

    Examples
    --------
    >>> html("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return _html.escape(visible(text), quote=True)


def markdown(text: str) -> str:
    r"""Text for a cell of a Markdown table.

    Examples
    --------
    >>> markdown("a|b *c*")
    'a\\|b \\*c\\*'
    """
    shown = visible(text)
    safe = "".join(
        f"\\{char}" if char in _MARKDOWN and not _inside_word(shown, place) else char
        for place, char in enumerate(shown)
    )
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def latex(text: str) -> str:
    r"""Text for LaTeX.

    Examples
    --------
    >>> latex("50 % of a_b")
    '50 \\% of a\\_b'
    """
    return "".join(_LATEX.get(char, char) for char in visible(text))


def _is_plain(char: str) -> bool:
    return char in _JOINERS or (
        unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
    )


def _escape(char: str) -> str:
    """Python's own escape; a byte that was not UTF-8 as that byte."""
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _inside_word(text: str, place: int) -> bool:
    """Whether the mark at `place` stands between two letters, where it means nothing."""
    return (
        text[place] in _EDGES
        and 0 < place < len(text) - 1
        and text[place - 1].isalnum()
        and text[place + 1].isalnum()
    )
