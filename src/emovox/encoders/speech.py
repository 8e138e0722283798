"""One face for the speech encoders of `transformers`: hidden states of every block.

wav2vec 2.0 (arXiv 2006.11477), HuBERT (arXiv 2106.07447), WavLM (arXiv 2110.13900), data2vec
(arXiv 2202.03555) and the encoder of Whisper (arXiv 2212.04356). Hidden states are numbered as
`transformers` 4 does: 0 is what goes into the first block, k what comes out of block k; the last
one is after the final normalisation where there is one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from ..errors import ModelError, need
from ..features.waveform import SHORTEST
from . import student
from .finding import STUDENT, Found, read_weights
from .frames import States, in_pieces, mask_of, stacked
from .lengths import after_convolutions, of_whisper

WHISPER_FRAMES = 3000
"""Log-mel frames of 30 s, which Whisper was trained on."""
LONGEST_S = 30
"""Longer clips are heard in pieces of so many seconds."""
MAX_FRAMES = 1500
"""Frames of hidden states of 30 s."""


@dataclass(frozen=True)
class Family:
    """What distinguishes the encoders of one kind.

    Parameters
    ----------
    model, configuration : str
        Class names in `transformers`.
    marker : str
        End of the name of a tensor that every checkpoint has, by which the prefix of the others
        is known.
    standardised : bool
        Whether clips are standardised where the preprocessing says nothing.
    """

    model: str
    configuration: str
    marker: str = "feature_projection.projection.weight"
    standardised: bool = True


FAMILIES: dict[str, Family] = {
    "wav2vec2": Family("Wav2Vec2Model", "Wav2Vec2Config"),
    "hubert": Family("HubertModel", "HubertConfig"),
    "wavlm": Family("WavLMModel", "WavLMConfig", standardised=False),
    "data2vec-audio": Family("Data2VecAudioModel", "Data2VecAudioConfig"),
    "whisper": Family("WhisperEncoder", "WhisperConfig", marker="conv1.weight"),
}
"""``model_type`` of a configuration -> its family."""


def input_feature(found: Found) -> str:
    """Name of the registered feature that an encoder takes, as frames.

    Raises
    ------
    ModelError
        ``model-invalid`` for an encoder of another family.
    """
    if found.configuration.get("model_type") == STUDENT:
        return student.INPUT_FEATURE
    family = _family(found)
    if family.model == "WhisperEncoder":
        bands = int(found.configuration.get("num_mel_bins", 80))
        return "whisper-logmel" if bands == 80 else f"whisper-logmel-{bands}"
    given = found.preprocessing.get("do_normalize", family.standardised)
    return "waveform-standardised" if given else "waveform"


def _family(found: Found) -> Family:
    kind = str(found.configuration.get("model_type"))
    if kind not in FAMILIES:
        raise ModelError(
            "model-invalid",
            f"it is of the kind {kind!r}; known: {', '.join([*FAMILIES, STUDENT])}",
            name=str(found.folder),
        )
    return FAMILIES[kind]


def load(found: Found, *, top: int | None = None) -> Encoder:
    """Read an encoder.

    Parameters
    ----------
    found : Found
    top : int, optional
        Last hidden state that is wanted: blocks above it are left out.

    Returns
    -------
    SpeechEncoder or Student
        In evaluation mode, in single precision.

    Raises
    ------
    ModelError
        ``model-invalid`` where weights are missing or have other shapes.
    MissingExtra
    """
    if found.configuration.get("model_type") == STUDENT:
        return student.load(found, top=top)
    family = _family(found)
    tensors = read_weights(found)
    name = next((name for name in tensors if name.endswith(family.marker)), None)
    prefix = "" if name is None else name[: -len(family.marker)]
    if family.model == "WhisperEncoder" and "encoder." in prefix:
        prefix = prefix[: prefix.index("encoder.") + len("encoder.")]
    given = {
        name[len(prefix) :]: value.float()
        for name, value in tensors.items()
        if name.startswith(prefix) and value.is_floating_point()
    }
    with torch.device("meta"):
        model = _model(family, dict(found.configuration))
    wanted = model.state_dict()
    given = _renamed(given, wanted)
    # The vector that masks inputs in pretraining may be missing: nothing is masked here.
    if missing := sorted(set(wanted) - set(given) - {"masked_spec_embed"}):
        raise ModelError(
            "model-invalid", f"there is no tensor {missing[0]}", name=str(found.folder)
        )
    for name, value in wanted.items():
        if name in given and given[name].shape != value.shape:
            raise ModelError(
                "model-invalid",
                f"{name} has the shape {tuple(given[name].shape)}; expected {tuple(value.shape)}",
                name=str(found.folder),
            )
    model.load_state_dict(
        {name: given.get(name, torch.zeros(value.shape)) for name, value in wanted.items()},
        assign=True,
    )
    return SpeechEncoder(model).truncated(top).eval()


def _model(family: Family, settings: dict[str, Any]) -> Any:
    """The module of `transformers`, untrained.

    Its own ``forward`` is never called, so no block is dropped and no frame masked at random.
    """
    transformers = need("transformers", extra="ssl", for_what="speech encoders")
    configuration = getattr(transformers, family.configuration)(**settings)
    configuration._attn_implementation = "eager"
    if family.model == "WhisperEncoder":
        whisper = need(
            "transformers.models.whisper.modeling_whisper", extra="ssl", for_what="Whisper"
        )
        return whisper.WhisperEncoder(configuration)
    return getattr(transformers, family.model)(configuration)


def _renamed(given: dict[str, Tensor], wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the names of today's torch: weight_g and weight_v were renamed."""
    new = {".weight_g": ".parametrizations.weight.original0",
           ".weight_v": ".parametrizations.weight.original1"}  # fmt: skip
    found = {}
    for name, value in given.items():
        for old, today in new.items():
            if name.endswith(old) and name not in wanted:
                name = name[: -len(old)] + today
        found[name] = value
    return found


