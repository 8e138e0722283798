"""Warnings of a run as plain lines on stderr."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from ..visible import visible


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show each warning of a block once, as one line, when it comes."""
    seen: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        text = str(message)
        if text not in seen:
            seen.add(text)
            typer.echo(f"emovox: warning: {visible(text)}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
