"""What stands above and below the field's tables, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from . import wording
from .differences import sentences as differences
from .figures import percentage
from .row_facts import chance, corpora_of, n_utterances, short_name
from .wording import emotion, kinds, listed, remark, say

if TYPE_CHECKING:
    from ..evaluation.row import LeakSummary, Row


def task_title(row: Row, language: str = "en") -> str:
    """What the table of a task is about."""
    what = say("{n} classes", language, n=len(row.emotions))
    if row.task == "regression":
        what = say("{name}, CCC", language, name=emotion(row.dimension or "", language))
    return say(
        "{corpora}, protocol {protocol}, {what}, n = {n}",
        language,
        corpora=corpora_of(row),
        protocol=row.protocol,
        what=what,
        n=n_utterances(row),
    )


def label_set_title(group: Sequence[Row], language: str = "en") -> str:
    """What the table of one method's label sets is about."""
    first = group[0]
    return say(
        "{corpora}, protocol {protocol}, {method}, {n} label sets",
        language,
        corpora=corpora_of(first),
        protocol=first.protocol,
        method=first.method,
        n=len(group),
    )


def task_notes(
    ranked: Sequence[Row], *, several_features: bool, language: str = "en"
) -> tuple[str, ...]:
    """Sentences below the table of a task: protocol, n, classes, chance, what is not kept apart."""
    row = ranked[0]
    notes = [_folds(row, language), _sizes(row, language)]
    if not several_features:
        notes.append(say("Features {features}.", language, features=row.features))
    notes.append(_normalisation(ranked, language))
    notes += separation(row, language=language)
    notes += _remarks(ranked, language=language)
    notes += differences(ranked, language=language)
    return tuple(notes)


def label_set_notes(
    group: Sequence[Row], *, several_seeds: bool, language: str = "en"
) -> tuple[str, ...]:
    """Sentences below the table of one method's label sets."""
    first = group[0]
    sets = say("; ", language).join(
        say("{names}: {sentence}", language, names=row.label_set, sentence=_emotions(row, language))
        for row in group
    )
    return (
        _folds(first, language),
        say("Label sets: {sets}.", language, sets=sets),
        say(
            "Method {method}, features {features}.",
            language,
            method=first.method,
            features=first.features,
        ),
        *_seeds(first, several_seeds=several_seeds, language=language),
        _normalisation(group, language),
        *_separations(group, language),
        *_remarks(group, named=lambda row: row.label_set, language=language),
    )


def _folds(row: Row, language: str) -> str:
    cut = wording.protocol(row.protocol, language)
    n_folds = row.n_folds // max(len(row.seeds), 1)
    folds = say("{n} folds", language, n=n_folds) if n_folds != 1 else say("one fold", language)
    named = row.protocol
    if cut:
        named = say("{names}: {sentence}", language, names=named, sentence=cut)
    return say("Protocol {named}; {folds}.", language, named=named, folds=folds)


def _seeds(row: Row, *, several_seeds: bool, language: str) -> list[str]:
    """Sentence about the seeds of all rows, unless each line says its own."""
    if several_seeds or len(row.seeds) < 2:
        return []
    return [
        say(
            "Each label set was run with {n} seeds ({seeds}); n counts one of them.",
            language,
            n=len(row.seeds),
            seeds=listed(map(str, row.seeds), language),
        )
    ]


def _separations(rows: Sequence[Row], language: str) -> list[str]:
    """Sentences of `separation`, with the label sets that they are about where it is not all."""
    about: dict[str, list[str]] = {}
    for row in rows:
        for sentence in separation(row, language=language):
            about.setdefault(sentence, []).append(row.label_set)
    return [
        sentence if len(sets) == len(rows) else _about(sets, sentence, language)
        for sentence, sets in about.items()
    ]


def _about(names: Iterable[str], sentence: str, language: str) -> str:
    names = listed(dict.fromkeys(names), language)
    return say("{names}: {sentence}", language, names=names, sentence=sentence)


def _remarks(
    ranked: Sequence[Row], *, named: Callable[[Row], str] | None = None, language: str
) -> list[str]:
    """Sentences that rows bring, with the rows that they are about where it is not all."""
    about: dict[str, list[Row]] = {}
    for row in ranked:
        for note in row.notes:
            about.setdefault(note, []).append(row)
    said = []
    for note, rows in about.items():
        sentence = remark(note, language)
        if not sentence.endswith((".", "\N{IDEOGRAPHIC FULL STOP}")):
            sentence += "."
        if len(rows) == len(ranked):
            said.append(sentence[0].upper() + sentence[1:])
        else:
            names = (named(row) if named else short_name(row, language=language) for row in rows)
            said.append(_about(names, sentence, language))
    return said


def _sizes(row: Row, language: str) -> str:
    size = say("n = {n} test utterances", language, n=n_utterances(row))
    if row.n_speakers:
        size = say(
            "n = {n} test utterances of {n_speakers} speakers",
            language,
            n=n_utterances(row),
            n_speakers=row.n_speakers,
        )
    if row.task == "regression":
        return say("{size}; a guess without hearing has CCC 0.", language, size=size)
    return say(
        "{size}; {n} classes, label set {label_set} ({names}); chance {chance} %.",
        language,
        size=size,
        n=len(row.emotions),
        label_set=row.label_set,
        names=_emotions(row, language),
        chance=percentage(chance(row)),
    )


def _emotions(row: Row, language: str) -> str:
    return listed((emotion(name, language) for name in row.emotions), language)


def _normalisation(ranked: Sequence[Row], language: str) -> str:
    """Say where the statistics of the features come from, unless each line says it itself."""
    if all(row.normalisation == "training" for row in ranked):
        return say("Features are normalised by statistics of the training part only.", language)
    return say(
        "Features are normalised by statistics of the training part only, except where a line "
        "says otherwise.",
        language,
    )


def separation(row: Row, *, language: str = "en") -> list[str]:
    """Sentences about what the folds do not keep apart, and what could not be counted."""
    said = [
        _shared(item, n_seeds=len(row.seeds), language=language) for item in row.leak if item.folds
    ]
    known = [item.kind for item in row.leak]
    if not said and known:
        said.append(
            say(
                "Nothing that was counted ({kinds}) is in both parts of any fold.",
                language,
                kinds=kinds(known, language),
            )
        )
    unknown = [kind for kind in ("speaker", "sentence", "identical_audio") if kind not in known]
    if unknown:
        said.append(
            say(
                "Could not be counted for this data: {kinds}.",
                language,
                kinds=kinds(unknown, language),
            )
        )
    return said


def _shared(item: LeakSummary, *, n_seeds: int, language: str) -> str:
    return say(
        "Not kept apart: {kinds}; in the worst fold {shared} of {of} in the test part are in the "
        "training part too ({folds} of {n_folds} folds{repeated}, {share} % of the test "
        "utterances).",
        language,
        kinds=wording.separable(item.kind, language),
        shared=item.shared,
        of=item.of,
        folds=item.folds,
        n_folds=item.n_folds,
        repeated=say(", over {n} seeds", language, n=n_seeds) if n_seeds > 1 else "",
        share=percentage(item.test_share),
    )
