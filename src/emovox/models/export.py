"""A fitted method becomes a model folder that gives the same scores."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ModelError, UsageError
from .card import write_card
from .conversion import convert
from .domain import training_statistics
from .model import Model, softmax
from .runtime import Runtime
from .sequences import statistics, time_axis
from .settings import NETWORK_FILE, names_sha256
from .writing import write

Array = NDArray[np.float64]

LARGEST_DIFFERENCE = 1e-5
"""Between the network's scores and the fitted model's; refused above."""
LARGEST_IN_SINGLE = 1e-3
"""Where the runtime computes in single precision; the measured difference is written down."""
LARGEST_OF_SEQUENCES = 1e-4
"""Of networks over sequences, which the runtime and torch both compute in single precision."""
LEAST_AGREEMENT = 0.98
"""Share of the rows on which a network of fewer bits must have the fitted model's first choice."""
N_COMPARED = 256
N_SEQUENCES = 64
N_RANDOM = 64
MAX_NUMBERS_AT_ONCE = 16_000_000


@dataclass(frozen=True)
class Network:
    """A fitted method as a network.

    Parameters
    ----------
    onnx : bytes
    kind : {"probabilities", "softmax", "values"}
    temperature : float
    labels : tuple of str
    precision : {"double", "single", "int8"}
        What the runtime computes in.
    stored : {"double", "single", "half", "int8"}
        Matrices in the file.
    difference : float
        Largest difference from the fitted model's scores.
    n_compared : int
        Rows over which it was measured.
    rows_at_once : int
        Rows of one run, so that its memory stays bounded.
    input : mapping
        Of networks over sequences: ``form``, ``dim``, ``frames``, ``window``, as in
        ``model.json``. Empty for those over vectors.
    notes : mapping
        What else was measured, for ``export`` of ``model.json``.
    otherwise : Network, optional
        What to take where this one, of fewer bits, does not agree with the fitted model.
    """

    onnx: bytes
    kind: str
    temperature: float
    labels: tuple[str, ...]
    precision: str
    stored: str
    difference: float
    n_compared: int
    rows_at_once: int
    input: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Network | None = None


def export(
    estimator: Any,
    folder: str | os.PathLike[str],
    *,
    rows: ArrayLike | Sequence[NDArray[np.floating[Any]]],
    front_end: Mapping[str, Any],
    feature_names: Sequence[str] = (),
    name: str | None = None,
    labels: Sequence[str] = (),
    method: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    figures: Sequence[Mapping[str, Any]] = (),
    card: str | None = None,
    force: bool = False,
) -> Path:
    """Write a model folder of a fitted method, after comparing the two on data.

    Parameters
    ----------
    estimator : UtteranceClassifier, UtteranceRegressor or NetworkClassifier
        Fitted. One that has ``to_network(rows) -> Network`` makes its network by itself; its
        ``predict_proba(rows)`` is what that is compared with.
    folder : path
    rows : float array, shape (utterances, dim), or sequence of float arrays (time_i, dim)
        The training part: for the comparison, and for the statistics by which a model says
        that a recording is unlike all it has heard.
    front_end : mapping
        ``FrontEnd.settings()``.
    feature_names : sequence of str
        Names of the dimensions, so that another version of the features is noticed.
    name : str, optional
        By default the folder's name.
    labels : sequence of str
        Regression: names of the dimensions. Classification: from the estimator.
    method, training, figures : mapping, mapping, sequence of mappings, optional
        What the card says: see `emovox.models.card.write_card`.
    card : str, optional
        Markdown to write instead of the usual card.
    force : bool
        Replace an existing model folder.

    Returns
    -------
    path of the folder

    Raises
    ------
    ModelError
        ``model-invalid`` if the method cannot be written, ``model-misfit`` if the network's
        scores differ from the fitted model's by more than `LARGEST_DIFFERENCE`, or those
        of a network over sequences by more than `LARGEST_OF_SEQUENCES`.
    OutputError
        If the folder cannot be written, or exists and `force` is not given.
    """
    network, usual = _network_and_usual(estimator, rows, labels)
    target = Path(os.path.abspath(folder))
    settings: dict[str, Any] = {
        "name": name or re.sub(r"[^A-Za-z0-9._-]+", "-", target.name).lstrip("._-") or "model",
        "task": "regression" if network.kind == "values" else "classification",
        "labels": list(network.labels),
        "front_end": dict(front_end),
        "input": {
            "dim": usual.shape[1],
            **network.input,
            "rows_at_once": network.rows_at_once,
        },
        "scores": {"kind": network.kind, "temperature": network.temperature},
        "calibration": {
            "method": "temperature" if network.kind == "softmax" else "none",
            "temperature": network.temperature,
        },
        "out_of_domain": training_statistics(usual),
        "method": dict(method or {}),
        "training": dict(training or {}),
        "figures": [dict(figure) for figure in figures],
        "export": {
            "largest_difference": float(f"{network.difference:.3g}"),
            "rows_compared": network.n_compared,
            "computed_in": network.precision,
            "matrices_stored_in": network.stored,
            **network.notes,
        },
    }
    if len(feature_names):
        settings["input"]["names_sha256"] = names_sha256(list(feature_names))
    return write(
        target,
        network=network.onnx,
        settings=settings,
        card=card if card is not None else write_card(settings),
        force=force,
    )


