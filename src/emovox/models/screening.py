"""What a network may be made of: looked at before any runtime sees it.

ONNX Runtime obeys what a file says: loops without end, files outside the folder, operators of
other libraries. This module walks the file's bytes and lets through only what models need.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ..errors import ModelError
from .protobuf import BYTES, VARINT, Malformed, fields, signed, varints

MAX_IR_VERSION = 13
MAX_OPSET: dict[str, int] = {"": 26, "ai.onnx.ml": 5}
"""The only domains, and the newest version of each that is read here."""
MAX_NODES = 4_000
"""The runtime's own checks take seconds above this, and cannot be interrupted."""
MAX_RANK = 8
MAX_REACH = 4096
"""Kernel, stride, dilation or padding of a convolution or pooling."""
MAX_PADDING = 8192
"""All paddings of a network together, of which each makes its tensors longer."""

OPERATORS: dict[str, frozenset[str]] = {
    "": frozenset([
        "Abs", "Add", "And", "ArgMax", "ArgMin", "AveragePool", "BatchNormalization", "Cast",
        "Clip", "Concat", "Constant", "Conv", "DequantizeLinear", "Div", "Equal", "Erf", "Exp",
        "Flatten", "Floor", "GRU", "Gather", "GatherElements", "Gemm", "GlobalAveragePool",
        "GlobalMaxPool", "Greater", "GreaterOrEqual", "HardSigmoid", "Identity",
        "InstanceNormalization", "LSTM",
        "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "MatMul", "Max",
        "MaxPool", "Min", "Mul", "Neg", "Not", "Or", "Pow", "QuantizeLinear", "Reciprocal",
        "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Reshape", "Shape",
        "Sigmoid", "Sign", "Slice", "Softmax", "Softplus", "Split", "Sqrt", "Squeeze", "Sub",
        "Sum", "Tanh", "TopK", "Transpose", "Unsqueeze", "Where",
    ]),
    "ai.onnx.ml": frozenset([
        "ArrayFeatureExtractor", "LinearRegressor", "Normalizer", "Scaler",
        "TreeEnsembleClassifier", "TreeEnsembleRegressor",
    ]),
}  # fmt: skip
"""Operators that are allowed. Loop, Scan and If are not, nor what makes large tensors from
small numbers (ConstantOfShape, Range, Expand, Tile, OneHot, Pad)."""

REACHING = frozenset(["AveragePool", "Conv", "MaxPool"])
"""Operators of which small numbers make large tensors; their numbers are bounded."""
CHOSEN = (b"", b"NOTSET", b"VALID")
"""What `auto_pad` may say: no padding but the one that is written down."""

_ITEM_BYTES = {
    1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2,
}  # fmt: skip
"""TensorProto.DataType -> bytes of one item; the types that a network here may hold."""

Span = tuple[int, int]


def screen(network: bytes, *, name: str) -> None:
    """Refuse a network that is damaged, too new, or made of what no model here needs.

    Parameters
    ----------
    network : bytes
        An ONNX file.
    name : str
        The file, for the errors.

    Raises
    ------
    ModelError
        ``model-invalid`` if the bytes are no ONNX model; ``model-too-new`` for its IR or
        operator set; ``model-unsafe`` for external data, functions, subgraphs, operators or
        domains that are not allowed, more than `MAX_NODES` nodes, or paddings, kernels and
        dilations that would make tensors of any size.
    """
    try:
        _model(network, name)
    except (Malformed, UnicodeDecodeError) as error:
        raise ModelError("model-invalid", f"is not an ONNX model: {error}", name=name) from error


def _model(data: bytes, name: str) -> None:
    """Walk ModelProto."""
    graphs: list[Span] = []
    versions: dict[str, int] = {}
    ir_version = 0
    for number, wire, a, b in fields(data, 0, len(data)):
        if number == 1:
            ir_version = max(ir_version, _number(wire, a))
        elif number == 7:
            graphs.append(_span(wire, a, b))
        elif number == 8:
            domain, version = _opset(data, _span(wire, a, b))
            versions[domain] = max(version, versions.get(domain, 0))
        elif number in (20, 25):
            raise _unsafe(name, "holds training steps" if number == 20 else "holds functions")
    if not graphs or not ir_version or not versions:
        raise Malformed("it has no graph, version or operator set")
    _check_versions(ir_version, versions, name)
    nodes = 0
    for graph in graphs:
        nodes = _graph(data, graph, nodes, name)
    if not nodes:
        raise Malformed("its graph is empty")


def _check_versions(ir_version: int, versions: dict[str, int], name: str) -> None:
    """Only the domains of `MAX_OPSET`, in versions that are known here."""
    if ir_version > MAX_IR_VERSION:
        raise ModelError(
            "model-too-new",
            f"needs ONNX IR version {ir_version}, this emovox reads up to {MAX_IR_VERSION}; "
            "upgrade emovox",
            name=name,
        )
    for domain, version in versions.items():
        newest = MAX_OPSET.get(domain)
        if newest is None:
            raise _unsafe(name, f"uses operators of the domain {domain[:80]!r}")
        if version > newest:
            raise ModelError(
                "model-too-new",
                f"needs opset {version} of {domain or 'ai.onnx'}, this emovox reads up to "
                f"{newest}; upgrade emovox",
                name=name,
            )


