"""The flags of every command that extracts features."""

from __future__ import annotations

from typing import Annotated

import typer

LevelDb = Annotated[
    float | None, typer.Option(help="Bring the speech of each recording to this level (dBFS).")
]
Trim = Annotated[bool, typer.Option("--trim", help="Cut silence at both ends.")]
KeepFeatures = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep features, and take those that are kept.")
]
Jobs = Annotated[int, typer.Option(min=1, help="Processes.")]
