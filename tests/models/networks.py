"""Small networks and model folders for the tests, made when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from emovox.models import write

DIM = 3
LABELS = ["anger", "happiness", "sadness"]


def linear(
    weights: np.ndarray | None = None,
    *,
    operator: str = "MatMul",
    domain: str = "",
    opset: int = 17,
    ir_version: int = 8,
    dim: int = DIM,
) -> bytes:
    """A network that multiplies each vector by a matrix of shape (dim, outputs)."""
    weights = np.eye(dim, len(LABELS)) if weights is None else weights
    node = helper.make_node(operator, ["x", "w"], ["y"], domain=domain)
    return serialise([node], [numpy_helper.from_array(weights, "w")], dim=dim,
                     outputs=weights.shape[-1], opset=opset, ir_version=ir_version,
                     domain=domain)  # fmt: skip


def serialise(
    nodes: list[Any],
    initializers: list[Any],
    *,
    dim: int = DIM,
    outputs: int = len(LABELS),
    opset: int = 17,
    ir_version: int = 8,
    domain: str = "",
) -> bytes:
    """Bytes of a network from `x` (n, dim) to `y` (n, outputs), both double."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, dim])],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, [None, outputs])],
        initializers,
    )
    opsets = [helper.make_opsetid("", opset)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = ir_version
    return bytes(onnx.ModelProto.SerializeToString(model))


def settings(**changes: Any) -> dict[str, Any]:
    """Settings of a model over `DIM` features."""
    return {
        "name": "tiny",
        "task": "classification",
        "labels": LABELS,
        "front_end": {"feature": "mfcc", "version": 1, "sample_rate": 16000,
                      "level_db": None, "trim": False},
        "input": {"dim": DIM},
        "scores": {"kind": "softmax", "temperature": 1.0},
        "out_of_domain": {"mean": [0.0] * DIM, "inverse_sd": [1.0] * DIM, "threshold": 4.0},
        **changes,
    }  # fmt: skip


def folder(path: Path, *, network: bytes | None = None, **changes: Any) -> Path:
    """A model folder that reads well."""
    return write(path, network=network or linear(), settings=settings(**changes), card="# Model\n")


def endless(dim: int) -> bytes:
    """A network that is quick for two rows and takes seconds for very many."""
    nodes, last = [], "x"
    for index in range(300):
        nodes.append(helper.make_node("MatMul", [last, "w"], [f"h{index}"]))
        last = f"h{index}"
    nodes.append(helper.make_node("Identity", [last], ["y"]))
    return serialise(nodes, [numpy_helper.from_array(np.eye(dim), "w")], dim=dim)
