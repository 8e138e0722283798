"""Printing the tables of a benchmark, and writing its page."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..atomic import check_folder, write_text
from ..errors import unknown_name
from ..report import FORMATS, as_text, bench_page
from ..visible import visible

if TYPE_CHECKING:
    from ..evaluation import Row

Form = Annotated[str, typer.Option("--format", help="text, markdown, latex, csv or json.")]
Html = Annotated[Path | None, typer.Option(help="Also write one page with tables and drawings.")]


def check_output(form: str, page: Path | None) -> None:
    """Refuse a form that no table has, and a page in no folder.

    Raises
    ------
    UsageError
        ``name-unknown``.
    OutputError
        ``output-unwritable``.
    """
    if form not in FORMATS:
        raise unknown_name("format", form, list(FORMATS))
    if page is not None:
        check_folder(page)


def show(rows: Sequence[Row], form: str) -> None:
    """Print the tables in one of `FORMATS`."""
    if form == "text":
        # Tables need some room; where the terminal is narrower, it wraps them itself.
        width = max(100, min(shutil.get_terminal_size((118, 24)).columns, 160))
        sys.stdout.write(as_text(rows, width=width))
    else:
        sys.stdout.write(FORMATS[form](rows))


def write_page(path: Path, rows: Sequence[Row], records: Sequence[Mapping[str, Any]]) -> None:
    """Write the page with the command line that made it, and name it on stderr."""
    given = shlex.join(["emovox", *sys.argv[1:]])
    write_text(path, bench_page(rows, records=records, command=given))
    typer.echo(f"page: {visible(str(path))}", err=True)
