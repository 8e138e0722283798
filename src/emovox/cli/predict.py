"""`emovox predict`: recordings to emotions."""

from __future__ import annotations

import csv
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..atomic import check_folder, write_text
from ..audio.decode import MAX_DURATION_S
from ..errors import InputError, UsageError, unknown_name
from ..inference import Recogniser, Result, result_rows
from ..inference.label_tracks import LABEL_TRACKS
from ..models import load
from ..visible import visible
from .recordings import listed_names, recordings_in, spooled_stdin

Write = Callable[[Result], None]


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Recordings and folders; `-` reads one recording from stdin."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model's name or folder; the default is shipped.")
    ] = None,
    segments: Annotated[
        bool, typer.Option("--segments", help="One line a stretch of speech.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table with one row a result.")] = False,
    labels: Annotated[
        str | None,
        typer.Option(help="The segments of one recording as audacity or textgrid reads them."),
    ] = None,
    files_from: Annotated[
        str | None, typer.Option(help="Read names of recordings from this file, `-` is stdin.")
    ] = None,
    null: Annotated[
        bool, typer.Option("-0", "--null", help="Names of --files-from end with NUL.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Also write a page with all results.")] = None,
    max_duration: Annotated[
        float, typer.Option(help="Longer recordings are an error (seconds).")
    ] = MAX_DURATION_S,
    strict: Annotated[bool, typer.Option("--strict", help="A warning is a failure.")] = False,
) -> int:
    """Recognise the emotions of recordings."""
    if as_json + as_csv + (labels is not None) > 1:
        raise UsageError("usage", "--json, --csv and --labels exclude each other; give one of them")
    names = list(paths or [])
    _check_names(names, files_from)
    if html is not None:
        check_folder(html)
    if labels is not None:
        if labels not in LABEL_TRACKS:
            raise unknown_name("form of labels", labels, list(LABEL_TRACKS))
        if len(names) != 1 or files_from is not None or os.path.isdir(names[0]):
            raise UsageError("usage", "--labels takes one recording, because its form names none")
    recogniser = Recogniser(load(model), max_duration_s=max_duration)
    inputs = itertools.chain(
        itertools.chain.from_iterable(recordings_in(name) for name in names),
        () if files_from is None else listed_names(files_from, end=b"\0" if null else b"\n"),
    )
    results = _results(recogniser, inputs, segments or labels is not None)
    write = _writer(recogniser, as_json=as_json, as_csv=as_csv, as_labels=labels is not None)
    kept: list[Result] = []
    n_results = n_failed = 0
    for result in results:
        write(result)
        n_results += 1
        n_failed += not result.ok or (strict and bool(result.warnings))
        if html is not None or labels is not None:
            kept.append(result)
    if not n_results:
        where = ", ".join([*names, *filter(None, [files_from])])
        raise UsageError("usage", f"there is no recording in {where}")
    if labels is not None and all(result.ok for result in kept):
        sys.stdout.write(LABEL_TRACKS[labels](kept))
    if html is not None:
        _write_page(html, kept, recogniser)
    return 1 if n_failed else 0


def _check_names(names: Sequence[str], files_from: str | None) -> None:
    """Refuse to begin without recordings."""
    if not names and files_from is None:
        raise UsageError("usage", "no recording was given; see `emovox predict --help`")
    if "" in names:
        raise UsageError("usage", "an empty name was given; name a recording, a folder or `-`")
    if "-" in names and sys.stdin.isatty():
        raise UsageError("usage", "`-` reads a recording from stdin, which is a terminal")


def _results(recogniser: Recogniser, inputs: Iterator[str], by_segment: bool) -> Iterator[Result]:
    """Results of names; `-` is stdin, spooled so that every format can be read."""
    for name in inputs:
        if name != "-":
            yield from recogniser.predict_many([name], by_segment=by_segment)
            continue
        try:
            with spooled_stdin() as sound:
                if by_segment:
                    yield from recogniser.predict_segments(sound)
                else:
                    yield recogniser.predict(sound)
        except InputError as error:
            yield Result(path="-", error=error)


def _write_page(path: Path, results: Sequence[Result], recogniser: Recogniser) -> None:
    """Write the page, with scores over time where a recording falls into several segments."""
    from ..report import predict_page
    from ..report.prediction import MAX_DRAWN

    over_time: dict[str, Sequence[Result]] = {}
    if len({result.path for result in results}) == len(results):
        for result in results[:MAX_DRAWN]:
            pieces = result.segments or _pieces(recogniser, result)
            if len(pieces) > 1:
                over_time[result.path] = pieces
    write_text(path, predict_page(results, recogniser, segments=over_time))
    print(f"page: {visible(str(path))}", file=sys.stderr)


def _pieces(recogniser: Recogniser, result: Result) -> Sequence[Result]:
    """Segments of a recording that was recognised as a whole; stdin cannot be heard again."""
    if not result.values or result.path == "-":
        return ()
    return [each for each in recogniser.predict_many([result.path], by_segment=True) if each.ok]


def _writer(recogniser: Recogniser, *, as_json: bool, as_csv: bool, as_labels: bool) -> Write:
    """Return what prints one result and lets it out at once."""
    if as_json:
        return _write_json
    if as_labels:
        return _write_error
    if as_csv:
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerow(result_rows.heading(recogniser.labels))

        def write(result: Result) -> None:
            table.writerow(result_rows.row(result, recogniser.labels))
            sys.stdout.flush()

        return write
    return _write_text


def _write_json(result: Result) -> None:
    print(json.dumps(result.as_json(), ensure_ascii=False, allow_nan=False), flush=True)


def _write_error(result: Result) -> None:
    """Print why a recording could not be used, if it could not."""
    if result.error is not None:
        name, sentence = visible(result.path), visible(result.error.sentence)
        print(f"emovox: {name}: {sentence}", file=sys.stderr, flush=True)


def _write_text(result: Result) -> None:
    """One line a result: name, time, the three highest scores, warnings."""
    _write_error(result)
    if result.error is not None:
        return
    span = "" if result.end is None else f"  {result.start:.2f}-{result.end:.2f} s"
    highest = [f"{name} {value:.2f}" for name, value in [*result.values.items()][:3]]
    said = "  ".join(highest) or "no speech"
    codes = ", ".join(warning.code for warning in result.warnings if warning.code != "no-speech")
    print(f"{visible(result.path)}{span}  {said}{f'  ({codes})' if codes else ''}", flush=True)
