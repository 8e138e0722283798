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
from typing import Any, NoReturn, Protocol

import numpy as np
import torch

from ..errors import ModelError, OutputError, TrainingError, UsageError
from .batch import Batch
from .checkpoint import FILE, Checkpoint, load, received, save, sent
from .data import Lot, Sampler, Shuffled
from .distributed import World, world
from .log import Log
from .objective import Objective, Player
from .recipe import Recipe
from .seeds import seeded, threads
from .state import State, cloned, copied, memories, move_towards, named, part, remember
from .watching import Judge

SAVED_EVERY_S = 20.0
"""A checkpoint is written at the end of an epoch when the last one is older than this."""

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
    data: Lot,
    recipe: Recipe,
    *,
    seed: int = 0,
    sampler: Sampler | None = None,
    watch: Judge | None = None,
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
    data : Data, or another `emovox.engine.data.Lot`
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
        What else the training depends on: its data, objective, sampler, hooks and what is
        watched. A checkpoint of another one is refused; recipe, seed and the shapes of the
        network are looked at in any case.
    device : str
        ``cpu``, ``cuda``; of several processes on one machine, each takes a GPU of its own.
    progress : callable, optional
    tensorboard : bool
        Write scalars for TensorBoard into the folder too.

    Returns
    -------
    Trained

    Raises
    ------
    TrainingError
        ``training-diverged`` when a loss or a weight is not finite; the last good epoch is kept.
    OutputError
        If the folder cannot be written, or holds another training.
    ModelError
        If its checkpoint is damaged.
    UsageError
        If there is nothing to train, or nothing to train on.
    KeyboardInterrupt
        At Ctrl-C, after the last whole epoch has been written; a note says how to go on.
    """
    if not len(data):
        raise UsageError("usage", "there are no utterances to train on")
    with world(device) as processes, threads(recipe.threads):
        device = processes.device(device)
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
    data: Lot
    recipe: Recipe
    seed: int
    sampler: Sampler
    watch: Judge | None
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
        # A network of pretrained parts says which of them learn slower.
        asked: Any = getattr(self.network, "learning_rates", dict)
        factors: Mapping[int, float] = asked()
        self.players: list[tuple[Player, list[torch.nn.Parameter], torch.optim.Optimizer]] = []
        for player in players:
            own = [one for one in player.parameters if one.requires_grad]
            self.players.append((player, own, self.recipe.optimiser_of(own, names, factors)))
        # DistributedDataParallel averages the gradients of one backward pass through the whole;
        # where there is more than that, they are averaged after it.
        self.as_a_whole = len(players) == 1 and players[0].one_call
        self.processes.align(self.network.state_dict().values())
        self.called = self.processes.wrapped(self.network) if self.as_a_whole else self.network
        self.average = None if self.recipe.ema is None else cloned(self.network.state_dict())

    def through(self, progress: Progress | None) -> Trained:
        """All epochs that are left."""
        self._resume()
        writes = self.folder is not None and self.processes.leads
        log = None
        if self.folder is not None and writes:
            log = Log(self.folder, self.history, tensorboard=self.tensorboard)
        saved, at = time.monotonic(), len(self.history)
        kept: Checkpoint | None = None
        try:
            while len(self.history) < self.recipe.epochs and not self._stalled():
                entry = self._epoch(len(self.history))
                self.history.append(entry)
                # A copy is kept in memory, so that Ctrl-C and a diverging epoch lose none.
                kept = self._checkpoint() if writes else None
                if log is not None:
                    log.add(entry)
                if progress is not None and self.processes.leads:
                    progress(entry, self.recipe.epochs)
                if kept is not None and time.monotonic() - saved >= SAVED_EVERY_S:
                    self._save(kept)
                    saved, at = time.monotonic(), len(self.history)
        except KeyboardInterrupt as stop:
            stop.add_note(self._stopped(at if kept is None else kept.state["epoch"]))
            raise
        finally:
            try:
                if kept is not None and kept.state["epoch"] != at:
                    self._save(kept)
            finally:
                if log is not None:
                    log.close()
        self.network.load_state_dict(self._evaluated())
        return Trained(
            last=copied(self.network.state_dict()),
            best=self.best,
            best_epoch=self.best_epoch,
            history=self.history,
        )

    def _epoch(self, epoch: int) -> Epoch:
        """Train one epoch and look at what is watched."""
        began = time.perf_counter()
        totals: dict[str, tuple[float, int]] = {}
        losses: dict[str, tuple[float, int]] = {}
        batches = self.sampler(self.seed, epoch)
        if not len(batches):
            raise UsageError("usage", f"the sampler gives no batch for epoch {epoch + 1}")
        self.network.train()
        with seeded(self.seed, epoch, self.processes.rank):
            for step, rows in enumerate(batches):
                rate = self.recipe.rate(epoch + step / len(batches))
                own, weight = self.processes.share(np.asarray(rows))
                batch = self.data.training_batch(own, seed=self.seed, epoch=epoch)
                for hook in self.hooks:
                    batch = hook.on_batch(batch, seed=self.seed, epoch=epoch, step=step)
                batch = batch.to(self.device)
                for player, own_parameters, optimiser in self.players:
                    if step % player.every:
                        continue
                    for group in optimiser.param_groups:
                        group["lr"] = rate * group["factor"]
                    total, parts = self._step(
                        player, own_parameters, optimiser, batch, epoch, step, weight
                    )
                    _add(totals, {player.name: total}, len(rows))
                    start = "" if len(self.players) == 1 else f"{player.name}."
                    _add(losses, {start + name: one for name, one in parts.items()}, len(rows))
                if self.average is not None and self.recipe.ema is not None:
                    move_towards(self.average, self.network.state_dict(), decay=self.recipe.ema)
        if not all(bool(torch.isfinite(one).all()) for one in self.network.parameters()):
            self._diverged(epoch, "a weight is not finite after", "")
        # Each process has updated the running statistics of its own share.
        self.processes.align(self.network.buffers())
        if self.average is not None:
            self.processes.align(self.average.values())
        entry: Epoch = {
            "epoch": epoch + 1,
            "loss": sum(value / n for value, n in totals.values()),
            "losses": {name: value / n for name, (value, n) in losses.items()},
            "learning_rate": self.recipe.rate(epoch),
        }
        if self.watch is not None:
            entry["watched"] = self._look(self.watch, epoch)
        entry["seconds"] = round(time.perf_counter() - began, 4)
        return entry

    def _step(
        self,
        player: Player,
        own: list[torch.nn.Parameter],
        optimiser: torch.optim.Optimizer,
        batch: Batch,
        epoch: int,
        step: int,
        weight: float,
    ) -> tuple[float, dict[str, float]]:
        """Move one player; its total over the processes, and its losses by name."""
        cast = (
            torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16)
            if self.recipe.precision == "bfloat16"
            else nullcontext()
        )
        with cast:
            losses = player.losses(self.called, batch)
        total = player.total(losses, epoch=epoch)
        # One transfer from the accelerator a step, which is where the processor waits for it.
        seen = torch.stack([one.detach().float() for one in (total, *losses.values())]).tolist()
        value, *parts = self.processes.mean([one * weight for one in seen])
        if not math.isfinite(value):
            self._diverged(epoch, f"the loss is {value} in", f", batch {step + 1}")
        optimiser.zero_grad(set_to_none=True)
        (total * weight if weight != 1.0 else total).backward()  # type: ignore[no-untyped-call]
        if not self.as_a_whole:
            self.processes.average_gradients(own)
        if self.recipe.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(own, self.recipe.clip_norm)
        optimiser.step()
        return value, dict(zip(losses, parts, strict=True))

    def _look(self, watch: Judge, epoch: int) -> dict[str, float]:
        """Scores of what is watched; the weights are kept if they are the best so far."""
        trained = None
        if self.average is not None:
            trained = cloned(self.network.state_dict())
            self.network.load_state_dict(self.average)
        # One process looks, so that all agree on which epoch is the best and when to stop.
        scores = self.processes.scores_from_leader(
            lambda: watch.scores(self.network, device=self.device)
        )
        if not all(math.isfinite(score) for score in scores.values()):
            self._diverged(epoch, "a watched score is not finite after", "")
        if watch.better(scores, self._best_scores()):
            self.best, self.best_epoch = copied(self._evaluated()), epoch + 1
        if trained is not None:
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

    def _diverged(self, epoch: int, what: str, where: str) -> NoReturn:
        kept = ""
        if self.folder is not None and epoch:
            kept = f"; epoch {epoch}, the last good one, is kept in {self.folder.name}"
        raise TrainingError(
            "training-diverged",
            f"{what} epoch {epoch + 1}{where}, at a learning rate of "
            f"{self.recipe.rate(epoch):g}; lower learning_rate or set clip_norm{kept}",
        )

    def _stopped(self, epoch: int) -> str:
        """What a person who stopped the training wants to know."""
        done = f"stopped after epoch {epoch} of {self.recipe.epochs}"
        if self.folder is None or not epoch:
            return f"{done}; nothing is kept"
        return f"{done}, which is kept in {self.folder}; the same command goes on from there"

    def _checkpoint(self) -> Checkpoint:
        """Everything that going on needs, as it is now."""
        tensors = named("network", copied(self.network.state_dict()))
        if self.average is not None:
            tensors |= named("average", copied(self.average))
        if self.best is not None:
            tensors |= named("best", self.best)
        return Checkpoint(
            {
                "identity": self._identity(),
                "epoch": len(self.history),
                "best_epoch": self.best_epoch,
                "history": list(self.history),
            },
            tensors | memories([optimiser for _, _, optimiser in self.players]),
        )

    def _save(self, checkpoint: Checkpoint) -> None:
        if self.folder is not None:
            save(self.folder, checkpoint)

    def _resume(self) -> None:
        """Go on from the folder's checkpoint, if there is one."""
        folder = self.folder
        if folder is None:
            return
        found: Checkpoint | None
        if self.processes.size == 1:
            found = load(folder)
        else:  # the other processes may be on machines that do not see the folder
            found = received(self.processes.from_leader(lambda: sent(load(folder))))
        if found is None:
            return
        if found.state["identity"] != self._identity():
            raise OutputError(
                "output-unwritable",
                f"{FILE} is the checkpoint of a training with other settings or data; name "
                "another folder, or delete this one",
                name=str(folder),
            )
        try:
            self._go_on_from(found)
        except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                "model-invalid",
                f"the checkpoint does not fit this network ({type(error).__name__}); delete the "
                "folder to train anew",
                name=str(folder),
            ) from error

    def _go_on_from(self, found: Checkpoint) -> None:
        """Take over weights, average, memories of the optimisers, and history."""
        self.network.load_state_dict(part(found.tensors, "network"))
        if self.average is not None:
            average = part(found.tensors, "average")
            for name, one in self.average.items():
                one.copy_(average[name])
        if best := part(found.tensors, "best"):
            self.best = {name: best[name] for name in self.network.state_dict()}
        self.best_epoch = found.state["best_epoch"]
        self.history = list(found.state["history"])
        remember([optimiser for _, _, optimiser in self.players], found.tensors)

    def _identity(self) -> str:
        """Hash of all that the training depends on, as far as the loop and its caller know it."""
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


def _add(sums: dict[str, tuple[float, int]], means: Mapping[str, float], n: int) -> None:
    """Add means over `n` utterances to sums, and `n` to the numbers beside them."""
    for name, value in means.items():
        before, seen = sums.get(name, (0.0, 0))
        sums[name] = before + value * n, seen + n
