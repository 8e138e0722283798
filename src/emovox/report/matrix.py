"""Matrix of shares: one row a method, one column a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import svg
from .figures import percentage
from .palette import STEPS
from .wording import emotion, say

CELL_HEIGHT = 26
_HEAD = 66
_LONGEST = 30


def share_matrix(
    shares: Sequence[Sequence[float]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    language: str = "en",
) -> str:
    """Drawing of shares, filled by their size.

    Parameters
    ----------
    shares : sequence (rows) of sequences (columns) of float
        0 to 1; NaN stays empty.
    rows, columns : sequence of str
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    width = 100 / len(columns)
    columns = [emotion(name, language) for name in columns]
    nothing = say("no utterances", language)
    parts = [
        svg.turned(name, x=svg.percent((j + 0.5) * width), y=_HEAD - 8.0, degrees=-40)
        for j, name in enumerate(columns)
    ]
    for i, (name, values) in enumerate(zip(rows, shares, strict=True)):
        label = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
        y = _HEAD + i * CELL_HEIGHT
        parts.append(svg.text(label, x=-8.0, y=y + CELL_HEIGHT / 2 + 4, class_="label end"))
        for j, share in enumerate(values):
            tip = f"{name}, {columns[j]}"
            parts.append(_field(share, x=j * width, y=y, width=width, tip=tip, nothing=nothing))
    said = "; ".join(
        f"{name}: "
        + ", ".join(f"{c} {percentage(v)}" for c, v in zip(columns, values, strict=True))
        for name, values in zip(rows, shares, strict=True)
    )
    plot = svg.drawing(
        parts, height=_HEAD + len(rows) * CELL_HEIGHT + 2, title=title, description=said + "."
    )
    left = min(max(20 + 6.2 * max(len(name) for name in rows), 70), 205)
    return svg.figure(
        plot,
        left=left,
        right=40,
        max_width=left + 40 + 62 * len(columns),
        min_width=left + 40 + 25 * len(columns),
    )


def _field(share: float, *, x: float, y: float, width: float, tip: str, nothing: str) -> str:
    place: dict[str, Any] = {
        "x": svg.percent(x),
        "y": y,
        "width": svg.percent(width),
        "height": CELL_HEIGHT,
    }
    if share != share:
        return svg.titled(svg.rect(**place, class_="cell none"), f"{tip}: {nothing}")
    step = round(min(max(share, 0.0), 1.0) * (STEPS - 1))
    content = svg.rect(**place, class_=f"cell q{step}")
    content += svg.text(
        f"{100 * share:.0f}", x=svg.percent(x + width / 2), y=y + CELL_HEIGHT / 2 + 4,
        class_=f"figure mid k{step}",
    )  # fmt: skip
    return svg.titled(content, f"{tip}: {percentage(share)} %")
