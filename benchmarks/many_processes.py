"""Loss curves of one process and of several at the same effective batch.

python benchmarks/many_processes.py
torchrun --standalone --nproc-per-node 2 benchmarks/many_processes.py

Made-up frames, dropout off. Batch normalisation sees the share of one process only: TIM-Net, which
has it, and the LSTM, which has none.
"""

from __future__ import annotations

import os

import numpy as np

from emovox.engine.data import Data
from emovox.engine.distributed import world
from emovox.engine.loop import train
from emovox.engine.objective import Classification
from emovox.engine.recipe import Recipe
from emovox.engine.seeds import generator, seeded
from emovox.engine.watching import Watch
from emovox.methods.networks.systems import LSTM, TIM_NET

CLASSES, DIM, FRAMES = 4, 39, 60


def utterances(n: int, seed: int) -> Data:
    """Frames whose mean tells the class, not quite."""
    dice = generator(seed)
    targets = dice.integers(0, CLASSES, n)
    centres = 0.25 * generator(99).standard_normal((CLASSES, 1, DIM))
    frames = dice.standard_normal((n, FRAMES, DIM)) + centres[targets]
    return Data(list(frames.astype(np.float32)), targets)


def main() -> None:
    train_part, held = utterances(240, 0), utterances(120, 1)
    for method, learning_rate in ((TIM_NET, 1e-2), (LSTM, 1e-3)):
        with seeded(0):
            network = method.build(dim=DIM, n_classes=CLASSES, dropout=0.0)
        recipe = Recipe(epochs=8, batch_size=64, learning_rate=learning_rate)
        found = train(network, Classification(), train_part, recipe, watch=Watch(held))
        with world() as processes:
            if not processes.leads:
                continue
        losses = " ".join(f"{entry['loss']:.7f}" for entry in found.history)
        watched = found.history[-1]["watched"]
        print(
            f"{method.name:8} processes {os.environ.get('WORLD_SIZE', '1')}  losses {losses}  "
            f"held out: loss {watched['loss']:.6f} UA {watched['ua']:.4f}"
        )


if __name__ == "__main__":
    main()