def untrained(configuration: dict[str, Any]) -> Encoder:
    """An encoder of random weights, of the default device: for counts, tests and controls.

    Parameters
    ----------
    configuration : dict
        As in ``config.json``.

    Returns
    -------
    SpeechEncoder or Student, in evaluation mode
    """
    kind = str(configuration.get("model_type"))
    if kind == STUDENT:
        return student.Student(student.Shape.of(configuration)).eval()
    return SpeechEncoder(_model(FAMILIES[kind], configuration)).eval()


class SpeechEncoder(nn.Module):
    """Hidden states of a speech encoder.

    Parameters
    ----------
    model : module of `transformers`
        Such as ``Wav2Vec2Model`` or ``WhisperEncoder``, whose positions are cut to the clip: it
        need not be padded to the 30 s that it was trained on.

    Attributes
    ----------
    dim : int
        Width of a hidden state.
    n_layers : int
        Blocks that are there; the encoder gives one hidden state more.
    exact_in_batch : bool
        Whether a clip gives the same alone and beside longer ones. It does not where the first
        convolution normalises over time (GroupNorm) or positions go through several convolutions
        (data2vec): those hear clips of each length by themselves.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.is_whisper = hasattr(model, "conv2")
        self.dim = int(model.config.hidden_size)
        self.is_complete = True
        if model.config.model_type == "wavlm":
            # The bucket of each distance between two frames of a clip of up to 30 s.
            distances = torch.arange(1 - MAX_FRAMES, MAX_FRAMES, device="cpu")
            attention: Any = self.blocks[0].attention
            buckets = attention._relative_positions_bucket(distances)
            self.register_buffer("buckets", buckets, persistent=False)

    @property
    def blocks(self) -> nn.ModuleList:
        """The transformer's blocks."""
        found: nn.ModuleList = self.model.layers if self.is_whisper else self.model.encoder.layers
        return found

    @property
    def n_layers(self) -> int:
        """Blocks that are there."""
        return len(self.blocks)

    @property
    def shortest(self) -> int:
        """Inputs of which a frame is made: log-mel frames or samples."""
        return 2 if self.is_whisper else SHORTEST

    @property
    def longest(self) -> int:
        """Inputs that are heard at once: 30 s."""
        return WHISPER_FRAMES if self.is_whisper else LONGEST_S * 16_000

    @property
    def exact_in_batch(self) -> bool:
        """Whether a clip gives the same alone and beside longer ones."""
        if self.is_whisper:
            return True
        configuration = self.model.config
        if configuration.model_type == "data2vec-audio":
            return False
        return bool(configuration.feat_extract_norm == "layer")

    def truncated(self, top: int | None) -> SpeechEncoder:
        """The same encoder without the blocks above hidden state `top`.

        Nor the vector that masks frames in pretraining, which nothing here uses.
        """
        top = self.n_layers if top is None else min(top, self.n_layers)
        found: SpeechEncoder = _shallow(self)
        found.model = _shallow(self.model)
        if "masked_spec_embed" in found.model._parameters:
            found.model.masked_spec_embed = None
        kept = nn.ModuleList(list(self.blocks)[:top])
        if self.is_whisper:
            found.model.layers = kept
        else:
            found.model.encoder = _shallow(self.model.encoder)
            found.model.encoder.layers = kept
        found.is_complete = self.is_complete and top == self.n_layers
        return found

    def n_frames(self, n_inputs: Any) -> Any:
        """Frames of hidden states for so many inputs: log-mel frames or samples."""
        if self.is_whisper:
            return of_whisper(n_inputs)
        configuration = self.model.config
        return after_convolutions(
            n_inputs, tuple(configuration.conv_kernel), tuple(configuration.conv_stride)
        )

    def forward(self, inputs: Tensor, lengths: Tensor) -> States:
        """Hidden states of a batch.

        Parameters
        ----------
        inputs : float tensor, shape (utterances, time, dim)
            Log-mel frames, or samples (dim 1); zero after the end of each utterance.
        lengths : int64 tensor, shape (utterances,)

        Returns
        -------
        states : list of float tensors, each of shape (utterances, frames, dim)
            `n_layers` + 1 of them, zero after the end of each utterance.
        lengths : int64 tensor, shape (utterances,)
            In frames.
        """
        longest = inputs.shape[1]
        if longest > self.longest:
            return in_pieces(
                self._at_once, inputs, lengths, longest=self.longest, shortest=self.shortest
            )
        if self.exact_in_batch or bool((lengths == longest).all()):
            return self._at_once(inputs, lengths)
        return self._each_length(inputs, lengths)

    def _each_length(self, inputs: Tensor, lengths: Tensor) -> States:
        """Utterances of each length by themselves, where padding would change them."""
        per_row: list[list[Tensor]] = [[] for _ in range(len(inputs))]
        for length in sorted(set(lengths.tolist())):
            rows = (lengths == length).nonzero()[:, 0]
            states, _ = self._at_once(inputs[rows, :length], lengths[rows])
            for place, row in enumerate(rows.tolist()):
                per_row[row] = [state[place] for state in states]
        return stacked(per_row)

    def _at_once(self, inputs: Tensor, lengths: Tensor) -> States:
        frames = self.n_frames(lengths)
        start = self._whisper_start if self.is_whisper else self._waveform_start
        hidden = start(inputs, lengths, frames)
        there = mask_of(hidden, frames)
        states = [hidden]
        step = self._steps(there, hidden)
        for block in self.blocks:
            hidden = step(block, hidden)
            states.append(hidden)
        if self.is_complete and (norm := self._final_norm()) is not None:
            states[-1] = norm(states[-1])
        if there is not None:
            states = [state * there[..., None] for state in states]
        return states, frames

    def _whisper_start(self, inputs: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
        """Convolutions and positions of Whisper; a clip ends as it does alone, before zeros."""
        there = mask_of(inputs, lengths)
        if there is not None:
            inputs = inputs * there[..., None]
        hidden = nn.functional.gelu(self.model.conv1(inputs.transpose(1, 2)))
        if there is not None:
            hidden = hidden * there[:, None]
        hidden = nn.functional.gelu(self.model.conv2(hidden)).transpose(1, 2)
        positions: Tensor = self.model.embed_positions.weight[: hidden.shape[1]]
        return hidden + positions

    def _waveform_start(self, inputs: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
        """Convolutions, projection and positions of the families that take samples."""
        extracted = self.model.feature_extractor(inputs[:, :, 0]).transpose(1, 2)
        projected = self.model.feature_projection(extracted)
        hidden: Tensor = projected[0] if isinstance(projected, tuple) else projected
        there = mask_of(hidden, frames)
        if there is not None:
            hidden = hidden * there[..., None]
        encoder = self.model.encoder
        hidden = hidden + encoder.pos_conv_embed(hidden)
        if not self._normalises_last:
            hidden = encoder.layer_norm(hidden)
        return nn.functional.dropout(
            hidden, self.model.config.hidden_dropout, training=self.training
        )

    def _position_bias(self, hidden: Tensor) -> Tensor:
        """WavLM's bias of each head for each distance, shape (utterances x heads, time, time).

        As the first block would compute it for all, without making a matrix of distances.
        """
        n = hidden.shape[1]
        # A network that is read from a model folder may not count up to a number of its own.
        attention: Any = self.blocks[0].attention
        values: Tensor = attention.rel_attn_embed(self.buckets)
        near = values[MAX_FRAMES - n : MAX_FRAMES + n - 1]
        matrix = _toeplitz(near, hidden[0, :, :1, None] * 0.0).permute(2, 0, 1)
        each = matrix[None] + hidden[:, :1, :1, None] * 0.0
        return each.reshape(-1, n, n)

    @property
    def _normalises_last(self) -> bool:
        return self.is_whisper or bool(getattr(self.model.config, "do_stable_layer_norm", False))

    def _final_norm(self) -> nn.Module | None:
        """Normalisation after the last block, where there is one."""
        if not self._normalises_last:
            return None
        norm: nn.Module = (
            self.model.layer_norm if self.is_whisper else self.model.encoder.layer_norm
        )
        return norm

    def _steps(self, there: Tensor | None, hidden: Tensor) -> Callable[[nn.Module, Tensor], Tensor]:
        """How one block is called: each family has its own arguments."""
        if self.model.config.model_type == "wavlm":
            bias = self._position_bias(hidden) if self.n_layers else None

            def wavlm(block: nn.Module, hidden: Tensor) -> Tensor:
                after: Tensor = block(hidden, attention_mask=there, position_bias=bias)[0]
                return after

            return wavlm
        added = None
        if there is not None:
            lowest = torch.finfo(hidden.dtype).min
            added = torch.zeros_like(there, dtype=hidden.dtype).masked_fill(~there, lowest)
            added = added[:, None, None]

        def plain(block: nn.Module, hidden: Tensor) -> Tensor:
            found = block(hidden, attention_mask=added)
            after: Tensor = found[0] if isinstance(found, tuple) else found
            return after

        return plain


Encoder: TypeAlias = SpeechEncoder | student.Student
"""What `load` gives."""


def _toeplitz(values: Tensor, zeros: Tensor) -> Tensor:
    """Matrix of the value at each distance of two places, in operators that a model may hold.

    Parameters
    ----------
    values : float tensor, shape (2 n - 1, ...)
        At distances from 1 - n to n - 1.
    zeros : float tensor, shape (n, 1, ...)

    Returns
    -------
    float tensor, shape (n, n, ...)
        [i, j] is the value at distance j - i.
    """
    n = zeros.shape[0]
    # Rows of 2 n values, read as rows of 2 n - 1, begin one place earlier each.
    rows = torch.cat([values, values[:1]])[None] + zeros
    rest = values.shape[1:]
    skewed = rows.reshape(-1, *rest)[: n * (2 * n - 1)].reshape(n, 2 * n - 1, *rest)
    return skewed[:, n - 1 :]


def _shallow(module: Any) -> Any:
    """A copy that shares its parts until they are replaced."""
    found = copy.copy(module)
    found._modules = dict(module._modules)
    found._parameters = dict(module._parameters)
    return found
