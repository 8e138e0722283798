"""What a network costs: its numbers, and its multiply-adds for one utterance.

torch's own counter knows no recurrent layers (it gives 0 for an LSTM), so the counts are made
here, by the closed formulas of `emovox.engine.formulas` for the shapes of one pass.
"""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, resolve_name

from ..errors import UsageError
from .batch import Batch
from .formulas import attention, convolution, formula_of, transposed_convolution


@dataclass(frozen=True)
class LayerCost:
    """Numbers that a network holds, and multiply-adds of one utterance.

    Parameters
    ----------
    parameters : int
        Learnable numbers, whether they are trained or frozen; shared ones once. The second bias
        that torch gives a recurrent layer's gates is none where it is fixed at 0.
    trainable : int
        Those of them that are trained.
    statistics : int
        Running means and variances of BatchNorm. Published sizes hold them or do not: the
        TIM-Net and LIGHT-SERNET papers' are `parameters` + `statistics`.
    macs : int
    by_layer : mapping
        Name of a layer -> its multiply-adds; the network's own functions are under "".
    """

    parameters: int
    trainable: int
    statistics: int
    macs: int
    by_layer: Mapping[str, int] = field(hash=False)

    @property
    def flops(self) -> int:
        """Floating-point operations: two for each multiply-add."""
        return 2 * self.macs


def cost(network: nn.Module, *, frames: int, dim: int) -> LayerCost:
    """Cost of a network for one utterance of `frames` frames of `dim` numbers.

    Parameters
    ----------
    network : torch.nn.Module
        ``forward(batch)``; it comes back as it was, training or not, with the same statistics.
    frames, dim : int

    Returns
    -------
    LayerCost

    Raises
    ------
    UsageError
        If a layer or a function with learnable numbers has no formula.

    Examples
    --------
    >>> class Mean(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.dense = nn.Linear(40, 7)
    ...     def forward(self, batch):
    ...         return {"logits": self.dense(batch.inputs).mean(1)}
    >>> found = cost(Mean(), frames=100, dim=40)
    >>> found.parameters, found.macs, dict(found.by_layer)
    (287, 28000, {'dense': 28000})
    """
    first = next((one for one in network.parameters() if one.is_floating_point()), torch.zeros(0))
    inputs = torch.zeros(1, frames, dim, device=first.device, dtype=first.dtype)
    batch = Batch(inputs, torch.full((1,), frames, device=first.device))
    by_layer = multiply_adds(network, batch)
    numbers = list(_learnable(network))
    return LayerCost(
        parameters=sum(one.numel() for one in numbers),
        trainable=sum(one.numel() for one in numbers if one.requires_grad),
        statistics=sum(
            one.numel()
            for name, one in network.named_buffers()
            if name.rpartition(".")[2] in ("running_mean", "running_var")
        ),
        macs=sum(by_layer.values()),
        by_layer=by_layer,
    )


def _learnable(network: nn.Module) -> Iterator[nn.Parameter]:
    """Parameters, each once, but for the second bias of recurrent layers where it is fixed at 0.

    torch gives every gate two biases; a network of one bias a gate fixes the other.
    """
    absent = {
        id(parameter)
        for layer in network.modules()
        if isinstance(layer, nn.RNNBase | nn.RNNCellBase)
        for name, parameter in layer.named_parameters(recurse=False)
        if name.startswith("bias_hh") and not parameter.requires_grad
        if not parameter.is_meta and not parameter.any()
    }
    return (one for one in network.parameters() if id(one) not in absent)


def multiply_adds(network: nn.Module, *inputs: Any) -> dict[str, int]:
    """Multiply-adds of one pass in eval mode, layer by layer.

    Layers with a formula are counted as wholes, by how they are defined and not by how they
    compute (a convolution through the Fourier transform is counted like any). Matrix products,
    attention and convolutions that a network computes with functions are counted where they
    happen; what goes element by element counts 0, as a BatchNorm does. A module of another kind
    with learnable numbers must use them in such functions, or have a method
    ``multiply_adds(arguments, outputs) -> int`` that answers for everything inside it;
    `arguments` are those of its `forward`, by name.

    Parameters
    ----------
    network : torch.nn.Module
    *inputs
        What its ``forward`` is given.

    Returns
    -------
    dict, name of a layer -> multiply-adds; 0 for a layer with a formula that the pass left out

    Raises
    ------
    UsageError
        If a layer or a function with learnable numbers has no formula.
    """
    counter = _Counter(network)
    with counter.watching(), _in_eval_mode(network), torch.no_grad(), counter:
        network(*inputs)
    counter.refuse_uncounted()
    return dict(counter.found)


