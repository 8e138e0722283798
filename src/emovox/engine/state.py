"""The tensors of a training under way: weights, their moving average, what optimisers remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

State = dict[str, torch.Tensor]


def copied(state: Mapping[str, torch.Tensor]) -> State:
    """Copy on the CPU, which later steps leave alone."""
    return {name: value.detach().cpu().clone() for name, value in state.items()}


def cloned(state: Mapping[str, torch.Tensor]) -> State:
    """Copy where the tensors lie."""
    return {name: value.detach().clone() for name, value in state.items()}


def move_towards(average: State, state: Mapping[str, torch.Tensor], *, decay: float) -> None:
    """Move an exponential moving average: ``decay * average + (1 - decay) * state``.

    Counters, which have no mean, are taken over.

    Examples
    --------
    >>> average = {"weight": torch.tensor([1.0])}
    >>> move_towards(average, {"weight": torch.tensor([2.0])}, decay=0.75)
    >>> average["weight"].item()
    1.25
    """
    for name, value in state.items():
        if value.is_floating_point():
            average[name].lerp_(value.detach(), 1.0 - decay)
        else:
            average[name].copy_(value)


def named(kind: str, state: Mapping[str, torch.Tensor]) -> State:
    """`state` with ``kind.`` before each name."""
    return {f"{kind}.{name}": value for name, value in state.items()}


def part(tensors: Mapping[str, torch.Tensor], kind: str) -> State:
    """What lies under ``kind.``, without it.

    Examples
    --------
    >>> part({"best.weight": torch.zeros(1), "network.weight": torch.ones(1)}, "best")
    {'weight': tensor([0.])}
    """
    start = f"{kind}."
    return {name[len(start) :]: one for name, one in tensors.items() if name.startswith(start)}


def memories(optimisers: Sequence[torch.optim.Optimizer]) -> State:
    """What optimisers remember of earlier steps, copied to the CPU."""
    found: State = {}
    for place, optimiser in enumerate(optimisers):
        for index, values in optimiser.state_dict()["state"].items():
            for name, value in values.items():
                found[f"optimiser.{place}.{index}.{name}"] = torch.as_tensor(value).cpu().clone()
    return found


def remember(
    optimisers: Sequence[torch.optim.Optimizer], tensors: Mapping[str, torch.Tensor]
) -> None:
    """Give optimisers back what `memories` has found in them."""
    for place, optimiser in enumerate(optimisers):
        moved = [one for group in optimiser.param_groups for one in group["params"]]
        state: dict[int, State] = {}
        for name, value in part(tensors, f"optimiser.{place}").items():
            index, _, key = name.partition(".")
            like = moved[int(index)]
            if value.shape == like.shape:
                # Laid out as the parameter is: another layout may be rounded in another way.
                value = torch.empty_like(like, dtype=value.dtype, device="cpu").copy_(value)
            state.setdefault(int(index), {})[key] = value
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
