"""Confusion matrix: where each emotion's utterances went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import svg
from .figures import percentage
from .palette import STEPS
from .wording import emotion, say

CELL_HEIGHT = 36
FEW_CLASSES = 3
"""Of so few, cells are larger."""
_HEAD = 66
_LEFT = 92
_RIGHT = 52


def confusion_matrix(
    counts: ArrayLike, emotions: Sequence[str], *, title: str, language: str = "en"
) -> str:
    """Drawing of a confusion matrix: each row sums to 100 %, with the counts and the recall.

    Parameters
    ----------
    counts : array-like of int, shape (classes, classes)
        Rows are the labels, columns what was recognised.
    emotions : sequence of str
    title : str
    language : str
        One of `wording.LANGUAGES`.

    Returns
    -------
    str, HTML with one inline SVG
    """
    table = np.asarray(counts, dtype=float)
    emotions = [emotion(name, language) for name in emotions]
    totals = table.sum(axis=1)
    shares = np.divide(table, totals[:, None], out=np.zeros_like(table), where=totals[:, None] > 0)
    n = len(emotions)
    width = 100 / n
    is_small = n <= FEW_CLASSES
    height = CELL_HEIGHT + 16 if is_small else CELL_HEIGHT
    parts = [
        svg.turned(name, x=svg.percent((i + 0.5) * width), y=_HEAD - 8.0, degrees=-40)
        for i, name in enumerate(emotions)
    ]
    recall = say("recall", language)
    parts.append(svg.text(recall, x="100%", y=_HEAD - 9.0, dx=_RIGHT, class_="label end soft"))
    for i, truth in enumerate(emotions):
        y = _HEAD + i * height
        middle = y + height / 2 + 4
        parts.append(svg.text(truth, x=-8.0, y=middle, class_="label end"))
        for j, found in enumerate(emotions):
            tip = say(
                "{truth} recognised as {found}: {n} of {total} ({share} %)",
                language,
                truth=truth,
                found=found,
                n=f"{table[i, j]:.0f}",
                total=f"{totals[i]:.0f}",
                share=percentage(shares[i, j]),
            )
            parts.append(
                svg.titled(
                    _cell(
                        shares[i, j],
                        table[i, j],
                        x=j * width,
                        y=y,
                        width=width,
                        height=height,
                        own=i == j,
                    ),
                    tip,
                )
            )
        recall = percentage(shares[i, i]) if totals[i] else "-"
        parts.append(svg.text(recall, x="100%", dx=_RIGHT, y=middle, class_="figure end"))
    recalls = ", ".join(
        f"{name} {percentage(shares[i, i])} %" for i, name in enumerate(emotions) if totals[i]
    )
    plot = svg.drawing(
        parts,
        height=_HEAD + n * height + 2,
        title=title,
        description=say(
            "Rows are labels, columns what was recognised. Recall: {recalls}.",
            language,
            recalls=recalls,
        ),
    )
    return svg.figure(
        plot,
        left=_LEFT,
        right=_RIGHT,
        max_width=_LEFT + _RIGHT + (104 if is_small else 62) * n,
        min_width=_LEFT + _RIGHT + 25 * n,
    )


def _cell(
    share: float, count: float, *, x: float, y: float, width: float, height: float, own: bool
) -> str:
    """One field: its fill says the share, its numbers the share and the count."""
    step = round(share * (STEPS - 1))
    content = svg.rect(
        x=svg.percent(x), y=y, width=svg.percent(width), height=height, class_=f"cell q{step}"
    )
    if count:
        middle = svg.percent(x + width / 2)
        strong = " strong" if own else ""
        content += svg.text(
            f"{100 * share:.0f}",
            x=middle,
            y=y + height / 2 - 1,
            class_=f"figure mid k{step}{strong}",
        )
        content += svg.text(
            f"{count:.0f}", x=middle, y=y + height / 2 + 12, class_=f"tiny mid k{step}"
        )
    return content
