"""Emotion scores over time: a strip for each emotion, a field for each segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import svg
from .figures import duration, percentage
from .palette import STEPS
from .waveform import LEFT, RIGHT
from .wording import emotion, say

ROW_HEIGHT = 20


@dataclass(frozen=True)
class Stretch:
    """Scores of one segment; None where there was no speech.

    Parameters
    ----------
    start, end : float, seconds
    scores : mapping emotion -> share, or None
    """

    start: float
    end: float
    scores: Mapping[str, float] | None


def timeline(
    stretches: Sequence[Stretch], *, length_s: float, title: str, language: str = "en"
) -> str:
    """Drawing of the scores of segments over the time of their recording.

    Parameters
    ----------
    stretches : sequence of Stretch
    length_s : float
        Length of the recording; the drawing's width.
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    emotions = sorted({name for stretch in stretches for name in stretch.scores or ()})
    height = max(len(emotions), 1) * ROW_HEIGHT
    parts = [
        svg.text(
            emotion(name, language),
            x=-8.0,
            y=i * ROW_HEIGHT + ROW_HEIGHT / 2 + 4,
            class_="label end",
        )
        for i, name in enumerate(emotions)
    ]
    parts.append(svg.rect(x="0%", y=0.0, width="100%", height=height, class_="cell none"))
    for stretch in stretches:
        parts.append(_segment(stretch, emotions=emotions, length_s=length_s, language=language))
    said = "; ".join(_in_words(stretch, language) for stretch in stretches)
    plot = svg.drawing(parts, height=height + 1, title=title, description=said + ".")
    return svg.figure(plot, left=LEFT, right=RIGHT)


def _segment(stretch: Stretch, *, emotions: Sequence[str], length_s: float, language: str) -> str:
    """One column; the highest score bears a mark, so that it is not told by colour alone."""
    if not stretch.scores or length_s <= 0:
        return ""
    left = 100 * stretch.start / length_s
    width = 100 * (stretch.end - stretch.start) / length_s
    top = max(stretch.scores, key=lambda name: stretch.scores[name] if stretch.scores else 0)
    content = ""
    for i, name in enumerate(emotions):
        share = stretch.scores.get(name, 0.0)
        step = round(min(max(share, 0.0), 1.0) * (STEPS - 1))
        content += svg.rect(
            x=svg.percent(left), y=i * ROW_HEIGHT, width=svg.percent(width), height=ROW_HEIGHT,
            class_=f"cell q{step}",
        )  # fmt: skip
        if name == top:
            content += svg.element(
                "circle", cx=svg.percent(left + width / 2), cy=i * ROW_HEIGHT + ROW_HEIGHT / 2,
                r=3.2, class_=f"mark k{step}",
            )  # fmt: skip
    return svg.titled(content, _in_words(stretch, language))


def _in_words(stretch: Stretch, language: str) -> str:
    start, end = duration(stretch.start), duration(stretch.end)
    span = say("{start} to {end}", language, start=start, end=end)
    if not stretch.scores:
        return f"{span}: {say('no speech', language)}"
    top, share = max(stretch.scores.items(), key=lambda item: item[1])
    return f"{span}: {emotion(top, language)} {percentage(share)} %"
