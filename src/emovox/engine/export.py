"""A network of torch becomes one of ONNX that gives the same, or nothing."""

from __future__ import annotations

import copy
import io
import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.overrides import TorchFunctionMode

from ..errors import ModelError, need
from ..models.export import Network
from ..models.int8 import LEAST_AGREEMENT, in_half, quantised, quicker
from ..models.model import softmax
from ..models.runtime import Runtime
from ..models.screening import screen
from ..models.sequences import windows
from ..models.settings import NETWORK_FILE
from ..models.simplifying import simplified
from .batch import Batch

OPSET = 17
"""Old enough for onnxruntime 1.17, the oldest that emovox works with."""
LENGTHS = (23, 64, 171)
"""Frames of the sequences on which a network that takes any number is compared, times the
`shortest` that it takes where it has one."""
BATCH_SIZES = (1, 3)
LARGEST_DIFFERENCE = 1e-5
"""Between the probabilities of the two; refused above."""
LARGEST_IN_SINGLE = 1e-4
"""Where torch itself is as far from what it gives in double precision."""
ROWS_AT_ONCE = 8
"""Sequences of one run of an exported network: the memory of a convolution grows with them."""
MAX_TOLD = 256
"""Inputs on which 8 bits are compared with single precision."""
N_VECTORS = 256
VECTORS_AT_ONCE = 256
INPUT, OUTPUT = "frames", "logits"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """How far a network in ONNX is from the one in torch.

    Parameters
    ----------
    difference : float
        Largest between the probabilities.
    in_logits : float
        Largest between the logits.
    of_single : float or None
        Largest between the probabilities of torch in single and in double precision, measured
        where `difference` is larger than what is allowed.
    lengths, batch_sizes : tuple of int
        On which it was measured.
    n_compared : int
        Sequences in all.
    """

    difference: float
    in_logits: float
    of_single: float | None
    lengths: tuple[int, ...]
    batch_sizes: tuple[int, ...]
    n_compared: int


def to_onnx(network: torch.nn.Module, *, dim: int, frames: int | None = None) -> bytes:
    """Write a network as ONNX.

    Torch's exporter of the TorchScript kind is used (``dynamo=False``): the newer one fails on
    recurrent networks in torch 2.13 and needs onnxscript. The network is traced in evaluation
    mode on the CPU, in single precision; the one that is given is not touched. It sees a `Batch`
    without padding: its mask is true everywhere and its lengths are the number of frames. So
    there is nothing to pack either; a network that packs its sequences
    (``pack_padded_sequence``) cannot be written. One that has a method ``merge()`` is written in
    the form that this returns.

    Parameters
    ----------
    network : module
        ``forward(batch)`` gives a mapping with ``"logits"``.
    dim : int
        Width of a frame.
    frames : int, optional
        Frames that the network takes; None: any number.

    Returns
    -------
    bytes
        One input "frames" of shape (n, time, dim), one output "logits" (n, classes).

    Raises
    ------
    ModelError
        ``model-invalid`` if torch cannot write it, ``model-unsafe`` if what it writes has
        operators that no model folder may hold.
    MissingExtra
        Without onnx.
    """
    length = _lengths(network, frames)[0]
    example = torch.randn((2, length, dim), generator=torch.Generator().manual_seed(0))
    axes = {0: "n"} if frames is not None else {0: "n", 1: "time"}
    return traced_to_onnx(_Traced(prepared(network)).eval(), example, axes)


