"""Small drawing primitives: each returns SVG markup as text.

Drawings have no view box. Places across are percentages of the plot's width, places down are
pixels: a drawing grows with the page and its letters keep their size. Room for labels beside the
plot is the padding of the figure around it (`figure`), into which the drawing may reach, because
overflow is visible.
"""

from __future__ import annotations

from collections.abc import Iterable

from .escape import html

Place = float | str


def number(value: float) -> str:
    """Shortest writing of a number with at most two decimals.

    Examples
    --------
    >>> number(1.50), number(-0.001), number(3.14159)
    ('1.5', '0', '3.14')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(value: float) -> str:
    """Place across the plot, 0 to 100, with its sign."""
    return f"{value:.3f}".rstrip("0").rstrip(".") + "%"


def element(tag: str, content: str = "", /, **attributes: Place | None) -> str:
    """One element; `content` is markup, attributes are escaped here.

    Underscores in names become hyphens (``text_anchor``), a trailing one is dropped (``class_``);
    None leaves an attribute out.

    Examples
    --------
    >>> element("rect", x=1.0, class_="bar", fill=None)
    '<rect x="1" class="bar"/>'
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def text(label: str, *, x: Place, y: Place, **attributes: Place | None) -> str:
    """Text at a place; `label` is escaped here."""
    return element("text", html(label), x=x, y=y, **attributes)


def rect(*, x: Place, y: Place, width: Place, height: Place, **attributes: Place | None) -> str:
    """Rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, **attributes)


def line(*, x1: Place, y1: Place, x2: Place, y2: Place, **attributes: Place | None) -> str:
    """Straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def titled(content: str, tip: str) -> str:
    """Group whose meaning is said in words to who points at it or has it read out."""
    return element("g", element("title", html(tip)) + content)


def turned(label: str, *, x: Place, y: Place, degrees: float, class_: str = "label") -> str:
    """Text that begins at a place and runs at an angle."""
    word = element("text", html(label), transform=f"rotate({number(degrees)})", class_=class_)
    return element("svg", word, x=x, y=y, width=1.0, height=1.0, overflow="visible")


def stretched(content: str, *, width: float, height: float, y: Place, shown_height: Place) -> str:
    """Content in its own units, stretched over the whole plot."""
    return element(
        "svg", content, x=0.0, y=y, width="100%", height=shown_height,
        viewBox=f"0 0 {number(width)} {number(height)}", preserveAspectRatio="none",
    )  # fmt: skip


def drawing(parts: Iterable[str], *, height: float, title: str, description: str) -> str:
    """Whole drawing, as wide as the element around it.

    Parameters
    ----------
    parts : iterable of str
        Markup.
    height : float, pixels
    title, description : str
        What it is and what it shows, for who does not see it.

    Returns
    -------
    str, one ``<svg>`` element
    """
    head = element("title", html(title)) + element("desc", html(description))
    return element(
        "svg", head + "".join(parts), xmlns="http://www.w3.org/2000/svg", role="img",
        aria_label=f"{title}. {description}", width="100%", height=height, overflow="visible",
    )  # fmt: skip


def figure(
    plot: str,
    *,
    left: float = 0,
    right: float = 0,
    max_width: float | None = None,
    min_width: float | None = None,
) -> str:
    """Drawing in a box with `left` and `right` pixels of room for what is written beside it.

    Where the page is narrower than `min_width`, the drawing scrolls by itself.
    """
    style = f"padding-left:{number(left)}px;padding-right:{number(right)}px"
    if max_width is not None:
        style += f";max-width:{number(max_width)}px"
    if min_width is None:
        return f'<div class="plot" style="{style}">{plot}</div>'
    style += f";min-width:{number(min_width)}px"
    return f'<div class="scroll"><div class="plot" style="{style}">{plot}</div></div>'


def _attribute(value: Place) -> str:
    return html(value) if isinstance(value, str) else number(value)
