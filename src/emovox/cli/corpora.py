"""`emovox corpora`: list, show, check and export corpora of emotional speech."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import registry
from ..corpora import Corpus, read_corpus, write_table
from ..corpora.check import CheckReport, Count, check, check_table
from ..corpora.reading import ROOT_VARIABLE, is_known, root_of
from ..corpora.writing import FORMATS
from ..errors import CorpusError, UsageError
from ..visible import visible
from .corpus_options import (
    Aliases,
    AllowOutside,
    Columns,
    Encoding,
    Options,
    Root,
    reading_options,
)
from .progress import counter

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="List, show, check and export speech corpora.",
)

Name = Annotated[str, typer.Argument(help="Name of a corpus; see `emovox corpora list`.")]
Source = Annotated[str, typer.Argument(help="Name of a corpus, or a table of your own.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

_MOST_LISTED = 20


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the corpora that emovox reads by name."""
    cards = [registry.get("corpus", name).card for name in registry.names("corpus")]
    here = {card.name: _is_here(card.name) for card in cards}
    if as_json:
        _print_json([{**card.as_dict(), "here": here[card.name]} for card in cards])
        return
    rows = [
        (
            card.name,
            ", ".join(card.languages),
            str(card.n_utterances),
            str(card.n_speakers),
            str(len(card.emotions)),
            _yes(card.models_may_be_shared),
            _yes(here[card.name]),
        )
        for card in cards
    ]
    heading = ("name", "language", "utterances", "speakers", "emotions", "share models", "here")
    _print_table(heading, rows, right=(2, 3, 4))
    if ROOT_VARIABLE not in os.environ:
        typer.echo(f"\nSet {ROOT_VARIABLE} to the folder that holds them, each under its name.")


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show what is known about a corpus: counts, licence, defects, protocol."""
    corpus: Corpus = registry.get("corpus", name)
    card = corpus.card
    if as_json:
        options = {key: list(values) for key, values in corpus.options.items()}
        _print_json({**card.as_dict(), "options": options, "here": _is_here(name)})
        return
    facts = {
        "title": card.title,
        "languages": ", ".join(card.languages),
        "utterances": f"{card.n_utterances} of {card.n_speakers} speakers",
        "emotions": ", ".join(f"{name} {count}" for name, count in card.emotions.items()),
        "names": card.naming,
        "such as": card.example,
        "speaker": card.speaker_rule,
        "rule from": card.rule_source,
        "options": "; ".join(
            f"{key}={'|'.join(map(_word, values))}" for key, values in corpus.options.items()
        ),
        "protocol": card.protocol,
        "licence": f"{card.licence} ({card.licence_source})",
        "share models": f"{_yes(card.models_may_be_shared)}: {card.sharing_reason}",
        "cite": card.citation,
        "get it from": card.url,
    }
    _print_table((), [(key, value) for key, value in facts.items() if value])
    _print_list("Known defects", card.known_defects)
    _print_list("Altered copies in circulation", [copy.what for copy in card.altered_copies])


@app.command("check")
def check_(
    name: Source,
    root: Root = None,
    columns: Columns = None,
    aliases: Aliases = None,
    encoding: Encoding = None,
    allow_outside: AllowOutside = False,
    options: Options = None,
    audio: Annotated[
        bool, typer.Option("--audio/--no-audio", help="Decode every recording, or only count.")
    ] = True,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with status 3 if anything is missing or damaged.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare the recordings that are there with what was published, or a table lists."""
    said = reading_options(
        columns=columns,
        aliases=aliases,
        encoding=encoding,
        allow_outside=allow_outside,
        options=options,
    )
    if is_known(name):
        corpus = registry.get("corpus", name)
        place = root_of(corpus, root)
        report = check(corpus, place, audio=audio, progress=counter(visible(name)), **said)
    else:
        report = check_table(name, root, audio=audio, progress=counter(visible(name)), **said)
    if as_json:
        _print_json(report.as_dict())
    else:
        _print_report(report)
    if strict and (faults := _faults(report)):
        raise CorpusError("corpus-missing", "; ".join(faults), name=report.root)


@app.command()
def export(
    name: Source,
    out: Annotated[Path, typer.Option(help="The table to write; a folder for audformat.")],
    format_: Annotated[
        str | None, typer.Option("--format", help="csv, jsonl or audformat; else by the ending.")
    ] = None,
    root: Root = None,
    columns: Columns = None,
    aliases: Aliases = None,
    encoding: Encoding = None,
    allow_outside: AllowOutside = False,
    options: Options = None,
) -> None:
    """Write what is known about each utterance as one form of metadata."""
    chosen = format_ or {".csv": "csv", ".jsonl": "jsonl"}.get(out.suffix.lower())
    if chosen not in FORMATS:
        what = f"--format is {chosen!r}" if chosen else f"the ending of {out} tells no format"
        raise UsageError("usage", f"{what}; give --format {', '.join(FORMATS)}")
    utterances = read_corpus(
        name,
        root,
        **reading_options(
            columns=columns,
            aliases=aliases,
            encoding=encoding,
            allow_outside=allow_outside,
            options=options,
        ),
    )
    if is_known(name):
        base = root_of(registry.get("corpus", name), root)
    else:
        base = root if root is not None else Path(name).parent
    write_table(utterances, out, chosen, root=base)  # type: ignore[arg-type]
    typer.echo(
        f"{len(utterances)} utterances written to {visible(str(out))}; "
        f"their paths are relative to {visible(str(base))}",
        err=True,
    )


