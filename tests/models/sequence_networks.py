"""Small networks over sequences of frames, and folders of them, made when the tests run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from emovox.models import write
from models.networks import LABELS, settings

WIDTH = 2


def mean_over_time(
    weights: np.ndarray | None = None, *, frames: int | None = None, dim: int = WIDTH
) -> bytes:
    """A network that multiplies the mean over time of (n, frames, dim) by a matrix."""
    weights = np.array([[3.0, 0.0, -3.0], [0.0, 2.0, 0.0]]) if weights is None else weights
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["y"]),
    ]
    return over_frames(
        nodes, [numpy_helper.from_array(weights.astype(np.float32), "w")], frames=frames, dim=dim
    )


def over_frames(
    nodes: list[Any], constants: list[Any], *, frames: int | None = None, dim: int = WIDTH
) -> bytes:
    """Bytes of a network from `x` (n, frames, dim) to `y` (n, labels), both float."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", frames or "time", dim])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", len(LABELS)])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return bytes(model.SerializeToString())


def convolution(*, times: int = 1, **attributes: Any) -> bytes:
    """A network with convolutions over time side by side, which have these attributes."""
    weights = np.zeros((1, WIDTH, 3), dtype=np.float32)
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        *(
            helper.make_node("Conv", ["t", "w"], [f"c{place}"], **attributes)
            for place in range(times)
        ),
        helper.make_node("ReduceMean", ["c0"], ["m"], axes=[2], keepdims=0),
        helper.make_node("Concat", ["m", "m", "m"], ["y"], axis=1),
    ]
    return over_frames(nodes, [numpy_helper.from_array(weights, "w")])


def sequence_settings(
    *, frames: int | None = None, window: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """Settings of a model over sequences of `WIDTH` numbers a frame."""
    front_end = {**settings()["front_end"], "form": "frames"}
    given = {"dim": WIDTH, "form": "frames", "frames": frames, "window": window}
    return settings(**{"front_end": front_end, "input": given, "out_of_domain": None, **changes})


def sequence_folder(path: Path, *, network: bytes | None = None, **changes: Any) -> Path:
    """A model folder over sequences that reads well."""
    frames = changes.get("frames")
    network = mean_over_time(frames=frames) if network is None else network
    return write(path, network=network, settings=sequence_settings(**changes), card="# Model\n")


def nodes_of(network: bytes) -> list[str]:
    """Operators of a network, in their order."""
    return [node.op_type for node in onnx.load_from_string(network).graph.node]