def _opset(data: bytes, span: Span) -> tuple[str, int]:
    """Domain and version of one OperatorSetIdProto."""
    domain, version = "", 0
    for number, wire, a, b in fields(data, *span):
        if number == 1:
            domain = _text(data, wire, a, b)
        elif number == 2:
            version = _number(wire, a)
    return ("" if domain == "ai.onnx" else domain), version


def _graph(data: bytes, span: Span, nodes: int, name: str) -> int:
    """Walk GraphProto; the number of nodes so far."""
    padding = 0
    for number, wire, a, b in fields(data, *span):
        if number == 1:
            nodes += 1
            if nodes > MAX_NODES:
                raise _unsafe(name, f"has more than {MAX_NODES} nodes")
            padding += _node(data, _span(wire, a, b), name)
            if padding > MAX_PADDING:
                raise _unsafe(name, f"pads by more than {MAX_PADDING} in all")
        elif number == 5:
            _tensor(data, _span(wire, a, b), name)
        elif number == 15:
            raise _unsafe(name, "holds sparse tensors")
    return nodes


def _node(data: bytes, span: Span, name: str) -> int:
    """One NodeProto: its operator is on the list, its attributes hold no graph; its padding."""
    operators, domains, attributes = [], [], []
    for number, wire, a, b in fields(data, *span):
        if number == 4:
            operators.append(_text(data, wire, a, b))
        elif number == 5:
            attributes.append(_span(wire, a, b))
            _attribute(data, attributes[-1], name)
        elif number == 7:
            domains.append(_text(data, wire, a, b))
    if len(operators) != 1 or len(domains) > 1:
        raise Malformed("a node without one operator and one domain")
    domain = "" if not domains or domains[0] == "ai.onnx" else domains[0]
    if operators[0] not in OPERATORS.get(domain, ()):
        called = f"{domain}.{operators[0]}" if domain else operators[0]
        raise _unsafe(name, f"uses the operator {called[:80]!r}")
    if operators[0] not in REACHING:
        return 0
    return sum(_reach(data, attribute, operators[0], name) for attribute in attributes)


def _reach(data: bytes, span: Span, operator: str, name: str) -> int:
    """Numbers of one attribute of a convolution or pooling are bounded; their sum if it pads."""
    called, numbers = "", list[int]()
    for number, wire, a, b in fields(data, *span):
        if number == 1:
            called = _text(data, wire, a, b)
        elif number == 4 and data[slice(*_span(wire, a, b))] not in CHOSEN:
            raise _unsafe(name, f"lets {operator!r} choose its padding")
        elif number == 8:
            numbers.extend(signed(value) for value in _numbers(data, wire, a, b))
    for value in numbers:
        if not 0 <= value <= MAX_REACH:
            raise _unsafe(name, f"has {called[:80]} of {value} in {operator!r}")
    return sum(numbers) if called == "pads" else 0


def _attribute(data: bytes, span: Span, name: str) -> None:
    """One AttributeProto: numbers, words and dense tensors only."""
    for number, wire, a, b in fields(data, *span, skip_lists=True):
        if number in (5, 10):
            _tensor(data, _span(wire, a, b), name)
        elif number in (6, 11):
            raise _unsafe(name, "has a graph inside a node (Loop, Scan or If)")
        elif number in (21, 22, 23):
            raise _unsafe(name, "has an attribute of a kind that is not allowed")


def _tensor(data: bytes, span: Span, name: str) -> None:
    """One TensorProto: inside the file, and as large as its shape says."""
    shape: list[int] = []
    kind = stored = 0
    for number, wire, a, b in fields(data, *span):
        if number == 1:
            shape.extend(signed(value) for value in _numbers(data, wire, a, b))
        elif number == 2:
            kind = _number(wire, a)
        elif number == 13 or (number == 14 and _number(wire, a) != 0):
            raise _unsafe(name, "keeps data outside the file")
        elif number == 9:
            stored += b - a
        elif number in (4, 5, 6, 7, 10, 11):
            # At most 8 bytes an item, whatever its form: enough to bound the claim by the file.
            stored += 8 * (b - a) if wire == BYTES else 8
    if kind not in _ITEM_BYTES:
        raise _unsafe(name, f"holds a tensor of data type {kind}")
    if len(shape) > MAX_RANK:
        raise Malformed(f"a tensor of {len(shape)} dimensions")
    if any(size < 0 for size in shape) or prod(shape) * _ITEM_BYTES[kind] > stored:
        raise Malformed(f"a tensor of shape {tuple(shape[:8])} holds {stored} bytes")


def _numbers(data: bytes, wire: int, a: int, b: int) -> Iterator[int]:
    """Values of a repeated number, packed or one by one."""
    return varints(data, a, b) if wire == BYTES else iter((_number(wire, a),))


def _number(wire: int, value: int) -> int:
    if wire != VARINT:
        raise Malformed("a number of another wire type")
    return value


def _span(wire: int, a: int, b: int) -> Span:
    if wire != BYTES:
        raise Malformed("a message of another wire type")
    return a, b


def _text(data: bytes, wire: int, a: int, b: int) -> str:
    return data[slice(*_span(wire, a, b))].decode("utf-8")


def _unsafe(name: str, what: str) -> ModelError:
    return ModelError("model-unsafe", f"{what}, which no model folder may hold", name=name)
