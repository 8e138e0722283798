"""Teaching a small network to give what a large one gives: data, losses, and what is watched.

The losses are those of feature distillation (FitNets, Romero et al., ICLR 2015, arXiv 1412.6550),
on standardised frames and, because a clip is judged by them, on their mean and deviation over time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..encoders.frames import frame_mask
from ..encoders.student import Student
from .batch import Batch, padded
from .data import Array, Transform
from .objective import Player, Weight
from .seeds import generator

_VERSION = 2
"""Keeps the dice of an utterance's version and of its changes apart from those of the epoch."""
_FLOOR = 1e-6
"""Of a variance over time, whose square root has no slope at 0."""


@dataclass(frozen=True)
class Spoken:
    """Frames of the teacher, one utterance after another, and how they are distributed.

    Parameters
    ----------
    frames : float16 array, shape (frames, dim)
        Layers side by side; may lie on a disk.
    starts : int64 array, shape (utterances + 1,)
        Where each utterance begins.
    mean, deviation : float32 arrays, shape (dim,)
        Of all frames that are taught.
    of_means, of_deviations : float32 arrays, shape (2, dim)
        Mean and deviation, over the utterances, of the mean and of the deviation over time of
        standardised frames.
    """

    frames: npt.NDArray[np.float16]
    starts: npt.NDArray[np.int64]
    mean: npt.NDArray[np.float32]
    deviation: npt.NDArray[np.float32]
    of_means: npt.NDArray[np.float32]
    of_deviations: npt.NDArray[np.float32]

    @classmethod
    def of(
        cls,
        frames: npt.NDArray[np.float16],
        starts: npt.NDArray[np.int64],
        rows: npt.NDArray[np.integer],
    ) -> Spoken:
        """Measure how the frames of some utterances, those that are taught, are distributed."""
        dim = frames.shape[1]
        n, total, squares = 0, np.zeros(dim), np.zeros(dim)
        for row in rows:
            part = frames[starts[row] : starts[row + 1]].astype(np.float64)
            n += len(part)
            total += part.sum(axis=0)
            squares += np.square(part).sum(axis=0)
        mean = total / n
        deviation = np.sqrt(np.maximum(squares / n - mean**2, 1e-12))
        means, deviations = [], []
        for row in rows:
            part = (frames[starts[row] : starts[row + 1]].astype(np.float64) - mean) / deviation
            means.append(part.mean(axis=0))
            deviations.append(np.sqrt(part.var(axis=0) + _FLOOR))
        return cls(
            frames, starts, mean.astype(np.float32), deviation.astype(np.float32),
            _moments(means), _moments(deviations),
        )  # fmt: skip

    def standardised(self, row: int) -> Array:
        """Frames of an utterance, float32, mean 0 and deviation 1 over those that are taught."""
        part = self.frames[self.starts[row] : self.starts[row + 1]]
        found: Array = (part.astype(np.float32) - self.mean) / self.deviation
        return found


def _moments(values: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float32]:
    stacked = np.stack(values)
    deviation = np.maximum(stacked.std(axis=0), 1e-3)
    return np.stack([stacked.mean(axis=0), deviation]).astype(np.float32)


@dataclass(frozen=True)
class Lessons:
    """What a student hears, and what its teacher said of the clean recordings.

    Parameters
    ----------
    versions : sequence of sequences of float arrays, each of shape (time, 80)
        The clean recordings, then changed copies of them: training draws one for each utterance
        in each epoch, the watch hears the clean ones.
    spoken : Spoken
    places : int64 array, shape (utterances,)
        Place of each utterance in `spoken`.
    soft : float32 array, shape (utterances, classes), optional
        Soft labels; a row of zeros where there is none.
    transform : callable, optional
        (array, generator) -> array, in training only; of the same length.
    """

    versions: Sequence[Sequence[Array]]
    spoken: Spoken
    places: npt.NDArray[np.int64]
    soft: npt.NDArray[np.float32] | None = None
    transform: Transform | None = None

    def __len__(self) -> int:
        return len(self.places)

    def training_batch(self, rows: npt.NDArray[np.integer], *, seed: int, epoch: int) -> Batch:
        """Batch of `rows`, whose versions and changes depend on seed, epoch and row alone."""
        heard = []
        for row in rows:
            dice = generator(seed, epoch, _VERSION, int(row))
            one = self.versions[int(dice.integers(len(self.versions)))][int(row)]
            heard.append(one if self.transform is None else self.transform(one, dice))
        return self._batch(heard, rows)

    def batches(self, size: int) -> Iterator[Batch]:
        """All utterances in order, clean."""
        for start in range(0, len(self), size):
            rows = np.arange(start, min(start + size, len(self)))
            yield self._batch([self.versions[0][int(row)] for row in rows], rows)

    def _batch(self, heard: Sequence[Array], rows: npt.NDArray[np.integer]) -> Batch:
        inputs, lengths = padded(heard)
        extra = {"frames": padded([self.spoken.standardised(self.places[row]) for row in rows])[0]}
        if self.soft is not None:
            extra["soft"] = torch.from_numpy(self.soft[rows])
        return Batch(inputs, lengths, rows=torch.from_numpy(np.asarray(rows)), extra=extra)


@dataclass(frozen=True)
class ByLength:
    """Every utterance once an epoch, beside others of about its length, in a new order.

    Parameters
    ----------
    lengths : int array, shape (utterances,)
    batch_size : int

    Examples
    --------
    >>> batches = ByLength(np.array([9, 1, 8, 2]), 2)(0, 0)
    >>> sorted(sorted(batch.tolist()) for batch in batches)
    [[0, 2], [1, 3]]
    """

    lengths: npt.NDArray[np.integer]
    batch_size: int

    def __call__(self, seed: int, epoch: int) -> list[npt.NDArray[np.integer]]:
        """Rows of each batch."""
        dice = generator(seed, epoch)
        order = np.argsort(self.lengths * dice.uniform(0.9, 1.1, len(self.lengths)), kind="stable")
        batches = np.split(order, range(self.batch_size, len(order), self.batch_size))
        return [batches[place] for place in dice.permutation(len(batches))]


