"""What a network is trained for: losses by name, and whose parameters they move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch.nn import functional

from ..errors import UsageError
from .batch import Batch

Losses = Mapping[str, torch.Tensor]
Weight = float | Callable[[int], float]
LOSSES = ("cross-entropy", "focal")


@dataclass(frozen=True)
class Player:
    """One set of parameters and the losses that move them.

    Parameters
    ----------
    name : str
    parameters : iterable of torch parameters
    losses : callable
        (network, batch) -> name -> scalar tensor; their weighted sum is minimised.
    weights : mapping
        Name of a loss -> its weight, a number or a function of the epoch; 1 where not named.
    every : int
        It moves at every so-manieth batch.
    one_call : bool
        Whether `losses` calls the network once, as a whole, and reaches every parameter: then
        many processes train it through DistributedDataParallel. Episodes that call it several
        times, an inner step, or losses that now and then leave a part out say False, and the
        gradients are averaged after the backward pass. With several players that is so anyway.
    """

    name: str
    parameters: Iterable[torch.nn.Parameter]
    losses: Callable[[Any, Batch], Losses]
    weights: Mapping[str, Weight] = field(default_factory=dict)
    every: int = 1
    one_call: bool = True

    def total(self, losses: Losses, *, epoch: int) -> torch.Tensor:
        """Weighted sum of the losses."""
        parts = []
        for name, loss in losses.items():
            weight = self.weights.get(name, 1.0)
            parts.append(loss * (weight(epoch) if callable(weight) else weight))
        return torch.stack(parts).sum()


class Objective(Protocol):
    """What the loop asks: the players of one training.

    Most objectives have one player that moves the whole network; several losses are several
    names in its `losses` (multi-task, adversarial through a reversed gradient). Two players that
    move in turn, each by its own losses, are a generator and a discriminator.
    """

    def players(self, network: torch.nn.Module) -> Sequence[Player]:
        """Players, in the order in which they move at each batch."""


@dataclass(frozen=True)
class Classification:
    """One label an utterance.

    Parameters
    ----------
    loss : {"cross-entropy", "focal"}
    label_smoothing : float
        Share of the target that is spread over all classes, for either loss.
    focal_gamma : float
        Of the focal loss, mean of -(1 - p)^gamma log p (Lin et al., ICCV 2017, equation 4).
    class_weights : tuple of float, optional
        One for each class.
    output : str
        Which of the network's outputs holds the logits.
    """

    loss: str = "cross-entropy"
    label_smoothing: float = 0.0
    focal_gamma: float = 2.0
    class_weights: tuple[float, ...] | None = None
    output: str = "logits"

    def __post_init__(self) -> None:
        """Refuse losses that are not known."""
        if self.loss not in LOSSES:
            raise UsageError(
                "name-unknown", f"there is no loss {self.loss!r}; known: {', '.join(LOSSES)}"
            )

    def players(self, network: torch.nn.Module) -> list[Player]:
        """One player: the whole network."""
        return [Player("network", list(network.parameters()), self.losses)]

    def losses(self, network: Any, batch: Batch) -> dict[str, torch.Tensor]:
        """The loss of a batch; the caller's targets are not touched."""
        return {self.loss: self.of(network(batch)[self.output].float(), batch)}

    def of(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Mean loss of logits, shape (utterances, classes)."""
        targets = batch.targets if batch.soft is None else batch.soft
        if targets is None:
            raise UsageError("usage", "a classification needs targets")
        weights = None
        if self.class_weights is not None:
            weights = torch.tensor(self.class_weights, device=logits.device)
        if self.loss == "focal":
            if targets.dim() == 1:
                targets = functional.one_hot(targets, logits.shape[1]).to(logits.dtype)
            if self.label_smoothing:
                spread = self.label_smoothing / logits.shape[1]
                targets = targets * (1.0 - self.label_smoothing) + spread
            # As the published code has it: probabilities are kept off 0 and 1.
            p = functional.softmax(logits, dim=1).clamp(1e-7, 1 - 1e-7)
            terms = targets * (1 - p) ** self.focal_gamma * p.log()
            if weights is not None:
                terms = terms * weights
            return -terms.sum(dim=1).mean()
        return functional.cross_entropy(
            logits, targets, weight=weights, label_smoothing=self.label_smoothing
        )