def traced_to_onnx(
    traced: torch.nn.Module, example: torch.Tensor, axes: Mapping[int, str]
) -> bytes:
    """What torch's exporter writes of a module, simplified and screened.

    Parameters
    ----------
    traced : module
        A function of one tensor, in evaluation mode.
    example : float tensor
    axes : mapping
        Axis of the input that may have any length -> its name; 0 is the batch.

    Returns
    -------
    bytes

    Raises
    ------
    ModelError
        As `to_onnx`.
    """
    need("onnx", extra="train", for_what="writing a network")
    written: Any = io.BytesIO()
    try:
        # What the exporter warns of (its age, values that it takes for constants) is measured.
        with torch.no_grad(), warnings.catch_warnings(), _Plain():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                traced,
                (example,),
                written,
                dynamo=False,
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_axes={INPUT: dict(axes), OUTPUT: {0: "n"}},
            )
    except (torch.onnx.OnnxExporterError, RuntimeError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError("model-invalid", f"torch cannot write the network: {said[0]}") from error
    found = simplified(written.getvalue())
    screen(found, name=NETWORK_FILE)
    return found


def compared(
    network: torch.nn.Module,
    onnx: bytes,
    *,
    dim: int,
    frames: int | None = None,
    temperature: float = 1.0,
    examples: Sequence[npt.NDArray[np.floating]] = (),
    allowed: float = LARGEST_DIFFERENCE,
) -> Comparison:
    """Compare a network in ONNX with the one in torch, in single precision.

    Parameters
    ----------
    network : module
    onnx : bytes
        As `to_onnx` gives it.
    dim : int
    frames : int, optional
        Where the network takes a fixed number; else three lengths are compared.
    temperature : float
        Of the softmax.
    examples : sequence of float arrays, each of shape (time, dim)
        Sequences to compare on, cut or repeated to each length; the rest, and all where none
        is given, is random.
    allowed : float
        Largest difference of a probability.

    Returns
    -------
    Comparison

    Raises
    ------
    ModelError
        ``model-misfit`` if a probability differs by more than `allowed`, or by more
        than `LARGEST_IN_SINGLE` where torch in single precision is as far from torch in double
        precision; also if a value is not finite.
    """
    ours = prepared(network)
    lengths = _lengths(network, frames)
    probes = [
        _probes(examples, size=size, length=length, dim=dim, seed=place)
        for place, (length, size) in enumerate(itertools.product(lengths, BATCH_SIZES))
    ]
    logits = [_logits(ours, rows) for rows in probes]
    runtime = Runtime(onnx, dim=dim, outputs=logits[0].shape[1], name=NETWORK_FILE, time=(frames,))
    theirs = [runtime.run(rows) for rows in probes]
    difference = _apart(theirs, logits, temperature)
    of_single = None
    if difference > allowed:
        exact = [_logits(ours.double(), rows) for rows in probes]
        of_single = _apart(exact, logits, temperature)
    rounding_is_why = of_single is not None and of_single >= 0.25 * difference
    if rounding_is_why:
        allowed = max(allowed, LARGEST_IN_SINGLE)
    if not difference <= allowed:
        raise ModelError(
            "model-misfit",
            f"the exported network's probabilities differ from torch's by {difference:.2g} "
            f"at lengths of {', '.join(str(length) for length in lengths)} frames; at most "
            f"{allowed:g} is allowed",
        )
    return Comparison(
        difference=difference,
        in_logits=max(float(np.abs(a - b).max()) for a, b in zip(theirs, logits, strict=True)),
        of_single=of_single,
        lengths=lengths,
        batch_sizes=BATCH_SIZES,
        n_compared=sum(len(rows) for rows in probes),
    )


def exported(
    network: torch.nn.Module,
    rows: Sequence[npt.NDArray[np.floating]],
    *,
    labels: Sequence[str],
    given: Mapping[str, Any],
    temperature: float = 1.0,
    try_int8: bool = False,
    half: bool = False,
) -> Network:
    """Write and compare a trained classifier: what its estimator's ``to_network`` returns.

    Parameters
    ----------
    network : module
        Trained.
    rows : sequence of float arrays, each of shape (time_i, dim)
        Of the training part: what is compared on, and what 8 bits are calibrated on.
    labels : sequence of str
        In the order of the logits.
    given : mapping
        ``form``, ``dim``, ``frames``, ``window``, ``shortest``, as in ``input`` of
        ``model.json``.
    temperature : float
        Of the softmax.
    try_int8 : bool
        Take weights and activations of 8 bits if that is faster on this machine and has the
        same first choice on at least 98 % of the inputs; what was measured is in ``notes``.
    half : bool
        Store the weights in half precision, where they are not of 8 bits; computed is in single.
        Whether the first choices stay is measured by `emovox.models.export.export`, of a network
        over vectors here.

    Returns
    -------
    emovox.models.export.Network

    Raises
    ------
    ModelError
        As `to_onnx` and `compared`.
    """
    if given.get("form") == "functionals":
        vectors = np.stack([np.asarray(row, dtype=np.float32).reshape(-1) for row in rows])
        return _of_vectors(network, vectors, labels=labels, temperature=temperature, half=half)
    dim, frames, window = int(given["dim"]), given.get("frames"), given.get("window")
    inputs = [np.asarray(row, dtype=np.float32) for row in rows]
    if window:
        if window["pad"] != "none":
            frames = int(window["frames"])  # it never sees another number
        cut = [
            windows(each, length=window["frames"], hop=window["hop"], pad=window["pad"])
            for each in inputs
        ]
        inputs = [piece for pieces in cut for piece in pieces]
    onnx = to_onnx(network, dim=dim, frames=frames)
    shape: dict[str, Any] = {"dim": dim, "frames": frames}
    measured = compared(network, onnx, **shape, temperature=temperature, examples=inputs)
    notes = dict[str, Any]()
    if measured.of_single is not None:
        notes["difference_of_single_and_double_precision"] = float(f"{measured.of_single:.3g}")
    found = Network(
        onnx=onnx,
        kind="softmax",
        temperature=float(temperature),
        labels=tuple(str(label) for label in labels),
        precision="single",
        stored="single",
        difference=measured.difference,
        n_compared=measured.n_compared,
        rows_at_once=ROWS_AT_ONCE,
        input={
            "form": "frames",
            "dim": dim,
            "frames": frames,
            "window": window,
            **({"shortest": given["shortest"]} if given.get("shortest") else {}),
        },
        notes=notes,
    )
    if try_int8:
        found = _of_8_bits(found, inputs, notes)
    if half and found.stored == "single":
        found = replace(found, onnx=in_half(onnx), stored="half", otherwise=found)
    return replace(found, notes=notes)


def _of_vectors(
    network: torch.nn.Module,
    vectors: npt.NDArray[np.float32],
    *,
    labels: Sequence[str],
    temperature: float,
    half: bool,
) -> Network:
    """Write a network over one vector an utterance, and compare it on vectors of the training."""
    dim = vectors.shape[1]
    ours = prepared(network)
    onnx = traced_to_onnx(_TracedOfVectors(ours).eval(), torch.zeros((2, dim)), {0: "n"})
    runtime = Runtime(onnx, dim=dim, outputs=len(labels), name=NETWORK_FILE)
    probes = vectors[np.unique(np.linspace(0, len(vectors) - 1, N_VECTORS).astype(int))]
    wanted = _logits(ours, probes[:, np.newaxis])
    difference = _apart([runtime.run(probes)], [wanted], temperature)
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelError(
            "model-misfit",
            f"the exported network's probabilities differ from torch's by {difference:.2g}; at "
            f"most {LARGEST_DIFFERENCE:g} is allowed",
        )
    found = Network(
        onnx=onnx,
        kind="softmax",
        temperature=float(temperature),
        labels=tuple(str(label) for label in labels),
        precision="single",
        stored="single",
        difference=difference,
        n_compared=len(probes),
        rows_at_once=VECTORS_AT_ONCE,
    )
    if not half:
        return found
    small = in_half(onnx)
    given = Runtime(small, dim=dim, outputs=len(labels), name=NETWORK_FILE).run(probes)
    share = round(float(np.mean(given.argmax(axis=1) == wanted.argmax(axis=1))), 4)
    if share < LEAST_AGREEMENT:
        return found
    difference = _apart([given], [wanted], temperature)
    return replace(
        found, onnx=small, stored="half", difference=difference, notes={"agreement": share}
    )


def _of_8_bits(
    network: Network, inputs: Sequence[npt.NDArray[np.float32]], notes: dict[str, Any]
) -> Network:
    """The network of 8 bits where it is worth it; what was measured goes into `notes`."""
    # Every other input calibrates, those between are what the two are compared on.
    tried, told = inputs[::2], (inputs[1::2] or inputs)[:MAX_TOLD]
    try:
        small = quantised(network.onnx, tried)
    except ModelError as error:
        notes["int8"] = {"used": False, "why": error.sentence}
        return network
    frames = network.input["frames"]
    choice = quicker(network.onnx, small, told, outputs=len(network.labels), frames=frames)
    notes["int8"] = {
        "used": choice.is_int8,
        "time_saved": round(choice.saved, 3),
        "agreement": round(choice.agreement, 4),
        "bytes": choice.int8_bytes,
        "inputs_compared": choice.n_compared,
    }
    if not choice.is_int8:
        return network
    kept = replace(network, notes={**notes, "int8": {**notes["int8"], "used": False}})
    return replace(network, onnx=choice.onnx, precision="int8", stored="int8", otherwise=kept)


def _apart(some: Sequence[Array], others: Sequence[Array], temperature: float) -> float:
    """Largest difference of probabilities; infinite where one is not a number."""
    found = max(
        float(np.abs(softmax(one, temperature) - softmax(other, temperature)).max())
        for one, other in zip(some, others, strict=True)
    )
    return found if math.isfinite(found) else math.inf


def _probes(
    examples: Sequence[npt.NDArray[np.floating]], *, size: int, length: int, dim: int, seed: int
) -> npt.NDArray[np.float32]:
    """Sequences of one length, from the examples where there are any, the last one random."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((size, length, dim)).astype(np.float32)
    for place in range(min(len(examples), size - 1 if size > 1 else size)):
        example = np.asarray(examples[(seed + place) % len(examples)], dtype=np.float32)
        rows[place] = example[np.arange(length) % len(example)]
    return rows


def _logits(network: torch.nn.Module, rows: npt.NDArray[np.float32]) -> Array:
    """What torch gives for sequences without padding."""
    kind = next((value.dtype for value in network.parameters()), torch.float32)
    inputs = torch.from_numpy(rows).to(kind)
    lengths = torch.full((len(rows),), rows.shape[1], dtype=torch.int64)
    with torch.no_grad():
        logits: torch.Tensor = network(Batch(inputs, lengths))["logits"]
    return logits.double().numpy()


def prepared(network: torch.nn.Module) -> torch.nn.Module:
    """Copy of a network on the CPU, in evaluation mode, in the form that is written."""
    copied = copy.deepcopy(network).cpu().float().eval()
    for parent in list(copied.modules()):
        for name, child in list(parent.named_children()):
            parent.register_module(name, _merged(child))
    return _merged(copied)


def _merged(network: torch.nn.Module) -> torch.nn.Module:
    """The network as its ``merge()`` gives it, where it has one."""
    merge: Any = getattr(network, "merge", None)
    # Layers of other libraries merge in place and return nothing.
    found: torch.nn.Module = network if merge is None else merge() or network
    return found


def _lengths(network: torch.nn.Module, frames: int | None) -> tuple[int, ...]:
    """Lengths on which a network is compared; `shortest` is what one of its own frames takes."""
    shortest = int(getattr(network, "shortest", 1))
    return tuple(length * shortest for length in LENGTHS) if frames is None else (frames,)


class _Traced(torch.nn.Module):
    """A network as a function of its frames alone."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        is_there = every_frame(frames)
        batch = _Unpadded(frames, is_there.sum(dim=1))
        logits: torch.Tensor = self.network(batch)["logits"]
        return logits


class _TracedOfVectors(torch.nn.Module):
    """A network as a function of vectors, each a sequence of one frame."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        frames = vectors[:, None]
        batch = _Unpadded(frames, every_frame(frames).sum(dim=1))
        logits: torch.Tensor = self.network(batch)["logits"]
        return logits


@dataclass(frozen=True)
class _Unpadded(Batch):
    """A batch of which every frame is there, said in operators that a model folder may hold."""

    @property
    def mask(self) -> torch.Tensor:
        """Bool tensor, shape (utterances, time), true everywhere."""
        return every_frame(self.inputs)


def every_frame(frames: torch.Tensor) -> torch.Tensor:
    """True for each frame: what is finite equals itself. Its shape is that of the input."""
    first = frames[:, :, 0]
    return first == first


class _Plain(TorchFunctionMode):
    """While a network is traced: sums of products and repetitions are written as plain arithmetic.

    As operators of their own, Einsum and Expand could be told to make tensors of any size, and
    are not allowed in a model folder.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.einsum and isinstance(args[0], str) and "." not in args[0]:
            operands = args[1] if isinstance(args[1], (list, tuple)) else args[1:]
            return _einsum(args[0], operands)
        if func is torch.Tensor.expand and not kwargs:
            return _expanded(args[0], args[1:])
        return func(*args, **(kwargs or {}))


def _expanded(values: torch.Tensor, sizes: Sequence[Any]) -> torch.Tensor:
    """Repeat along the axes whose size is given; they must not be those of batch or time."""
    wanted = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)) else sizes
    zeros = torch.zeros([max(1, int(size)) for size in wanted], dtype=values.dtype)
    return values | zeros if values.dtype == torch.bool else values + zeros


def _einsum(equation: str, operands: Sequence[torch.Tensor]) -> torch.Tensor:
    """Sum of products over the indices that the result lacks."""
    given, _, wanted = equation.replace(" ", "").partition("->")
    terms = given.split(",")
    indices = wanted + "".join(sorted(set(given) - set(wanted) - {","}))
    product: torch.Tensor | None = None
    for term, operand in zip(terms, operands, strict=True):
        ordered = [index for index in indices if index in term]
        spread = operand.permute([term.index(index) for index in ordered])
        for axis, index in enumerate(indices):
            if index not in term:
                spread = spread.unsqueeze(axis)
        product = spread if product is None else product * spread
    if product is None:
        raise ModelError("model-invalid", f"nothing to multiply in {equation!r}")
    summed = list(range(len(wanted), len(indices)))
    return product.sum(dim=summed) if summed else product
