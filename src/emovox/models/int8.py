"""A network of 8-bit weights and activations, and whether it is worth having."""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, need
from .runtime import Runtime
from .screening import screen
from .settings import NETWORK_FILE

Rows = NDArray[np.floating[Any]]

QUANTISED = ("Conv", "Gemm", "MatMul")
"""Operators of which the runtime has 8-bit forms; recurrent layers stay in single precision."""
MAX_CALIBRATION = 32
"""Inputs from which the ranges of the activations are read; all their activations are kept in
memory meanwhile."""
PERCENTILE = 99.99
"""Share of the activations that lie in the range of 8 bits; the few beyond are cut off."""
WORTH_SAVING = 0.05
"""Share of the time that 8 bits must save."""
LEAST_AGREEMENT = 0.98
"""Share of the inputs on which both forms must have the same highest score."""


@dataclass(frozen=True)
class Choice:
    """Which form of a network is to be used, and what was measured.

    Parameters
    ----------
    onnx : bytes
        The form to use.
    is_int8 : bool
    saved : float
        Share of the time that 8 bits save: the median over pairs of runs of one after the other.
    single_s, int8_s : float
        Median seconds of a run on one input.
    agreement : float
        Share of the inputs on which both have the same highest score.
    single_bytes, int8_bytes : int
        Sizes of the files.
    n_compared : int
        Inputs on which `agreement` was measured.
    """

    onnx: bytes
    is_int8: bool
    saved: float
    single_s: float
    int8_s: float
    agreement: float
    single_bytes: int
    int8_bytes: int
    n_compared: int


def quantised(network: bytes, inputs: Sequence[Rows]) -> bytes:
    """Give a network with 8-bit weights and activations (static, quantise-dequantise form).

    Weights are signed, symmetric, with one scale a channel; activations are signed, with a
    range that holds `PERCENTILE` of them on `inputs`. Signed activations cannot overflow the
    16-bit sums of processors without 8-bit instructions, as unsigned ones can. The first and the
    last of the operators in `QUANTISED` on each way through the network stay in single
    precision: the dimensions of an input have scales of their own, and the last one gives the
    scores.

    Parameters
    ----------
    network : bytes
        In single precision, as `emovox.models.simplifying.simplified` gives it.
    inputs : sequence of float arrays, each of shape (time, dim)
        Of the training part; of the lengths that the network takes. At most `MAX_CALIBRATION`,
        spread over them, are used.

    Returns
    -------
    bytes

    Raises
    ------
    ModelError
        ``model-invalid`` if there is nothing in it that can be quantised.
    MissingExtra
        Without onnx.
    """
    onnx = need("onnx", extra="train", for_what="writing a network of 8 bits")
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as in emovox.models.runtime
    from onnxruntime import quantization

    model = onnx.load_from_string(network)
    name = model.graph.input[0].name
    inner = _inner(model.graph)
    if not inner:
        raise ModelError(
            "model-invalid",
            f"has no {', '.join(QUANTISED)} between others: nothing to quantise",
        )

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        """Inputs one by one, in the form that the calibration asks for."""

        def __init__(self) -> None:
            self.left: Iterator[Rows] = iter(_spread(inputs))

        def get_next(self) -> dict[str, Rows] | None:
            each = next(self.left, None)
            return None if each is None else {name: np.asarray(each, dtype=np.float32)[None]}

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "single.onnx", Path(folder) / NETWORK_FILE
        # Said to be prepared, as `simplified` has prepared it; else a warning is logged.
        onnx.helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        onnx.save_model(model, str(before))
        with contextlib.redirect_stdout(io.StringIO()):  # it prints how far it is
            quantization.quantize_static(
                str(before),
                str(after),
                Reader(),
                quant_format=quantization.QuantFormat.QDQ,
                op_types_to_quantize=list(QUANTISED),
                nodes_to_quantize=inner,
                per_channel=True,
                activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8,
                calibrate_method=quantization.CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": PERCENTILE},
            )
        made = onnx.load_model(str(after))
    used = {node.domain for node in made.graph.node} | {""}
    for opset in [opset for opset in made.opset_import if opset.domain not in used]:
        made.opset_import.remove(opset)
    del made.graph.value_info[:], made.metadata_props[:]
    made.ir_version = model.ir_version
    made.producer_name = "emovox"
    found = bytes(made.SerializeToString(deterministic=True))
    screen(found, name=NETWORK_FILE)
    return found


