"""One bar an emotion: the scores of one recording, or the recordings of a batch by emotion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import svg
from .figures import percentage
from .wording import emotion

ROW_HEIGHT = 22
_LEFT = 96
_RIGHT = 52


@dataclass(frozen=True)
class _Row:
    name: str
    share: float
    figure: str
    is_top: bool


def probability_bars(scores: Mapping[str, float], *, title: str, language: str = "en") -> str:
    """Drawing of scores that sum to 1, the highest first.

    Parameters
    ----------
    scores : mapping emotion -> score
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        _Row(emotion(name, language), score, percentage(score), is_top=place == 0)
        for place, (name, score) in enumerate(ranked)
    ]
    return _drawn(rows, title=title, unit=" %")


def count_bars(counts: Mapping[str, int], *, title: str, language: str = "en") -> str:
    """Drawing of how many recordings were recognised as each emotion, as shares of all.

    Parameters
    ----------
    counts : mapping emotion -> recordings
        By name, so that a bar stays in its place while the others grow.
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    total, most = sum(counts.values()), max(counts.values(), default=0)
    rows = [
        _Row(emotion(name, language), n / total if total else 0.0, f"{n:,}", is_top=0 < n == most)
        for name, n in sorted(counts.items())
    ]
    return _drawn(rows, title=title)


def _drawn(rows: Sequence[_Row], *, title: str, unit: str = "") -> str:
    parts = []
    for i, row in enumerate(rows):
        y = i * ROW_HEIGHT
        middle = y + ROW_HEIGHT / 2 + 4
        strength = "" if row.is_top else " soft"
        parts.append(svg.text(row.name, x=-8.0, y=middle, class_="label end" + strength))
        parts.append(
            svg.rect(x=0.0, y=y + 5, width="100%", height=ROW_HEIGHT - 10.0, class_="track")
        )
        parts.append(
            svg.rect(
                x=0.0, y=y + 5, height=ROW_HEIGHT - 10.0,
                width=svg.percent(100 * min(max(row.share, 0.0), 1.0)),
                class_="bar" if row.is_top else "bar quiet",
            )
        )  # fmt: skip
        parts.append(
            svg.text(row.figure, x="100%", dx=46.0, y=middle, class_="figure end" + strength)
        )
    words = ", ".join(f"{row.name} {row.figure}{unit}" for row in rows)
    plot = svg.drawing(parts, height=len(rows) * ROW_HEIGHT, title=title, description=words + ".")
    return svg.figure(plot, left=_LEFT, right=_RIGHT, max_width=560)
