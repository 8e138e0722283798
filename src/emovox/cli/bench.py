"""`emovox bench`: methods under a protocol; gives records and the field's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import registry
from ..errors import UsageError, need, unknown_name
from .audit import kinds_apart
from .bench_corpora import Data, parts
from .corpus_options import (
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
from .plans import PLAN_FORMATS, show_plans
from .processes import check_alone
from .progress import counters
from .result_tables import Form, Html, check_output, show, write_page
from .settings import settings_of
from .train_taught import NAME as TAUGHT

if TYPE_CHECKING:
    from ..evaluation import Experiment

CROSSING = "cross-corpus"


def command(
    methods: Annotated[
        str,
        typer.Argument(metavar="METHOD,...", help="Names, with * and ? as wildcards: ccser-*."),
    ],
    corpora: Annotated[
        str | None,
        typer.Option(
            help="Names or tables, also as NAME=FOLDER, joined by commas; each gives a table."
        ),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="How folds are cut; see docs. Default: speaker.")
    ] = None,
    train: Annotated[str | None, typer.Option(help="Corpora to train on, all together.")] = None,
    test: Annotated[str | None, typer.Option(help="Corpora to test on, one by one.")] = None,
    label_set: Annotated[
        list[str] | None,
        typer.Option(help="own, AS, HNS, ..., or emotions joined by commas; may come again."),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(help="Features joined by +, several sets by commas; default: the method's."),
    ] = None,
    normalisation: Annotated[
        str, typer.Option(help="training, speaker, corpus, before-folds (a leak); or several.")
    ] = "training",
    level_db: LevelDb = None,
    trim: Trim = False,
    augment: Augment = None,
    dimension: Annotated[
        str | None, typer.Option(help="Regression of arousal, valence or dominance.")
    ] = None,
    scaler: Scaler = None,
    select: Select = None,
    pca: Pca = None,
    search: SearchFlag = None,
    balance: Balance = None,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Shuffle the training part.")] = False,
    settings: Set = None,
    protocol_options: Annotated[
        list[str] | None,
        typer.Option(help="An option of the protocol, such as n_folds=5 or mode=pooled."),
    ] = None,
    columns: Columns = None,
    aliases: Aliases = None,
    encoding: Encoding = None,
    allow_outside: AllowOutside = False,
    options: Options = None,
    seed: Annotated[str, typer.Option(help="One seed, or several joined by commas.")] = "0",
    records: Annotated[
        Path | None,
        typer.Option(help="File (.jsonl) that grows with each fold; a killed run goes on there."),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan", help="Show the folds and what they leak (text or json); run nothing."
        ),
    ] = False,
    form: Form = "text",
    html: Html = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse folds that leak.")] = False,
    apart: Annotated[
        str, typer.Option(help="What must be apart under --strict: speaker, sentence, session.")
    ] = "speaker",
    folds: Annotated[
        int | None,
        typer.Option(min=1, help="Run only the first so many folds; the table says so."),
    ] = None,
    jobs: Jobs = 1,
    cache: KeepFeatures = True,
) -> int:
    """Compare methods under an honest protocol."""
    need("sklearn", extra="bench", for_what="emovox bench")
    check_alone("emovox bench")
    from ..evaluation import bench, summarise
    from ..features.cache import default_cache

    check_output(form, html)
    if plan and (form not in PLAN_FORMATS or html is not None):
        raise UsageError("usage", "--plan is shown as --format text or json, and has no page")
    data = Data.of(corpora, train, test)
    protocol = protocol or (CROSSING if data.is_crossed else "speaker")
    parameters = method_settings(
        settings, scaler=scaler, select=select, pca=pca, search=search, balance=balance
    )
    shared: dict[str, Any] = {
        "protocol": protocol,
        "options": {**settings_of(protocol_options, flag="--protocol-options"), **data.options},
        "level_db": level_db,
        "trim": trim,
        "augment": augment,
        # None is said among the parameters: it may differ from what the method does by itself.
        "search": parameters.pop("search") if parameters.get("search") else None,
        "balance": parameters.pop("balance") if parameters.get("balance") else None,
        "shuffle": shuffle,
        "parameters": parameters,
        "dimension": dimension,
        "task": "regression" if dimension else "classification",
    }
    seeds = [_seed(part) for part in parts(seed)]
    experiments = _experiments(
        shared,
        methods=matching(methods),
        groups=[data.names] if protocol == CROSSING else [(name,) for name in data.names],
        features=parts(features) or [None],
        normalisations=parts(normalisation),
        label_sets=label_set or ["own"],
        seeds=seeds,
    )
    table = reading_options(
        columns=columns, aliases=aliases, encoding=encoding, allow_outside=allow_outside
    )
    corpus = reading_options(options=options)
    options_of = {name: Source.of(name).options(corpus, table) for name in data.names}
    if plan:
        show_plans(experiments, form, roots=data.roots, corpus_options=options_of)
        return 0
    found = bench(
        experiments,
        records,
        roots=data.roots,
        corpus_options=options_of,
        cache=default_cache() if cache else None,
        jobs=jobs,
        strict=strict,
        apart=kinds_apart(apart),
        folds=folds,
        progress=counters(),
    )
    rows = summarise(found, join_seeds=len(seeds) > 1)
    show(rows, form)
    if html is not None:
        write_page(html, rows, found)
    return 0


def matching(text: str) -> list[str]:
    """Names of methods that fit any of the patterns, each once.

    Raises
    ------
    UsageError
        ``name-unknown`` for a pattern that fits none.
    """
    known = registry.names("method")
    found: list[str] = []
    for pattern in parts(text):
        if pattern == TAUGHT:
            raise UsageError(
                "usage",
                "a network is taught once, by `emovox train taught ... --out FOLDER`, and then "
                "measured as a feature: `emovox bench encoder-lda --features FOLDER@all`",
            )
        fitting = [name for name in known if fnmatchcase(name, pattern)]
        if not fitting:
            raise unknown_name("method", pattern, known)
        found += fitting
    if not found:
        raise UsageError("usage", f"no method was named; known: {', '.join(known)}")
    return list(dict.fromkeys(found))


def _experiments(
    shared: Mapping[str, Any],
    *,
    methods: Sequence[str],
    groups: Sequence[tuple[str, ...]],
    features: Sequence[str | None],
    normalisations: Sequence[str],
    label_sets: Sequence[str],
    seeds: Sequence[int],
) -> list[Experiment]:
    """Every combination, table by table."""
    from ..evaluation import Experiment

    return [
        Experiment(
            method=method,
            corpora=group,
            features=feature,
            normalisation=normalisation,
            label_set=label_set,
            seed=seed,
            **shared,
        )
        for group in groups
        for label_set in label_sets
        for method in methods
        for feature in features
        for normalisation in normalisations
        for seed in seeds
    ]


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise UsageError("usage", f"--seed {text!r} is no whole number") from error
