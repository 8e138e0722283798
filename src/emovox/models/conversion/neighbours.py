"""Nearest neighbours by a small graph: distances, the k smallest, a weighted vote.

The usual exporter writes Scan for the Manhattan distance, which a model folder may not hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Graph, Unwritable


def probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """KNeighborsClassifier."""
    votes = np.eye(len(estimator.classes_))[np.asarray(estimator._y).ravel()]
    return _weighted_mean(graph, estimator, votes, x)


def values(graph: Graph, estimator: Any, x: str) -> str:
    """KNeighborsRegressor."""
    targets = np.asarray(estimator._y, dtype=np.float64).reshape(len(estimator._fit_X), -1)
    return _weighted_mean(graph, estimator, targets, x)


def _weighted_mean(graph: Graph, estimator: Any, targets: Any, x: str) -> str:
    """Mean of the targets of the nearest rows, weighted as the estimator says."""
    if estimator.weights not in ("uniform", "distance"):
        raise Unwritable("nearest neighbours with weights of their own")
    distances = _distances(graph, estimator, x)
    count = graph.constant(np.array([estimator.n_neighbors]))
    nearest, index = graph.node("TopK", [distances, count], 2, axis=1, largest=0, sorted=1)
    weights = _weights(graph, nearest, estimator.weights)
    chosen = graph("Gather", graph.constant(targets, exact=True), index, axis=0)
    weighted = graph("Mul", chosen, graph("Unsqueeze", weights, graph.constant(np.array([2]))))
    return graph("Div", graph.total(weighted, 1, keep=False), graph.total(weights, 1))


def _weights(graph: Graph, distances: str, how: str) -> str:
    """Equal weights, or inverse distances; rows at distance 0 take all of it."""
    one, zero = graph.constant(np.float64(1)), graph.constant(np.float64(0))
    if how == "uniform":
        return graph("Add", graph("Mul", distances, zero), one)
    same = graph("Equal", distances, zero)
    inverse = graph("Div", one, graph("Where", same, one, distances))
    same_number = graph.cast(same, np.float64)
    any_same = graph("Greater", graph.total(same_number, 1), zero)
    return graph("Where", any_same, same_number, inverse)


def _distances(graph: Graph, estimator: Any, x: str) -> str:
    """Minkowski distance of each row to each training row, shape (n, training rows)."""
    power = _power(estimator)
    rows = np.asarray(estimator._fit_X)
    graph.numbers_per_row = max(graph.numbers_per_row, 2 * rows.size)
    raised = graph("Unsqueeze", x, graph.constant(np.array([1])))
    apart = graph("Abs", graph("Sub", raised, graph.constant(rows)))
    if power == 1.0:
        return graph.total(apart, 2, keep=False)
    if power == 2.0:
        return graph("Sqrt", graph.total(graph("Mul", apart, apart), 2, keep=False))
    powers = graph("Pow", apart, graph.constant(np.float64(power)))
    sums = graph.total(powers, 2, keep=False)
    return graph("Pow", sums, graph.constant(np.float64(1.0 / power)))


def _power(estimator: Any) -> float:
    """Exponent of the distance."""
    metric = estimator.effective_metric_
    named = {"manhattan": 1.0, "cityblock": 1.0, "l1": 1.0, "euclidean": 2.0, "l2": 2.0}
    if metric in named:
        return named[metric]
    if metric == "minkowski" and estimator.effective_metric_params_.get("w") is None:
        return float(estimator.effective_metric_params_.get("p", estimator.p))
    raise Unwritable(f"nearest neighbours with the distance {metric!r}")
