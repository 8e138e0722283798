"""A small convolutional network that gives what some layers of a large encoder would give.

Ours. Its blocks are those of Liu et al., "A ConvNet for the 2020s", CVPR 2022 (arXiv 2201.03545),
over time: a depthwise convolution, a normalisation, two pointwise layers. Attention lets every
frame of the teacher see the whole clip; here the mean over the clip takes its place, in each block.
A teacher such as Whisper also knows how long ago the clip began; so does the student.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ModelError, UsageError
from .finding import STUDENT, Found, read_weights
from .frames import States, in_pieces, mask_of
from .lengths import of_whisper

INPUT_FEATURE = "whisper-logmel"
N_MELS = 80
LONGEST = 3000
"""Log-mel frames that are heard at once: 30 s."""
N_WAVES = 16
"""Waves by which a frame's place is told."""


@dataclass(frozen=True)
class Shape:
    """How large a student is.

    Parameters
    ----------
    layers : tuple of int
        Hidden states of the teacher that it gives, from the lowest.
    taps : tuple of int
        After how many blocks each of them is read off.
    dim : int
        Width of a hidden state of the teacher.
    width : int
        Of its own frames.
    kernel : int
        Frames of 20 ms that a depthwise convolution covers; odd.
    expansion : int
        Of the pointwise layers.

    Raises
    ------
    UsageError
        For numbers that do not go together.
    """

    layers: tuple[int, ...]
    taps: tuple[int, ...]
    dim: int
    width: int = 256
    kernel: int = 21
    expansion: int = 2

    def __post_init__(self) -> None:
        """Refuse numbers that do not go together."""
        for what, most in (("dim", 65_536), ("width", 4096), ("kernel", 1001), ("expansion", 64)):
            value = getattr(self, what)
            if type(value) is not int or not 1 <= value <= most:
                raise UsageError("usage", f"{what} is {value!r}; give 1 to {most}")
        if self.kernel % 2 == 0:
            raise UsageError("usage", f"kernel is {self.kernel}; give an odd number of frames")
        for what, least in (("layers", 0), ("taps", 1)):
            values = getattr(self, what)
            known = all(type(value) is int and least <= value <= 256 for value in values)
            if not values or not known or list(values) != sorted(set(values)):
                raise UsageError("usage", f"{what} is {values!r}; give rising numbers to 256")
        if len(self.layers) != len(self.taps):
            raise UsageError("usage", f"{len(self.layers)} layers have {len(self.taps)} taps")

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Shape:
        """Read it from a configuration.

        Raises
        ------
        UsageError
            For one that holds something else.
        """
        try:
            given = dict(configuration["student"])
            layers, taps = tuple(given.pop("layers")), tuple(given.pop("taps"))
            found = cls(layers=layers, taps=taps, **given)
        except (TypeError, KeyError, ValueError) as error:
            raise UsageError("usage", f"it does not say how large it is: {error}") from error
        for name, value in found.configuration().items():
            if name != "student" and configuration.get(name) != value:
                raise UsageError("usage", f"{name} is {configuration.get(name)!r}, not {value!r}")
        return found

    def configuration(self) -> dict[str, Any]:
        """What ``config.json`` says of it."""
        return {
            "model_type": STUDENT,
            "hidden_size": self.dim,
            "num_hidden_layers": len(self.layers) - 1,
            "num_mel_bins": N_MELS,
            "student": {**asdict(self), "layers": list(self.layers), "taps": list(self.taps)},
        }


