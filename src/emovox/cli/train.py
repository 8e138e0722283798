"""`emovox train`: corpora to a model folder."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import registry
from ..errors import UsageError, need
from .corpus_options import (
    Aliases,
    AllowOutside,
    Columns,
    Encoding,
    Options,
    read_chosen,
    reading_options,
)
from .printing import escape
from .progress import counter

if TYPE_CHECKING:
    from ..corpora import Utterance
    from ..methods.teaching import Taught


def command(
    method: Annotated[str, typer.Argument(help="A name of `emovox methods list`.")],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS|CORPUS=FOLDER|TABLE...",
            help="Corpora by name, with their folder where EMOVOX_CORPORA does not hold it; "
            "CSV or JSONL tables; audformat folders.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The model folder to write.")],
    features: Annotated[
        str | None, typer.Option("--features", help="Features joined by +; default: the method's.")
    ] = None,
    label_set: Annotated[
        str, typer.Option(help="own, AS, HNS, ..., or emotions joined by commas.")
    ] = "own",
    task: Annotated[
        str | None, typer.Option(help="classification (default) or regression.")
    ] = None,
    dimension: Annotated[
        str | None, typer.Option(help="arousal, valence, dominance, joined by commas.")
    ] = None,
    scaler: Annotated[
        str | None, typer.Option(help="standard, minmax, robust, quantile or none.")
    ] = None,
    select: Annotated[
        int | None, typer.Option(help="Keep so many features by mutual information.")
    ] = None,
    pca: Annotated[
        str | None, typer.Option(help="Principal components: a number, a share, or mle.")
    ] = None,
    balance: Annotated[
        str | None, typer.Option(help="undersample, undersample-random, class_weight or none.")
    ] = None,
    search: Annotated[str | None, typer.Option(help="exhaustive, halving, random or none.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Folder from which a killed search goes on.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other setting, such as C=10; may come again."),
    ] = None,
    level: Annotated[
        float | None, typer.Option(help="Bring the speech of each recording to this level, dBFS.")
    ] = None,
    trim: Annotated[bool, typer.Option("--trim", help="Cut leading and trailing silence.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything that draws.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 1,
    name: Annotated[str | None, typer.Option(help="Name of the model; default: DIR's.")] = None,
    columns: Columns = None,
    aliases: Aliases = None,
    encoding: Encoding = None,
    allow_outside: AllowOutside = False,
    options: Options = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Compute features anew.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing model.")] = False,
) -> None:
    """Train a method on everything that is given, and write a model folder."""
    need("sklearn", extra="bench", for_what="training")
    need("onnx", extra="bench", for_what="writing a model folder")
    from ..features import FrontEnd
    from ..features.cache import default_cache
    from ..methods.teaching import Task, teach

    made = registry.get("method", method)
    chosen = _given(
        scaler=scaler,
        select=None if select is None else str(select),
        pca=pca,
        balance=balance,
        search=search,
        checkpoint=None if checkpoint is None else str(checkpoint),
    )
    chosen |= {"random_state": seed, **_settings(settings or ())}
    table = reading_options(
        columns=columns, aliases=aliases, encoding=encoding, allow_outside=allow_outside
    )
    utterances = _read(sources, table=table, corpus=reading_options(options=options))
    taught = teach(
        method,
        utterances,
        task=Task(label_set=label_set, dimensions=_dimensions(task, dimension)),
        front_end=FrontEnd(features or made.needs.feature, level_db=level, trim=trim),
        settings=chosen,
        cache=None if no_cache else default_cache(),
        jobs=jobs,
        progress=counter("features"),
    )
    for utterance, error in taught.failures:
        typer.echo(f"emovox: left out: {escape(utterance.id)}: {escape(str(error))}", err=True)
    spoken = shlex.join(["emovox", *sys.argv[1:]])
    details = taught.export_details(command=spoken)
    folder = taught.estimator.export(out, name=name, force=force, **details)
    _say(taught, folder)


def _read(
    sources: Sequence[str], *, table: dict[str, Any], corpus: dict[str, Any]
) -> list[Utterance]:
    """Utterances of all sources; flags for tables go to tables, those of corpora to corpora."""
    found: list[Utterance] = []
    for source in sources:
        name, sign, root = source.partition("=")
        named = name in registry.names("corpus")
        if named and sign:
            found += read_chosen(name, Path(root), **corpus)
        else:
            found += read_chosen(source, **(corpus if named else table))
    seen = {item.id for item in found}
    if len(seen) < len(found):
        raise UsageError("usage", f"{len(found) - len(seen)} utterances are given twice")
    return found


def _dimensions(task: str | None, dimension: str | None) -> tuple[str, ...]:
    """Dimensions to learn; none for emotions."""
    if task not in (None, "classification", "regression"):
        raise UsageError("usage", f"--task is {task!r}; allowed: classification, regression")
    if dimension is None:
        return ("arousal", "valence", "dominance") if task == "regression" else ()
    if task == "classification":
        raise UsageError("usage", "--dimension is for --task regression")
    return tuple(part.strip() for part in dimension.split(","))


def _given(**flags: str | None) -> dict[str, Any]:
    """Settings of the flags that were given; numbers as numbers, ``none`` as None."""
    return {name: _value(text) for name, text in flags.items() if text is not None}


def _settings(texts: Sequence[str]) -> dict[str, Any]:
    """Settings of ``--set NAME=VALUE``."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError("usage", f"--set {text!r} is no NAME=VALUE")
        found[name.strip()] = _value(value.strip())
    return found


def _value(text: str) -> Any:
    """Value of a text: JSON where it is, None for ``none``, else the text.

    Examples
    --------
    >>> _value("0.9"), _value("mle"), _value("none"), _value("[300]")
    (0.9, 'mle', None, [300])
    """
    if text.lower() == "none":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _say(taught: Taught, folder: Path) -> None:
    """Where everything lies, and what it was trained on."""
    labels = taught.task.dimensions or taught.estimator.classes_.tolist()
    place = escape(str(folder))
    typer.echo(f"model folder   {place}")
    typer.echo(f"model card     {escape(str(folder / 'README.md'))}")
    typer.echo(f"trained on     {len(taught.utterances)} utterances in {taught.fit_s:.1f} s")
    typer.echo(f"tells apart    {', '.join(map(str, labels))}")
    if taught.estimator.chosen_:
        found = ", ".join(f"{key}={value}" for key, value in taught.estimator.chosen_.items())
        kept = taught.estimator.inner_split_
        typer.echo(f"chosen         {found} (inner folds: {kept})")
    typer.echo(f"use it         emovox predict FILE --model {shlex.quote(place)}")
    typer.echo(
        "How good it is on new speakers is not known from training; see `emovox bench`.", err=True
    )
