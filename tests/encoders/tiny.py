"""Encoders of each family with a few thousand random weights, as folders like those of a hub."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

from emovox.encoders.speech import SpeechEncoder, untrained
from emovox.engine.seeds import seeded

_WAVEFORM = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": [16] * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "hidden_dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "feat_proj_dropout": 0.0,
}
_LAYER = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}

CONFIGURATIONS = {
    "wav2vec2-group": {"model_type": "wav2vec2", **_WAVEFORM},
    "wav2vec2-layer": {"model_type": "wav2vec2", **_WAVEFORM, **_LAYER},
    "hubert-group": {"model_type": "hubert", **_WAVEFORM},
    "hubert-layer": {"model_type": "hubert", **_WAVEFORM, **_LAYER},
    "wavlm-group": {"model_type": "wavlm", **_WAVEFORM},
    "wavlm-layer": {"model_type": "wavlm", **_WAVEFORM, **_LAYER, "conv_bias": False},
    "data2vec-audio": {
        "model_type": "data2vec-audio",
        **_WAVEFORM,
        "num_conv_pos_embeddings": 3,
        "conv_pos_kernel_size": 5,
    },
    "whisper": {
        "model_type": "whisper",
        "d_model": 32,
        "encoder_layers": 3,
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 48,
        "num_mel_bins": 80,
        "vocab_size": 20,
        "pad_token_id": 0,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "decoder_start_token_id": 0,
    },
}
"""Name -> ``config.json``."""
QUICK = ("wav2vec2-group", "wavlm-layer", "whisper")


def slow_but_few(names, *, quick=QUICK) -> list:
    """Parameters of a test of which the quick suite asks a few only, standing for the others."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in names]


EXACT = ("wav2vec2-layer", "hubert-layer", "wavlm-layer", "whisper")
"""Those that hear a clip alike alone and in a padded batch."""


def tiny(name: str) -> SpeechEncoder:
    """An encoder of one of `CONFIGURATIONS`."""
    return tiny_of(CONFIGURATIONS[name])


def tiny_of(configuration: dict) -> SpeechEncoder:
    """An encoder with the same random weights each time, larger than torch's first ones."""
    with seeded(7):
        encoder = untrained(configuration)
        for parameter in encoder.parameters():
            if parameter.dim() > 1:
                parameter.data.mul_(1.5)
            else:
                parameter.data.add_(0.1 * torch.randn_like(parameter))
    return encoder


def inputs(encoder: SpeechEncoder, n: int, *, seconds: float = 0.5, seed: int = 0) -> torch.Tensor:
    """Random inputs, shape (n, time, dim)."""
    generator = torch.Generator().manual_seed(seed)
    if encoder.is_whisper:
        return torch.randn((n, round(100 * seconds), 80), generator=generator)
    return torch.randn((n, round(16_000 * seconds), 1), generator=generator)


def write(folder, name: str = "whisper", *, prefix: str = "", encoder=None) -> SpeechEncoder:
    """A folder like one of a hub, and the encoder that lies in it."""
    encoder = tiny(name) if encoder is None else encoder
    write_of(folder, CONFIGURATIONS[name], encoder, prefix=prefix)
    return encoder


def write_of(folder, configuration: dict, encoder: SpeechEncoder, *, prefix: str = "") -> None:
    """A folder of an encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(configuration))
    weights = encoder.model.state_dict()
    tensors = {prefix + key: value.contiguous() for key, value in weights.items()}
    save_file(tensors, folder / "model.safetensors")
