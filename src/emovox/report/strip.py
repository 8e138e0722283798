"""Strip of dots: the shares of many speakers at a glance, one line for each group."""

from __future__ import annotations

from collections.abc import Sequence

from . import svg
from .bars import Bar
from .figures import percentage
from .wording import group as group_name
from .wording import say

SPEAKERS = "{n} speakers, lowest {low}, highest {high}."
FOLDS = "{n} folds, lowest {low}, highest {high}."
"""What the dots are, in words for who does not see them."""

_HEAD = 10.0
_LINE = 46.0


def dot_strip(
    bars: Sequence[Bar],
    *,
    title: str,
    chance: float | None = None,
    mean: float | None = None,
    sentence: str = SPEAKERS,
    language: str = "en",
) -> str:
    """Drawing of one dot a speaker (or fold), stacked where several have nearly the same share.

    Parameters
    ----------
    bars : sequence of Bar
    title : str
    chance, mean : float, optional
        Marked by a dotted and a solid line.
    sentence : str
        `SPEAKERS` or `FOLDS`.
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    groups = sorted({bar.group or "all" for bar in bars})
    bottom = _HEAD + _LINE * len(groups)
    parts = [_scale(bottom, chance=chance, mean=mean, language=language)]
    for i, group in enumerate(groups):
        members = sorted((b for b in bars if (b.group or "all") == group), key=lambda b: b.share)
        base = _HEAD + _LINE * (i + 1) - 8
        parts.append(svg.text(group_name(group, language), x=-10.0, y=base + 1, class_="label end"))
        height: dict[int, int] = {}
        for bar in members:
            place = round(50 * bar.share)  # dots two points wide
            level = height.get(place, 0)
            height[place] = level + 1
            dot = svg.element(
                "circle", cx=svg.percent(100 * bar.share), cy=base - 5 * min(level, 6), r=3.0,
                class_=f"dot {group if group in ('female', 'male') else ''}".strip(),
            )  # fmt: skip
            parts.append(svg.titled(dot, f"{bar.name}: {percentage(bar.share)} %, n = {bar.n}"))
    ranked = sorted(bars, key=lambda bar: bar.share)
    low, high = (f"{bar.name} {percentage(bar.share)} %" for bar in (ranked[0], ranked[-1]))
    said = say(sentence, language, n=len(bars), low=low, high=high)
    plot = svg.drawing(parts, height=bottom + 26, title=title, description=said)
    return svg.figure(plot, left=64, right=16, max_width=640)


def _scale(bottom: float, *, chance: float | None, mean: float | None, language: str) -> str:
    marks = ""
    for place in (0, 25, 50, 75, 100):
        at = svg.percent(place)
        marks += svg.line(x1=at, x2=at, y1=_HEAD - 4, y2=bottom, class_="grid")
        marks += svg.text(str(place), x=at, y=bottom + 14, class_="tiny mid soft")
    for share, name in ((chance, "chance"), (mean, "mean")):
        if share is not None:
            at = svg.percent(100 * share)
            marks += svg.line(x1=at, x2=at, y1=_HEAD - 4, y2=bottom, class_=name)
            word = say("chance", language) if name == "chance" else "UA"
            marks += svg.text(word, x=at, y=bottom + 25, class_="tiny mid soft")
    return marks
