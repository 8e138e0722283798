"""Networks of the registry, small and soon trained, for what all methods are asked."""

from __future__ import annotations

import atexit
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from emovox import registry

NAMES = [
    name
    for name in registry.names("method")
    if registry.METHODS.get(name, "").startswith("emovox.methods.networks.")
]
SEQUENCES = [name for name in NAMES if registry.get("method", name).needs.form == "frames"]
"""Networks over frames; the others take one vector an utterance."""
VARIANTS = [
    name
    for name in NAMES
    if any(name.startswith(f"{other}-") for other in ("encoder", "light-sernet", "tim-net"))
]
"""Those that are asked in the slow suite only, because another stands for them."""
DIM, N_FRAMES = 12, 24
_TINY = {
    "encoder": {
        "epochs": 12,
        "layers": "1-2",
        "learning_rate": 1e-2,
        "encoder_rate": 0.2,
        "warm_up_epochs": 0.0,
        "label_smoothing": 0.0,
    },
    "light": {
        "epochs": 12,
        "hidden": 16,
        "warm_up_epochs": 0.0,
        "mixup": None,
        "learning_rate": 1e-2,
    },
    "light-sernet": {"epochs": 6, "batch_size": 16, "learning_rate": 1e-3},
    "lstm": {"epochs": 12, "hidden": 12, "learning_rate": 1e-2},
    "replknet": {
        "epochs": 12,
        "layers": (1, 1),
        "kernels": (7, 5),
        "channels": (8, 12),
        "warm_up_epochs": 0.0,
        "mixup": None,
        "ema": None,
        "label_smoothing": 0.0,
        "learning_rate": 1e-2,
    },
    "tim-net": {"epochs": 8, "n_blocks": 2, "learning_rate": 1e-2},
}
TINY = {
    name: _TINY[max((one for one in _TINY if f"{name}-".startswith(f"{one}-")), key=len)]
    for name in NAMES
}
"""Name -> settings with which it learns in a second; a variant has those of its network."""


def small(name):
    """Settings with which a method learns in a second; none for one that is always quick."""
    if name not in NAMES:
        return {}
    encoder = "encoder" in registry.get("method", name).options
    return {**TINY[name], **({"encoder": tiny_encoder()} if encoder else {})}


def tiny(name, **settings):
    """Estimator of a network with few layers and epochs, and short windows."""
    method = registry.get("method", name)
    if method.windows is not None:
        method = replace(method, windows={"frames": N_FRAMES, "hop": N_FRAMES // 2, "pad": "tile"})
    return method(**{"batch_size": 8, **small(name), **settings})


@cache
def tiny_encoder():
    """Folder of a Whisper with random weights that hears frames of `DIM` numbers."""
    from encoders.tiny import CONFIGURATIONS, tiny_of, write_of

    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    configuration = {**CONFIGURATIONS["whisper"], "num_mel_bins": DIM, "encoder_layers": 2}
    write_of(Path(folder.name), configuration, tiny_of(configuration))
    return folder.name


def frames(name, X):
    """A sequence for each row of `X` that tells of it; of several lengths where the network may.

    For a network over vectors the rows themselves.
    """
    if name not in SEQUENCES:
        return ((X - 10.0) / 2.0).astype(np.float32)
    rng = np.random.default_rng(3)
    found = np.empty(len(X), dtype=object)
    one_length = registry.get("method", name).frames is not None
    for place, row in enumerate(X):
        length = N_FRAMES if one_length else N_FRAMES - 4 + place % 9
        noise = rng.normal(size=(length, len(row)))
        # What a network is given has about the scale of decibels over ten, or of coefficients.
        found[place] = ((row - 10.0) / 2.0 + noise).astype(np.float32)
    return found