@contextmanager
def _in_eval_mode(network: nn.Module) -> Iterator[None]:
    modes = [(one, one.training) for one in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


class _Counter(TorchFunctionMode):
    """Counts layers by hooks, and functions outside of them by standing between."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self._inside: list[str] = []
        self._whole = 0
        self._modules = dict(network.named_modules())
        # Learnable numbers outside the layers with formulas, by where they lie in memory.
        self._loose = {
            id(parameter): (f"{name}.{own}".lstrip("."), parameter)
            for name, module in self._modules.items()
            if _counted_as_a_whole(module) is None and not self._is_within_a_whole(name)
            for own, parameter in module.named_parameters(recurse=False)
        }
        self._used: set[int] = set()

    def _is_within_a_whole(self, name: str) -> bool:
        parts = name.split(".")
        above = (".".join(parts[:depth]) for depth in range(len(parts)))
        return any(_counted_as_a_whole(self._modules[one]) is not None for one in above)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hooks on every module, taken off at the end."""
        handles = []
        for name, module in self._modules.items():
            whole = _counted_as_a_whole(module)
            if whole is not None and not self._is_within_a_whole(name):
                self.found[name] += 0
            handles += [
                module.register_forward_pre_hook(self._entering(name, whole is not None)),
                module.register_forward_hook(self._leaving(name, whole), with_kwargs=True),
            ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _entering(self, name: str, whole: bool) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any) -> None:
            self._inside.append(name)
            self._whole += whole

        return hook

    def _leaving(self, name: str, whole: Callable[..., int] | None) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, named: dict[str, Any], outputs: Any) -> None:
            self._inside.pop()
            if whole is not None:
                self._whole -= 1
                if self._whole == 0:
                    arguments = inspect.signature(module.forward).bind(*inputs, **named).arguments
                    self.found[name] += whole(arguments, outputs)

        return hook

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run `func`, and count it where no layer does."""
        outputs = func(*args, **(kwargs or {}))
        if self._whole == 0:
            name = (resolve_name(func) or "").rpartition(".")[2].strip("_")
            operands = [*args, *(kwargs or {}).values()]
            loose = self._loose_among(operands)
            rule = _FUNCTIONS.get(name)
            if rule is not None:
                self._add(rule(operands, outputs))
                self._used |= loose
            elif name in _FREE:
                self._used |= loose
            elif name in _REFUSED:
                raise UsageError(
                    "usage",
                    f"no formula counts the multiply-adds of the function {name}, which "
                    f"{self._inside[-1] if self._inside else 'the network'!r} calls; give its "
                    "class a method multiply_adds(arguments, outputs) -> int",
                )
        return outputs

    def _add(self, count: int) -> None:
        if count:
            self.found[self._inside[-1] if self._inside else ""] += count

    def _loose_among(self, operands: list[Any]) -> set[int]:
        """Learnable numbers that are among the operands, as they are or seen through a view."""
        tensors = [one for one in _flat(operands) if isinstance(one, Tensor)]
        roots = {id(one if one._base is None else one._base) for one in tensors}
        return roots & self._loose.keys()

    def refuse_uncounted(self) -> None:
        """Raise for learnable numbers that no formula has met."""
        for key, (name, parameter) in self._loose.items():
            if key not in self._used:
                owner = self._modules[name.rpartition(".")[0]]
                raise UsageError(
                    "usage",
                    f"no formula counts the multiply-adds of {name!r}, shape "
                    f"{tuple(parameter.shape)}, of a {type(owner).__name__}; give that class a "
                    "method multiply_adds(arguments, outputs) -> int",
                )


def _counted_as_a_whole(module: nn.Module) -> Callable[..., int] | None:
    own = getattr(module, "multiply_adds", None)
    if own is not None:
        return lambda arguments, outputs: int(own(arguments, outputs))
    formula = formula_of(module)
    if formula is None:
        return None
    return lambda arguments, outputs: formula(module, arguments, outputs)


def _flat(operands: list[Any]) -> Iterator[Any]:
    for one in operands:
        if isinstance(one, list | tuple):
            yield from _flat(list(one))
        else:
            yield one


def _matrix_product(operands: list[Any], outputs: Tensor) -> int:
    return int(outputs.numel() * operands[0].shape[-1])


def _added_matrix_product(operands: list[Any], outputs: Tensor) -> int:
    return int(outputs.numel() * operands[1].shape[-1])


def _einsum(operands: list[Any], outputs: Tensor) -> int:
    """The product of the sizes of all letters: what a sum over two operands takes."""
    equation, *tensors = operands
    tensors = list(_flat(tensors))
    if not isinstance(equation, str) or "." in equation or len(tensors) != 2:
        raise UsageError("usage", f"einsum is counted for two operands and letters: {equation!r}")
    sizes: dict[str, int] = {}
    letters = equation.replace(" ", "").partition("->")[0].split(",")
    for one, tensor in zip(letters, tensors, strict=True):
        sizes.update(zip(one, tensor.shape, strict=True))
    return math.prod(sizes.values())


def _functional_convolution(operands: list[Any], outputs: Tensor) -> int:
    return convolution(operands[1], outputs)


def _functional_transposed(operands: list[Any], outputs: Tensor) -> int:
    return transposed_convolution(operands[1], operands[0])


_FUNCTIONS: Mapping[str, Callable[[list[Any], Any], int]] = {
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "inner", "linear"), _matrix_product),
    **dict.fromkeys(("addmm", "baddbmm", "addmv"), _added_matrix_product),
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _functional_convolution),
    **dict.fromkeys(
        ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _functional_transposed
    ),
    "einsum": _einsum,
    "scaled_dot_product_attention": lambda operands, outputs: attention(*operands[:3]),
}
"""Name of a function -> (its operands, its result) -> multiply-adds."""

_FREE = frozenset(
    {"add", "radd", "sub", "rsub", "mul", "rmul", "multiply", "div", "truediv", "rtruediv"}
    | {"add_", "mul_", "cat", "concat", "stack", "softmax", "sigmoid", "tanh", "exp", "softplus"}
    | {"layer_norm", "batch_norm", "group_norm", "rms_norm", "prelu", "embedding"}
)
"""Functions of learnable numbers that count 0: element by element, or a look-up."""

_REFUSED = frozenset(
    {"tensordot", "multi_head_attention_forward", "chain_matmul", "multi_dot", "cdist", "bilinear"}
    | {"rmatmul", "kron", "lstm", "gru", "lstm_cell", "gru_cell", "rnn_tanh", "rnn_relu", "stft"}
    | {"istft", "fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "rfft2", "irfft2"}
)
"""Functions that are no small matter and have no formula outside of a layer."""
