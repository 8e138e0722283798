"""The one training loop of every network."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from ..errors import OutputError, TrainingError
from .batch import Batch
from .checkpoint import FILE, Checkpoint, load, save
from .data import Data, Sampler, Shuffled
from .distributed import World, world
from .log import Log
from .objective import Objective, Player
from .recipe import Recipe
from .seeds import seeded, threads
from .watching import Watch

SAVED_EVERY_S = 20.0
"""A checkpoint is written at the end of an epoch when the last one is older than this."""

State = dict[str, torch.Tensor]
Epoch = dict[str, Any]
Progress = Callable[[Epoch, int], None]
"""Called with what the log says of an epoch, and how many there are to be."""


class Hook(Protocol):
    """Changes batches on their way into the network."""

    def on_batch(self, batch: Batch, *, seed: int, epoch: int, step: int) -> Batch:
        """The batch that is trained on: a function of its arguments alone."""


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Parameters
    ----------
    last, best : dict
        Name -> tensor of the network after the last epoch, and after the best one of what was
        watched (None where nothing was).
    best_epoch : int, optional
        Counted from 1.
    history : list of dict
        One entry an epoch: ``epoch`` (from 1), ``loss``, ``losses``, ``learning_rate``,
        ``seconds``, and ``watched`` scores.
    """

    last: State
    best: State | None
    best_epoch: int | None
    history: list[Epoch]


