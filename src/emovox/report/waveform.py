"""Waveform of a recording, as the range of the samples in each column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import svg
from .figures import duration, ticks
from .wording import say

LEFT = 84
"""Room for labels on the left; the same under every drawing over time, so that they line up."""
RIGHT = 16
_HEIGHT = 64
_COLUMNS = 900


def waveform(
    samples: NDArray[np.float32], *, sample_rate: int, title: str, language: str = "en"
) -> str:
    """Drawing of the samples over time, scaled to their own peak.

    Parameters
    ----------
    samples : float array, shape (samples,)
    sample_rate : int, Hz
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    signal = np.nan_to_num(np.asarray(samples, dtype=np.float32))
    peak = float(np.abs(signal).max()) if signal.size else 0.0
    length_s = signal.size / sample_rate
    level = f"{round(20 * np.log10(peak)) + 0} dBFS" if peak > 0 else say("silent", language)
    parts = [
        svg.line(x1="0%", x2="100%", y1=_HEIGHT / 2, y2=_HEIGHT / 2, class_="grid"),
        svg.text(say("peak", language), x=-8.0, y=_HEIGHT / 2 - 3, class_="tiny end soft"),
        svg.text(level, x=-8.0, y=_HEIGHT / 2 + 11, class_="tiny end soft"),
    ]
    if peak > 0:
        outline = envelope(signal, columns=_COLUMNS) / peak
        shape = svg.element("path", d=_outline(outline), class_="wave")
        parts.append(
            svg.stretched(shape, width=len(outline), height=200, y=0.0, shown_height=float(_HEIGHT))
        )
    plot = svg.drawing(
        parts,
        height=_HEIGHT,
        title=title,
        description=say(
            "Waveform of {length}, peak {level}.", language, length=duration(length_s), level=level
        ),
    )
    return svg.figure(plot, left=LEFT, right=RIGHT)


def time_axis(length_s: float, *, language: str = "en") -> str:
    """Marks in round seconds or minutes, to stand below drawings over time."""
    marks = svg.line(x1="0%", x2="100%", y1=0.5, y2=0.5, class_="axis")
    for place in ticks(length_s):
        at = svg.percent(100 * place / length_s) if length_s else "0%"
        marks += svg.line(x1=at, x2=at, y1=0.0, y2=5.0, class_="axis")
        label = f"{place:g}" if length_s < 60 else duration(place) if place >= 60 else f"{place:g}"
        marks += svg.text(label, x=at, y=17.0, class_="tiny mid soft")
    unit = say("seconds" if length_s < 60 else "time", language)
    marks += svg.text(unit, x=-8.0, y=17.0, class_="tiny end soft")
    plot = svg.element("svg", marks, xmlns="http://www.w3.org/2000/svg", width="100%", height=22.0,
                       overflow="visible", aria_hidden="true")  # fmt: skip
    return svg.figure(plot, left=LEFT, right=RIGHT)


def envelope(signal: NDArray[np.float32], *, columns: int) -> NDArray[np.float32]:
    """Lowest and highest sample of each of at most `columns` equal stretches.

    Returns
    -------
    float32 array, shape (columns or fewer, 2)

    Examples
    --------
    >>> envelope(np.array([0, 1, -1, 0], np.float32), columns=2).tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    count = min(columns, signal.size)
    starts = np.arange(count) * signal.size // count
    return np.stack(
        [np.minimum.reduceat(signal, starts), np.maximum.reduceat(signal, starts)], axis=1
    )


def _outline(ranges: NDArray[np.float32]) -> str:
    """Closed path along the highest samples and back along the lowest, 200 units high."""
    high = 100 - 98 * ranges[:, 1]
    low = np.maximum(100 - 98 * ranges[:, 0], high + 1.2)  # silence stays a visible line
    forth = [f"{i},{svg.number(float(y))}" for i, y in enumerate(high)]
    back = [f"{i},{svg.number(float(y))}" for i, y in reversed(list(enumerate(low)))]
    return "M" + " ".join([*forth, *back]) + "Z"
