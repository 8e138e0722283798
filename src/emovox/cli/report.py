"""`emovox report`: tables and a page from the records of a benchmark."""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from ..atomic import write_text
from ..errors import unknown_name
from ..visible import visible


def command(
    records: Annotated[
        list[Path], typer.Argument(help="Files of records (.jsonl, .jsonl.gz).", metavar="RECORDS")
    ],
    form: Annotated[
        str, typer.Option("--format", help="text, markdown, latex, csv or json.")
    ] = "text",
    html: Annotated[
        Path | None, typer.Option(help="Also write one page with tables and drawings.")
    ] = None,
) -> int:
    """Tables and a page from records."""
    from ..evaluation.records import read_records
    from ..evaluation.summary import summarise
    from ..report import FORMATS, as_text, bench_page

    if form not in FORMATS:
        raise unknown_name("format", form, list(FORMATS))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [record for path in records for record in read_records(path)]
    for said in caught:
        print(visible(f"emovox: {said.message}"), file=sys.stderr)
    rows = summarise(found)
    if form == "text":
        # Tables need some room; where the terminal is narrower, it wraps them itself.
        width = max(100, min(shutil.get_terminal_size((118, 24)).columns, 160))
        sys.stdout.write(as_text(rows, width=width))
    else:
        sys.stdout.write(FORMATS[form](rows))
    if html is not None:
        given = " ".join(["emovox", "report", *map(str, records)])
        write_text(html, bench_page(rows, records=found, command=given))
        print(f"page: {visible(str(html))}", file=sys.stderr)
    return 0
