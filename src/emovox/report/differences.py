"""Whether the rows of a table differ: each against the best, and all by their ranks.

Rows are judged among those that knew as much of the test part: one that knows the statistics of
the test recordings, or the epoch that suits them, is not what another is to be measured by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import wording
from .figures import p_value
from .wording import listed, say

if TYPE_CHECKING:
    from ..evaluation.row import Row

ALPHA = 0.05
TESTS: dict[str, str] = {
    "p_value": "bootstrap",
    "p_mcnemar": "McNemar",
    "p_wilcoxon": "Wilcoxon",
}
"""Figure of a row -> the test that it comes from."""


@dataclass(frozen=True)
class Comparable:
    """Rows that knew as much of the test part and were tested on the same utterances.

    Parameters
    ----------
    best : Row
    others : tuple of Row
        Those with a p-value against the best, best first.
    """

    best: Row
    others: tuple[Row, ...]

    @property
    def ranked(self) -> tuple[Row, ...]:
        """Rows that have a mean rank, first rank first."""
        rows = (row for row in (self.best, *self.others) if row.mean_rank is not None)
        return tuple(sorted(rows, key=lambda row: row.mean_rank or 0.0))

    @property
    def n_folds(self) -> int:
        """Folds by name: the seeds of one fold are counted once."""
        return len({fold.name for fold in self.best.by_fold})


def comparable(ranked: Sequence[Row]) -> list[Comparable]:
    """Groups of rows of one table, `ranked` best first; a row without any other is left out."""
    groups = []
    for best in (row for row in ranked if row.is_best):
        others = tuple(
            row
            for row in ranked
            if row.known == best.known
            and not row.is_best
            and any(getattr(row, name) is not None for name in TESTS)
        )
        if others:
            groups.append(Comparable(best, others))
    return groups


def names_within(rows: Sequence[Row], *, language: str = "en") -> list[str]:
    """Name of each row among its comparable ones: its method, or what tells it from others of it.

    Rows of one method only are named by their features, where these differ.
    """
    methods = [row.method for row in rows]
    names = []
    for row in rows:
        same = [other for other in rows if other.method == row.method]
        parts = [row.method]
        if len({other.features for other in same}) > 1:
            parts = [row.features] if len(set(methods)) == 1 else [row.method, row.features]
        if len({other.seeds for other in same}) > 1:
            parts.append(say("seed {seeds}", language, seeds=listed(map(str, row.seeds), language)))
        names.append(listed(parts, language))
    return names


def sentences(ranked: Sequence[Row], *, language: str = "en") -> list[str]:
    """What a reader of the table must know about its p-values and ranks."""
    groups = comparable(ranked)
    several = len({row.known for row in ranked}) > 1
    said = []
    if groups and len({row.epoch_on_test for row in ranked}) > 1:
        said.append(
            say(
                "p: each line is judged only against the best line that knew as much of the test "
                "part, because statistics of the test recordings, or an epoch chosen on them, are "
                "an advantage that the others do not have.",
                language,
            )
        )
    elif several and groups:
        said.append(
            say(
                "p: each line is judged only against the best line of its own normalisation, "
                "because statistics of the test recordings are an advantage that the others do "
                "not have.",
                language,
            )
        )
    for group in groups:
        said += _disagreement(group, several=several, language=language)
        said += _ranks(group, several=several, language=language)
    return said


def which(row: Row, language: str = "en") -> str:
    """Say what a row's method knew of the test part, where lines differ in it."""
    name = wording.NORMALISATION_NAMES.get(row.normalisation)
    said = [wording.say(f"normalised {name or 'by the training part'}", language)]
    if row.epoch_on_test:
        said.append(say(wording.EPOCH_ON_TEST, language))
    return listed(said, language)


def probability(value: float) -> str:
    """Such as ``p = .031`` or ``p < .001``."""
    written = p_value(value)
    return f"p {written}" if written.startswith("<") else f"p = {written}"


def written(level: float) -> str:
    """Such as ``.05``."""
    return f"{level:g}".removeprefix("0")


def _disagreement(group: Comparable, *, several: bool, language: str) -> list[str]:
    """Sentence about the rows on which the three tests disagree; none where they agree."""
    rows = (group.best, *group.others)
    best, *names = names_within(rows, language=language)
    found = []
    for row, name in zip(group.others, names, strict=True):
        values = {test: getattr(row, test) for test in TESTS}
        if not can_reach(group):
            values["p_wilcoxon"] = None
        known = [value for value in values.values() if value is not None]
        if any(value < ALPHA for value in known) and any(value >= ALPHA for value in known):
            found.append(f"{name} {listed(map(p_value, values.values()), language)}")
    if not found:
        return []
    where = say(" ({which})", language, which=which(group.best, language))
    return [
        say(
            "The tests against {best}{where} disagree at {level} (bootstrap over speakers, "
            "McNemar, Wilcoxon over folds): {found}.",
            language,
            best=best,
            where=where if several else "",
            level=written(ALPHA),
            found=say("; ", language).join(found),
        )
    ]


def can_reach(group: Comparable) -> bool:
    """Whether Wilcoxon's exact test could come below .05 at all with so few folds.

    With n folds it gives at least 2 ** (1 - n), and Holm asks the smallest of m to be m times
    smaller.
    """
    tested = sum(row.p_wilcoxon is not None for row in group.others)
    return float(2.0 ** (1 - group.n_folds)) * tested < ALPHA


def _ranks(group: Comparable, *, several: bool, language: str) -> list[str]:
    """Sentence about the mean ranks; none where the rows were not ranked."""
    rows = group.ranked
    if not rows or rows[0].ranking is None:
        return []
    test = rows[0].ranking
    where = say(", lines {which}", language, which=which(group.best, language))
    head = say(
        "Friedman over {n} folds{where}: chi2({df}) = {statistic}, {p}; ",
        language,
        n=test.n_blocks,
        where=where if several else "",
        df=len(rows) - 1,
        statistic=f"{test.statistic:.1f}",
        p=probability(test.p_value),
    )
    if test.p_value >= ALPHA:
        return [head + say("no difference of ranks is shown.", language)]
    names = names_within(rows, language=language)
    above = []
    for place, row in enumerate(rows):
        below = [
            name
            for name, other in zip(names, rows, strict=True)
            if (other.mean_rank or 0.0) - (row.mean_rank or 0.0) > test.critical_distance
        ]
        if below:
            above.append(
                say(
                    "{name} above {others}",
                    language,
                    name=names[place],
                    others=_listed(below, language),
                )
            )
    distance = say(
        "more than {distance} (Nemenyi, {level})",
        language,
        distance=f"{test.critical_distance:.1f}",
        level=written(test.alpha),
    )
    if not above:
        return [head + say("no two mean ranks differ by {distance}.", language, distance=distance)]
    return [
        head
        + say(
            "mean ranks differ by {distance}: {above}.",
            language,
            distance=distance,
            above=say("; ", language).join(above),
        )
    ]


def _listed(names: Sequence[str], language: str) -> str:
    *others, last = names
    if not others:
        return last
    return say("{others} and {last}", language, others=listed(others, language), last=last)
