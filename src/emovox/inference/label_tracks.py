"""Emotions over time as other programs read them: Audacity's label track, Praat's TextGrid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..visible import visible
from .result import Result


def audacity(results: Sequence[Result]) -> str:
    r"""Label track of one recording: start, end and label of each segment, tabs between them.

    Parameters
    ----------
    results : sequence of Result
        Segments of one recording, in order.

    Examples
    --------
    >>> audacity([Result("a.wav", 0.5, 2.0, "anger", {"anger": 0.8, "neutral": 0.2})])
    '0.500\t2.000\tanger 0.80\n'
    """
    return "".join(f"{start:.3f}\t{end:.3f}\t{label}\n" for start, end, label in _spans(results))


def textgrid(results: Sequence[Result]) -> str:
    """Praat TextGrid of one recording with a tier of intervals; pauses are empty ones.

    Parameters
    ----------
    results : sequence of Result
        Segments of one recording, in order. The grid ends with the last of them.
    """
    intervals: list[tuple[float, float, str]] = []
    reached = 0.0
    for start, end, label in _spans(results):
        if start > reached:
            intervals.append((reached, start, ""))
        intervals.append((start, end, label))
        reached = end
    lines = [
        'File type = "ooTextFile"', 'Object class = "TextGrid"', "",
        "xmin = 0", f"xmax = {reached:.3f}", "tiers? <exists>", "size = 1", "item []:",
        "    item [1]:", '        class = "IntervalTier"', '        name = "emotion"',
        "        xmin = 0", f"        xmax = {reached:.3f}",
        f"        intervals: size = {len(intervals)}",
    ]  # fmt: skip
    for place, (start, end, label) in enumerate(intervals, start=1):
        quoted = label.replace('"', '""')
        lines += [
            f"        intervals [{place}]:", f"            xmin = {start:.3f}",
            f"            xmax = {end:.3f}", f'            text = "{quoted}"',
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


LABEL_TRACKS: dict[str, Callable[[Sequence[Result]], str]] = {
    "audacity": audacity,
    "textgrid": textgrid,
}
"""Name -> what writes the segments of one recording in this form."""


def _spans(results: Sequence[Result]) -> list[tuple[float, float, str]]:
    """Start, end and label of each segment: the top emotion, or every dimension's value."""
    spans = []
    for result in results:
        shown = list(result.values.items())[: 1 if result.scores else None]
        label = ", ".join(f"{visible(name)} {value:.2f}" for name, value in shown)
        spans.append((result.start or 0.0, result.end or 0.0, label or "no speech"))
    return spans
