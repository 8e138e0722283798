"""What a network of the registry costs, as its sheet counts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ...engine.cost import cost
from ...errors import UsageError
from ...features import FrontEnd
from ..contract import Cost
from .views import windows


def nominal_cost(
    method: Any, *, n_classes: int, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Cost of a method before it is trained, of its nominal utterance and of a second of it.

    Parameters
    ----------
    method : emovox.methods.networks.method.NetworkMethod
    n_classes : int
    options : mapping, optional
        Options of the network that differ from the method's own.

    Returns
    -------
    dict
        ``parameters`` (as the method's source counts them), ``trainable``, ``statistics`` (of
        BatchNorm), ``macs``, ``flops``, ``macs_per_second``, ``flops_per_second``, and what they
        are of: ``classes``, ``dim``, ``frames``, ``duration_s``.

    Raises
    ------
    UsageError
        For fewer than two classes.

    Examples
    --------
    >>> from emovox import registry
    >>> nominal_cost(registry.get("method", "tim-net"), n_classes=7)["parameters"]
    106992
    """
    if n_classes < 2:
        raise UsageError("usage", f"{n_classes} classes; a network tells at least 2 apart")
    dim = len(FrontEnd(method.needs.feature, form=method.needs.form).names)
    network = method.build(dim=dim, n_classes=n_classes, **(options or {}))
    found = cost(network, frames=method.nominal_frames, dim=dim)
    macs_per_second = round(found.macs / method.duration_s)
    return {
        "classes": n_classes,
        "dim": dim,
        "frames": method.nominal_frames,
        "duration_s": round(method.duration_s, 3),
        "parameters": found.parameters + (found.statistics if method.counts_statistics else 0),
        "trainable": found.trainable,
        "statistics": found.statistics,
        "macs": found.macs,
        "flops": found.flops,
        "macs_per_second": macs_per_second,
        "flops_per_second": 2 * macs_per_second,
    }


def utterance_cost(network: torch.nn.Module, method: Any, *, n_frames: int, dim: int) -> Cost:
    """Cost of a trained network for one utterance.

    Parameters
    ----------
    network : torch module
    method : emovox.methods.networks.method.NetworkMethod
        Where it takes windows, all those of the utterance are counted.
    n_frames, dim : int
        Of the utterance.
    """
    cut = windows(method.windows_for(dim))
    lengths = [n_frames]
    if cut is not None:
        utterance: npt.NDArray[np.floating] = np.zeros((n_frames, 1), dtype=np.float32)
        lengths = [len(window) for window in cut(utterance)]
    one = cost(network, frames=lengths[0], dim=dim)
    return Cost(
        parameters=one.parameters + (one.statistics if method.counts_statistics else 0),
        macs=one.macs * len(lengths),
    )
