"""Reliability diagram: how often the top emotion was right, by how sure the scores were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import svg
from .figures import percentage

if TYPE_CHECKING:
    from ..evaluation.row import Reliability

_TOP = 12.0
_SIZE = 210.0
_HISTOGRAM = 42.0


def reliability_diagram(points: Sequence[Reliability], *, title: str) -> str:
    """Drawing of accuracy over confidence: how far each bin lies from the diagonal, and its size.

    Parameters
    ----------
    points : sequence of `emovox.evaluation.row.Reliability`
        Bins without predictions are passed over.
    title : str

    Returns
    -------
    str, HTML with one inline SVG
    """
    bins = sorted((point for point in points if point.n), key=lambda point: point.confidence)
    bottom = _TOP + _SIZE
    base = bottom + 30 + _HISTOGRAM
    most = max((point.n for point in bins), default=1)
    parts = [_grid(), svg.line(x1="0%", y1=bottom, x2="100%", y2=_TOP, class_="diagonal")]
    for point in bins:
        x, y = svg.percent(100 * point.confidence), bottom - _SIZE * point.accuracy
        diagonal = bottom - _SIZE * point.confidence
        height = max(_HISTOGRAM * point.n / most, 1.0)
        mark = svg.line(x1=x, x2=x, y1=y, y2=diagonal, class_="curve")
        mark += svg.line(x1=x, x2=x, y1=base - height, y2=base, class_="stem")
        mark += svg.element("circle", cx=x, cy=y, r=_radius(point.n, most), class_="dot")
        parts.append(svg.titled(mark, _in_words(point)))
    parts.append(svg.line(x1="0%", x2="100%", y1=base, y2=base, class_="axis"))
    parts.append(svg.text("n", x=-8.0, y=base - 2, class_="tiny end soft"))
    parts.append(svg.text("top score, %", x="50%", y=base + 15, class_="tiny mid soft"))
    said = "; ".join(_in_words(point) for point in bins) or "no predictions"
    plot = svg.drawing(parts, height=base + 20, title=title, description=said + ".")
    return svg.figure(plot, left=44, right=14, max_width=_SIZE + 150)


def _radius(n: int, most: int) -> float:
    """Dots whose area says how many predictions they stand for."""
    return 1.8 + 4.7 * math.sqrt(n / most)


def _in_words(point: Reliability) -> str:
    return (
        f"scores around {percentage(point.confidence)} %: {percentage(point.accuracy)} % right, "
        f"n = {point.n}"
    )


def _grid() -> str:
    bottom = _TOP + _SIZE
    marks = svg.text("right, %", x=-40.0, y=_TOP - 3, class_="tiny soft")
    for place in (0, 25, 50, 75, 100):
        y = bottom - _SIZE * place / 100
        at = svg.percent(place)
        marks += svg.line(x1="0%", x2="100%", y1=y, y2=y, class_="grid")
        marks += svg.line(x1=at, x2=at, y1=_TOP, y2=bottom, class_="grid")
        marks += svg.text(str(place), x=at, y=bottom + 14, class_="tiny mid soft")
        if place < 100:
            marks += svg.text(str(place), x=-8.0, y=y + 4, class_="tiny end soft")
    return marks
