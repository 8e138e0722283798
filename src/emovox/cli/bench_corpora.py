"""The corpora of a benchmark as its flags name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .corpus_options import Source


class Data:
    """Corpora of a run, where they lie, and which of them train and test.

    Parameters
    ----------
    names : tuple of str
    roots : mapping
    options : mapping
        ``train`` and ``test`` of the protocol cross-corpus.
    """

    def __init__(
        self, names: Sequence[str], roots: Mapping[str, Path], options: Mapping[str, Any]
    ) -> None:
        self.names = tuple(names)
        self.roots = dict(roots)
        self.options = dict(options)

    @property
    def is_crossed(self) -> bool:
        """Whether --train or --test was given."""
        return bool(self.options)

    @classmethod
    def of(cls, corpora: str | None, train: str | None, test: str | None) -> Data:
        """Data of the flags.

        Raises
        ------
        UsageError
            If no corpus is named.

        Examples
        --------
        >>> Data.of(None, "emodb", "ravdess").options
        {'train': ['emodb'], 'test': ['ravdess']}
        """
        roots: dict[str, Path] = {}
        names: list[str] = []
        options: dict[str, list[str]] = {}
        for flag, text in (("corpora", corpora), ("train", train), ("test", test)):
            for part in parts(text):
                source = Source.of(part)
                if source.root is not None:
                    roots[source.name] = source.root
                names.append(source.name)
                if flag != "corpora":
                    options.setdefault(flag, []).append(source.name)
        if not names:
            raise UsageError(
                "usage", "no corpus was named; give --corpora emodb, or --train and --test"
            )
        return cls(tuple(dict.fromkeys(names)), roots, options)


def parts(text: str | None) -> list[str]:
    """Names joined by commas.

    Examples
    --------
    >>> parts("emodb, ravdess")
    ['emodb', 'ravdess']
    """
    return [part.strip() for part in (text or "").split(",") if part.strip()]