def _is_here(name: str) -> bool:
    """Whether the environment's folder holds one for the corpus."""
    home = os.environ.get(ROOT_VARIABLE)
    return bool(home) and Path(home or "", name).is_dir()


def _print_report(report: CheckReport) -> None:
    """The report as text."""
    known = report.speakers_published
    of_whom = ("listed", "") if known is None else ("published", f" of {known}")
    typer.echo(f"{visible(report.corpus)} in {visible(report.root)}")
    typer.echo(
        f"{report.utterances.found} utterances of {report.utterances.published} {of_whom[0]}, "
        f"{report.speakers_found} speakers{of_whom[1]}"
    )
    columns = ["found"] if known is None else ["found", "published", "missing", "extra"]
    columns += [
        fault
        for fault in ("unreadable", "cut_short", "identical")
        if any(getattr(count, fault) for count in report.emotions.values())
    ]
    for kind, counts in (("emotion", report.emotions), ("speaker", report.speakers)):
        if counts:
            typer.echo("")
            rows = _count_rows(counts, columns)
            heading = (kind, *(column.replace("_", " ") for column in columns))
            _print_table(heading, rows, right=range(1, len(heading)))
    foreign = [
        f"{count} recordings of {name}" if name != "unknown" else f"{count} with unknown names"
        for name, count in report.foreign.items()
    ]
    _print_list("This is an altered copy", report.altered)
    _print_list("Missing", report.missing_names)
    _print_list("Not of this corpus, left out", foreign)
    if report.left_out:
        _print_list("Of this corpus, left out by its options", [f"{report.left_out} recordings"])
    if report.extra_copies:
        _print_list("Second copies, left out", [f"{report.extra_copies} recordings"])
    if report.side_files:
        _print_list("Left behind by operating systems, left out", [f"{report.side_files} files"])
    _print_list("Unreadable", [f"{name}: {what}" for name, what in report.unreadable.items()])
    _print_list("Empty", report.empty)
    _print_list("Silent", report.silent)
    _print_list("Cut short", report.cut_short)
    _print_list("Segments past the end of their file", report.past_end)
    _print_list("Identical audio", [" = ".join(group) for group in report.identical])
    _print_list(
        "Identical audio under different labels", [" = ".join(one) for one in report.conflicting]
    )
    _print_list("Speakers under two genders", report.two_genders)
    _print_list(
        "Speakers under two spellings? Folds would take them for two",
        [" = ".join(one) for one in report.two_spellings],
    )
    if not report.audio_checked:
        typer.echo("\nThe recordings were not decoded.")


def _count_rows(counts: Mapping[str, Count], columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Rows of a table of counts; what nobody has published is a dash."""
    return [
        (
            name,
            *(
                "-" if (value := getattr(count, column)) is None else str(value)
                for column in columns
            ),
        )
        for name, count in counts.items()
    ]


def _faults(report: CheckReport) -> list[str]:
    """What `--strict` refuses, in a few words each."""
    numbers = {
        "missing": max(report.utterances.missing or 0, len(report.missing_names)),
        "unreadable": len(report.unreadable),
        "empty": len(report.empty),
        "cut short": len(report.cut_short),
        "shorter than their segments": len(report.past_end),
    }
    faults = [f"{number} recordings are {what}" for what, number in numbers.items() if number]
    return [*faults, *report.altered]


def _print_table(
    heading: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> None:
    """An aligned table in plain text; the last column is as long as it is."""
    lines = [[visible(cell) for cell in row] for row in ([heading] if heading else []) + [*rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())


def _print_list(title: str, items: Sequence[str]) -> None:
    """A titled list, of which the first lines are printed and the others counted."""
    if not items:
        return
    typer.echo(f"\n{title}:")
    for item in items[:_MOST_LISTED]:
        typer.echo(f"  {visible(item)}")
    if len(items) > _MOST_LISTED:
        typer.echo(f"  and {len(items) - _MOST_LISTED} more (--json lists all)")


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2))


def _yes(value: bool | None) -> str:
    return "?" if value is None else "yes" if value else "no"


def _word(value: object) -> str:
    """A value as it is given on the command line."""
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
