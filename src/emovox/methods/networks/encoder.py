"""Networks on pretrained speech encoders: frozen or trained, pooled, with a small head."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...encoders.finding import find, origin
from ...encoders.frames import frame_mask
from ...encoders.names import parse
from ...encoders.speech import input_feature, load, untrained
from ...encoders.tuning import choose, learning_rates, merged
from ...engine.batch import Batch
from ...errors import UsageError
from .encoder_heads import head_of


class TunedEncoder(nn.Module):
    """A speech encoder, its layers weighted, pooled over time, and a head.

    Parameters
    ----------
    dim : int
        Width of what the encoder hears: bands, or 1 for samples.
    n_classes : int
    encoder : str
        As `emovox.encoders.finding.find` takes it.
    layers : str
        Hidden states, such as ``"3"``, ``"1-3"`` or ``"all"``; several have learned weights. Blocks
        above the last of them are left out.
    trained : str or int
        As of `emovox.encoders.tuning.choose`.
    head : str
        One of `emovox.methods.networks.encoder_heads.HEADS`.
    pooling, hidden, dropout
        Of the head ``"pooled"``; the published ones have theirs.
    encoder_rate, block_rate : float
        As `of_encoder` and `per_block` of `emovox.encoders.tuning.learning_rates`.
    lora_rank, lora_alpha, lora_on
        As of `emovox.encoders.tuning.choose`.
    first_weights : {"pretrained", "random"}
        Random ones are a control: what the architecture gives by itself.

    Attributes
    ----------
    shortest : int
        Inputs of which the encoder makes a frame.
    identity : dict
        Hash of the encoder's weights, on which a training depends.
    origin : dict
        What a model card says of the encoder.

    Raises
    ------
    UsageError
        For frames of another width than the encoder hears, layers that it does not have, or other
        words.
    ModelError
        Where the encoder is not to be had.
    """

    def __init__(
        self,
        dim: int,
        n_classes: int,
        *,
        encoder: str = "whisper-base",
        layers: str = "3",
        trained: str | int = "none",
        head: str = "pooled",
        pooling: str = "mean-sd",
        hidden: int | None = None,
        dropout: float = 0.2,
        encoder_rate: float = 0.02,
        block_rate: float = 0.9,
        lora_rank: int = 8,
        lora_alpha: float = 16.0,
        lora_on: str = "attention",
        first_weights: str = "pretrained",
    ) -> None:
        super().__init__()
        found = find(encoder)
        heard = input_feature(found)
        wanted = int(found.configuration["num_mel_bins"]) if heard.startswith("whisper") else 1
        if dim != wanted:
            raise UsageError(
                "usage",
                f"{encoder} hears frames of {wanted} numbers, these have {dim}; "
                f"set --features {heard}",
            )
        self.chosen = parse(f"{encoder}@{layers}").chosen(found.n_layers)
        if first_weights not in ("pretrained", "random"):
            raise UsageError(
                "name-unknown", f"first_weights is {first_weights!r}; known: pretrained, random"
            )
        if first_weights == "random":
            self.encoder = untrained(dict(found.configuration)).truncated(self.chosen[-1])
        else:
            self.encoder = load(found, top=self.chosen[-1])
        choose(self.encoder, trained, rank=lora_rank, alpha=lora_alpha, lora_on=lora_on)
        self.is_frozen = trained in ("none", "lora")
        self.rates = (encoder_rate, block_rate)
        self.shortest = self.encoder.shortest
        self.origin = origin(found, self.chosen)
        self.identity = {"encoder": self.origin["sha256"]}
        self.head = head_of(
            head,
            self.encoder.dim,
            len(self.chosen),
            n_classes,
            pooling=pooling,
            hidden=hidden,
            dropout=dropout,
        )

    def train(self, mode: bool = True) -> TunedEncoder:
        """Set training or evaluation; a frozen encoder stays as it was."""
        super().train(mode)
        if self.is_frozen:
            self.encoder.eval()
        return self

    def learning_rates(self) -> Mapping[int, float]:
        """Share of the learning rate for the weights of the encoder, by their ``id``."""
        of_encoder, per_block = self.rates
        if any("lora_" in name for name, _ in self.encoder.named_parameters()):
            return {}
        return learning_rates(self.encoder, of_encoder=of_encoder, per_block=per_block)

    def merge(self) -> TunedEncoder:
        """Itself, with low-rank additions and weight normalisation worked in, to be written."""
        merged(self)
        return self

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Logits of a batch of log-mel frames or samples."""
        states, lengths = self.encoder(batch.inputs, batch.lengths)
        chosen = torch.stack([states[layer] for layer in self.chosen], dim=1)
        return {"logits": self.head(chosen, frame_mask(chosen[:, 0], lengths))}
