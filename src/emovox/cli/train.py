"""`emovox train`: corpora to a model folder."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import registry
from ..corpora import read_corpus
from ..errors import UsageError, need
from ..methods.networks.method import NetworkMethod
from ..models.writing import check_target
from ..visible import visible
from . import train_adapt, train_taught
from .corpus_options import (
    SOURCES,
    Aliases,
    AllowOutside,
    Columns,
    Encoding,
    Options,
    Source,
    reading_options,
)
from .extraction_options import Augment, Jobs, KeepFeatures, LevelDb, Trim
from .method_options import (
    Balance,
    Pca,
    Scaler,
    SearchFlag,
    Select,
    Set,
    method_settings,
)
from .processes import check_alone, leads
from .progress import EpochCounter, counter, counters
from .training_folder import remove, training_folder

if TYPE_CHECKING:
    from ..corpora import Utterance
    from ..features import Cache
    from ..methods.teaching import Taught


def command(
    method: Annotated[
        str, typer.Argument(help="A name of `emovox methods list`, or taught, or adapt.")
    ],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar=f"{SOURCES}...",
            help="Corpora by name, with their folder where EMOVOX_CORPORA does not hold it; CSV "
            "or JSONL tables and audformat folders, with the folder of their recordings where "
            "that is another.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The model folder to write.")],
    from_model: Annotated[
        str | None, typer.Option("--from", help="adapt: the model to begin with, name or folder.")
    ] = None,
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
    scaler: Scaler = None,
    select: Select = None,
    pca: Pca = None,
    balance: Balance = None,
    search: SearchFlag = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Folder from which a killed search or training goes on; of networks by default "
            "DIR.training, which is removed when the model is written."
        ),
    ] = None,
    settings: Set = None,
    level_db: LevelDb = None,
    trim: Trim = False,
    augment: Augment = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that draws.")] = 0,
    jobs: Jobs = 1,
    name: Annotated[str | None, typer.Option(help="Name of the model; default: DIR's.")] = None,
    evaluate: Annotated[
        bool,
        typer.Option("--evaluate", help="Estimate also how good it is on unknown speakers."),
    ] = False,
    columns: Columns = None,
    aliases: Aliases = None,
    encoding: Encoding = None,
    allow_outside: AllowOutside = False,
    options: Options = None,
    keep_features: KeepFeatures = True,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing model.")] = False,
) -> None:
    """Train a method on everything that is given, and write a model folder.

    `emovox train taught` teaches a small network to imitate a large encoder, with recordings that
    need no labels, and writes it as an encoder of its own. `emovox train adapt` moves a model that
    there is towards clips and labels of your own.
    """
    need("sklearn", extra="bench", for_what="training")
    need("onnx", extra="bench", for_what="writing a model folder")
    if method in (train_taught.NAME, train_adapt.NAME):
        refused: dict[str, object] = {
            "--features": features, "--scaler": scaler, "--select": select, "--pca": pca,
            "--balance": balance, "--search": search, "--task": task, "--dimension": dimension,
            "--augment": augment, "--evaluate": evaluate,
        }  # fmt: skip
        if method == train_taught.NAME:
            train_taught.check(out, force=force, refused=refused | {"--name": name})
        else:
            refused |= {"--set": settings, "--level-db": level_db, "--trim": trim}
            train_adapt.check(out, force=force, refused=refused | {"--checkpoint": checkpoint})
    else:
        check_target(out, force=force)
    if from_model is not None and method != train_adapt.NAME:
        raise UsageError("usage", f"--from is for `emovox train {train_adapt.NAME}`")
    from ..features import FrontEnd
    from ..features.cache import default_cache
    from ..methods.teaching import Task, teach

    named = [Source.of(text) for text in sources]
    table = reading_options(
        columns=columns, aliases=aliases, encoding=encoding, allow_outside=allow_outside
    )
    corpus = reading_options(options=options)
    options_of = {one.name: one.options(corpus, table) for one in named}
    target = Task(label_set=label_set, dimensions=_dimensions(task, dimension))
    cache = default_cache() if keep_features else None
    if method == train_taught.NAME:
        check_alone("emovox train taught")
        train_taught.run(
            _read(named, options_of),
            out=out,
            settings={"random_state": seed, **method_settings(settings)},
            task=target,
            level_db=level_db,
            trim=trim,
            checkpoint=checkpoint,
            cache=cache,
            jobs=jobs,
            force=force,
        )
        return
    if method == train_adapt.NAME:
        check_alone("emovox train adapt")
        train_adapt.run(
            _read(named, options_of),
            out=out,
            model=from_model,
            task=target,
            cache=cache,
            jobs=jobs,
            seed=seed,
            name=name,
            force=force,
        )
        return
    made = registry.get("method", method)
    is_network = isinstance(made, NetworkMethod)
    for module in getattr(made, "packages", ()):
        need(module, extra="train", for_what=f"the network {made.name}")
    if evaluate or not is_network:
        check_alone("emovox train --evaluate" if is_network else f"training {method}")
    chosen = {
        "random_state": seed,
        **method_settings(
            settings,
            scaler=scaler,
            select=select,
            pca=pca,
            balance=balance,
            search=search,
        ),
    }
    utterances = _read(named, options_of)
    corpora = dict.fromkeys(item.corpus for item in utterances)
    front_end = FrontEnd(
        features or made.needs.feature_for(corpora),
        level_db=level_db,
        trim=trim,
        form=made.needs.form,
    )
    kept_in = checkpoint or (training_folder(out) if is_network else None)
    if is_network and leads():
        typer.echo(f"emovox: checkpoints and log in {visible(str(kept_in))}", err=True)
    epochs = EpochCounter()
    try:
        taught = teach(
            method,
            utterances,
            task=target,
            front_end=front_end,
            augment=augment,
            settings=chosen,
            cache=cache,
            jobs=jobs,
            checkpoint=kept_in,
            progress=counter("features") if leads() else None,
            epochs=epochs if leads() else None,
        )
    finally:
        epochs.close()
    if not leads():
        return
    for utterance, error in taught.failures:
        typer.echo(f"emovox: left out: {visible(utterance.id)}: {visible(str(error))}", err=True)
    if target.name == "classification":
        _say_left_out(utterances, taught)
    spoken = shlex.join(["emovox", *sys.argv[1:]])
    figures = []
    if evaluate:
        figures = _figures(taught, named, options_of, cache=cache, jobs=jobs, seed=seed)
    folder = taught.export(out, command=spoken, name=name, force=force, figures=figures)
    if is_network and checkpoint is None and not chosen.get("tensorboard"):
        remove(training_folder(out))
        kept_in = None
    _say(taught, folder, figures, kept_in=kept_in)


def _read(sources: Sequence[Source], options_of: Mapping[str, dict[str, Any]]) -> list[Utterance]:
    """Utterances of all sources; flags for tables go to tables, those of corpora to corpora."""
    if len(options_of) < len(sources):
        names = " ".join(source.name for source in sources)
        raise UsageError("usage", f"a corpus is given twice in {names}")
    found: list[Utterance] = []
    for source in sources:
        found += read_corpus(source.name, source.root, **options_of[source.name])
    seen = {item.id for item in found}
    if len(seen) < len(found):
        raise UsageError("usage", f"{len(found) - len(seen)} utterances are given twice")
    return found


def _say_left_out(utterances: Sequence[Utterance], taught: Taught) -> None:
    """Name the emotions that the label set leaves out, such as those that one corpus alone has."""
    held = {item.emotion for item in utterances if item.emotion is not None}
    rest = sorted(held - set(taught.estimator.classes_))
    if rest:
        typer.echo(
            f"emovox: label set {taught.task.label_set!r} leaves out {', '.join(rest)}; "
            "--label-set EMOTION,EMOTION,... chooses",
            err=True,
        )


def _figures(
    taught: Taught,
    sources: Sequence[Source],
    options_of: Mapping[str, dict[str, Any]],
    *,
    cache: Cache | None,
    jobs: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Figures on speakers that were held out, one for each thing that is learned."""
    from ..evaluation.experiment import Experiment
    from ..evaluation.runner import bench
    from ..evaluation.summary import summarise

    roots = {one.name: one.root for one in sources if one.root is not None}
    settings = {key: value for key, value in taught.settings.items() if key != "random_state"}
    experiments = [
        Experiment(
            taught.method,
            tuple(options_of),
            parameters=settings,
            features=taught.front_end.feature,
            level_db=taught.front_end.level_db,
            trim=taught.front_end.trim,
            augment=taught.augment or "none",
            label_set=taught.task.label_set,
            seed=seed,
            task=taught.task.name,
            dimension=dimension,
        )
        for dimension in (taught.task.dimensions or (None,))
    ]
    records = bench(
        experiments,
        roots=roots,
        corpus_options=options_of,
        cache=cache,
        jobs=jobs,
        progress=counters(),
    )
    figures = []
    for row in summarise(records):
        score = row.ua if row.ccc is None else row.ccc
        known = score.low is not None and score.high is not None
        figures.append(
            {
                "corpus": "+".join(row.test_corpora),
                "protocol": row.protocol,
                "measure": "UA" if row.ccc is None else f"CCC {row.dimension}",
                "value": round(score.value, 4),
                "interval": [round(score.low or 0, 4), round(score.high or 0, 4)]
                if known
                else None,
                "n": row.n_test,
                "normalisation": row.normalisation,
            }
        )
    return figures