def in_half(network: bytes) -> bytes:
    """Give the same network with its weights stored in half precision: half the file.

    What is computed is computed in single precision, as before; the runtime widens the weights
    once, when it loads them.

    Parameters
    ----------
    network : bytes
        In single precision.

    Returns
    -------
    bytes
    """
    onnx = need("onnx", extra="train", for_what="writing a network of 16 bits")
    model = onnx.load_from_string(network)
    casts = []
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < 32 or np.abs(values).max() > 6e4:
            continue
        half = onnx.numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}_half")
        name = tensor.name
        tensor.CopyFrom(half)
        single = onnx.TensorProto.FLOAT
        casts.append(onnx.helper.make_node("Cast", [half.name], [name], to=single))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    found = bytes(model.SerializeToString(deterministic=True))
    screen(found, name=NETWORK_FILE)
    return found


def agreement(one: Runtime, other: Runtime, inputs: Sequence[Rows]) -> float:
    """Share of the inputs on which two networks have the same highest output.

    Parameters
    ----------
    one, other : Runtime
    inputs : sequence of float arrays, each of shape (time, dim)
    """
    same = [
        one.run(each[np.newaxis]).argmax() == other.run(each[np.newaxis]).argmax()
        for each in inputs
    ]
    return float(np.mean(same))


def quicker(
    network: bytes,
    int8: bytes,
    inputs: Sequence[Rows],
    *,
    outputs: int,
    frames: int | None = None,
    repeats: int = 15,
) -> Choice:
    """Choose the 8-bit form where it is faster here and says the same.

    The two are run one after the other on one input, again and again, and the times of each
    pair are compared: what else the machine does meanwhile is in both.

    Parameters
    ----------
    network, int8 : bytes
    inputs : sequence of float arrays, each of shape (time, dim)
        Others than those of the calibration tell more.
    outputs : int
        Classes.
    frames : int, optional
        Where the network takes a fixed number.
    repeats : int
        Pairs of runs.

    Returns
    -------
    Choice
        8 bits only where they save `WORTH_SAVING` of the time and agree on `LEAST_AGREEMENT` of
        the inputs.
    """
    both = [
        Runtime(each, dim=inputs[0].shape[1], outputs=outputs, name=NETWORK_FILE, time=(frames,))
        for each in (network, int8)
    ]
    share = agreement(both[0], both[1], inputs)
    times: list[list[float]] = [[], []]
    for repeat in range(repeats):
        rows = inputs[repeat % len(inputs)][np.newaxis]
        for place in (0, 1) if repeat % 2 else (1, 0):
            began = time.perf_counter()
            both[place].run(rows)
            times[place].append(time.perf_counter() - began)
    saved = statistics.median(1 - b / a for a, b in zip(*times, strict=True))
    is_int8 = saved >= WORTH_SAVING and share >= LEAST_AGREEMENT
    return Choice(
        onnx=int8 if is_int8 else network,
        is_int8=is_int8,
        saved=saved,
        single_s=statistics.median(times[0]),
        int8_s=statistics.median(times[1]),
        agreement=share,
        single_bytes=len(network),
        int8_bytes=len(int8),
        n_compared=len(inputs),
    )


def _inner(graph: Any) -> list[str]:
    """Names of the nodes in `QUANTISED` that have one of them before and one behind them."""
    nodes = list(graph.node)
    for place, node in enumerate(nodes):
        node.name = node.name or f"node_{place}"
    behind: set[str] = set()
    after_one = set()
    for node in nodes:
        if behind & set(node.input):
            after_one.add(node.name)
            behind |= set(node.output)
        elif node.op_type in QUANTISED:
            behind |= set(node.output)
    wanted: set[str] = set()
    before_one = set()
    for node in reversed(nodes):
        if wanted & set(node.output):
            before_one.add(node.name)
            wanted |= set(node.input)
        elif node.op_type in QUANTISED:
            wanted |= set(node.input)
    both = after_one & before_one
    return [node.name for node in nodes if node.op_type in QUANTISED and node.name in both]


def _spread(inputs: Sequence[Rows]) -> list[Rows]:
    """At most `MAX_CALIBRATION` inputs, spread evenly over them, cut or repeated to one length.

    The runtime's calibration takes inputs of one shape only.
    """
    places = np.unique(np.linspace(0, len(inputs) - 1, MAX_CALIBRATION).astype(int))
    length = int(np.median([len(inputs[place]) for place in places]))
    return [inputs[place][np.arange(length) % len(inputs[place])] for place in places]
