"""Reading a corpus by its name, or a table by its path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from emovox import registry
from emovox.errors import CorpusError, UsageError, unknown_name

from .corpus import Corpus
from .table import read_table
from .utterance import Utterance

ROOT_VARIABLE = "EMOVOX_CORPORA"
"""Environment variable: the folder that holds a folder for each corpus, by its name."""


def read_corpus(
    name_or_path: str | os.PathLike[str],
    root: str | os.PathLike[str] | None = None,
    **options: Any,
) -> list[Utterance]:
    """Utterances of a corpus that emovox knows, or of a table of the user's own.

    Parameters
    ----------
    name_or_path : str or path
        A name of the registry, such as ``"emodb"``; or a CSV, JSON-lines file or audformat
        folder. A name wins over a file of the same name; write ``./emodb`` for the file.
    root : path, optional
        Where the recordings are: by default ``$EMOVOX_CORPORA/NAME``, or the table's folder.
    **options
        Of the corpus (`Corpus.options`) or of `read_table`.

    Returns
    -------
    list of Utterance

    Raises
    ------
    CorpusError
        ``corpus-missing``, saying what to set and where to get it; ``table-invalid``;
        ``labels-unknown``.
    UsageError
        ``name-unknown`` for what is neither a name nor a path; ``usage`` for an option that the
        corpus, or a table, does not have.
    """
    text = os.fspath(name_or_path)
    if is_known(text):
        corpus: Corpus = registry.get("corpus", text)
        return corpus.read(root_of(corpus, root), **options)
    known = tuple(read_table.__kwdefaults__ or ())
    for option in options:
        if option not in known:
            raise UsageError(
                "usage", f"a table has no option {option!r}; known: {', '.join(known)}"
            )
    return read_table(text, root, **options)


def is_known(name_or_path: str) -> bool:
    """Whether this is the name of a corpus, and not the path of a table.

    Raises
    ------
    UsageError
        ``name-unknown`` for what can be neither.

    Examples
    --------
    >>> is_known("emodb"), is_known("./emodb"), is_known("calls.csv")
    (True, False, False)
    """
    if name_or_path in registry.names("corpus"):
        return True
    if os.path.lexists(name_or_path) or os.sep in name_or_path or "." in name_or_path:
        return False
    raise unknown_name("corpus", name_or_path, [*registry.names("corpus"), "a table's path"])


def root_of(corpus: Corpus, root: str | os.PathLike[str] | None = None) -> Path:
    """Folder of a corpus: `root`, or ``$EMOVOX_CORPORA/NAME``.

    Raises
    ------
    CorpusError
        ``corpus-missing`` if neither is there.
    """
    card = corpus.card
    if root is not None:
        return Path(root)
    home = os.environ.get(ROOT_VARIABLE)
    if not home:
        raise CorpusError(
            "corpus-missing",
            f"where is {card.title}? set {ROOT_VARIABLE} to the folder that holds {card.name}, or "
            f"name its own (--root FOLDER, or {card.name}=FOLDER); get it from {card.url}",
        )
    folder = Path(home) / card.name
    if not folder.is_dir():
        raise CorpusError(
            "corpus-missing",
            f"there is no such folder; put {card.title} there (get it from {card.url}) or name "
            f"another (--root FOLDER, or {card.name}=FOLDER)",
            name=str(folder),
        )
    return folder
