"""Mixup: convex mixtures of utterances and of their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch.nn import functional

from .batch import Batch
from .seeds import generator

_PLACE = 1 << 20


@dataclass(frozen=True)
class Mixup:
    """Each batch is mixed with itself in another order.

    Parameters
    ----------
    alpha : float
        The share is drawn from Beta(alpha, alpha), once a batch.
    n_classes : int

    Notes
    -----
    Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018.

    Where one of two utterances has ended, the other is mixed with the zeros of its padding. Those
    are silence only in features whose silence is zero: others are cut to one length first.
    `rows` and `extra` stay those of the first of each pair.
    """

    alpha: float
    n_classes: int

    def on_batch(self, batch: Batch, *, seed: int, epoch: int, step: int) -> Batch:
        """Mixed inputs and soft labels; the longer of two utterances gives the length."""
        if batch.targets is None:
            return batch
        dice = generator(seed, epoch, _PLACE + step)
        share = float(dice.beta(self.alpha, self.alpha))
        order = torch.from_numpy(dice.permutation(len(batch)))
        labels = batch.soft
        if labels is None:
            labels = functional.one_hot(batch.targets, self.n_classes).float()
        return replace(
            batch,
            inputs=share * batch.inputs + (1 - share) * batch.inputs[order],
            lengths=torch.maximum(batch.lengths, batch.lengths[order]),
            soft=share * labels + (1 - share) * labels[order],
        )
