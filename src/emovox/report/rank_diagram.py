"""Critical-difference diagram: mean ranks on a line, what does not differ tied together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import svg
from .wording import say

_AXIS = 46.0
_TIE = 7.0
_LINE = 18.0


@dataclass(frozen=True)
class Ranked:
    """One method: its name and its mean rank, 1 is the best."""

    name: str
    mean_rank: float


def ties(mean_ranks: Sequence[float], critical_distance: float) -> list[tuple[int, int]]:
    """Longest runs of methods whose mean ranks do not differ.

    Parameters
    ----------
    mean_ranks : sequence of float
        Ascending.
    critical_distance : float

    Returns
    -------
    list of (first, last) places, each of two methods at least, none inside another

    Examples
    --------
    >>> ties([1.0, 1.5, 3.0, 4.0], 1.8)
    [(0, 1), (1, 2), (2, 3)]
    """
    found: list[tuple[int, int]] = []
    for first, rank in enumerate(mean_ranks):
        last = max(i for i, other in enumerate(mean_ranks) if other - rank <= critical_distance)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found


def rank_diagram(
    methods: Sequence[Ranked], *, critical_distance: float, title: str, language: str = "en"
) -> str:
    """Drawing of mean ranks, the best at the left (Demšar 2006).

    Parameters
    ----------
    methods : sequence of Ranked
    critical_distance : float
        Methods whose mean ranks lie no further apart are tied by a bar.
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    methods = sorted(methods, key=lambda one: one.mean_rank)
    runs = ties([one.mean_rank for one in methods], critical_distance)
    half = (len(methods) + 1) // 2
    top = _AXIS + 14 + _TIE * len(runs)
    parts = [_axis(len(methods)), _ruler(critical_distance, len(methods), language)]
    for number, (first, last) in enumerate(runs):
        y = _AXIS + 10 + _TIE * number
        ends = [_place(methods[i].mean_rank, len(methods)) for i in (first, last)]
        tied = ", ".join(one.name for one in methods[first : last + 1])
        tip = say("no difference shown: {names}", language, names=tied)
        bar = svg.line(
            x1=svg.percent(ends[0] - 0.8), x2=svg.percent(ends[1] + 0.8), y1=y, y2=y, class_="tie"
        )
        parts.append(svg.titled(bar, tip))
    for place, one in enumerate(methods):
        left = place < half
        line = place if left else len(methods) - 1 - place
        parts.append(
            _method(one, y=top + 8 + _LINE * line, left=left, n=len(methods), language=language)
        )
    said = "; ".join(f"{one.name} {one.mean_rank:.2f}" for one in methods)
    plot = svg.drawing(
        parts,
        height=top + _LINE * half + 8,
        title=title,
        description=say(
            "Mean ranks: {ranks}. Critical distance {distance}.",
            language,
            ranks=said,
            distance=f"{critical_distance:.2f}",
        ),
    )
    room = [
        min(44 + 7 * max((len(_cut(one.name)) for one in side), default=0), 240)
        for side in (methods[:half], methods[half:])
    ]
    return svg.figure(
        plot, left=room[0], right=room[1], max_width=820, min_width=room[0] + room[1] + 180
    )


def _place(rank: float, n: int) -> float:
    """Percent across the plot."""
    return 100 * (rank - 1) / (n - 1)


def _cut(name: str) -> str:
    return name if len(name) <= 26 else name[:25] + "…"


def _axis(n: int) -> str:
    marks = svg.line(x1=0.0, x2="100%", y1=_AXIS, y2=_AXIS, class_="axis")
    for rank in range(1, n + 1):
        at = svg.percent(_place(rank, n))
        marks += svg.line(x1=at, x2=at, y1=_AXIS - 5, y2=_AXIS, class_="axis")
        marks += svg.text(str(rank), x=at, y=_AXIS - 9, class_="tiny mid soft")
    return marks


def _ruler(distance: float, n: int, language: str) -> str:
    """Critical distance, as long as it is on the axis; one longer than the axis is said only."""
    words = say("critical distance {distance}", language, distance=f"{distance:.2f}")
    length = 100 * distance / (n - 1)
    if length > 100:
        return svg.text(words, x=0.0, y=10.0, class_="tiny soft")
    end = svg.percent(length)
    marks = svg.line(x1=0.0, x2=end, y1=12.0, y2=12.0, class_="whisker")
    for at in ("0%", end):
        marks += svg.line(x1=at, x2=at, y1=8.0, y2=16.0, class_="whisker")
    return marks + svg.text(words, x=end, dx=8.0, y=15.5, class_="tiny soft")


def _method(one: Ranked, *, y: float, left: bool, n: int, language: str) -> str:
    """Stem from the axis down, arm to the side, name and mean rank at its end."""
    at = svg.percent(_place(one.mean_rank, n))
    side = "0%" if left else "100%"
    content = svg.line(x1=at, x2=at, y1=_AXIS, y2=y, class_="arm")
    content += svg.line(x1=at, x2=side, y1=y, y2=y, class_="arm")
    content += svg.element("circle", cx=at, cy=_AXIS, r=3.0, class_="dot")
    name, rank = _cut(one.name), f"{one.mean_rank:.2f}"
    edge, step, end = (0.0, -1.0, " end") if left else ("100%", 1.0, "")
    content += svg.text(rank, x=edge, dx=8 * step, y=y + 4, class_=f"figure tiny soft{end}")
    content += svg.text(name, x=edge, dx=36 * step, y=y + 4, class_=f"label{end}")
    return svg.titled(content, say("{name}: mean rank {rank}", language, name=one.name, rank=rank))
