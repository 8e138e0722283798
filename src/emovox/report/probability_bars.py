"""The scores of one recording as bars, the highest first."""

from __future__ import annotations

from collections.abc import Mapping

from . import svg
from .figures import percentage
from .wording import emotion

ROW_HEIGHT = 22
_LEFT = 96
_RIGHT = 52


def probability_bars(scores: Mapping[str, float], *, title: str, language: str = "en") -> str:
    """Drawing of scores that sum to 1.

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
    ranked = [
        (emotion(name, language), score)
        for name, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    ]
    parts = []
    for i, (name, score) in enumerate(ranked):
        y = i * ROW_HEIGHT
        middle = y + ROW_HEIGHT / 2 + 4
        strength = "" if i == 0 else " soft"
        parts.append(svg.text(name, x=-8.0, y=middle, class_="label end" + strength))
        parts.append(
            svg.rect(x=0.0, y=y + 5, width="100%", height=ROW_HEIGHT - 10.0, class_="track")
        )
        parts.append(
            svg.rect(
                x=0.0, y=y + 5, height=ROW_HEIGHT - 10.0,
                width=svg.percent(100 * min(max(score, 0.0), 1.0)),
                class_="bar" if i == 0 else "bar quiet",
            )
        )  # fmt: skip
        parts.append(
            svg.text(percentage(score), x="100%", dx=46.0, y=middle, class_="figure end" + strength)
        )
    words = ", ".join(f"{name} {percentage(score)} %" for name, score in ranked)
    plot = svg.drawing(parts, height=len(ranked) * ROW_HEIGHT, title=title, description=words + ".")
    return svg.figure(plot, left=_LEFT, right=_RIGHT, max_width=560)
