"""The flags by which every command names corpora and tables."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import registry
from ..errors import UsageError

Root = Annotated[
    Path | None,
    typer.Option(help="Folder of the recordings; by default $EMOVOX_CORPORA/NAME."),
]
Columns = Annotated[
    str | None,
    typer.Option(help="Columns of a table of your own, such as path=file,emotion=label."),
]
Aliases = Annotated[
    list[str] | None,
    typer.Option("--alias", help="A label of a table, such as hapy=happiness; may come again."),
]
Encoding = Annotated[str | None, typer.Option(help="Encoding of a table, such as latin-1.")]
AllowOutside = Annotated[
    bool, typer.Option("--allow-outside", help="Let a table's paths lead out of the root.")
]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", help="An option of a corpus, such as song=true; may come again."),
]

SOURCES = "CORPUS|CORPUS=FOLDER|TABLE|TABLE=FOLDER"

_WORDS = {"true": True, "false": False, "none": None}


def pairs(texts: Sequence[str] | None, *, flag: str) -> dict[str, str]:
    """Names and values of ``name=value``, several of them joined by commas.

    Raises
    ------
    UsageError
        ``usage`` for what is no pair, or a name that comes twice.

    Examples
    --------
    >>> pairs(["path=file,emotion=label"], flag="--columns")
    {'path': 'file', 'emotion': 'label'}
    """
    said: dict[str, str] = {}
    for text in (part for joined in texts or () for part in joined.split(",")):
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not name or not value:
            raise UsageError("usage", f"{flag} {text!r} is no name=value")
        if name in said:
            raise UsageError("usage", f"{flag} names {name!r} twice")
        said[name] = value
    return said


@dataclass(frozen=True)
class Source:
    """One corpus or table as the command line names it.

    Parameters
    ----------
    name : str
        Of the corpus, or the table's path.
    root : Path, optional
        Folder of its recordings.
    is_corpus : bool
        Whether it is a corpus of the registry.
    """

    name: str
    root: Path | None
    is_corpus: bool

    @classmethod
    def of(cls, text: str) -> Source:
        """Source of ``NAME`` or ``NAME=FOLDER``; a path may hold the sign itself.

        Examples
        --------
        >>> Source.of("emodb=data/emodb").is_corpus, Source.of("calls.csv=wav").name
        (True, 'calls.csv')
        """
        name, sign, folder = text.partition("=")
        if os.path.lexists(text):
            name, sign = text, ""
        if sign and not (name and folder):
            raise UsageError("usage", f"{text!r} is no NAME=FOLDER")
        return cls(name, Path(folder) if sign else None, name in registry.names("corpus"))

    def options(self, corpora: Mapping[str, Any], tables: Mapping[str, Any]) -> dict[str, Any]:
        """Keyword arguments of `read_corpus`: those of corpora, or those of tables."""
        return dict(corpora if self.is_corpus else tables)


def reading_options(
    *,
    columns: str | None = None,
    aliases: Sequence[str] | None = None,
    encoding: str | None = None,
    allow_outside: bool = False,
    options: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Keyword arguments of `read_corpus` that these flags stand for; only those that were given.

    Examples
    --------
    >>> reading_options(options=["song=true"])
    {'song': True}
    """
    said: dict[str, Any] = {
        name: _WORDS.get(value.lower(), value)
        for name, value in pairs(options, flag="--option").items()
    }
    if columns:
        said["columns"] = pairs([columns], flag="--columns")
    if aliases:
        said["aliases"] = pairs(aliases, flag="--alias")
    if encoding:
        said["encoding"] = encoding
    if allow_outside:
        said["allow_outside"] = True
    return said
