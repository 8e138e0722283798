"""What a row is called, and what its figures rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .wording import EPOCH_ON_TEST, NORMALISATION_NAMES, listed, say

if TYPE_CHECKING:
    from ..evaluation.row import Row, Score


def task_of(row: Row) -> tuple[object, ...]:
    """What two rows must have in common for their figures to be compared."""
    return (
        row.train_corpora, row.test_corpora, row.protocol, row.label_set, row.emotions, row.task,
        row.dimension,
    )  # fmt: skip


def main_score(row: Row) -> Score:
    """UA, or CCC of a regression."""
    return row.ccc if row.ccc is not None else row.ua


def n_utterances(row: Row) -> int:
    """Test utterances; one that was tested with several seeds counts once."""
    return row.n_test // max(len(row.seeds), 1)


def corpora_of(row: Row) -> str:
    """Where the row was trained and tested.

    Corpora that were both trained on and tested are named once.
    """
    train, test = "+".join(row.train_corpora), "+".join(row.test_corpora)
    return test if train == test else f"{train} → {test}"


def short_name(row: Row, method: str | None = None, *, language: str = "en") -> str:
    """Name of the method (or the one given), with what it knew of the test part."""
    known = (NORMALISATION_NAMES.get(row.normalisation), row.epoch_on_test and EPOCH_ON_TEST)
    names = [say(name, language) for name in known if name]
    if not names:
        return method or row.method
    return (method or row.method) + say(" ({which})", language, which=listed(names, language))


def chance(row: Row) -> float:
    """UA of guessing; NaN for a regression."""
    return 1 / len(row.emotions) if row.emotions and row.task == "classification" else float("nan")
