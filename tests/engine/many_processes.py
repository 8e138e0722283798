"""Trainings of one process or of several: python many_processes.py FOLDER, or through torchrun.

Each process writes RANK.json into the folder: name of a training -> what it came to.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from emovox.engine.loop import train
from emovox.engine.objective import Classification
from emovox.engine.recipe import Recipe
from emovox.engine.watching import Watch
from emovox.errors import EmovoxError
from engine.test_kinds_of_training import Adversaries, InnerStep, Line, Pair, points, tasks
from engine.tiny import bits, tiny, told, utterances

RANK = int(os.environ.get("RANK", "0"))
RECIPE = Recipe(epochs=6, batch_size=4, learning_rate=0.02)


def trained(network=None, *, objective=None, data=None, recipe=RECIPE, **settings):
    """Thirteen utterances in batches of four: one is left over, and one process has none of it."""
    # The first weights are made to differ: those of the leading process count.
    network = network or tiny(seed=RANK)
    found = train(network, objective or Classification(), data or utterances(13), recipe,
                  **settings)  # fmt: skip
    return {
        "last": bits(found.last), "history": told(found.history), "best_epoch": found.best_epoch,
        "best": None if found.best is None else bits(found.best),
    }  # fmt: skip


class Unlucky:
    """What one process reads at epoch 3 is not a number."""

    def on_batch(self, batch, *, seed, epoch, step):
        last = int(os.environ.get("WORLD_SIZE", "1")) - 1 == RANK
        broken = batch.inputs * float("nan")
        return replace(batch, inputs=broken) if last and epoch == 2 else batch


class Stopped(Exception):  # noqa: N818 -- not an error
    """All processes are stopped."""


class Stop:
    """Stops the training in its third epoch."""

    def on_batch(self, batch, *, seed, epoch, step):
        if epoch == 2:
            raise Stopped
        return batch


def gone_on(folder):
    """A training that is stopped, and goes on; only the leading process sees its folder."""
    own = folder / "seen" if RANK == 0 else folder / "unseen"
    settings = {"folder": own, "watch": Watch(utterances(7, seed=8))}
    recipe = replace(RECIPE, ema=0.8)
    with suppress(Stopped):
        trained(
            tiny(seed=RANK, norm=True),
            data=utterances(16),
            recipe=recipe,
            hooks=[Stop()],
            **settings,
        )
    return trained(tiny(seed=9, norm=True), data=utterances(16), recipe=recipe, **settings)


def diverged(folder):
    own = folder / f"diverged-{RANK}"
    try:
        trained(hooks=[Unlucky()], folder=own)
    except EmovoxError as error:
        return {"code": error.code, "said": error.sentence}
    return {}


def damaged(folder):
    own = folder / f"damaged-{RANK}"
    if RANK == 0:
        own.mkdir()
        (own / "training.json").write_text("{")
    try:
        trained(folder=own)
    except EmovoxError as error:
        return {"code": error.code, "said": error.sentence}
    return {}


def main(folder: Path) -> None:
    watch = Watch(utterances(7, seed=8))
    impatient = replace(RECIPE, epochs=40, patience=3, ema=0.5)
    pair, line = Pair(), Line()
    with torch.no_grad():
        for weight in [*pair.parameters(), *line.parameters()]:
            weight.copy_(torch.linspace(-1, 1, weight.numel()).view_as(weight))
    found = {
        "plain": trained(),
        "clipped": trained(recipe=replace(RECIPE, clip_norm=0.1, optimiser="adamw")),
        "normalised": trained(tiny(seed=RANK, norm=True), data=utterances(16)),
        "impatient": trained(tiny(seed=RANK, norm=True), data=utterances(16), recipe=impatient,
                             watch=watch),
        "inner step": trained(line, objective=InnerStep(), data=tasks(0, 9)),
        "pair": trained(pair, objective=Adversaries(), data=points(torch.randn(16, 2).numpy() * 0)),
        "gone on": gone_on(folder),
        "diverged": diverged(folder),
        "damaged": damaged(folder),
    }  # fmt: skip
    (folder / f"{RANK}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
