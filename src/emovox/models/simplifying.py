"""A network in ONNX as an exporter writes it, made of the few operators that are allowed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, need
from .settings import NETWORK_FILE

RECURRENT = frozenset(["GRU", "LSTM", "RNN"])
_INITIAL_STATES = (5, 6)  # places of initial_h and initial_c among the inputs


def simplified(network: bytes) -> bytes:
    """Give the same network without what only the exporter needed.

    What is constant is computed once, BatchNorm becomes part of the convolution before it, by
    the runtime's own first level of optimisation. Paddings become those of the convolutions
    that they are for, and first states of recurrent layers that are zero are left out: the
    operators behind them (Pad, ConstantOfShape) are such as `emovox.models.screening` refuses.

    Parameters
    ----------
    network : bytes
        An ONNX file of the program's own making; it is not screened.

    Returns
    -------
    bytes

    Raises
    ------
    ModelError
        ``model-invalid`` if the runtime refuses it.
    """
    onnx = need("onnx", extra="train", for_what="writing a network")
    model = onnx.load_from_string(_folded(network))
    _without_zero_states(onnx, model.graph)
    _padded_by_convolutions(onnx, model.graph)
    _without_the_unused(model.graph)
    used = {node.domain for node in model.graph.node}
    for opset in list(model.opset_import):
        if opset.domain not in used | {""}:
            model.opset_import.remove(opset)
    model.graph.name = "network"
    model.producer_name = "emovox"
    del model.graph.value_info[:]
    del model.metadata_props[:]
    return bytes(model.SerializeToString(deterministic=True))


def _folded(network: bytes) -> bytes:
    """The network after the runtime's first level of optimisation, in operators of ONNX alone."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as in emovox.models.runtime
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / NETWORK_FILE
        options.optimized_model_filepath = str(place)
        try:
            onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's exceptions share no narrower root
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise ModelError("model-invalid", f"the network does not load: {said[0]}") from error
        return place.read_bytes()


def _without_zero_states(onnx: Any, graph: Any) -> None:
    """Leave out first states of recurrent layers that are zero, as they are without them too."""
    made_by = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type not in RECURRENT:
            continue
        for place in _INITIAL_STATES:
            if place < len(node.input) and _is_zero(onnx, graph, made_by, node.input[place]):
                node.input[place] = ""
        while node.input and not node.input[-1]:
            del node.input[-1]


def _is_zero(onnx: Any, graph: Any, made_by: dict[str, Any], name: str) -> bool:
    """Whether a tensor is known to hold only zeros."""
    constant = _constant(onnx, graph, name)
    if constant is not None:
        return not constant.any()
    node = made_by.get(name)
    if node is None:
        return False
    if node.op_type in ("Slice", "Expand", "Reshape", "Unsqueeze", "Squeeze", "Cast", "Transpose"):
        return _is_zero(onnx, graph, made_by, node.input[0])
    if node.op_type != "ConstantOfShape":
        return False
    return all(not onnx.numpy_helper.to_array(value.t).any() for value in node.attribute)


def _padded_by_convolutions(onnx: Any, graph: Any) -> None:
    """Let convolutions pad by themselves, where a Pad with zeros stands before them."""
    for pad in [node for node in graph.node if node.op_type == "Pad"]:
        widths = _zero_padding(onnx, graph, pad)
        users = [node for node in graph.node if pad.output[0] in node.input]
        is_output = any(value.name == pad.output[0] for value in graph.output)
        if widths is None or is_output or {node.op_type for node in users} != {"Conv"}:
            continue
        for node in users:
            node.input[0] = pad.input[0]
            own = _attribute(onnx, node, "pads")
            kept = [attribute for attribute in node.attribute if attribute.name != "pads"]
            del node.attribute[:]
            node.attribute.extend(kept)
            both = widths if own is None else widths + np.asarray(own)
            node.attribute.append(onnx.helper.make_attribute("pads", both.tolist()))


def _zero_padding(onnx: Any, graph: Any, pad: Any) -> NDArray[np.int64] | None:
    """Widths by which a Pad adds zeros to the axes after the second; None if it does else."""
    mode = _attribute(onnx, pad, "mode")
    widths = _constant(onnx, graph, pad.input[1]) if len(pad.input) > 1 else None
    if mode not in (None, b"constant") or widths is None or (widths < 0).any():
        return None
    if len(pad.input) > 2 and pad.input[2]:
        value = _constant(onnx, graph, pad.input[2])
        if value is None or value.any():
            return None
    if len(pad.input) > 3 and pad.input[3]:
        return None
    ends: NDArray[np.int64] = widths.astype(np.int64).reshape(2, -1)
    return None if ends[:, :2].any() else ends[:, 2:].ravel()


def _without_the_unused(graph: Any) -> None:
    """Remove what no output of the network depends on."""
    wanted = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    constants = [tensor for tensor in graph.initializer if tensor.name in wanted]
    del graph.initializer[:]
    graph.initializer.extend(constants)


def _constant(onnx: Any, graph: Any, name: str) -> NDArray[Any] | None:
    """Value of a constant of the graph."""
    for tensor in graph.initializer:
        if tensor.name == name:
            return np.asarray(onnx.numpy_helper.to_array(tensor))
    for node in graph.node:
        if node.op_type == "Constant" and node.output[0] == name:
            return np.asarray(onnx.numpy_helper.to_array(node.attribute[0].t))
    return None


def _attribute(onnx: Any, node: Any, name: str) -> Any:
    """Value of an attribute of a node, or None."""
    for attribute in node.attribute:
        if attribute.name == name:
            return onnx.helper.get_attribute_value(attribute)
    return None