class Pupil(nn.Module):
    """A student in training: its estimates, and what a linear classifier makes of them.

    Parameters
    ----------
    student : Student
    spoken : Spoken
        By whose distribution the clip's mean and deviation are scaled.
    n_classes : int
        0: no classifier.

    Notes
    -----
    What cannot be foretold of a frame makes the deviation of estimates smaller than that of the
    frames. So a clip's deviation is compared after a scale and an offset that are learned for each
    dimension: it is to rise and fall with the teacher's.
    """

    of_means: Tensor
    of_deviations: Tensor

    def __init__(self, student: Student, spoken: Spoken, *, n_classes: int = 0) -> None:
        super().__init__()
        self.student = student
        self.register_buffer("of_means", torch.from_numpy(spoken.of_means))
        self.register_buffer("of_deviations", torch.from_numpy(spoken.of_deviations))
        dim = spoken.of_means.shape[1]
        self.scale = nn.Parameter(torch.full((dim,), 0.2))
        self.offset = nn.Parameter(torch.zeros(dim))
        width = 2 * dim
        self.classifier = nn.Linear(width, n_classes) if n_classes else None

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """``frames`` (utterances, time, dim), ``there``, ``means``, ``deviations``, ``logits``."""
        states, lengths = self.student(batch.inputs, batch.lengths)
        frames = torch.cat(states, dim=2).float()
        there = frame_mask(frames, lengths)
        found = {"frames": frames, "there": there, **self.clips(frames, there)}
        found["deviations"] = self.scale * found["deviations"] + self.offset
        if self.classifier is not None:
            clip = torch.cat([found["means"], found["deviations"]], dim=1)
            found["logits"] = self.classifier(clip).float()
        return found

    def clips(self, frames: Tensor, there: Tensor) -> dict[str, Tensor]:
        """Mean and deviation over time, each brought to mean 0 and deviation 1 over the clips."""
        mask = there[..., None].float()
        n = mask.sum(dim=1)
        mean = (frames * mask).sum(dim=1) / n
        variance = (torch.square(frames - mean[:, None]) * mask).sum(dim=1) / n
        deviation = torch.sqrt(variance + _FLOOR)
        return {
            "means": (mean - self.of_means[0]) / self.of_means[1],
            "deviations": (deviation - self.of_deviations[0]) / self.of_deviations[1],
        }


@dataclass(frozen=True)
class Imitation:
    """Squared errors of frames and clips, and a cross-entropy with soft labels.

    Each squared error is the share of the variance that is left: 1 is what the mean gives.

    Parameters
    ----------
    frames, means, deviations, labels : float
        Weights of the losses; one of 0 is not computed.
    """

    frames: float = 1.0
    means: float = 0.5
    deviations: float = 0.5
    labels: float = 0.0

    def players(self, network: nn.Module) -> list[Player]:
        """One player: the whole network."""
        weights: Mapping[str, Weight] = {
            name: getattr(self, name) for name in ("frames", "means", "deviations", "labels")
        }
        return [Player("student", list(network.parameters()), self.losses, weights)]

    def losses(self, network: Any, batch: Batch) -> dict[str, Tensor]:
        """Losses of a batch."""
        found = network(batch)
        wanted = (batch.extra or {})["frames"]
        losses = _errors(found, wanted, getattr(network, "module", network))
        if self.labels:
            losses["labels"] = _soft_cross_entropy(found["logits"], (batch.extra or {})["soft"])
        return losses


def _errors(found: Mapping[str, Tensor], wanted: Tensor, pupil: Pupil) -> dict[str, Tensor]:
    """Share of the variance that is left, of frames and of clips."""
    there = found["there"]
    off = torch.square(found["frames"] - wanted).mean(dim=2)
    clips = pupil.clips(wanted, there)
    return {
        "frames": (off * there).sum() / there.sum(),
        **{
            name: torch.square(found[name] - clips[name]).mean() for name in ("means", "deviations")
        },
    }


def _soft_cross_entropy(logits: Tensor, soft: Tensor) -> Tensor:
    """Mean over the utterances that have a label; 0 where none has."""
    labelled = soft.sum(dim=1) > 0
    each = -(soft * functional.log_softmax(logits, dim=1)).sum(dim=1)
    return each.sum() / labelled.sum().clamp(min=1)


@dataclass(frozen=True)
class Heard:
    """What is watched: the variance that is left on utterances that are not taught.

    Parameters
    ----------
    lessons : Lessons
    batch_size : int
    """

    lessons: Lessons
    batch_size: int = field(default=32)

    def scores(self, network: nn.Module, *, device: str = "cpu") -> dict[str, float]:
        """Shares of the variance that are left, of ``frames``, ``means`` and ``deviations``."""
        before = network.training
        network.eval()
        totals: dict[str, float] = {}
        for batch in self.lessons.batches(self.batch_size):
            batch = batch.to(device)
            with torch.inference_mode():
                losses = _errors(network(batch), (batch.extra or {})["frames"], network)  # type: ignore[arg-type]
            for name, loss in losses.items():
                totals[name] = totals.get(name, 0.0) + len(batch) * float(loss)
        network.train(before)
        return {name: total / len(self.lessons) for name, total in totals.items()}

    def better(self, scores: dict[str, float], best: dict[str, float] | None) -> bool:
        """Whether less is left of clips and frames together."""
        return best is None or sum(scores.values()) < sum(best.values())
