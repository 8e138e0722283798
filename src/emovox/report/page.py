"""The frame of every page: one file that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from .escape import html
from .theme import style_sheet

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def document(title: str, body: Iterable[str], *, language: str = "en") -> str:
    """Whole HTML page.

    Parameters
    ----------
    title : str
        Escaped here.
    body : iterable of str
        Markup.
    language : str
        BCP 47.

    Returns
    -------
    str
        The browser itself is told to load nothing from anywhere.
    """
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{html(language)}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{html(title)}</title>",
            f"<style>\n{style_sheet()}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def paragraph(sentence: str, *, class_: str | None = None) -> str:
    """Paragraph of text, escaped here."""
    return f"<p{_class(class_)}>{html(sentence)}</p>"


def heading(words: str, *, level: int = 2, anchor: str | None = None) -> str:
    """Heading, escaped here."""
    place = f' id="{html(anchor)}"' if anchor else ""
    return f"<h{level}{place}>{html(words)}</h{level}>"


def plate(caption: str, drawing: str, *, aside: str = "") -> str:
    """Drawing with its caption; `aside` is said behind it more quietly."""
    quiet = f" <span>{html(aside)}</span>" if aside else ""
    return f"<figure><figcaption>{html(caption)}{quiet}</figcaption>{drawing}</figure>"


def plates(figures: Sequence[str]) -> str:
    """Drawings beside one another where the page is wide enough."""
    layout = "plates three" if len(figures) == 3 else "plates"
    return f'<div class="{layout}">{"".join(figures)}</div>'


def pairs(values: Mapping[str, str]) -> str:
    """List of names and values."""
    rows = "".join(f"<dt>{html(name)}</dt><dd>{html(value)}</dd>" for name, value in values.items())
    return f'<dl class="keys">{rows}</dl>'


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", wide: bool = False
) -> str:
    """Plain table of text; the first column names the row.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequences of str, as long as `columns`
    caption : str
    wide : bool
        Over the whole width of the page.

    Returns
    -------
    str, markup that scrolls by itself where the page is narrower
    """
    rows = [list(row) for row in rows]
    kinds = [_kind(value) for value in rows[0]] if rows else []
    head = "".join(
        f'<th scope="col"{_class(kind)}>{html(name)}</th>'
        for name, kind in zip_longest(columns, kinds)
    )
    body = "".join(
        f'<tr><th scope="row">{html(first)}</th>'
        + "".join(f"<td{_class(_kind(value))}>{html(value)}</td>" for value in rest)
        + "</tr>"
        for first, *rest in rows
    )
    named = f"<caption>{html(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{html(caption or "table")}">'
        f"<table{_class('sticky wide' if wide else 'sticky')}>{named}"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def command_line(command: str) -> str:
    """Command line, as it was given."""
    return f"<pre><code>{html(command)}</code></pre>"


def _kind(value: str) -> str | None:
    """Words begin, figures end in one column."""
    return "words" if value[:1].isalpha() else None


def _class(name: str | None) -> str:
    return f' class="{html(name)}"' if name else ""
