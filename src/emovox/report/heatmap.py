"""Cross-corpus heat map: trained on the row's corpora, tested on the column's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import svg
from .figures import interval, percentage
from .palette import STEPS
from .wording import say

CELL_HEIGHT = 52
_HEAD = 74


@dataclass(frozen=True)
class Cell:
    """One pair of training and test corpora.

    Parameters
    ----------
    ua : float, 0 to 1
    interval : tuple of two floats, optional
    n, classes : int
        Test utterances; classes (chance is 1 / classes).
    within : bool
        Whether training and test part come from the same corpora.
    """

    ua: float
    n: int
    classes: int
    interval: tuple[float, float] | None = None
    within: bool = False


def heat_map(
    cells: Mapping[tuple[str, str], Cell],
    *,
    train: Sequence[str],
    test: Sequence[str],
    title: str,
    language: str = "en",
) -> str:
    """Drawing of the UA of each pair; what chance alone would reach is said in its cell.

    Parameters
    ----------
    cells : mapping (train, test) -> Cell
        Pairs that are missing stay empty.
    train, test : sequence of str
        Rows and columns.
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    width = 100 / len(test)
    left = min(max(24 + 7 * max(len(name) for name in train), 76), 190)
    parts = [
        svg.turned(name, x=svg.percent((j + 0.5) * width), y=_HEAD - 8.0, degrees=-35)
        for j, name in enumerate(test)
    ]
    parts.append(svg.text(say("train ↓  test →", language), x=-8.0, y=14.0, class_="tiny end soft"))
    for i, source in enumerate(train):
        y = _HEAD + i * CELL_HEIGHT
        parts.append(svg.text(source, x=-8.0, y=y + CELL_HEIGHT / 2 + 4, class_="label end"))
        for j, target in enumerate(test):
            parts.append(
                _field(cells.get((source, target)), x=j * width, y=y, width=width,
                       pair=_pair(source, target, language), language=language)
            )  # fmt: skip
    said = "; ".join(
        f"{_pair(source, target, language)} {percentage(cell.ua)} % {interval(cell.interval)}, "
        f"{_chance(cell, language)}"
        for (source, target), cell in cells.items()
    )
    plot = svg.drawing(
        parts, height=_HEAD + len(train) * CELL_HEIGHT + 2, title=title, description=f"UA: {said}."
    )
    return svg.figure(
        plot,
        left=left,
        right=30,
        max_width=left + 30 + 118 * len(test),
        min_width=left + 30 + 74 * len(test),
    )


def above_chance(cell: Cell) -> float:
    """Share of the way from chance (0) to perfect (1); what the fill shows.

    Examples
    --------
    >>> above_chance(Cell(ua=0.75, n=10, classes=2)), above_chance(Cell(ua=0.1, n=10, classes=2))
    (0.5, 0.0)
    """
    chance = 1 / cell.classes
    return max(0.0, (cell.ua - chance) / (1 - chance)) if cell.classes > 1 else 0.0


def _pair(source: str, target: str, language: str) -> str:
    return say("{source} to {target}", language, source=source, target=target)


def _chance(cell: Cell, language: str) -> str:
    return say("chance {share} %", language, share=percentage(1 / cell.classes))


def _field(cell: Cell | None, *, x: float, y: float, width: float, pair: str, language: str) -> str:
    place: dict[str, Any] = {
        "x": svg.percent(x),
        "y": y,
        "width": svg.percent(width),
        "height": CELL_HEIGHT,
    }
    if cell is None:
        missing = say("not measured", language)
        return svg.titled(svg.rect(**place, class_="cell none"), f"{pair}: {missing}")
    step = round(above_chance(cell) * (STEPS - 1))
    middle = svg.percent(x + width / 2)
    content = svg.rect(**place, class_=f"cell q{step}")
    content += svg.text(
        percentage(cell.ua), x=middle, y=y + 20.0, class_=f"figure mid strong k{step}"
    )
    below = interval(cell.interval) if cell.interval else f"n = {cell.n}"
    content += svg.text(below, x=middle, y=y + 34.0, class_=f"tiny mid k{step}")
    if cell.interval is not None and cell.interval[0] <= 1 / cell.classes:
        said = say("≈ chance", language)
        content += svg.text(said, x=middle, y=y + 46.0, class_=f"tiny mid k{step}")
    tip = (
        f"{pair}: UA {percentage(cell.ua)} % {interval(cell.interval)}, n = {cell.n}, "
        f"{say('{n} classes', language, n=cell.classes)}, {_chance(cell, language)}"
        + (f", {say('within the same corpora', language)}" if cell.within else "")
    )
    return svg.titled(content, tip)