def _network_and_usual(
    estimator: Any, rows: ArrayLike | Sequence[NDArray[np.floating[Any]]], labels: Sequence[str]
) -> tuple[Network, Array]:
    """Network of a fitted method, and the vectors of the training that say what is usual."""
    if not hasattr(estimator, "to_network"):
        data = np.asarray(rows, dtype=np.float64)
        return network_of(estimator, data, labels=labels), data
    if getattr(rows, "ndim", 1) == 2:
        data = np.asarray(rows, dtype=np.float64)
        return estimator.to_network(data), data
    sequences: list[Any] = list(rows)  # type: ignore[arg-type]
    network = compared_on_sequences(estimator, estimator.to_network(sequences), sequences)
    usual = [statistics(np.asarray(each, dtype=np.float64)) for each in sequences]
    return network, np.stack(usual)


def compared_on_sequences(
    estimator: Any, network: Network, rows: Sequence[NDArray[np.floating[Any]]]
) -> Network:
    """Compare what a model folder would give, windows and temperature too, with the estimator.

    Parameters
    ----------
    estimator : fitted
        With ``predict_proba(rows)``.
    network : Network
        Over sequences.
    rows : sequence of float arrays, each of shape (time_i, dim)
        At most `N_SEQUENCES` of them, spread evenly, are compared.

    Returns
    -------
    Network
        With the larger of its own difference and the one found here; or its `otherwise`.

    Raises
    ------
    ModelError
        ``model-misfit``.
    """
    chosen = np.unique(np.linspace(0, len(rows) - 1, N_SEQUENCES).astype(int))
    probes = [rows[place] for place in chosen]
    wanted = np.asarray(estimator.predict_proba(probes), dtype=np.float64)
    runtime = Runtime(
        network.onnx,
        dim=network.input["dim"],
        outputs=len(network.labels),
        name=NETWORK_FILE,
        timeout_s=600.0,
        rows_at_once=network.rows_at_once,
        time=time_axis(network.input),
    )
    settings = {
        "labels": network.labels,
        "input": network.input,
        "scores": {"kind": network.kind, "temperature": network.temperature},
    }
    model = Model(folder=Path(), settings=settings, sha256="", runtime=runtime)
    scores = model.scores(probes)
    difference = max(network.difference, float(np.abs(scores - wanted).max()))
    notes = dict(network.notes)
    if network.stored in ("half", "int8"):
        share = float(np.mean(scores.argmax(axis=1) == wanted.argmax(axis=1)))
        notes["agreement"] = round(share, 4)
        fits, wrong = share >= LEAST_AGREEMENT, f"agree on {share:.1%} of the rows only"
    else:
        fits = difference <= LARGEST_OF_SEQUENCES
        wrong = f"differ by {difference:.2g}; at most {LARGEST_OF_SEQUENCES:g} is allowed"
    if not fits and network.otherwise is not None:
        return compared_on_sequences(estimator, network.otherwise, rows)
    if not fits:
        raise ModelError("model-misfit", f"the network's scores and the fitted model's {wrong}")
    return replace(
        network,
        difference=difference,
        n_compared=network.n_compared + len(probes),
        notes=notes,
    )


