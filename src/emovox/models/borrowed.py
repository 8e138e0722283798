"""A network without the weights that it borrows from an encoder, and with them again.

What lies in the package holds our own numbers only; the encoder's come from where they are
published. Both ways keep every bit of the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, need
from .protobuf import BYTES, VARINT, Malformed, fields

Values = npt.NDArray[np.float32]
LARGEST_OWN = 16
"""Numbers of a constant that a network may have of itself beside an encoder's weights."""
_GRAPH, _INITIALIZER = 7, 5
_FLOAT = 1


@dataclass(frozen=True)
class Borrowed:
    """One tensor of an encoder in a network.

    Parameters
    ----------
    name : str
        In the network.
    tensor : str
        In the encoder's file, without the prefix that all of its tensors may have there.
    shape : tuple of int
        In the encoder's file.
    transposed : bool
        Whether the network holds it transposed.
    """

    name: str
    tensor: str
    shape: tuple[int, ...]
    transposed: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "shape": list(self.shape)}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Borrowed:
        """Read what `as_json` gives."""
        return cls(**{**given, "shape": tuple(given["shape"])})


def separate(
    network: bytes, tensors: Mapping[str, Values], *, prefix: str
) -> tuple[bytes, list[Borrowed]]:
    """Take an encoder's weights out of a network.

    Parameters
    ----------
    network : bytes
    tensors : mapping
        Name -> values, of the encoder.
    prefix : str
        With which the names of the encoder's constants begin in the network.

    Returns
    -------
    network : bytes
        Without them.
    borrowed : list of Borrowed
        What is missing in it.

    Raises
    ------
    ModelError
        ``model-misfit`` where a constant of the encoder is none of its tensors.
    """
    onnx: Any = need("onnx", extra="bench", for_what="writing a model folder")
    model = onnx.load_model_from_string(network)
    borrowed, kept = [], []
    for constant in model.graph.initializer:
        values = onnx.numpy_helper.to_array(constant)
        if not constant.name.startswith(prefix) or values.size <= LARGEST_OWN:
            kept.append(constant)
            continue
        found = _tensor_of(values, tensors)
        if found is None:
            raise ModelError("model-misfit", f"{constant.name} is no tensor of the encoder")
        tensor, transposed = found
        borrowed.append(Borrowed(constant.name, tensor, tuple(tensors[tensor].shape), transposed))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    return bytes(model.SerializeToString()), borrowed


def _tensor_of(values: npt.NDArray[Any], tensors: Mapping[str, Values]) -> tuple[str, bool] | None:
    """Name of the tensor that these values are, and whether they are transposed."""
    for name, one in tensors.items():
        if one.shape == values.shape and np.array_equal(one, values):
            return name, False
    for name, one in tensors.items():
        if one.ndim == 2 and one.T.shape == values.shape and np.array_equal(one.T, values):
            return name, True
    return None


def whole(network: bytes, borrowed: Iterable[tuple[Borrowed, Values]]) -> bytes:
    """Put an encoder's weights back into a network; needs nothing but NumPy.

    Parameters
    ----------
    network : bytes
        As `separate` leaves it.
    borrowed : iterable of (Borrowed, float32 array)

    Returns
    -------
    bytes

    Raises
    ------
    ModelError
        ``model-invalid`` for bytes that are no network, ``model-misfit`` for another shape.
    """
    try:
        parts = list(fields(network, 0, len(network)))
    except Malformed as error:
        raise ModelError("model-invalid", f"is not an ONNX model: {error}") from error
    graphs = [(a, b) for number, wire, a, b in parts if number == _GRAPH and wire == BYTES]
    if len(graphs) != 1:
        raise ModelError("model-invalid", f"holds {len(graphs)} graphs; expected one")
    a, b = graphs[0]
    constants = b"".join(_field(_INITIALIZER, _tensor(one, values)) for one, values in borrowed)
    rest = b"".join(
        _again(network, number, wire, first, second)
        for number, wire, first, second in parts
        if number != _GRAPH
    )
    return rest + _field(_GRAPH, network[a:b] + constants)


def _tensor(one: Borrowed, values: Values) -> bytes:
    """TensorProto of a tensor in single precision."""
    if values.shape != one.shape:
        raise ModelError(
            "model-misfit", f"{one.tensor} has the shape {values.shape}; expected {one.shape}"
        )
    array = np.ascontiguousarray(values.T if one.transposed else values, dtype="<f4")
    dims = b"".join(_varint(1 << 3 | VARINT) + _varint(size) for size in array.shape)
    kind = _varint(2 << 3 | VARINT) + _varint(_FLOAT)
    return dims + kind + _field(8, one.name.encode()) + _field(9, array.tobytes())


def _again(data: bytes, number: int, wire: int, a: int, b: int) -> bytes:
    """A field as it was."""
    if wire == VARINT:
        return _varint(number << 3 | VARINT) + _varint(a)
    if wire == BYTES:
        return _field(number, data[a:b])
    return _varint(number << 3 | wire) + data[a:b]


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def values_sha256(borrowed: Sequence[tuple[Borrowed, Values]]) -> str:
    """Hash of an encoder's tensors, whether its file holds them in 16 bits or in 32.

    Parameters
    ----------
    borrowed : sequence of (Borrowed, float32 array)

    Returns
    -------
    str
        SHA-256 over names, shapes and values, in the order of the names; values that 16 bits hold
        exactly are taken as such.
    """
    import hashlib

    found = hashlib.sha256()
    for one, values in sorted(borrowed, key=lambda pair: pair[0].tensor):
        half = values.astype("<f2")
        exact = np.array_equal(half.astype(np.float32), values)
        found.update(f"{one.tensor} {list(one.shape)} {'half' if exact else 'single'}\n".encode())
        found.update((half if exact else values.astype("<f4")).tobytes())
    return found.hexdigest()
