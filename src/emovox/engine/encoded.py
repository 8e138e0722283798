"""An encoder and what was trained on its hidden states become one network of ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..encoders.speech import Encoder
from ..encoders.tuning import merged
from ..errors import need
from .export import LENGTHS, every_frame, prepared, traced_to_onnx


class _Vector(torch.nn.Module):
    """Mean and standard deviation of hidden states, or the states side by side."""

    def __init__(self, encoder: Encoder, layers: Sequence[int], *, is_vector: bool) -> None:
        super().__init__()
        self.encoder = encoder
        self.layers = tuple(layers)
        self.is_vector = is_vector

    def forward(self, heard: torch.Tensor) -> torch.Tensor:
        """Of a batch without padding, shape (n, time, dim)."""
        states, _ = self.encoder(heard, every_frame(heard).sum(dim=1))
        chosen = [states[layer] for layer in self.layers]
        if not self.is_vector:
            return torch.cat(chosen, dim=2)
        parts = []
        for state in chosen:
            mean = state.mean(dim=1)
            parts += [mean, ((state - mean[:, None]) ** 2).mean(dim=1).sqrt()]
        return torch.cat(parts, dim=1)


def encoder_to_onnx(encoder: Encoder, layers: Sequence[int], *, dim: int, is_vector: bool) -> bytes:
    """Write the hidden states of an encoder as ONNX.

    Parameters
    ----------
    encoder : SpeechEncoder or Student
    layers : sequence of int
    dim : int
        Width of what it hears.
    is_vector : bool
        Mean and standard deviation over time of each layer; else the layers side by side.

    Returns
    -------
    bytes
    """
    module = prepared(_Vector(encoder, layers, is_vector=is_vector))
    merged(module)
    length = LENGTHS[0] * encoder.shortest
    example = torch.randn((2, length, dim), generator=torch.Generator().manual_seed(0))
    return traced_to_onnx(module, example, {0: "n", 1: "time"})


def joined(encoder: bytes, head: bytes) -> bytes:
    """One network of an encoder's and of what takes its output.

    Parameters
    ----------
    encoder, head : bytes
        Of one input and one output each, as `encoder_to_onnx` and `network_of` write them.

    Returns
    -------
    bytes
        With the input of the first and the output of the second.
    """
    onnx: Any = need("onnx", extra="train", for_what="writing a network")
    first = onnx.compose.add_prefix(onnx.load_model_from_string(encoder), "encoder/")
    second = onnx.load_model_from_string(head)
    target = second.graph.input[0]
    cast = onnx.helper.make_node(
        "Cast",
        [first.graph.output[0].name],
        [target.name],
        to=target.type.tensor_type.elem_type,
    )
    graph = onnx.helper.make_graph(
        [*first.graph.node, cast, *second.graph.node],
        "emovox",
        list(first.graph.input),
        list(second.graph.output),
        [*first.graph.initializer, *second.graph.initializer],
    )
    opsets = {one.domain: one.version for one in (*first.opset_import, *second.opset_import)}
    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid(*one) for one in sorted(opsets.items())],
        producer_name="emovox",
    )
    model.ir_version = max(first.ir_version, second.ir_version)
    return bytes(model.SerializeToString())
