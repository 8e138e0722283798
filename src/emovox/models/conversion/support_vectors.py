"""Support vector machines in double precision, as scikit-learn's decision function gives them.

The runtime's own operator computes in single precision and cannot give the one-versus-rest
shape of the decision values.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, Unwritable

Array = NDArray[np.float64]


def kernel(graph: Graph, machine: Any, x: str) -> str:
    """Kernel of each row with each support vector, shape (n, support vectors)."""
    vectors = np.asarray(machine.support_vectors_, dtype=np.float64)
    graph.numbers_per_row = max(graph.numbers_per_row, 4 * len(vectors))
    if graph.matrices_in_single:
        vectors = vectors.astype(np.float32).astype(np.float64)
    products = graph("MatMul", x, graph.constant(vectors.T))
    gamma = graph.constant(np.float64(machine._gamma))
    if machine.kernel == "rbf":
        own = graph.total(graph("Mul", x, x), 1)
        squares = graph.constant(np.einsum("ij,ij->i", vectors, vectors), exact=True)
        twice = graph("Mul", products, graph.constant(np.float64(2)))
        distances = graph("Sub", graph("Add", own, squares), twice)
        distances = graph("Relu", distances)
        return graph("Exp", graph("Neg", graph("Mul", distances, gamma)))
    inner = graph("Add", graph("Mul", products, gamma), graph.constant(np.float64(machine.coef0)))
    if machine.kernel == "poly":
        return graph("Pow", inner, graph.constant(np.float64(machine.degree)))
    if machine.kernel == "sigmoid":
        return graph("Tanh", inner)
    raise Unwritable(f"a support vector machine with the kernel {machine.kernel!r}")


def decision(graph: Graph, machine: Any, x: str) -> str:
    """Decision values of SVC: one column for two classes, else one for each class."""
    if len(machine.classes_) == 2:
        return values(graph, machine, x)
    if machine.decision_function_shape != "ovr":
        raise Unwritable("a support vector machine whose decision values are one-versus-one")
    return _one_versus_rest(graph, _pairs(graph, machine, x), len(machine.classes_))


def votes(graph: Graph, machine: Any, x: str) -> str:
    """How many pairs vote for each class of SVC, which predicts by them without `break_ties`."""
    pairs = _pairs(graph, machine, x)
    return _count_votes(graph, pairs, _signs(len(machine.classes_)))


def values(graph: Graph, machine: Any, x: str) -> str:
    """Values of SVR, and of SVC for two classes."""
    if machine.kernel == "linear":
        return _affine(graph, x, machine.coef_, machine.intercept_)
    return _affine(graph, kernel(graph, machine, x), machine.dual_coef_, machine.intercept_)


def _affine(graph: Graph, values: str, weights: Any, intercept: Any) -> str:
    product = graph("MatMul", values, graph.constant(np.asarray(weights).T))
    return graph("Add", product, graph.constant(np.asarray(intercept, dtype=np.float64)))


def _pairs(graph: Graph, machine: Any, x: str) -> str:
    """Decision value of each pair of classes, in libsvm's order.

    ``dual_coef_[r, v]`` belongs to the pair of v's class and the r-th of the other classes;
    the sums over the vectors of each class are shared by the pairs. A linear kernel needs no
    support vectors: each pair has one vector of weights.
    """
    if machine.kernel == "linear":
        return _affine(graph, x, machine.coef_, machine.intercept_)
    kernel_values = kernel(graph, machine, x)
    n_classes = len(machine.classes_)
    ends = np.cumsum(machine.n_support_).tolist()
    sums = []
    for start, end in zip([0, *ends], ends, strict=False):
        bounds = [graph.constant(np.array([number])) for number in (start, end, 1)]
        own = graph("Slice", kernel_values, *bounds)
        sums.append(graph("MatMul", own, graph.constant(machine.dual_coef_[:, start:end].T)))
    pairs = list(combinations(range(n_classes), 2))
    chosen = np.zeros((n_classes * (n_classes - 1), len(pairs)))
    for column, (i, j) in enumerate(pairs):
        chosen[i * (n_classes - 1) + j - 1, column] = 1.0
        chosen[j * (n_classes - 1) + i, column] = 1.0
    return _affine(graph, graph.concatenated(sums), chosen.T, machine.intercept_)


def _one_versus_rest(graph: Graph, pairs: str, n_classes: int) -> str:
    """Votes of the pairs, with the sum of their confidences squeezed to decide ties.

    As scikit-learn documents its decision function of shape "ovr": the confidences move no
    vote by more than a third.
    """
    signs = _signs(n_classes)
    one, three = graph.constant(np.float64(1)), graph.constant(np.float64(3))
    confidence = graph("MatMul", pairs, graph.constant(signs))
    scale = graph("Mul", graph("Add", graph("Abs", confidence), one), three)
    return graph("Add", _count_votes(graph, pairs, signs), graph("Div", confidence, scale))


def _count_votes(graph: Graph, pairs: str, signs: Array) -> str:
    """Votes of the pairs: for the second class where the value is negative."""
    negative = graph.cast(graph("Less", pairs, graph.constant(np.float64(0))), np.float64)
    rest = graph("Sub", graph.constant(np.float64(1)), negative)
    first = graph("MatMul", rest, graph.constant(np.maximum(signs, 0)))
    return graph("Add", first, graph("MatMul", negative, graph.constant(np.maximum(-signs, 0))))


def _signs(n_classes: int) -> Array:
    """Matrix of pairs and classes: 1 for the first class of a pair, -1 for the second."""
    signs = np.zeros((n_classes * (n_classes - 1) // 2, n_classes))
    for row, (i, j) in enumerate(combinations(range(n_classes), 2)):
        signs[row, i], signs[row, j] = 1.0, -1.0
    return signs
