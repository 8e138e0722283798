"""Networks of a few numbers, and utterances for them."""

from __future__ import annotations

import hashlib

import numpy as np
import torch

from emovox.engine.data import Data
from emovox.engine.seeds import generator, seeded

DIM, CLASSES = 3, 2


class Tiny(torch.nn.Module):
    """Each frame through a layer, the mean over the frames that there are, then the classes."""

    def __init__(self, *, hidden=5, dropout=0.0, norm=False):
        super().__init__()
        self.frames = torch.nn.Linear(DIM, hidden)
        self.norm = torch.nn.BatchNorm1d(hidden) if norm else torch.nn.Identity()
        self.dropout = torch.nn.Dropout(dropout)
        self.classes = torch.nn.Linear(hidden, CLASSES)

    def embedded(self, batch):
        mask = batch.mask[:, :, None]
        steps = torch.tanh(self.frames(batch.inputs)) * mask
        return self.norm(steps.sum(dim=1) / mask.sum(dim=1))

    def forward(self, batch):
        return {"logits": self.classes(self.dropout(self.embedded(batch)))}


def tiny(seed=0, **options):
    """The network with the first weights of a seed."""
    with seeded(seed):
        return Tiny(**options)


def utterances(n=13, *, seed=0, **more):
    """Utterances of unequal lengths, whose first dimension tells the class."""
    dice = generator(seed)
    targets = dice.integers(0, CLASSES, n)
    arrays = []
    for target in targets:
        array = dice.standard_normal((int(dice.integers(2, 7)), DIM)).astype(np.float32)
        array[:, 0] += 2.0 * target - 1.0
        arrays.append(array)
    return Data(arrays, targets, **more)


def bits(state):
    """Hash of the weights."""
    found = hashlib.sha256()
    for name in sorted(state):
        found.update(name.encode() + state[name].numpy().tobytes())
    return found.hexdigest()


def same(one, other):
    """Whether two sets of weights are equal in every bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def told(history):
    """A history without what the clock says."""
    return [{key: value for key, value in entry.items() if key != "seconds"} for entry in history]
