"""`emovox audit`: what a split shares between its training and test parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..corpora import read_corpus
from ..errors import UsageError
from ..evaluation.audit import APART, AuditReport, audit, noun
from ..evaluation.fold_list import read_names
from ..evaluation.leaks import KINDS, Leak, Shared
from ..visible import visible


def command(
    folds: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDS.csv",
            help="utterance,test_fold or utterance,fold,part (train, dev, test); columns speaker "
            "and sentence are used where they are.",
        ),
    ],
    corpus: Annotated[
        str | None, typer.Option(help="Corpus whose rule reads the names; guessed if only one can.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(help="Folder of the corpus: looks for identical audio too."),
    ] = None,
    everything: Annotated[
        Path | None,
        typer.Option("--all", help="File with the names of all utterances, one a line."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="A leak is an error (status 3).")
    ] = False,
    apart: Annotated[
        str, typer.Option(help="What must be apart under --strict: speaker, sentence, session.")
    ] = "speaker",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> int:
    """Count what a split shares between training and test; no audio is needed."""
    if root is not None and corpus is None:
        raise UsageError("usage", "--root needs --corpus, the name of the corpus in that folder")
    report = audit(
        folds,
        corpus,
        everything=None if everything is None else read_names(everything),
        utterances=None if root is None or corpus is None else read_corpus(corpus, root),
    )
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False, allow_nan=False))
    else:
        _show(report)
    if strict:
        report.refuse(kinds_apart(apart))
    return 0


def kinds_apart(text: str) -> tuple[str, ...]:
    """Kinds that must be apart, of ``--apart``; identical audio always must.

    Raises
    ------
    UsageError
        For a kind that is not known.

    Examples
    --------
    >>> kinds_apart("speaker,sentence")
    ('speaker', 'sentence', 'identical_audio')
    """
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError("usage", f"--apart has {kind!r}; allowed: {', '.join(KINDS)}")
    return tuple(dict.fromkeys((*kinds, APART[-1])))


def _show(report: AuditReport) -> None:
    """Print the report for people."""
    whose = ""
    if report.corpus is not None:
        whose = f", names read as {report.corpus}'s" + (" (guessed)" if report.guessed else "")
    n_folds = len(report.folds)
    print(f"{visible(report.split)}: {n_folds} fold{'' if n_folds == 1 else 's'}{whose}")
    rows = [("fold", "train", "test", *KINDS_SHOWN.values())]
    for fold in report.folds:
        cells = [_cell(getattr(fold.leak, kind)) for kind in KINDS_SHOWN]
        rows.append((visible(fold.name), str(fold.n_train), str(fold.n_test), *cells))
    if report.folds:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            print("  " + "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)))
    shared = [kind for kind in report.shared if kind in APART]
    if shared:
        folds = sum(bool(set(fold.leak.kinds) & set(APART)) for fold in report.folds)
        words = " and ".join(noun(kind, 2) for kind in shared)
        print(f"LEAK: test {words} are in training in {folds} of {n_folds} folds")
    elif report.folds and all(_speakers_known(fold.leak) for fold in report.folds):
        print("Speakers are kept apart.")
    for note in report.notes:
        print(f"note: {visible(note)}")


def _cell(found: Shared | None) -> str:
    """What a fold shares of one kind; ``?`` where that is not known."""
    if found is None:
        return "?"
    percent = 100 * found.test_share
    share = f" ({'<1' if percent < 0.5 else f'{percent:.0f}'} %)" if found.shared else ""
    unknown = f", {found.unknown} unknown" if found.unknown else ""
    return f"{found}{share}{unknown}"


def _speakers_known(leak: Leak) -> bool:
    """Whether the speaker of every test utterance is known."""
    return leak.speaker is not None and not leak.speaker.unknown


KINDS_SHOWN = {
    "speaker": "speakers shared",
    "sentence": "sentences shared",
    "identical_audio": "identical audio",
}
"""Kinds in the table, with their headings; the share is that of the test utterances."""