def _dimensions(task: str | None, dimension: str | None) -> tuple[str, ...]:
    """Dimensions to learn; none for emotions."""
    if task not in (None, "classification", "regression"):
        raise UsageError("usage", f"--task is {task!r}; allowed: classification, regression")
    if dimension is None:
        return ("arousal", "valence", "dominance") if task == "regression" else ()
    if task == "classification":
        raise UsageError("usage", "--dimension is for --task regression")
    return tuple(part.strip() for part in dimension.split(","))


def _say(
    taught: Taught, folder: Path, figures: Sequence[dict[str, Any]], *, kept_in: Path | None
) -> None:
    """Where everything lies, and what it was trained on."""
    labels = taught.task.dimensions or taught.estimator.classes_.tolist()
    place = visible(str(folder))
    typer.echo(f"model folder   {place}")
    typer.echo(f"model card     {visible(str(folder / 'README.md'))}")
    if kept_in is not None:
        typer.echo(f"kept in        {visible(str(kept_in))}")
    typer.echo(f"trained on     {len(taught.utterances)} utterances in {taught.fit_s:.1f} s")
    typer.echo(f"tells apart    {', '.join(map(str, labels))}")
    if taught.estimator.chosen_:
        found = ", ".join(f"{key}={value}" for key, value in taught.estimator.chosen_.items())
        kept = getattr(taught.estimator, "inner_split_", None)
        how = "" if kept is None else f" (inner folds: {kept})"
        typer.echo(f"chosen         {found}{how}")
    typer.echo(f"use it         emovox predict FILE --model {shlex.quote(place)}")
    for figure in figures:
        low, high = figure["interval"] or (None, None)
        interval = "" if low is None else f" (95 % {low:.3f} to {high:.3f})"
        typer.echo(
            f"on new people  {figure['measure']} {figure['value']:.3f}{interval}, protocol "
            f"{figure['protocol']}, {figure['n']} utterances"
        )
    if not figures:
        typer.echo(
            "How good it is on new speakers is not known from training; --evaluate or "
            "`emovox bench` tell.",
            err=True,
        )
