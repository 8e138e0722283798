"""Heads over the hidden states of a speech encoder: the published ones, and ours.

Each takes the chosen hidden states, shape (utterances, layers, time, dim), and a mask, shape
(utterances, time), and gives logits, shape (utterances, classes). Padding never counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from ...encoders.pooling import LayerWeights, Pooling
from ...errors import UsageError


class Head(nn.Module):
    """Layers weighted, changed frame by frame, pooled, and classified.

    Parameters
    ----------
    layers : module
        (utterances, layers, time, dim) -> (utterances, time, dim).
    frames : module
        What is done with each frame.
    pooling : Pooling
    vector : module
        What is done with the pooled vector; gives logits.
    joint_norm : bool
        Bring each utterance to mean 0 and variance 1 over its frames and dimensions together.
    """

    def __init__(
        self,
        layers: nn.Module,
        frames: nn.Module,
        pooling: Pooling,
        vector: nn.Module,
        *,
        joint_norm: bool = False,
    ) -> None:
        super().__init__()
        self.layers = layers
        self.frames = frames
        self.pooling = pooling
        self.vector = vector
        self.joint_norm = joint_norm

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Logits of hidden states."""
        frames = self.layers(states)
        if self.joint_norm:
            frames = _jointly_normalised(frames, mask)
        logits: Tensor = self.vector(self.pooling(self.frames(frames), mask))
        return logits


class Last(nn.Module):
    """The last of the chosen layers alone."""

    def forward(self, states: Tensor) -> Tensor:
        """Take it: (utterances, layers, time, dim) -> (utterances, time, dim)."""
        return states[:, -1]


def _jointly_normalised(frames: Tensor, mask: Tensor) -> Tensor:
    there = mask[..., None].to(frames.dtype)
    n = there.sum(dim=(1, 2), keepdim=True) * frames.shape[2]
    mean = (frames * there).sum(dim=(1, 2), keepdim=True) / n
    square = ((frames - mean) ** 2 * there).sum(dim=(1, 2), keepdim=True) / n
    return (frames - mean) / (square + 1e-5).sqrt()


def _weighted(n_layers: int) -> nn.Module:
    return LayerWeights(n_layers)


def superb(dim: int, n_layers: int, n_classes: int, **_: object) -> Head:
    """SUPERB ER: weighted layers, a projection to 256 without activation, mean, classes."""
    return Head(
        _weighted(n_layers), nn.Linear(dim, 256), Pooling("mean", 256), nn.Linear(256, n_classes)
    )


def emobox(dim: int, n_layers: int, n_classes: int, **_: object) -> Head:
    """EmoBox: last layer, normalised over time and dimensions jointly, 128, ReLU, mean, classes."""
    return Head(
        Last(),
        nn.Sequential(nn.Linear(dim, 128), nn.ReLU()),
        Pooling("mean", 128),
        nn.Linear(128, n_classes),
        joint_norm=True,
    )


def pepino(dim: int, n_layers: int, n_classes: int, **_: object) -> Head:
    """Pepino et al.: weighted layers, two pointwise convolutions of 128, mean, classes."""
    frames = nn.Sequential(*_pointwise(dim, 128, dropout=0.2), *_pointwise(128, 128, dropout=0.2))
    return Head(_weighted(n_layers), frames, Pooling("mean", 128), nn.Linear(128, n_classes))


def peft_ser(dim: int, n_layers: int, n_classes: int, **_: object) -> Head:
    """PEFT-SER: weighted layers, three pointwise convolutions of 256, mean, classes."""
    frames = nn.Sequential(
        *_pointwise(dim, 256, dropout=0.1),
        *_pointwise(256, 256, dropout=0.1),
        *_pointwise(256, 256, dropout=0.1),
    )
    return Head(_weighted(n_layers), frames, Pooling("mean", 256), nn.Linear(256, n_classes))


def audeering(dim: int, n_layers: int, n_classes: int, *, dropout: float, **_: object) -> Head:
    """Wagner et al.: last layer, mean, a layer of the same width with tanh, outputs."""
    return Head(
        Last(),
        nn.Identity(),
        Pooling("mean", dim),
        nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(dim, dim),
            nn.Tanh(),
            nn.Dropout(dropout),
            nn.Linear(dim, n_classes),
        ),
    )


def pooled(
    dim: int,
    n_layers: int,
    n_classes: int,
    *,
    pooling: str,
    hidden: int | None,
    dropout: float,
) -> Head:
    """Ours: weighted layers, pooling, batch normalisation, classes.

    Parameters
    ----------
    pooling : str
        As of `emovox.encoders.pooling.Pooling`.
    hidden : int, optional
        Of a layer with ReLU before the classes.
    dropout : float
    """
    pool = Pooling(pooling, dim)
    vector: list[nn.Module] = [nn.BatchNorm1d(pool.width, affine=False), nn.Dropout(dropout)]
    width = pool.width
    if hidden is not None:
        vector += [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout)]
        width = hidden
    layers = Last() if n_layers == 1 else _weighted(n_layers)
    return Head(layers, nn.Identity(), pool, nn.Sequential(*vector, nn.Linear(width, n_classes)))


def _pointwise(dim: int, width: int, *, dropout: float) -> list[nn.Module]:
    # A convolution of width 1 over time is a dense layer of each frame.
    return [nn.Linear(dim, width), nn.ReLU(), nn.Dropout(dropout)]


HEADS: Mapping[str, Callable[..., Head]] = {
    "audeering": audeering,
    "emobox": emobox,
    "peft-ser": peft_ser,
    "pepino": pepino,
    "pooled": pooled,
    "superb": superb,
}
"""Name -> maker of a head, from `dim`, `n_layers`, `n_classes` and the options of ours."""


def head_of(name: str, dim: int, n_layers: int, n_classes: int, **options: object) -> Head:
    """Head of a name.

    Raises
    ------
    UsageError
    """
    if name not in HEADS:
        raise UsageError("name-unknown", f"there is no head {name!r}; known: {', '.join(HEADS)}")
    return HEADS[name](dim, n_layers, n_classes, **options)
