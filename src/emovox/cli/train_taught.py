"""`emovox train taught`: recordings to a small network that imitates an encoder."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..errors import UsageError, need
from ..visible import visible
from .progress import EpochCounter, counter
from .training_folder import remove, training_folder

if TYPE_CHECKING:
    from ..corpora import Utterance
    from ..features import Cache
    from ..methods.taught import Lesson
    from ..methods.teaching import Task

NAME = "taught"
RECOGNISER = "recogniser"
HEAD = "encoder-lda"
LEVEL_DB = -26.0


def check(out: Path, *, force: bool, refused: Mapping[str, object]) -> None:
    """Refuse what cannot be, before anything is read.

    Parameters
    ----------
    out : path
    force : bool
    refused : mapping
        Flag -> what was given of flags that mean nothing here.

    Raises
    ------
    UsageError, OutputError, MissingExtra
    """
    from ..encoders.finding import CONFIGURATION
    from ..models.writing import check_target

    for module in ("torch", "safetensors", "transformers"):
        need(module, extra="ssl", for_what="emovox train taught")
    refuse(refused, command=f"emovox train {NAME}")
    check_target(out, force=force, marker=CONFIGURATION)


def refuse(given: Mapping[str, object], *, command: str) -> None:
    """Refuse flags that mean nothing to a command.

    Raises
    ------
    UsageError
    """
    for flag, value in given.items():
        if value:
            raise UsageError("usage", f"{flag} means nothing to `{command}`")


def run(
    utterances: Sequence[Utterance],
    *,
    out: Path,
    settings: Mapping[str, Any],
    task: Task,
    level_db: float | None,
    trim: bool,
    checkpoint: Path | None,
    cache: Cache | None,
    jobs: int,
    force: bool,
) -> None:
    """Teach a network, write its folder, and a recogniser on it where there are labels."""
    from ..methods.taught import Settings, teach_student

    kept_in = checkpoint or training_folder(out)
    typer.echo(f"emovox: checkpoints and log in {visible(str(kept_in))}", err=True)
    epochs = EpochCounter()
    try:
        lesson = teach_student(
            utterances,
            settings=Settings.of(settings),
            task=task,
            level_db=LEVEL_DB if level_db is None else level_db,
            trim=trim,
            folder=kept_in,
            cache=cache,
            jobs=jobs,
            progress=counter("features"),
            epochs=epochs,
        )
    finally:
        epochs.close()
    for utterance, error in lesson.failures:
        typer.echo(f"emovox: left out: {visible(utterance.id)}: {visible(str(error))}", err=True)
    command = shlex.join(["emovox", *sys.argv[1:]])
    folder = lesson.write(out, command=command, force=force)
    recogniser = _recogniser(lesson, folder, utterances, task, command, cache=cache, jobs=jobs)
    if checkpoint is None:
        remove(training_folder(out))
    _say(lesson, folder, recogniser)


def _recogniser(
    lesson: Lesson,
    folder: Path,
    utterances: Sequence[Utterance],
    task: Task,
    command: str,
    *,
    cache: Cache | None,
    jobs: int,
) -> Path | None:
    """A model folder on the network's features; None where there are not two emotions."""
    from ..features import FrontEnd
    from ..methods.teaching import teach

    if len({item.emotion for item in utterances if item.emotion is not None}) < 2:
        return None
    taught = teach(
        HEAD,
        utterances,
        task=task,
        front_end=FrontEnd(
            f"{folder}@all", level_db=lesson.front_end.level_db, trim=lesson.front_end.trim
        ),
        settings={"width": 2 * lesson.student.dim},
        cache=cache,
        jobs=jobs,
    )
    return taught.export(folder / RECOGNISER, command=command, name=folder.name)


def _say(lesson: Lesson, folder: Path, recogniser: Path | None) -> None:
    """Where everything lies, and how well it imitates."""
    place = visible(str(folder))
    typer.echo(f"taught network {place}")
    typer.echo(f"its card       {visible(str(folder / 'README.md'))}")
    typer.echo(f"taught with    {len(lesson.utterances)} recordings or pieces of them")
    watched = lesson.history[-1].get("watched") if lesson.history else None
    if watched:
        typer.echo(
            f"variance left  {watched['frames']:.3f} of the teacher's frames, "
            f"{watched['means']:.3f} of their means, {watched['deviations']:.3f} of their "
            f"deviations, on {len(lesson.held_out)} speakers that were held out"
        )
    typer.echo(f"as a feature   --features {shlex.quote(place + '@all')}")
    if recogniser is None:
        typer.echo("no recogniser  there are no two emotions among the recordings", err=True)
    else:
        shown = shlex.quote(visible(str(recogniser)))
        typer.echo(f"use it         emovox predict FILE --model {shown}")
