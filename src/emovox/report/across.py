"""Heat maps of results: each method, trained on some corpora and tested on others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import page, wording
from .differences import which
from .heatmap import Cell, heat_map

if TYPE_CHECKING:
    from ..evaluation.row import Row


def cross_corpus_plates(rows: Sequence[Row], *, language: str = "en") -> str:
    """Heat maps of every method that was trained on and tested on several corpora.

    Parameters
    ----------
    rows : sequence of Row
    language : str

    Returns
    -------
    str
        Markup; empty where no method has two pairs of corpora, one of them across.
    """
    groups: dict[tuple[str, str, tuple[str, bool], str], list[Row]] = {}
    for row in rows:
        if row.task == "classification":
            key = (row.method, row.features, row.known, row.label_set)
            groups.setdefault(key, []).append(row)
    figures = []
    for (method, features, known, label_set), group in groups.items():
        cells = {_pair(row): _cell(row) for row in group}
        if len(cells) < 2 or all(cell.within for cell in cells.values()):
            continue
        drawing = heat_map(
            cells,
            train=sorted({train for train, _ in cells}),
            test=sorted({test for _, test in cells}),
            title=wording.say(
                "Cross-corpus UA of {method}, label set {label_set}",
                language,
                method=method,
                label_set=label_set,
            ),
            language=language,
        )
        aside = wording.say(
            "{features}, label set {label_set}", language, features=features, label_set=label_set
        )
        if known != ("training", False):
            aside += wording.say("; ", language) + which(group[0], language)
        figures.append(page.plate(method, drawing, aside=aside))
    return page.plates(figures) if figures else ""


def _pair(row: Row) -> tuple[str, str]:
    return "+".join(row.train_corpora), "+".join(row.test_corpora)


def _cell(row: Row) -> Cell:
    low, high = row.ua.low, row.ua.high
    return Cell(
        ua=row.ua.value,
        n=row.n_test,
        classes=len(row.emotions),
        interval=None if low is None or high is None else (low, high),
        within=row.train_corpora == row.test_corpora,
    )
