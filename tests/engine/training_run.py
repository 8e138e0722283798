"""A training that ends itself, or is ended, at a moment.

python training_run.py FOLDER MOMENT

MOMENT is ``whole``; ``batch:E:S``, ``epoch:E``, ``writing:E`` and ``tensors:E`` (killed as by
``kill -9`` in batch S of epoch E, after epoch E, in the middle of writing the checkpoint of epoch
E, or between its two files); ``interrupt:E:S`` (Ctrl-C).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from emovox import atomic
from emovox.engine import checkpoint, loop
from emovox.engine.mixup import Mixup
from emovox.engine.objective import Classification
from emovox.engine.recipe import Recipe
from emovox.engine.watching import Watch
from engine.tiny import CLASSES, bits, tiny, told, utterances


def jittered(array, dice):
    return array + 0.1 * dice.standard_normal(array.shape).astype(array.dtype)


def training(folder, hooks=(), progress=None):
    """Six epochs in which everything is drawn that can be drawn."""
    recipe = Recipe(epochs=6, batch_size=4, learning_rate=0.05, ema=0.8, clip_norm=1.0,
                    schedule="cosine", warm_up_epochs=1.0)  # fmt: skip
    return loop.train(
        tiny(dropout=0.3, norm=True), Classification(), utterances(14, transform=jittered), recipe,
        seed=2, watch=Watch(utterances(5, seed=8)), folder=folder, progress=progress,
        hooks=[Mixup(0.4, CLASSES), *hooks],
    )  # fmt: skip


def end(kind):
    os.kill(os.getpid(), signal.SIGINT if kind == "interrupt" else signal.SIGKILL)


def outcome(found):
    """What must be equal in every bit."""
    return {
        "last": bits(found.last), "best": bits(found.best), "best_epoch": found.best_epoch,
        "history": told(found.history),
    }  # fmt: skip


class Moment:
    """Ends the process in a batch or after an epoch."""

    def __init__(self, kind, *place):
        self.kind, self.place = kind, place

    def on_batch(self, batch, *, seed, epoch, step):
        if self.kind in ("batch", "interrupt") and (epoch + 1, step) == self.place:
            end(self.kind)
        return batch

    def after(self, entry, n):
        if self.kind == "epoch" and (entry["epoch"],) == self.place:
            end(self.kind)


def end_while_writing(epoch):
    """Kill when half of the tensors of an epoch have reached the disk under another name."""

    def half(path, data):
        if f"epoch-{epoch:05d}" in str(path):
            with atomic.replacing(path) as handle:
                handle.write(data[: len(data) // 2])
                handle.flush()
                end("writing")
        atomic.write_bytes(path, data)

    checkpoint.write_bytes = half


def end_between_files(epoch):
    """Kill when the tensors of an epoch are there and nothing names them yet."""

    def text(path, data):
        if f'"epoch": {epoch}, "best' in data:
            end("tensors")
        atomic.write_text(path, data)

    checkpoint.write_text = text


def main() -> None:
    folder, (kind, *place) = sys.argv[1], sys.argv[2].split(":")
    moment = Moment(kind, *map(int, place))
    loop.SAVED_EVERY_S = 0.0
    if kind == "writing":
        end_while_writing(int(place[0]))
    if kind == "tensors":
        end_between_files(int(place[0]))
    try:
        found = training(folder, hooks=[moment], progress=moment.after)
    except KeyboardInterrupt as stop:
        sys.stdout.write("\n".join(stop.__notes__))
        raise SystemExit(130) from None
    sys.stdout.write(json.dumps(outcome(found)))


if __name__ == "__main__":
    main()
