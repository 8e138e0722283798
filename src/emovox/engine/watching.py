"""What is looked at after each epoch: the scores of data that are not trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch

from ..errors import UsageError
from .data import Data

CRITERIA = ("ua", "wa", "loss")
TIES = ("first", "last")


class Judge(Protocol):
    """What the loop asks of whatever is looked at after each epoch."""

    def scores(self, network: torch.nn.Module, *, device: str = "cpu") -> dict[str, float]:
        """Scores by name, for the history."""

    def better(self, scores: dict[str, float], best: dict[str, float] | None) -> bool:
        """Whether `scores` take the place of the best so far, None at first."""


def probabilities(
    network: torch.nn.Module,
    data: Data,
    *,
    batch_size: int = 64,
    temperature: float = 1.0,
    device: str = "cpu",
) -> npt.NDArray[np.float64]:
    """Probabilities of each class, each utterance's the mean over its windows.

    Parameters
    ----------
    network : module whose forward gives ``logits``
    data : Data
    batch_size : int
    temperature : float
        Logits are divided by it.
    device : str

    Returns
    -------
    float64 array, shape (utterances, classes); rows sum to 1
    """
    found: npt.NDArray[np.float64] | None = None
    views = np.zeros(len(data))
    for logits, rows in _logits(network, data, batch_size=batch_size, device=device):
        part = torch.softmax(logits / temperature, dim=1).cpu().numpy()
        if found is None:
            found = np.zeros((len(data), part.shape[1]))
        np.add.at(found, rows, part)
        np.add.at(views, rows, 1)
    if found is None:
        return np.zeros((0, 0))
    return found / views[:, np.newaxis]


class Views(NamedTuple):
    """Logits of every window of utterances.

    Parameters
    ----------
    logits : float64 array, shape (windows, classes)
    rows : int64 array, shape (windows,)
        Whose window it is. An utterance that is not cut has one.
    """

    logits: npt.NDArray[np.float64]
    rows: npt.NDArray[np.int64]


def answers(
    network: torch.nn.Module, data: Data, *, batch_size: int = 64, device: str = "cpu"
) -> Views:
    """Logits of each window of each utterance.

    Parameters
    ----------
    network : module whose forward gives ``logits``
    data : Data
        Of at least one utterance.
    batch_size : int
    device : str

    Returns
    -------
    Views
    """
    logits, rows = zip(*_logits(network, data, batch_size=batch_size, device=device), strict=True)
    return Views(np.concatenate([one.cpu().numpy() for one in logits]), np.concatenate(rows))


def _logits(
    network: torch.nn.Module, data: Data, *, batch_size: int, device: str
) -> Iterator[tuple[torch.Tensor, npt.NDArray[np.int64]]]:
    """Logits in double precision and rows, batch by batch, in evaluation mode."""
    before = network.training
    network.eval()
    for batch in data.batches(batch_size):
        if batch.rows is None:
            raise UsageError("usage", "a batch does not say which utterances are in it")
        with torch.inference_mode():
            logits = network(batch.to(device))["logits"].double()
        yield logits, batch.rows.numpy()
    network.train(before)


@dataclass(frozen=True)
class Watch:
    """Labelled data that are looked at after each epoch.

    Parameters
    ----------
    data : Data
        With targets.
    criterion : {"ua", "wa", "loss"}
        By which an epoch is the best.
    ties : {"first", "last"}
        Which of several best epochs counts.
    """

    data: Data
    criterion: str = "ua"
    ties: str = "first"

    def __post_init__(self) -> None:
        """Refuse names that are not known, and data that cannot be judged."""
        for what, value, known in (
            ("criterion", self.criterion, CRITERIA),
            ("ties", self.ties, TIES),
        ):
            if value not in known:
                raise UsageError(
                    "name-unknown", f"there is no {what} {value!r}; known: {', '.join(known)}"
                )
        if self.data.targets is None or not len(self.data):
            raise UsageError("usage", "what is watched has no targets")

    def scores(self, network: torch.nn.Module, *, device: str = "cpu") -> dict[str, float]:
        """Mean recall, accuracy and cross-entropy."""
        found = probabilities(network, self.data, device=device)
        truth = np.asarray(self.data.targets)
        right = found.argmax(axis=1) == truth
        recalls = [right[truth == one].mean() for one in np.unique(truth)]
        likelihood = np.maximum(found[np.arange(len(truth)), truth], 1e-12)
        return {
            "ua": float(np.mean(recalls)),
            "wa": float(right.mean()),
            "loss": float(-np.log(likelihood).mean()),
        }

    def better(self, scores: dict[str, float], best: dict[str, float] | None) -> bool:
        """Whether `scores` take the place of the best so far."""
        if best is None:
            return True
        new, old = scores[self.criterion], best[self.criterion]
        if self.criterion == "loss":
            new, old = -new, -old
        return new > old or (new == old and self.ties == "last")
