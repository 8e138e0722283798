"""`emovox predict`: recordings to emotions."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from ..atomic import write_text
from ..corpora.naming import walk
from ..errors import InputError, UsageError
from ..inference import Recogniser, Result, load
from ..visible import visible

MAX_STDIN_BYTES = 512 * 2**20
MAX_NAMES = 10_000_000


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
    files_from: Annotated[
        str | None, typer.Option(help="Read names of recordings from this file, `-` is stdin.")
    ] = None,
    null: Annotated[
        bool, typer.Option("-0", "--null", help="Names of --files-from end with NUL.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Also write a page with all results.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="A warning is a failure.")] = False,
) -> int:
    """Recognise the emotions of recordings."""
    if as_json and as_csv:
        raise UsageError("usage", "--json and --csv exclude each other; give one of them")
    names = list(paths or [])
    if not names and files_from is None:
        raise UsageError("usage", "no recording was given; see `emovox predict --help`")
    if "" in names:
        raise UsageError("usage", "an empty name was given; name a recording, a folder or `-`")
    if "-" in names and sys.stdin.isatty():
        raise UsageError("usage", "`-` reads a recording from stdin, which is a terminal")
    recogniser = load(model)
    results = _results(recogniser, _inputs(names, files_from, null), segments)
    write = _writer(recogniser, as_json=as_json, as_csv=as_csv)
    kept: list[Result] = []
    failed = False
    for result in results:
        write(result)
        failed = failed or not result.ok or (strict and bool(result.warnings))
        if html is not None:
            kept.append(result)
    if html is not None:
        from ..report import predict_page

        write_text(html, predict_page(kept, recogniser))
        print(f"page: {visible(str(html))}", file=sys.stderr)
    return 1 if failed else 0


def _results(recogniser: Recogniser, inputs: Iterator[str], by_segment: bool) -> Iterator[Result]:
    """Results of names; `-` is stdin, spooled so that every format can be read."""
    for name in inputs:
        if name != "-":
            yield from recogniser.predict_many([name], by_segment=by_segment)
            continue
        try:
            with _spooled_stdin() as sound:
                if by_segment:
                    yield from recogniser.predict_segments(sound)
                else:
                    yield recogniser.predict(sound)
        except InputError as error:
            yield Result(path="-", error=error)


def _inputs(names: list[str], files_from: str | None, null: bool) -> Iterator[str]:
    """Names of recordings, in order: folders are walked, `--files-from` comes last."""
    for name in names:
        if name != "-" and os.path.isdir(name):
            for inside in walk(name).recordings:
                yield os.path.join(name, *inside.split("/"))
        else:
            yield name
    if files_from is None:
        return
    with sys.stdin.buffer if files_from == "-" else _open_list(files_from) as handle:
        for count, line in enumerate(_lines(handle, b"\0" if null else b"\n")):
            if count >= MAX_NAMES:
                raise UsageError("usage", f"holds over {MAX_NAMES} names", name=files_from)
            yield os.fsdecode(line)


def _open_list(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise UsageError("usage", f"cannot be read: {error.strerror}", name=path) from error


def _lines(handle: BinaryIO, end: bytes) -> Iterator[bytes]:
    """Names that `end` closes, without empty ones, in bounded memory."""
    rest = b""
    while chunk := handle.read(65536):
        *lines, rest = (rest + chunk).split(end)
        yield from (line.removesuffix(b"\r") for line in lines if line.strip())
    if rest.strip():
        yield rest.removesuffix(b"\r")


def _spooled_stdin() -> BinaryIO:
    """Stdin as a seekable file that vanishes when it is closed."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 -- handed on open
    size = 0
    while chunk := sys.stdin.buffer.read(1 << 20):
        size += len(chunk)
        if size > MAX_STDIN_BYTES:
            spool.close()
            raise InputError("too-long", f"is over {MAX_STDIN_BYTES} bytes", name="-")
        spool.write(chunk)
    spool.seek(0)
    return _Named(spool)


class _Named(io.BufferedReader):
    """A spooled stdin that is called `-`, as its user called it."""

    def __init__(self, spool: BinaryIO) -> None:
        super().__init__(spool)  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        return "-"


def _writer(recogniser: Recogniser, *, as_json: bool, as_csv: bool):  # type: ignore[no-untyped-def]
    """Return what prints one result and lets it out at once."""
    if as_json:
        return _write_json
    if as_csv:
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerow(["path", "start", "end", "emotion", *recogniser.labels, "warnings", "error"])
        return lambda result: table.writerow(_row(result, recogniser.labels))
    return _write_text


def _write_json(result: Result) -> None:
    print(json.dumps(result.as_json(), ensure_ascii=False, allow_nan=False), flush=True)


def _row(result: Result, labels: tuple[str, ...]) -> list[str]:
    """One row of the CSV; a name that a spreadsheet would run as a formula gets a quote."""
    path = visible(result.path)
    path = f"'{path}" if path.startswith(("=", "+", "-", "@")) else path
    values = result.values
    return [
        path,
        "" if result.start is None else f"{result.start:.3f}",
        "" if result.end is None else f"{result.end:.3f}",
        result.emotion or "",
        *(f"{values[label]:.4f}" if label in values else "" for label in labels),
        " ".join(warning.code for warning in result.warnings),
        result.error.code if result.error else "",
    ]


def _write_text(result: Result) -> None:
    """One line a result: name, time, emotion with its score, the next two, warnings."""
    name = visible(result.path)
    if result.error is not None:
        print(f"emovox: {name}: {visible(result.error.sentence)}", file=sys.stderr, flush=True)
        return
    span = "" if result.end is None else f"  {result.start:.2f}-{result.end:.2f} s"
    if result.scores is None:
        said = "no speech"
    else:
        said = "  ".join(
            f"{emotion} {score:.2f}" for emotion, score in [*result.scores.items()][:3]
        )
    codes = ", ".join(warning.code for warning in result.warnings if warning.code != "no-speech")
    print(f"{name}{span}  {said}{f'  ({codes})' if codes else ''}", flush=True)
