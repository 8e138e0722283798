"""The flags of every command that extracts features."""

from __future__ import annotations

from typing import Annotated

import typer

LevelDb = Annotated[
    float | None, typer.Option(help="Bring the speech of each recording to this level (dBFS).")
]
Trim = Annotated[bool, typer.Option("--trim", help="Cut silence at both ends.")]
Augment = Annotated[
    str | None,
    typer.Option(
        help="Also train on changed copies of the recordings: speakers:6 makes six of each that "
        "sound like other speakers, channels:3 three through other microphones, lines and rooms; "
        "or none. Default: the method's."
    ),
]
KeepFeatures = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep features, and take those that are kept.")
]
Jobs = Annotated[int, typer.Option(min=1, help="Processes.")]
