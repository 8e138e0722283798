"""Several augmentations in a row, each with its probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from .applied import Applied, Augmentation


@dataclass(frozen=True)
class AppliedChain(Applied):
    """The augmentations that were drawn, in their order; none is allowed.

    Parameters
    ----------
    steps : tuple of Applied
    """

    name = "chain"
    steps: tuple[Applied, ...]

    def change(self, samples: npt.NDArray[np.float64], sample_rate: int) -> npt.NDArray[np.float64]:
        """See `Applied.change`."""
        changed = samples.astype(np.float32)
        for step in self.steps:
            changed = step(changed, sample_rate=sample_rate)
        return changed.astype(np.float64)

    def length(self, n_samples: int) -> int:
        """See `Applied.length`."""
        for step in self.steps:
            n_samples = step.length(n_samples)
        return n_samples

    def as_json(self) -> dict[str, Any]:
        """See `Applied.as_json`."""
        return {"name": self.name, "steps": [step.as_json() for step in self.steps]}


@dataclass(frozen=True)
class Chain:
    """Augmentations that are applied in order, each or not by its own coin.

    Parameters
    ----------
    steps : sequence of Augmentation
    probabilities : sequence of float or float
        How often each is applied, 0 to 1; one number for all.

    Raises
    ------
    UsageError
        If there are not as many probabilities as steps, or one is not in 0 to 1.

    Examples
    --------
    >>> from emovox.audio.augment import Gain, Noise
    >>> chain = Chain([Noise(snr_db=(10, 10)), Gain(db=(-3, -3))], [0.0, 1.0])
    >>> chain.draw(np.random.default_rng(0)).as_json()
    {'name': 'chain', 'steps': [{'name': 'gain', 'db': -3.0}]}
    """

    steps: Sequence[Augmentation]
    probabilities: Sequence[float] | float = 1.0

    def __post_init__(self) -> None:
        chances = self._chances()
        if len(chances) != len(self.steps) or not all(0.0 <= chance <= 1.0 for chance in chances):
            raise UsageError(
                "usage",
                f"probabilities is {self.probabilities} for {len(self.steps)} augmentations; "
                "give one for each, 0 to 1",
            )

    def draw(self, rng: np.random.Generator) -> AppliedChain:
        """Throw a coin for each step, and the dice of those that are applied."""
        coins = rng.random(len(self.steps))
        chosen = zip(self.steps, coins, self._chances(), strict=True)
        return AppliedChain(tuple(step.draw(rng) for step, coin, chance in chosen if coin < chance))

    def _chances(self) -> list[float]:
        if isinstance(self.probabilities, Sequence):
            return [float(chance) for chance in self.probabilities]
        return [float(self.probabilities)] * len(self.steps)