def train(
    network: torch.nn.Module,
    objective: Objective,
    data: Data,
    recipe: Recipe,
    *,
    seed: int = 0,
    sampler: Sampler | None = None,
    watch: Watch | None = None,
    hooks: Sequence[Hook] = (),
    folder: str | os.PathLike[str] | None = None,
    identity: Mapping[str, Any] | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> Trained:
    """Train a network.

    Parameters
    ----------
    network : module
        Trained in place; it ends with the weights of the last epoch.
    objective : Objective
    data : Data
    recipe : Recipe
    seed : int
        Order, dice of augmentation and dropout are functions of it and of the epoch.
    sampler : callable, optional
        By default every utterance once an epoch, shuffled.
    watch : Watch, optional
        Looked at after each epoch; never trained on.
    hooks : sequence of Hook
    folder : path, optional
        Of checkpoints and the log. A training that was killed goes on from there and ends with
        the same bits, if the number of threads is the same.
    identity : mapping, optional
        What else the training depends on (its data); a checkpoint of another one is refused.
    device : str
    progress : callable, optional
    tensorboard : bool
        Write scalars for TensorBoard into the folder too.

    Returns
    -------
    Trained

    Raises
    ------
    TrainingError
        ``training-diverged`` when a loss is not finite; the last good epoch is kept.
    OutputError
        If the folder cannot be written, or holds another training.
    ModelError
        If its checkpoint is damaged.
    """
    with world() as processes, threads(recipe.threads):
        run = _Run(
            network=network.to(device),
            objective=objective,
            data=data,
            recipe=recipe,
            seed=seed,
            sampler=sampler or Shuffled(len(data), recipe.batch_size),
            watch=watch,
            hooks=tuple(hooks),
            folder=None if folder is None else Path(folder),
            identity=dict(identity or {}),
            device=device,
            processes=processes,
            tensorboard=tensorboard,
        )
        return run.through(progress)


@dataclass
class _Run:
    """One training under way."""

    network: torch.nn.Module
    objective: Objective
    data: Data
    recipe: Recipe
    seed: int
    sampler: Sampler
    watch: Watch | None
    hooks: tuple[Hook, ...]
    folder: Path | None
    identity: dict[str, Any]
    device: str
    processes: World
    tensorboard: bool
    history: list[Epoch] = field(default_factory=list)
    best: State | None = None
    best_epoch: int | None = None

    def __post_init__(self) -> None:
        players = list(self.objective.players(self.network))
        names = {id(one): name for name, one in self.network.named_parameters()}
        self.players: list[tuple[Player, list[torch.nn.Parameter], torch.optim.Optimizer]] = []
        for player in players:
            own = [one for one in player.parameters if one.requires_grad]
            self.players.append((player, own, self.recipe.optimiser_of(own, names)))
        self.average = None if self.recipe.ema is None else _copy(self.network.state_dict())
        self.wrapped = self.processes.wrapped(self.network, players=len(players))

    def through(self, progress: Progress | None) -> Trained:
        """All epochs that are left."""
        self._resume()
        log = None
        if self.folder is not None and self.processes.leads:
            log = Log(self.folder, self.history, tensorboard=self.tensorboard)
        saved, at = time.monotonic(), len(self.history)
        kept = self._checkpoint() if self.folder is not None else None
        try:
            while len(self.history) < self.recipe.epochs and not self._stalled():
                entry = self._epoch(len(self.history))
                self.history.append(entry)
                if log is not None:
                    log.add(entry)
                if progress is not None and self.processes.leads:
                    progress(entry, self.recipe.epochs)
                if self.folder is None:
                    continue
                # Of a small network a copy is kept in memory, so that Ctrl-C loses no epoch.
                kept = self._checkpoint()
                if time.monotonic() - saved >= SAVED_EVERY_S:
                    self._save(kept)
                    saved, at = time.monotonic(), len(self.history)
        finally:
            if kept is not None and kept.state["epoch"] != at:
                self._save(kept)
            if log is not None:
                log.close()
        self.network.load_state_dict(self._evaluated())
        return Trained(
            last=_copy(self.network.state_dict()),
            best=self.best,
            best_epoch=self.best_epoch,
            history=self.history,
        )

    def _epoch(self, epoch: int) -> Epoch:
        """Train one epoch and look at what is watched."""
        began = time.perf_counter()
        sums: dict[str, float] = {}
        n_seen = 0
        batches = self.sampler(self.seed, epoch)
        self.network.train()
        with seeded(self.seed, epoch, self.processes.rank):
            for step, rows in enumerate(batches):
                rate = self.recipe.rate(epoch + step / len(batches))
                own, weight = self.processes.share(np.asarray(rows))
                batch = self.data.training_batch(own, seed=self.seed, epoch=epoch)
                for hook in self.hooks:
                    batch = hook.on_batch(batch, seed=self.seed, epoch=epoch, step=step)
                batch = batch.to(self.device)
                for name, value in self._step(batch, epoch, step, rate, weight).items():
                    sums[name] = sums.get(name, 0.0) + value * len(rows)
                n_seen += len(rows)
        means = self.processes.mean([value / n_seen for value in sums.values()])
        entry: Epoch = {
            "epoch": epoch + 1,
            "loss": sum(means[: len(self.players)]),
            "losses": dict(
                zip(list(sums)[len(self.players) :], means[len(self.players) :], strict=True)
            ),
            "learning_rate": self.recipe.rate(epoch),
        }
        if self.watch is not None:
            entry["watched"] = self._look(epoch)
        entry["seconds"] = round(time.perf_counter() - began, 4)
        return entry

    def _step(
        self, batch: Batch, epoch: int, step: int, rate: float, weight: float
    ) -> dict[str, float]:
        """Move every player whose turn it is; its total, then its losses by name."""
        totals: dict[str, float] = {}
        parts: dict[str, float] = {}
        for player, own, optimiser in self.players:
            totals.setdefault(f"{player.name}.total", 0.0)
            if step % player.every:
                continue
            cast = (
                torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16)
                if self.recipe.precision == "bfloat16"
                else nullcontext()
            )
            with cast:
                losses = player.losses(self.wrapped, batch)
            total = player.total(losses, epoch=epoch)
            value = float(total.detach())
            if not math.isfinite(value):
                self._diverged(epoch, step, value)
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.zero_grad(set_to_none=True)
            (total * weight if weight != 1.0 else total).backward()
            if self.recipe.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(own, self.recipe.clip_norm)
            optimiser.step()
            totals[f"{player.name}.total"] = value * weight
            parts |= {name: float(loss.detach()) * weight for name, loss in losses.items()}
        if self.average is not None and self.recipe.ema is not None:
            _move(self.average, self.network.state_dict(), decay=self.recipe.ema)
        return {**totals, **parts}

    def _look(self, epoch: int) -> dict[str, float]:
        """Scores of what is watched; the weights are kept if they are the best so far."""
        assert self.watch is not None  # noqa: S101 -- for the type checker
        if self.average is not None:
            trained = _copy(self.network.state_dict())
            self.network.load_state_dict(self.average)
        scores = self.watch.scores(self.network, device=self.device)
        if self.watch.better(scores, self._best_scores()):
            self.best, self.best_epoch = _copy(self._evaluated()), epoch + 1
        if self.average is not None:
            self.network.load_state_dict(trained)
        return scores

    def _best_scores(self) -> dict[str, float] | None:
        if self.best_epoch is None:
            return None
        found: dict[str, float] = self.history[self.best_epoch - 1]["watched"]
        return found

    def _evaluated(self) -> State:
        """Weights that are evaluated and kept: the average where there is one."""
        return self.network.state_dict() if self.average is None else self.average

    def _stalled(self) -> bool:
        """Whether the patience is at an end."""
        if self.recipe.patience is None or self.best_epoch is None:
            return False
        return len(self.history) - self.best_epoch >= self.recipe.patience

    def _diverged(self, epoch: int, step: int, value: float) -> None:
        where = "" if self.folder is None else f"; epoch {epoch} is kept in {self.folder.name}"
        raise TrainingError(
            "training-diverged",
            f"the loss is {value} in epoch {epoch + 1}, batch {step + 1}, at a learning rate of "
            f"{self.recipe.rate(epoch):g}; lower learning_rate or set clip_norm{where}",
        )

    def _checkpoint(self) -> Checkpoint:
        """Everything that going on needs, as it is now."""
        tensors = {f"network.{name}": one for name, one in _copy(self.network.state_dict()).items()}
        for kind, held in (("average", self.average), ("best", self.best)):
            if held is not None:
                tensors |= {f"{kind}.{name}": one for name, one in _copy(held).items()}
        for place, (_, _, optimiser) in enumerate(self.players):
            for index, values in optimiser.state_dict()["state"].items():
                for name, value in values.items():
                    tensors[f"optimiser.{place}.{index}.{name}"] = (
                        torch.as_tensor(value).cpu().clone()
                    )
        return Checkpoint(
            {
                "identity": self._identity(),
                "epoch": len(self.history),
                "best_epoch": self.best_epoch,
                "history": list(self.history),
            },
            tensors,
        )

    def _save(self, checkpoint: Checkpoint) -> None:
        if self.folder is not None and self.processes.leads:
            save(self.folder, checkpoint)

    def _resume(self) -> None:
        """Go on from the folder's checkpoint, if there is one."""
        self.processes.wait()
        found = None if self.folder is None else load(self.folder)
        if found is None:
            return
        if found.state["identity"] != self._identity():
            raise OutputError(
                "output-unwritable",
                f"{FILE} is the checkpoint of a training with other settings or data; name "
                "another folder, or delete this one",
                name=str(self.folder),
            )
        self.network.load_state_dict(_part(found.tensors, "network"))
        if self.average is not None:
            self.average = _part(found.tensors, "average")
        self.best = _part(found.tensors, "best") or None
        self.best_epoch = found.state["best_epoch"]
        self.history = list(found.state["history"])
        for place, (_, _, optimiser) in enumerate(self.players):
            state: dict[int, dict[str, torch.Tensor]] = {}
            for name, value in _part(found.tensors, f"optimiser.{place}").items():
                index, _, key = name.partition(".")
                state.setdefault(int(index), {})[key] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": state})

    def _identity(self) -> str:
        """Hash of all that the training depends on, but for how many epochs it lasts."""
        recipe = asdict(self.recipe)
        settings = {
            "recipe": recipe,
            "seed": self.seed,
            "n": len(self.data),
            "parameters": [
                [name, list(one.shape)] for name, one in self.network.named_parameters()
            ],
            "processes": self.processes.size,
            **self.identity,
        }
        text = json.dumps(settings, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _copy(state: Mapping[str, torch.Tensor]) -> State:
    return {name: value.detach().cpu().clone() for name, value in state.items()}


def _move(average: State, state: Mapping[str, torch.Tensor], *, decay: float) -> None:
    """Move an exponential moving average towards `state`; counters are taken over."""
    for name, value in state.items():
        if value.is_floating_point():
            average[name].lerp_(value.detach().cpu(), 1.0 - decay)
        else:
            average[name].copy_(value)


def _part(tensors: Mapping[str, torch.Tensor], kind: str) -> State:
    start = f"{kind}."
    return {name[len(start) :]: one for name, one in tensors.items() if name.startswith(start)}
