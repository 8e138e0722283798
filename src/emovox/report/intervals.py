"""A score and its interval as a dot on a line: one strip for each line of a table."""

from __future__ import annotations

from . import svg
from .figures import interval, percentage

WIDTH = 190
_HEIGHT = 18.0


def interval_strip(
    value: float, bounds: tuple[float, float] | None, *, chance: float | None, best: bool = False
) -> str:
    """Drawing of one score between 0 and 100 %.

    Parameters
    ----------
    value : float, 0 to 1
    bounds : tuple of two floats, optional
    chance : float, optional
        Marked by a dotted line.
    best : bool
        Drawn more strongly.

    Returns
    -------
    str, HTML with one inline SVG
    """
    middle = _HEIGHT / 2
    parts = [_guides(chance)]
    if bounds is not None and all(bound == bound for bound in bounds):
        low, high = (svg.percent(100 * _within(bound)) for bound in bounds)
        parts.append(svg.line(x1=low, x2=high, y1=middle, y2=middle, class_="curve"))
        for end in (low, high):
            parts.append(svg.line(x1=end, x2=end, y1=middle - 3, y2=middle + 3, class_="curve"))
    if value == value:
        place = svg.percent(100 * _within(value))
        dot = "dot" if best else "dot open"
        parts.append(svg.element("circle", cx=place, cy=middle, r=4.0, class_=dot))
    said = f"{percentage(value)} % {interval(bounds)}"
    plot = svg.drawing(parts, height=_HEIGHT, title="Score with interval", description=said)
    return svg.figure(plot, left=8, right=8)


def interval_axis() -> str:
    """Scale above the strips, in percent."""
    marks = ""
    for place in (0, 25, 50, 75, 100):
        at = svg.percent(place)
        marks += svg.line(x1=at, x2=at, y1=13.0, y2=17.0, class_="axis")
        marks += svg.text(str(place), x=at, y=10.0, class_="tiny mid soft")
    plot = svg.element("svg", marks, xmlns="http://www.w3.org/2000/svg", width="100%", height=17.0,
                       overflow="visible", aria_hidden="true")  # fmt: skip
    return svg.figure(plot, left=8, right=8)


def _guides(chance: float | None) -> str:
    marks = "".join(
        svg.line(x1=svg.percent(p), x2=svg.percent(p), y1=-6.0, y2=_HEIGHT + 6, class_="grid")
        for p in (0, 25, 50, 75, 100)
    )
    if chance is not None and chance == chance:
        at = svg.percent(100 * chance)
        marks += svg.line(x1=at, x2=at, y1=-6.0, y2=_HEIGHT + 6, class_="chance")
    return marks


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)
