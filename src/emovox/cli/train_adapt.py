"""`emovox train adapt`: a model moves towards a user's own clips and labels."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..models.writing import check_target
from ..visible import visible
from .progress import counter
from .train_taught import refuse

if TYPE_CHECKING:
    from ..corpora import Utterance
    from ..features import Cache
    from ..methods.teaching import Task

NAME = "adapt"


def check(out: Path, *, force: bool, refused: Mapping[str, object]) -> None:
    """Refuse what cannot be, before anything is read.

    Raises
    ------
    UsageError, OutputError
    """
    refuse(refused, command=f"emovox train {NAME}")
    check_target(out, force=force)


def run(
    utterances: Sequence[Utterance],
    *,
    out: Path,
    model: str | None,
    task: Task,
    cache: Cache | None,
    jobs: int,
    seed: int,
    name: str | None,
    force: bool,
) -> None:
    """Adapt, write the model folder, and say what it was worth."""
    from ..methods.adapting import adapt

    found = adapt(
        utterances,
        model,
        task=task,
        cache=cache,
        jobs=jobs,
        random_state=seed,
        progress=counter("features"),
    )
    for utterance, error in found.failures:
        typer.echo(f"emovox: left out: {visible(utterance.id)}: {visible(str(error))}", err=True)
    command = shlex.join(["emovox", *sys.argv[1:]])
    folder = found.write(out, name=name, command=command, force=force)
    place = visible(str(folder))
    typer.echo(f"model folder   {place}")
    typer.echo(f"model card     {visible(str(folder / 'README.md'))}")
    typer.echo(f"adapted to     {len(found.utterances)} clips, from {visible(found.base.name)}")
    typer.echo(f"tells apart    {', '.join(found.labels)}")
    if found.before is not None:
        typer.echo(f"before         UA {found.before:.3f} on these clips")
    if found.after is not None:
        apart = "speakers apart" if found.by == "speaker" else "speakers are not kept apart"
        typer.echo(f"after          UA {found.after:.3f} on inner folds ({apart})")
    if found.pull is None:
        typer.echo(
            "The inner folds found nothing better than the model as it was; it is written with its "
            "own weights. More clips may help.",
            err=True,
        )
    typer.echo(f"use it         emovox predict FILE --model {shlex.quote(place)}")
