"""Making text from outside (file names, labels, speakers) safe to print, whatever it holds."""

from __future__ import annotations

import html as _html

from ..visible import visible

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "±": r"$\pm$", "\u00d7": r"$\times$", "\u2013": "--", "→": r"$\rightarrow$",
}  # fmt: skip
_MARKDOWN = frozenset("\\`*_[]|~#")
_EDGES = frozenset("_#")  # mean something only at the edge of a word


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


def _inside_word(text: str, place: int) -> bool:
    """Whether the mark at `place` stands between two letters, where it means nothing."""
    return (
        text[place] in _EDGES
        and 0 < place < len(text) - 1
        and text[place - 1].isalnum()
        and text[place + 1].isalnum()
    )
