"""`emovox report`: tables and a page from the records of a benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .result_tables import Form, Html, check_output, show, write_page


def command(
    records: Annotated[
        list[Path], typer.Argument(help="Files of records (.jsonl, .jsonl.gz).", metavar="RECORDS")
    ],
    form: Form = "text",
    html: Html = None,
    join_seeds: Annotated[
        bool,
        typer.Option(
            "--join-seeds/--each-seed", help="One line for all seeds of a run, or one for each."
        ),
    ] = True,
) -> int:
    """Tables and a page from records."""
    from ..evaluation.records import read_records
    from ..evaluation.summary import summarise

    check_output(form, html)
    found = [record for path in records for record in read_records(path)]
    rows = summarise(found, join_seeds=join_seeds)
    show(rows, form)
    if html is not None:
        write_page(html, rows, found)
    return 0
