"""The last linear layer of a model's network: taken off, and put on again with other weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, need

Array = NDArray[np.float64]
EMBEDDING, LOGITS = "embedding", "adapted"


@dataclass(frozen=True)
class LastLayer:
    """A network up to its last product with constant weights.

    Parameters
    ----------
    trunk : bytes
        The network up to there: its output, shape (n, dim), is an embedding of the input.
    weights : float64 array, shape (labels, dim)
        Of the last product; what it has beside it (an offset, a softmax) is left out.
    """

    trunk: bytes
    weights: Array

    @property
    def dim(self) -> int:
        """Width of the embedding."""
        return int(self.weights.shape[1])

    def with_weights(self, weights: Array, offset: Array) -> bytes:
        """Network that gives logits by other weights, computed in double precision.

        Parameters
        ----------
        weights : float array, shape (labels, dim)
            Stored in single precision.
        offset : float array, shape (labels,)
        """
        onnx = _onnx()
        helper, double = onnx.helper, onnx.TensorProto.DOUBLE
        model = onnx.load_model_from_string(self.trunk)
        graph = model.graph
        graph.initializer.extend(
            [
                onnx.numpy_helper.from_array(weights.T.astype(np.float32), f"{LOGITS}.weights"),
                onnx.numpy_helper.from_array(offset.astype(np.float64), f"{LOGITS}.offset"),
            ]
        )
        steps = [
            ("Cast", [graph.output[0].name], f"{LOGITS}.wide", {"to": double}),
            ("Cast", [f"{LOGITS}.weights"], f"{LOGITS}.matrix", {"to": double}),
            ("MatMul", [f"{LOGITS}.wide", f"{LOGITS}.matrix"], f"{LOGITS}.product", {}),
            ("Add", [f"{LOGITS}.product", f"{LOGITS}.offset"], f"{LOGITS}.logits", {}),
        ]
        for operator, inputs, output, attributes in steps:
            graph.node.append(helper.make_node(operator, inputs, [output], **attributes))
        del graph.output[:]
        shape = ["n", len(weights)]
        graph.output.append(helper.make_tensor_value_info(f"{LOGITS}.logits", double, shape))
        return bytes(model.SerializeToString())


def last_layer(network: bytes, *, n_labels: int, name: str) -> LastLayer:
    """Take the last linear layer off a network.

    Parameters
    ----------
    network : bytes
    n_labels : int
        Columns that its weights must have.
    name : str
        The model, for the error.

    Raises
    ------
    ModelError
        ``model-misfit`` where there is none: trees, neighbours, kernels, other than one row of
        weights for each label.
    """
    onnx = _onnx()
    model = onnx.load_model_from_string(network)
    graph = model.graph
    constants = {one.name: one for one in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    value = graph.output[0].name
    while (node := makers.get(value)) is not None:
        # What may stand between the layer and the scores: an offset, a softmax, a number's type.
        if node.op_type in ("Identity", "Cast", "Softmax"):
            value = node.input[0]
            continue
        if node.op_type == "Add":
            fixed = [_constant(one, constants, makers) is not None for one in node.input]
            if fixed.count(True) == 1:
                value = node.input[fixed.index(False)]
                continue
        break
    weights = None
    if node is not None and node.op_type in ("MatMul", "Gemm"):
        value, weights = node.input[0], _constant(node.input[1], constants, makers)
        if weights is not None and not _attribute(node, "transB"):
            weights = weights.T
    if weights is None or weights.ndim != 2 or len(weights) != n_labels:
        raise ModelError(
            "model-misfit",
            "does not end in a linear layer of a row for each label, so it cannot be adapted; "
            "adapt one of ridge, lda, logistic-regression, encoder-lda or a network",
            name=name,
        )
    return LastLayer(_up_to(model, value, dim=weights.shape[1]), weights)


def _constant(name: str, constants: Any, makers: Any) -> Array | None:
    """Values of a constant, also behind a change of its type; None for what is computed."""
    while name in makers and makers[name].op_type in ("Cast", "Identity"):
        name = makers[name].input[0]
    if name in makers and makers[name].op_type == "Constant":
        value = makers[name].attribute[0].t
    elif name in constants:
        value = constants[name]
    else:
        return None
    return np.asarray(_onnx().numpy_helper.to_array(value), dtype=np.float64)


def _attribute(node: Any, name: str) -> int:
    return next((int(one.i) for one in node.attribute if one.name == name), 0)


def _up_to(model: Any, value: str, *, dim: int) -> bytes:
    """The network with `value` as its output, without what only comes after it."""
    onnx = _onnx()
    graph = model.graph
    makers = {output: node for node in graph.node for output in node.output}
    wanted, left = {value}, [value]
    while left:
        node = makers.get(left.pop())
        for name in () if node is None else node.input:
            if name and name not in wanted:
                wanted.add(name)
                left.append(name)
    kept = [node for node in graph.node if wanted & set(node.output)]
    constants = [one for one in graph.initializer if one.name in wanted]
    kind = graph.input[0].type.tensor_type.elem_type
    if not kept:
        # The layer stands on the input itself.
        kept = [onnx.helper.make_node("Identity", [value], [EMBEDDING])]
        value = EMBEDDING
    else:
        kind = _type_of(model, value)
    del graph.node[:], graph.initializer[:], graph.output[:]
    graph.node.extend(kept)
    graph.initializer.extend(constants)
    graph.output.append(onnx.helper.make_tensor_value_info(value, kind, ["n", dim]))
    return bytes(model.SerializeToString())


def _type_of(model: Any, value: str) -> int:
    """Type of the numbers of a value, by the rules of the operators."""
    known = _onnx().shape_inference.infer_shapes(model)
    for one in known.graph.value_info:
        if one.name == value:
            return int(one.type.tensor_type.elem_type)
    raise ModelError("model-misfit", f"the type of {value} is not known")


def _onnx() -> Any:
    return need("onnx", extra="bench", for_what="adapting a model")
