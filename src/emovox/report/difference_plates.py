"""What a page shows of the differences between a table's rows: their tests and their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import page
from .differences import (
    TESTS,
    Comparable,
    can_reach,
    comparable,
    names_within,
    probability,
    which,
    written,
)
from .figures import MISSING, p_value
from .rank_diagram import Ranked, rank_diagram
from .wording import say

if TYPE_CHECKING:
    from ..evaluation.row import Row


def against_the_best(ranked: Sequence[Row], *, language: str = "en") -> str:
    """Folded tables of every test of each row against the best; empty where there is no pair."""
    groups = comparable(ranked)
    if not groups:
        return ""
    several = len({row.known for row in ranked}) > 1
    tables = "".join(_tests(group, several=several, language=language) for group in groups)
    note = say(
        "Bootstrap (over speakers) and Wilcoxon (over folds) judge the UA or CCC, whose difference "
        "is in points; McNemar judges the accuracy, and takes the utterances of one speaker as "
        "independent, which they are not.",
        language,
    )
    said = page.paragraph(note, class_="note")
    title = say("Each against the best: three tests", language)
    return f"<details><summary>{title}</summary>{tables}{said}</details>"


def rank_plates(ranked: Sequence[Row], *, language: str = "en") -> str:
    """Critical-difference diagram of each group of lines that was ranked."""
    several = len({row.known for row in ranked}) > 1
    plates = []
    for group in comparable(ranked):
        rows = group.ranked
        if not rows or rows[0].ranking is None:
            continue
        test = rows[0].ranking
        title = say("Mean ranks", language)
        if several:
            of = which(group.best, language)
            title = say("Mean ranks, {which}", language, which=of)
        drawing = rank_diagram(
            [
                Ranked(name, row.mean_rank or 0.0)
                for name, row in zip(names_within(rows, language=language), rows, strict=True)
            ],
            critical_distance=test.critical_distance,
            title=title,
            language=language,
        )
        aside = say(
            "over {n} folds, 1 is the best; Friedman {p}; a bar ties what Nemenyi's test does not "
            "tell apart at {level}",
            language,
            n=test.n_blocks,
            p=probability(test.p_value),
            level=written(test.alpha),
        )
        plates.append(page.plate(title, drawing, aside=aside))
    return "".join(plates)


def _tests(group: Comparable, *, several: bool, language: str) -> str:
    best, *names = names_within((group.best, *group.others), language=language)
    rows = [
        [name, _points(row, group.best), *(p_value(getattr(row, test)) for test in TESTS)]
        for name, row in zip(names, group.others, strict=True)
    ]
    where = ""
    if several:
        where = say(" ({which})", language, which=which(group.best, language))
    caption = say("Against {best}{where}; p Holm-corrected", language, best=best, where=where)
    measure = "CCC" if group.best.ccc is not None else "UA"
    difference = say("{measure} difference", language, measure=measure)
    tests = [say(test, language) for test in TESTS.values()]
    table = page.table(["", difference, *tests], rows, caption=caption)
    if can_reach(group):
        return table
    said = say(
        "So few folds ({n}) cannot bring Wilcoxon's test below .05, however large the difference.",
        language,
        n=group.n_folds,
    )
    return table + page.paragraph(said, class_="note")


def _points(row: Row, best: Row) -> str:
    """Row minus best, in points of the UA or the CCC."""
    a, b = (one.ua if one.ccc is None else one.ccc for one in (row, best))
    difference = 100 * (a.value - b.value)
    if difference != difference:
        return MISSING
    # Adding zero takes the sign off a difference that is rounded to none.
    return f"{round(difference, 1) + 0.0:.1f}".replace("-", "\N{MINUS SIGN}")
