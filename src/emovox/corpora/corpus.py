"""A corpus: its card, the rule that reads its names, and what its own tables add."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from emovox.errors import CorpusError, UsageError

from .card import Card
from .naming import Tree, is_lossless, parts_of, walk
from .utterance import Utterance


class CorpusIncomplete(UserWarning):
    """Fewer recordings than published, or recordings of a table that are not there."""


@dataclass(frozen=True)
class Named:
    """What the name of a recording says.

    Parameters
    ----------
    name : str
        Its place in the corpus as published, without ending: the same whichever copy it is in.
    speaker, emotion, label, sentence, transcript, gender, language, session, take, intensity
        As in `Utterance`.
    """

    name: str
    speaker: str | None = None
    emotion: str | None = None
    label: str | None = None
    sentence: str | None = None
    transcript: str | None = None
    gender: str | None = None
    language: str | None = None
    session: str | None = None
    take: str | None = None
    intensity: str | None = None


Options = Mapping[str, object]


@dataclass(frozen=True)
class Corpus:
    """A corpus that emovox knows by name.

    Parameters
    ----------
    card : Card
    parse : callable
        Parts of a recording's path (the last one without ending) -> `Named`, or None for what
        does not belong to the corpus.
    options : mapping
        Name of an option of `read` -> its allowed values, the default first.
    keep : callable, optional
        ``keep(named, options)``: whether a recording is wanted under these options.
    annotate : callable, optional
        ``annotate(utterances, tree, options)``: the utterances with what the corpus's own
        tables say about them.
    design : callable, optional
        ``design(tree)``: the names that the whole corpus has, for telling which are missing.
    """

    card: Card
    parse: Callable[[tuple[str, ...]], Named | None]
    options: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    keep: Callable[[Named, Options], bool] | None = None
    annotate: Callable[[list[Utterance], Tree, Options], list[Utterance]] | None = None
    design: Callable[[Tree], Iterable[str]] | None = None

    def read(self, root: str | os.PathLike[str], **options: object) -> list[Utterance]:
        """Utterances of the corpus below `root`; no recording is opened.

        Parameters
        ----------
        root : path
            The corpus's folder, or one above or below it.
        **options
            Those of this corpus; see `Corpus.options`.

        Returns
        -------
        list of Utterance
            Sorted by identity; a recording that is there in several formats or places comes
            once, from the lossless file.

        Raises
        ------
        CorpusError
            ``corpus-missing`` if there is no such folder or it holds no recording of the corpus.
        UsageError
            ``usage`` for an option or a value that the corpus does not have.
        """
        chosen = self._chosen(options)
        tree = walk(root)
        found = self.found(tree)
        named = {
            name: (path, said)
            for name, (path, said) in found.items()
            if self.keep is None or self.keep(said, chosen)
        }
        if not named:
            raise CorpusError(
                "corpus-missing",
                f"holds no recording of {self.card.title} (such as {self.card.example}); "
                f"get it from {self.card.url}",
                name=os.fspath(root),
            )
        utterances = [
            self._utterance(tree.root / path, said) for _, (path, said) in sorted(named.items())
        ]
        if self.annotate is not None:
            utterances = self.annotate(utterances, tree, chosen)
        # What an option leaves out is not missing: count as the card does, without options.
        usual = self._chosen({})
        n_found = sum(self.keep is None or self.keep(said, usual) for _, said in found.values())
        n_missing = self.card.n_utterances - n_found
        if n_missing > 0:
            warnings.warn(
                f"corpus-incomplete: {self.card.name}: {n_missing} of {self.card.n_utterances} "
                f"recordings are missing below {os.fspath(root)}",
                CorpusIncomplete,
                stacklevel=2,
            )
        return utterances

    def found(self, tree: Tree) -> dict[str, tuple[str, Named]]:
        """Name -> path inside `tree` and what the name says, one path for each name."""
        best: dict[str, tuple[tuple[bool, int, bytes], str, Named]] = {}
        for path in tree.recordings:
            said = self.parse(parts_of(path))
            if said is None:
                continue
            rank = (not is_lossless(path), path.count("/"), os.fsencode(path))
            if said.name not in best or rank < best[said.name][0]:
                best[said.name] = (rank, path, said)
        return {name: (path, said) for name, (_, path, said) in best.items()}

    def speaker_of(self, name: str) -> str | None:
        """Speaker that a recording's name or path tells, with or without ending.

        Returns
        -------
        str or None
            None for a name that is not of this corpus, or where names do not tell the speaker.
        """
        said = self.parse(parts_of(name))
        return said.speaker if said else None

    def sentence_of(self, name: str) -> str | None:
        """Identity of the text that a recording's name or path tells, or None."""
        said = self.parse(parts_of(name))
        return said.sentence if said else None

    def id_of(self, name: str) -> str | None:
        """Identity of the utterance that a name or path stands for, or None."""
        said = self.parse(parts_of(name))
        return f"{self.card.name}/{said.name}" if said else None

    def _utterance(self, path: Path, said: Named) -> Utterance:
        facts: dict[str, Any] = {
            part.name: getattr(said, part.name) for part in fields(said) if part.name != "name"
        }
        return Utterance(
            id=f"{self.card.name}/{said.name}", corpus=self.card.name, path=path, **facts
        )

    def _chosen(self, options: Mapping[str, object]) -> dict[str, object]:
        """Options with their defaults, checked."""
        chosen = {name: allowed[0] for name, allowed in self.options.items()}
        for name, value in options.items():
            if name not in self.options:
                known = ", ".join(self.options) or "none"
                raise UsageError(
                    "usage", f"corpus {self.card.name} has no option {name!r}; known: {known}"
                )
            if value not in self.options[name]:
                allowed = ", ".join(repr(one) for one in self.options[name])
                raise UsageError(
                    "usage",
                    f"option {name} of corpus {self.card.name} is {value!r}; allowed: {allowed}",
                )
            chosen[name] = value
        return chosen
