"""Which weights of an encoder are trained: none, the top blocks, all, or a low-rank addition."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from ..errors import UsageError, need
from .speech import Encoder, SpeechEncoder

TRAINED = ("none", "blocks", "all", "lora")
"""Beside a number: so many blocks from the top."""
_LORA = {
    "attention": ("q_proj", "v_proj"),
    "feed-forward": ("fc1", "fc2", "intermediate_dense", "output_dense"),
}


def choose(
    encoder: Encoder,
    trained: str | int,
    *,
    rank: int = 8,
    alpha: float = 16.0,
    lora_on: str = "attention",
) -> None:
    """Freeze an encoder but for what is to be trained.

    Parameters
    ----------
    encoder : SpeechEncoder or Student
    trained : {"none", "blocks", "all", "lora"} or int
        Nothing; all blocks, but not the convolutions before them; everything; a low-rank addition
        to some matrices of each block (Hu et al., ICLR 2022, arXiv 2106.09685): W + (alpha / rank)
        B A, A Gaussian, B zero; or so many blocks from the top.
    rank : int
    alpha : float
    lora_on : {"attention", "feed-forward"}
        Query and value, or both matrices of the feed-forward part.

    Raises
    ------
    UsageError
        For other words, or more blocks than there are.
    MissingExtra
        Low-rank additions need peft.
    """
    encoder.requires_grad_(False)
    if trained == "lora":
        _add_lora(encoder, rank=rank, alpha=alpha, lora_on=lora_on)
    elif trained == "all":
        encoder.requires_grad_(True)
        if isinstance(encoder, SpeechEncoder) and encoder.is_whisper:  # a table of sines
            encoder.model.embed_positions.requires_grad_(False)
    elif trained == "blocks":
        encoder.blocks.requires_grad_(True)
    elif type(trained) is int:
        if not 0 < trained <= len(encoder.blocks):
            raise UsageError(
                "usage",
                f"{trained} blocks are to be trained; {len(encoder.blocks)} are used",
            )
        encoder.blocks[-trained:].requires_grad_(True)
    elif trained != "none":
        raise UsageError(
            "name-unknown",
            f"trained is {trained!r}; known: {', '.join(TRAINED)}, or a number of blocks",
        )


def _add_lora(encoder: Encoder, *, rank: int, alpha: float, lora_on: str) -> None:
    if lora_on not in _LORA:
        raise UsageError("name-unknown", f"lora_on is {lora_on!r}; known: {', '.join(_LORA)}")
    if not isinstance(encoder, SpeechEncoder):
        raise UsageError("usage", "a taught network takes no low-rank additions; set trained=all")
    if lora_on == "attention" and encoder.model.config.model_type == "wavlm":
        # Its attention takes the matrices themselves, past any layer put around them.
        raise UsageError("usage", "WavLM takes low-rank additions with lora_on=feed-forward only")
    peft = need("peft", extra="ssl", for_what="low-rank additions")
    settings = peft.LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.0,
        init_lora_weights="gaussian",
        target_modules=list(_LORA[lora_on]),
    )
    peft.inject_adapter_in_model(settings, encoder.blocks)


def merged(network: nn.Module) -> nn.Module:
    """The same network with low-rank additions and weight normalisation worked into its matrices.

    Parameters
    ----------
    network : module
        Changed in place.

    Returns
    -------
    the module
    """
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if hasattr(child, "lora_A"):
                layer: Any = child
                if not layer.merged:
                    layer.merge()
                parent.register_module(name, layer.get_base_layer())
            elif isinstance(child, nn.Conv1d) and is_parametrized(child, "weight"):
                parent.register_module(name, _plain(child))
    return network


def _plain(layer: nn.Conv1d) -> nn.Conv1d:
    """A convolution with the weights that a normalised one has now.

    torch's own way, `remove_parametrizations`, changes the class of the layer, which copies share.
    """
    plain = nn.Conv1d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,  # type: ignore[arg-type]
        padding=layer.padding,  # type: ignore[arg-type]
        groups=layer.groups,
    )
    plain.weight = nn.Parameter(layer.weight.detach().clone())
    plain.bias = layer.bias
    return plain


def learning_rates(encoder: Encoder, *, of_encoder: float, per_block: float) -> dict[int, float]:
    """Share of the learning rate for each weight of an encoder that is trained.

    Parameters
    ----------
    encoder : SpeechEncoder or Student
    of_encoder : float
        Of the topmost block.
    per_block : float
        Of each block relative to the one above it; what lies before the first has another step.

    Returns
    -------
    dict, ``id`` of a parameter -> factor

    Examples
    --------
    Three blocks with 0.1 and 0.5 have 0.025, 0.05 and 0.1.
    """
    n_layers = len(encoder.blocks)
    factors = {
        id(one): of_encoder * per_block ** (n_layers - 1 - place)
        for place, block in enumerate(encoder.blocks)
        for one in block.parameters()
    }
    below = of_encoder * per_block**n_layers
    return {id(one): factors.get(id(one), below) for one in encoder.parameters()}
