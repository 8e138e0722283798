"""How a network is trained: optimiser, schedule, epochs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import UsageError

Schedule = Callable[[float, int], float]


def _constant(epoch: float, epochs: int) -> float:
    return 1.0


def _cosine(epoch: float, epochs: int) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * min(epoch / max(epochs, 1), 1.0)))


def _light_sernet(epoch: float, epochs: int) -> float:
    """From epoch 50 on, e^-0.15 at every epoch that 20 divides."""
    return math.exp(-0.15 * max(int(epoch) // 20 - 2, 0))


SCHEDULES: Mapping[str, Schedule] = {
    "constant": _constant,
    "cosine": _cosine,
    "light-sernet": _light_sernet,
}
"""Name -> (epoch, epochs) -> share of the learning rate; epochs count from 0, with fractions."""

OPTIMISERS = ("adam", "adamw", "sgd")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Recipe:
    """Settings of one training.

    Parameters
    ----------
    epochs, batch_size : int
    optimiser : {"adam", "adamw", "sgd"}
        Weight decay is added to the gradient by adam and sgd, and taken off the weights by adamw.
    learning_rate : float
    betas : tuple of two floats
        Of adam and adamw; of sgd, the first is its momentum.
    eps : float
        Of adam and adamw.
    weight_decay : float
    decayed : tuple of str, optional
        Names of the parameters that decay; by default all of two or more dimensions.
    schedule : one of `SCHEDULES`
    warm_up_epochs : float
        The learning rate rises from 0, which the first batch has, over so many epochs; the
        schedule follows.
    clip_norm : float, optional
        Largest norm of the gradient.
    ema : float, optional
        Decay of an exponential moving average of the weights, which is then what is evaluated
        and kept.
    precision : {"float32", "bfloat16"}
        Of matrix products and convolutions in training; weights stay in float32.
    patience : int, optional
        Stop after so many epochs without a better watched score.
    threads : int
        Of the processor; equal results need equal numbers.
    """

    epochs: int = 100
    batch_size: int = 32
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    decayed: tuple[str, ...] | None = None
    schedule: str = "constant"
    warm_up_epochs: float = 0.0
    clip_norm: float | None = None
    ema: float | None = None
    precision: str = "float32"
    patience: int | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuse names that are not known and numbers that make no sense."""
        for what, value, known in (
            ("optimiser", self.optimiser, OPTIMISERS),
            ("schedule", self.schedule, tuple(SCHEDULES)),
            ("precision", self.precision, PRECISIONS),
        ):
            if value not in known:
                raise UsageError(
                    "name-unknown", f"there is no {what} {value!r}; known: {', '.join(known)}"
                )
        for what in ("epochs", "batch_size", "threads"):
            if type(getattr(self, what)) is not int or getattr(self, what) < 1:
                raise UsageError(
                    "usage", f"{what} is {getattr(self, what)!r}; it must be a number from 1 on"
                )
        if not self.learning_rate > 0:
            raise UsageError("usage", f"learning_rate is {self.learning_rate!r}; it must be over 0")
        for what in ("weight_decay", "warm_up_epochs"):
            if not getattr(self, what) >= 0:
                raise UsageError(
                    "usage", f"{what} is {getattr(self, what)!r}; it must be 0 or more"
                )
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise UsageError(
                "usage", f"clip_norm is {self.clip_norm!r}; it must be over 0, or none"
            )
        if self.patience is not None and (type(self.patience) is not int or self.patience < 1):
            raise UsageError(
                "usage", f"patience is {self.patience!r}; it must be a number from 1 on, or none"
            )
        if self.ema is not None and not 0 < self.ema < 1:
            raise UsageError("usage", f"ema is {self.ema!r}; it must be between 0 and 1, or none")

    def rate(self, epoch: float) -> float:
        """Learning rate at an epoch, counted from 0, with its fraction that is done."""
        if epoch < self.warm_up_epochs:
            return self.learning_rate * epoch / self.warm_up_epochs
        rest = epoch - self.warm_up_epochs
        factor = SCHEDULES[self.schedule](rest, math.ceil(self.epochs - self.warm_up_epochs))
        return self.learning_rate * factor

    def optimiser_of(
        self,
        parameters: Iterable[torch.nn.Parameter],
        names: Mapping[int, str],
        factors: Mapping[int, float] | None = None,
    ) -> torch.optim.Optimizer:
        """Optimiser of parameters.

        Parameters
        ----------
        parameters : iterable of torch parameters
        names : mapping
            ``id`` of a parameter -> its name in the network.
        factors : mapping, optional
            ``id`` of a parameter -> its share of the learning rate, as ``factor`` of its group;
            1 where not named.

        Raises
        ------
        UsageError
            If `decayed` names a parameter that there is not, or there is nothing to train.
        """
        if self.decayed is not None and (unknown := set(self.decayed) - set(names.values())):
            raise UsageError("name-unknown", f"there is no parameter {min(unknown)!r} to decay")
        parts: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
        for one in parameters:
            if not one.requires_grad:
                continue
            by_name = self.decayed is not None and names.get(id(one)) in self.decayed
            decays = by_name if self.decayed is not None else one.dim() >= 2
            decay = self.weight_decay if decays else 0.0
            factor = 1.0 if factors is None else factors.get(id(one), 1.0)
            parts.setdefault((decay, factor), []).append(one)
        groups: list[dict[str, Any]] = [
            {"params": parts[decay, factor], "weight_decay": decay, "factor": factor}
            for decay, factor in sorted(parts)
        ]
        if not groups:
            raise UsageError("usage", "there is no parameter to train")
        if self.optimiser == "sgd":
            return torch.optim.SGD(groups, lr=self.learning_rate, momentum=self.betas[0])
        kind = torch.optim.AdamW if self.optimiser == "adamw" else torch.optim.Adam
        return kind(groups, lr=self.learning_rate, betas=self.betas, eps=self.eps)
