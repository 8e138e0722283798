"""An ONNX graph under construction: values are names, operators are calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError, need

OPSET = 17
ML_OPSET = 3
IR_VERSION = 8
"""Old enough for onnxruntime 1.17, the oldest that emovox works with."""


class Unwritable(TypeError):  # noqa: N818 -- named for what it says
    """An estimator, or a setting of it, has no form in ONNX here."""


class Graph:
    """Nodes and constants of a network with one input ``x`` and one output ``scores``.

    Parameters
    ----------
    dim : int
        Width of the input, which is double.
    converters : mapping
        Role -> name of an estimator's class -> what adds it. Roles: ``"step"``,
        ``"probabilities"`` (n, classes), ``"decision"`` (n, 1) for two classes and else
        (n, classes), ``"values"`` (n, dimensions).
    otherwise : Converter
        What adds estimators that are not listed.
    matrices_in_single : bool
        Keep constants of two or more dimensions in single precision in the file. What is
        computed with them is computed in double.

    Attributes
    ----------
    in_single : bool
        Whether an operator was used that the runtime computes in single precision.
    numbers_per_row : int
        Size of the largest intermediate tensor for one row, as far as converters say it.
    """

    def __init__(
        self,
        dim: int,
        *,
        converters: Mapping[str, Mapping[str, Converter]],
        otherwise: Converter,
        matrices_in_single: bool = True,
    ) -> None:
        self._onnx: Any = need("onnx", extra="bench", for_what="writing a model folder")
        self.dim = dim
        self.converters = converters
        self.otherwise = otherwise
        self.matrices_in_single = matrices_in_single
        self.in_single = False
        self.numbers_per_row = dim
        self.input = "x"
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def add(self, role: str, estimator: Any, x: str) -> str:
        """Add what a fitted estimator does to the matrix `x`, in one of its roles.

        Raises
        ------
        ModelError
            ``model-invalid`` if it can be written in no way.
        """
        kind = type(estimator)
        known = kind.__module__.partition(".")[0] in ("sklearn", __name__.partition(".")[0])
        ours = self.converters[role] if known else {}
        try:
            return ours.get(kind.__name__, self.otherwise)(self, estimator, x)
        except Unwritable as error:
            raise ModelError(
                "model-invalid", f"{kind.__name__} has no form in a model folder: {error}"
            ) from error

    def constant(self, values: Any, *, exact: bool = False) -> str:
        """Name of a constant; numbers with a fraction are double where they are used.

        Parameters
        ----------
        values : array-like
        exact : bool
            Keep every digit, whatever its size.
        """
        array = np.asarray(values)
        if array.dtype.kind == "f":
            array = array.astype(np.float64)
            single = array.astype(np.float32)
            rounded = self.matrices_in_single and not exact and array.ndim > 1
            if array.size > 1 and (rounded or np.array_equal(single.astype(np.float64), array)):
                return self.cast(self._stored(single), np.float64)
        return self._stored(array)

    def single(self, values: NDArray[Any]) -> str:
        """Name of a constant that is used in single precision."""
        return self._stored(np.asarray(values, dtype=np.float32))

    def cast(self, value: str, kind: type) -> str:
        """`value` as another type of number."""
        return self(
            "Cast", value, to=int(self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind)))
        )

    def __call__(
        self, operator: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any
    ) -> str:
        """Add a node; the name of its last output."""
        return self.node(operator, inputs, outputs, domain=domain, **attributes)[-1]

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: int = 1,
        *,
        domain: str = "",
        **attributes: Any,
    ) -> list[str]:
        """Add a node; the names of its outputs."""
        index = len(self._nodes)
        names = [f"v{index}" if i == 0 else f"v{index}.{i}" for i in range(outputs)]
        self._nodes.append(
            self._onnx.helper.make_node(operator, list(inputs), names, domain=domain, **attributes)
        )
        return names

    def columns(self, value: str, indices: Any) -> str:
        """Columns of a matrix."""
        return self("Gather", value, self.constant(np.asarray(indices, dtype=np.int64)), axis=1)

    def total(self, value: str, axis: int, *, keep: bool = True) -> str:
        """Sum over an axis."""
        axes = self.constant(np.array([axis], dtype=np.int64))
        return self("ReduceSum", value, axes, keepdims=int(keep))

    def concatenated(self, values: Sequence[str]) -> str:
        """Matrices side by side."""
        return values[0] if len(values) == 1 else self("Concat", *values, axis=1)

    def graft(self, model: Any, source: str) -> str:
        """Add a whole ONNX model whose one input is `source`; the name of its last output."""
        prefix = f"g{len(self._nodes)}."
        graph = model.graph
        renamed = {"": "", graph.input[0].name: source}

        def name(old: str) -> str:
            return renamed.setdefault(old, prefix + old)

        for tensor in graph.initializer:
            copy = type(tensor)()
            copy.CopyFrom(tensor)
            copy.name = name(tensor.name)
            self._constants.append(copy)
        for node in graph.node:
            copy = type(node)()
            copy.CopyFrom(node)
            copy.name = ""
            del copy.input[:], copy.output[:]
            copy.input.extend(name(old) for old in node.input)
            copy.output.extend(name(old) for old in node.output)
            self._nodes.append(copy)
        return name(graph.output[-1].name)

    def serialised(self, output: str, outputs: int) -> bytes:
        """Bytes of the network whose output is the matrix `output`.

        Parameters
        ----------
        output : str
            A value of shape (n, outputs).
        outputs : int
        """
        helper, double = self._onnx.helper, self._onnx.TensorProto.DOUBLE
        last = helper.make_node("Identity", [output], ["scores"])
        graph = helper.make_graph(
            [*self._nodes, last],
            "emovox",
            [helper.make_tensor_value_info(self.input, double, ["n", self.dim])],
            [helper.make_tensor_value_info("scores", double, ["n", outputs])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="emovox")
        model.ir_version = IR_VERSION
        return bytes(model.SerializeToString())

    def _stored(self, array: NDArray[Any]) -> str:
        """Name of a constant of exactly this type; equal ones are stored once."""
        array = np.ascontiguousarray(array).reshape(array.shape)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = f"c{len(self._constants)}"
            self._constants.append(self._onnx.numpy_helper.from_array(array, self._known[key]))
        return self._known[key]


Converter = Callable[[Graph, Any, str], str]
"""Adds a fitted estimator, given the name of its input; the name of its output."""


def has_probabilities(estimator: Any) -> bool:
    """Whether a classifier gives probabilities."""
    return hasattr(estimator, "predict_proba")