def even_taps(n_layers: int, n_blocks: int) -> tuple[int, ...]:
    """After how many blocks each of so many layers is read off, evenly.

    Examples
    --------
    >>> even_taps(3, 6), even_taps(2, 3)
    ((2, 4, 6), (2, 3))
    """
    return tuple(-(-n_blocks * (place + 1) // n_layers) for place in range(n_layers))


class Student(nn.Module):
    """Estimates of hidden states of a teacher, which have mean 0 and deviation 1 in training.

    The face is that of `emovox.encoders.speech.SpeechEncoder`. Hidden state k is the estimate of
    the k-th layer that it was taught, counted from 0.

    Parameters
    ----------
    shape : Shape

    Attributes
    ----------
    mean, inverse : float tensors, shape (80,)
        Mean and one over the deviation of the log-mel frames that it was taught with.

    Examples
    --------
    >>> student = Student(Shape(layers=(2, 3), taps=(1, 2), dim=16, width=8, kernel=3))
    >>> states, lengths = student(torch.zeros(1, 100, 80), torch.tensor([100]))
    >>> [tuple(state.shape) for state in states], lengths.tolist()
    ([(1, 50, 16), (1, 50, 16)], [50])
    """

    mean: Tensor
    inverse: Tensor
    waves: Tensor
    is_whisper = False
    exact_in_batch = True
    shortest = 2
    longest = LONGEST

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.dim = shape.dim
        width = shape.width
        self.register_buffer("mean", torch.zeros(N_MELS))
        self.register_buffer("inverse", torch.ones(N_MELS))
        self.first = nn.Conv1d(N_MELS, width, 5, padding=2)
        self.second = nn.Conv1d(width, width, 5, stride=2, padding=2)
        self.register_buffer("waves", _waves(self.n_frames(LONGEST)), persistent=False)
        self.place = nn.Linear(2 * N_WAVES, width, bias=False)
        self.blocks = nn.ModuleList(
            _Block(width, shape.kernel, shape.expansion) for _ in range(shape.taps[-1])
        )
        self.readings = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, shape.dim)) for _ in shape.layers
        )

    @property
    def n_layers(self) -> int:
        """Number of the last hidden state."""
        return len(self.readings) - 1

    def n_frames(self, n_inputs: Any) -> Any:
        """Frames of hidden states for so many log-mel frames."""
        return of_whisper(n_inputs)

    def truncated(self, top: int | None) -> Student:
        """The same network without what only hidden states above `top` need."""
        if top is None or top >= self.n_layers:
            return self
        kept = slice(0, top + 1)
        shape = replace(self.shape, layers=self.shape.layers[kept], taps=self.shape.taps[kept])
        found = Student(shape)
        given = self.state_dict()
        found.load_state_dict({name: given[name] for name in found.state_dict()})
        return found.train(self.training)

    def forward(self, inputs: Tensor, lengths: Tensor) -> States:
        """Estimates for a batch; as `emovox.encoders.speech.SpeechEncoder`."""
        if inputs.shape[1] > self.longest:
            return in_pieces(
                self._at_once, inputs, lengths, longest=self.longest, shortest=self.shortest
            )
        return self._at_once(inputs, lengths)

    def _at_once(self, inputs: Tensor, lengths: Tensor) -> States:
        heard = mask_of(inputs, lengths)
        standard = _only((inputs - self.mean) * self.inverse, heard)
        hidden = nn.functional.gelu(self.first(standard.transpose(1, 2))).transpose(1, 2)
        hidden = _only(hidden, heard)
        hidden = nn.functional.gelu(self.second(hidden.transpose(1, 2))).transpose(1, 2)
        frames = self.n_frames(lengths)
        there = mask_of(hidden, frames)
        hidden = _only(hidden + self.place(self.waves[: hidden.shape[1]]), there)
        states = []
        for n_done, block in enumerate(self.blocks, start=1):
            hidden = block(hidden, there)
            if n_done in self.shape.taps:
                reading = self.readings[self.shape.taps.index(n_done)]
                states.append(_only(reading(hidden), there))
        return states, frames


class _Block(nn.Module):
    """Depthwise convolution over time, then two pointwise layers that know the clip's mean."""

    def __init__(self, width: int, kernel: int, expansion: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, expansion * width)
        self.context = nn.Linear(width, expansion * width, bias=False)
        self.narrow = nn.Linear(expansion * width, width)

    def forward(self, hidden: Tensor, there: Tensor | None) -> Tensor:
        """Add to what comes in, zero where there is no frame."""
        mixed = self.norm(self.depthwise(hidden.transpose(1, 2)).transpose(1, 2))
        if there is None:
            mean = mixed.mean(dim=1, keepdim=True)
        else:
            total = _only(mixed, there).sum(dim=1, keepdim=True)
            mean = total / there.sum(dim=1)[:, None, None]
        wide = nn.functional.gelu(self.widen(mixed) + self.context(mean))
        return _only(hidden + self.narrow(wide), there)


def _waves(n_frames: int) -> Tensor:
    """Sines and cosines of each place, of 4 to 3000 frames, shape (frames, 2 x `N_WAVES`)."""
    lengths = 4.0 * (3000.0 / 4.0) ** (torch.arange(N_WAVES) / (N_WAVES - 1))
    turns = 2.0 * torch.pi * torch.arange(n_frames)[:, None] / lengths
    return torch.cat([turns.sin(), turns.cos()], dim=1)


def _only(frames: Tensor, there: Tensor | None) -> Tensor:
    """Zero where there is no frame."""
    return frames if there is None else frames * there[..., None]


def load(found: Found, *, top: int | None = None) -> Student:
    """Read a student; as `emovox.encoders.speech.load`.

    Raises
    ------
    ModelError
        ``model-invalid`` where its configuration or its weights do not fit.
    """
    try:
        student = Student(Shape.of(found.configuration))
    except UsageError as error:
        raise ModelError("model-invalid", error.sentence, name=str(found.folder)) from error
    try:
        student.load_state_dict({name: one.float() for name, one in read_weights(found).items()})
    except RuntimeError as error:
        wrong = str(error).splitlines()[-1].strip()
        raise ModelError("model-invalid", wrong, name=str(found.folder)) from error
    return student.truncated(top).eval()
