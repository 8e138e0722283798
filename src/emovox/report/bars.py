"""Bars of shares: one row a speaker or a class, with what separates the best from the worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from . import svg
from .figures import percentage
from .wording import emotion, group, say

ROW_HEIGHT = 19
_HEAD = 8
_FOOT = 26
_GENDERS = {"female": "f", "male": "m"}


@dataclass(frozen=True)
class Bar:
    """One bar.

    Parameters
    ----------
    name : str
    share : float, 0 to 1
    n : int
        Utterances that it rests on.
    group : str, optional
        Such as the speaker's gender; written behind the name.
    interval : tuple of two floats, optional
    """

    name: str
    share: float
    n: int
    group: str | None = None
    interval: tuple[float, float] | None = None


def bar_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    chance: float | None = None,
    mean: float | None = None,
    language: str = "en",
) -> str:
    """Drawing of bars of shares from 0 to 100 %.

    Parameters
    ----------
    bars : sequence of Bar
        From top to bottom.
    title : str
    chance, mean : float, optional
        Marked by a dotted and a solid line.
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    bottom = _HEAD + len(bars) * ROW_HEIGHT
    bars = [replace(bar, name=emotion(bar.name, language)) for bar in bars]
    parts = [_axis(bottom, chance=chance, language=language)]
    grouped = any(bar.group for bar in bars)
    for i, bar in enumerate(bars):
        parts.append(_row(bar, y=_HEAD + i * ROW_HEIGHT, grouped=grouped, language=language))
    if mean is not None:
        place = svg.percent(100 * mean)
        parts.append(svg.line(x1=place, x2=place, y1=_HEAD - 4.0, y2=bottom, class_="mean"))
    longest = max((len(bar.name) for bar in bars), default=0)
    plot = svg.drawing(
        parts,
        height=bottom + _FOOT,
        title=title,
        description=_in_words(bars, chance, mean, language),
    )
    left = min(max(34 + 7 * longest + (14 if grouped else 0), 60), 150)
    return svg.figure(plot, left=left, right=48, max_width=640)


def gap(bars: Sequence[Bar]) -> float | None:
    """Difference between the largest and the smallest share; None for fewer than two bars.

    Examples
    --------
    >>> round(gap([Bar("a", 0.5, 9), Bar("b", 0.8, 9)]), 2)
    0.3
    """
    if len(bars) < 2:
        return None
    return max(bar.share for bar in bars) - min(bar.share for bar in bars)


def _axis(bottom: float, *, chance: float | None, language: str) -> str:
    marks = ""
    for place in (0, 25, 50, 75, 100):
        at = svg.percent(place)
        marks += svg.line(x1=at, x2=at, y1=_HEAD - 4.0, y2=bottom, class_="grid")
        marks += svg.text(str(place), x=at, y=bottom + 14.0, class_="tiny mid soft")
    if chance is not None:
        at = svg.percent(100 * chance)
        marks += svg.line(x1=at, x2=at, y1=_HEAD - 4.0, y2=bottom, class_="chance")
        marks += svg.text(say("chance", language), x=at, y=bottom + 24.0, class_="tiny mid soft")
    return marks


def _row(bar: Bar, *, y: float, grouped: bool, language: str) -> str:
    middle = y + ROW_HEIGHT / 2
    name = bar.name if len(bar.name) <= 16 else bar.name[:15] + "…"
    content = svg.text(name, x=-26.0 if grouped else -8.0, y=middle + 4, class_="label end")
    if bar.group:
        is_english = language == "en" and bar.group in _GENDERS
        letter = _GENDERS[bar.group] if is_english else group(bar.group, language)[:1]
        content += svg.text(letter, x=-8.0, y=middle + 4, class_="label end soft")
    content += svg.rect(
        x=0.0, y=y + 5, width=svg.percent(100 * bar.share), height=ROW_HEIGHT - 10.0,
        class_=f"bar {bar.group}" if bar.group in _GENDERS else "bar",
    )  # fmt: skip
    if bar.interval is not None:
        low, high = (svg.percent(100 * bound) for bound in bar.interval)
        content += svg.line(x1=low, x2=high, y1=middle, y2=middle, class_="whisker")
    content += svg.text(percentage(bar.share), x="100%", dx=44.0, y=middle + 4, class_="figure end")
    said = f"{_name(bar, language)}: {percentage(bar.share)} %, n = {bar.n}"
    return svg.titled(content, said)


def _name(bar: Bar, language: str) -> str:
    """Name of a bar, its group behind it."""
    return f"{bar.name} ({group(bar.group, language)})" if bar.group else bar.name


def _in_words(bars: Sequence[Bar], chance: float | None, mean: float | None, language: str) -> str:
    said = "; ".join(f"{_name(bar, language)} {percentage(bar.share)} %" for bar in bars)
    if mean is not None:
        said += f". {say('Together {share} %', language, share=percentage(mean))}"
    if chance is not None:
        said += f". {say('Chance {share} %', language, share=percentage(chance))}"
    return said + "."
