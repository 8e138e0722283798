"""Linear models, naive Bayes and perceptrons."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Graph, Unwritable
from .trees import binary_probabilities


def decision(graph: Graph, estimator: Any, x: str) -> str:
    """Decision values: one column for two classes, else one for each class."""
    return _layer(graph, x, np.atleast_2d(estimator.coef_).T, estimator.intercept_)


def probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """LogisticRegression, LinearDiscriminantAnalysis."""
    values = decision(graph, estimator, x)
    if len(estimator.classes_) == 2:
        return binary_probabilities(graph, values)
    return graph("Softmax", values, axis=1)


def naive_bayes(graph: Graph, estimator: Any, x: str) -> str:
    """GaussianNB: the log densities of independent normal distributions."""
    joint = []
    for mean, variance, prior in zip(
        estimator.theta_, estimator.var_, estimator.class_prior_, strict=True
    ):
        apart = graph("Sub", x, graph.constant(mean, exact=True))
        squares = graph("Div", graph("Mul", apart, apart), graph.constant(variance, exact=True))
        half = graph("Mul", graph.total(squares, 1), graph.constant(np.float64(-0.5)))
        constant = np.log(prior) - 0.5 * np.sum(np.log(2.0 * np.pi * variance))
        joint.append(graph("Add", half, graph.constant(np.float64(constant))))
    return graph("Softmax", graph.concatenated(joint), axis=1)


def perceptron_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """MLPClassifier."""
    values = _perceptron(graph, estimator, x)
    if estimator.out_activation_ == "logistic":
        return binary_probabilities(graph, values)
    return graph("Softmax", values, axis=1)


def perceptron_values(graph: Graph, estimator: Any, x: str) -> str:
    """MLPRegressor."""
    if estimator.out_activation_ != "identity":
        raise Unwritable(f"a perceptron whose output goes through {estimator.out_activation_}")
    return _perceptron(graph, estimator, x)


_ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid"}


def _perceptron(graph: Graph, estimator: Any, x: str) -> str:
    """All layers, without what the last one ends with."""
    layers = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    for index, (weights, intercept) in enumerate(layers):
        x = _layer(graph, x, weights, intercept)
        if index < len(layers) - 1 and estimator.activation != "identity":
            x = graph(_ACTIVATIONS[estimator.activation], x)
    return x


def _layer(graph: Graph, x: str, weights: Any, intercept: Any) -> str:
    """``x @ weights + intercept``."""
    product = graph("MatMul", x, graph.constant(weights))
    return graph("Add", product, graph.constant(np.atleast_1d(np.asarray(intercept, np.float64))))
