"""What every method says of itself: the features it needs and what it costs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """What a method must be given.

    Parameters
    ----------
    feature : str
        Name of a registered feature, or several joined by ``+``.
    """

    feature: str


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
