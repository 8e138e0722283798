"""What every method says of itself: the features it needs and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Needs:
    """What a method must be given.

    Parameters
    ----------
    feature : str
        Name of a registered feature, or several joined by ``+``.
    form : {"functionals", "frames"}
        One vector an utterance, or a sequence of frames.
    by_corpus : mapping
        Corpus -> the feature to take for it in the place of `feature`.
    augment : str, optional
        Changed copies that it is trained on beside the recordings, such as ``speakers:6``.
    """

    feature: str
    form: Literal["functionals", "frames"] = "functionals"
    by_corpus: Mapping[str, str] = field(default_factory=dict, hash=False)
    augment: str | None = None

    def feature_for(self, corpora: Iterable[str]) -> str:
        """Feature for corpora together: their own where all of them have the same.

        Examples
        --------
        >>> needs = Needs("short", form="frames", by_corpus={"ravdess": "long"})
        >>> needs.feature_for(["ravdess"]), needs.feature_for(["ravdess", "emodb"])
        ('long', 'short')
        """
        found = {self.by_corpus.get(name, self.feature) for name in corpora}
        return found.pop() if len(found) == 1 else self.feature


@dataclass(frozen=True)
class Cost:
    """What one prediction costs, after the features.

    Parameters
    ----------
    parameters : int
        Numbers that the fitted model holds.
    macs : int
        Multiply-adds for one utterance (for trees: comparisons).

    Examples
    --------
    >>> Cost(10, 5) + Cost(1, 1)
    Cost(parameters=11, macs=6)
    >>> Cost(10, 5).flops
    10
    """

    parameters: int
    macs: int

    @property
    def flops(self) -> int:
        """Floating-point operations: two for each multiply-add."""
        return 2 * self.macs

    def __add__(self, other: Cost) -> Cost:
        """Cost of doing both."""
        return Cost(self.parameters + other.parameters, self.macs + other.macs)
