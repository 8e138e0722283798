"""The corpora that a server was started with: by name, never by a path that a client gives."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .. import registry
from ..corpora.reading import ROOT_VARIABLE
from .settings import Settings


@dataclass(frozen=True)
class AtHand:
    """One corpus or table.

    Parameters
    ----------
    name : str
        By which the page knows it.
    place : path
        Folder of the corpus, or the table.
    is_corpus : bool
        Whether it is a corpus of the registry; else a table of the user's own.
    """

    name: str
    place: Path
    is_corpus: bool

    @property
    def source(self) -> str:
        """How the command line names it: ``NAME=FOLDER``, or the table's path."""
        return f"{self.name}={self.place}" if self.is_corpus else str(self.place)

    @property
    def arguments(self) -> list[str]:
        """Arguments of `emovox corpora check` and its sisters."""
        return [self.name, "--root", str(self.place)] if self.is_corpus else [str(self.place)]

    @property
    def root(self) -> Path:
        """Folder that its recordings lie below."""
        if self.is_corpus or self.place.is_dir():
            return self.place
        return self.place.parent


def corpora_of(settings: Settings) -> dict[str, AtHand]:
    """Name -> corpus or table, sorted by name: those of EMOVOX_CORPORA and those of the start.

    What was named at the start wins over the environment's folder of the same name.
    """
    known = registry.names("corpus")
    found = {name: AtHand(name, folder, True) for name, folder in _in_environment(known)}
    for name, place in settings.corpora.items():
        # Absolute: the command line runs in child processes, and names folders by an = sign.
        found[name] = AtHand(name, Path(os.path.abspath(place)), name in known)
    return dict(sorted(found.items()))


def _in_environment(names: Iterable[str]) -> list[tuple[str, Path]]:
    """Names whose folder the environment's folder holds."""
    home = os.environ.get(ROOT_VARIABLE)
    if not home:
        return []
    folders = [(name, Path(os.path.abspath(home), name)) for name in names]
    return [(name, folder) for name, folder in folders if folder.is_dir()]