def network_of(estimator: Any, rows: ArrayLike, *, labels: Sequence[str] = ()) -> Network:
    """Network of a fitted method, compared with it on `rows` and on random rows.

    Matrices are stored in single precision where that keeps the scores equal.

    Parameters
    ----------
    estimator : UtteranceClassifier or UtteranceRegressor
        Fitted.
    rows : float array, shape (utterances, dim)
    labels : sequence of str
        Names of the outputs of a regressor.

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        As `export`.
    """
    data = np.asarray(rows, dtype=np.float64)
    probes = _probes(data)
    wanted = _wanted(estimator, probes)
    found = [_candidate(estimator, probes, wanted, "single", labels)]
    if found[0].difference > LARGEST_DIFFERENCE:
        found.append(_candidate(estimator, probes, wanted, "double", labels))
    best = min(found, key=lambda network: network.difference)
    allowed = LARGEST_IN_SINGLE if best.precision == "single" else LARGEST_DIFFERENCE
    if best.difference > allowed:
        raise ModelError(
            "model-misfit",
            f"the network's scores differ from the fitted model's by {best.difference:.2g}; "
            f"at most {allowed:g} is allowed",
        )
    return best


def _candidate(
    estimator: Any, probes: Array, wanted: Array, stored: str, labels: Sequence[str]
) -> Network:
    """One way to write the method, measured."""
    graph, output = convert(estimator.pipeline_, matrices_in_single=stored == "single")
    names, kind, temperature = _meaning(estimator, wanted.shape[1], labels)
    onnx = graph.serialised(output, len(names))
    rows_at_once = int(np.clip(MAX_NUMBERS_AT_ONCE // graph.numbers_per_row, 1, 1024))
    runtime = Runtime(
        onnx,
        dim=probes.shape[1],
        outputs=len(names),
        name=NETWORK_FILE,
        timeout_s=600.0,
        rows_at_once=rows_at_once,
    )
    scores = runtime.run(probes)
    if kind == "softmax":
        scores = softmax(scores, temperature)
    scale = np.maximum(1.0, np.abs(wanted)) if kind == "values" else 1.0
    return Network(
        onnx=onnx,
        kind=kind,
        temperature=temperature,
        labels=names,
        precision="single" if graph.in_single else "double",
        stored=stored,
        difference=float(np.max(np.abs(scores - wanted) / scale)),
        n_compared=len(probes),
        rows_at_once=rows_at_once,
    )


def _meaning(
    estimator: Any, outputs: int, labels: Sequence[str]
) -> tuple[tuple[str, ...], str, float]:
    """Labels, kind of scores and temperature of a fitted method."""
    if hasattr(estimator, "classes_"):
        names = tuple(str(label) for label in estimator.classes_)
        has_probabilities = hasattr(estimator.pipeline_[-1], "predict_proba")
        kind = "probabilities" if has_probabilities else "softmax"
        return names, kind, float(estimator.temperature_)
    if len(labels) != outputs:
        raise UsageError(
            "usage",
            f"{len(labels)} names are given for {outputs} dimensions; name each with `labels`",
        )
    return tuple(labels), "values", 1.0


def _wanted(estimator: Any, probes: Array) -> Array:
    """What the fitted method itself gives, shape (rows, outputs)."""
    classifies = hasattr(estimator, "classes_")
    values = estimator.predict_proba(probes) if classifies else estimator.predict(probes)
    return np.asarray(values, dtype=np.float64).reshape(len(probes), -1)


def _probes(rows: Array) -> Array:
    """Rows spread over the given ones, and random ones of the same mean and deviation."""
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, N_COMPARED).astype(int))]
    rng = np.random.default_rng(0)
    random = rng.standard_normal((N_RANDOM, rows.shape[1])) * rows.std(axis=0) + rows.mean(axis=0)
    return np.concatenate([chosen, random.astype(np.float32).astype(np.float64)])
