"""Estimators made of estimators. Where all members are trees, they become one forest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import support_vectors, trees
from .graph import Graph, Unwritable, has_probabilities

Array = NDArray[np.float64]
TREE_CLASSIFIERS = ("DecisionTreeClassifier", "ExtraTreeClassifier")


def bagged_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """BaggingClassifier: the mean of its members, each on features of its own."""
    n_classes, n_members = len(estimator.classes_), len(estimator.estimators_)
    members = list(zip(estimator.estimators_, estimator.estimators_features_, strict=True))
    if all(type(member).__name__ in TREE_CLASSIFIERS for member, _ in members):
        forest = [
            trees.Tree(
                member.tree_,
                trees.shares(member) @ _places(member, n_classes) / n_members,
                features,
            )
            for member, features in members
        ]
        return trees.forest(graph, forest, x, offset=np.zeros(n_classes))
    each = []
    for member, features in members:
        own = graph.columns(x, features)
        given = _probabilities_or_votes(graph, member, own)
        each.append(graph("MatMul", given, graph.constant(_places(member, n_classes))))
    return _mean(graph, each)


def bagged_values(graph: Graph, estimator: Any, x: str) -> str:
    """BaggingRegressor."""
    members = zip(estimator.estimators_, estimator.estimators_features_, strict=True)
    return _mean(
        graph, [graph.add("values", member, graph.columns(x, own)) for member, own in members]
    )


def adaboost_decision(graph: Graph, estimator: Any, x: str) -> str:
    """AdaBoostClassifier (SAMME): weighted votes, a wrong class counted against.

    One column for each class; of two classes the first column is the negative of the second.
    """
    n_classes = len(estimator.classes_)
    weights = np.asarray(estimator.estimator_weights_)[: len(estimator.estimators_)]
    weights = weights / np.sum(estimator.estimator_weights_)
    # A vote for class c gives w to c and -w / (classes - 1) to each other one.
    ballots = np.eye(n_classes) - (1.0 - np.eye(n_classes)) / (n_classes - 1)
    members = estimator.estimators_
    if all(type(member).__name__ in TREE_CLASSIFIERS for member in members):
        forest = []
        for member, weight in zip(members, weights, strict=True):
            votes = np.eye(len(member.classes_))[trees.shares(member).argmax(axis=1)]
            ballot = votes @ _known_places(member, estimator) @ ballots * weight
            forest.append(trees.Tree(member.tree_, ballot))
        return trees.forest(graph, forest, x, offset=np.zeros(n_classes))
    each = []
    for member, weight in zip(members, weights, strict=True):
        ballot = _known_places(member, estimator) @ ballots * weight
        each.append(graph("MatMul", votes_of(graph, member, x), graph.constant(ballot, exact=True)))
    return _sum(graph, each)


def adaboost_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """AdaBoostClassifier: softmax of its decision values over (classes - 1)."""
    n_classes = len(estimator.classes_)
    decision = adaboost_decision(graph, estimator, x)
    # Of two classes the decision value is the second column minus the first, halved again.
    scale = graph.constant(np.float64(1.0 / (n_classes - 1)))
    return graph("Softmax", graph("Mul", decision, scale), axis=1)


def adaboost_values(graph: Graph, estimator: Any, x: str) -> str:
    """AdaBoostRegressor: the weighted median of its members."""
    members = estimator.estimators_
    weights = np.asarray(estimator.estimator_weights_)[: len(members)]
    each = graph.concatenated([graph.add("values", member, x) for member in members])
    count = graph.constant(np.array([len(members)]))
    ordered, index = graph.node("TopK", [each, count], 2, axis=1, largest=0, sorted=1)
    own = graph("Gather", graph.constant(weights, exact=True), index, axis=0)
    below = np.triu(np.ones((len(members), len(members))))
    sums = graph("MatMul", own, graph.constant(below))
    last = graph.columns(sums, [len(members) - 1])
    half = graph("Mul", last, graph.constant(np.float64(0.5)))
    reached = graph.cast(graph("GreaterOrEqual", sums, half), np.float64)
    first = graph("ArgMax", reached, axis=1, keepdims=1)
    return graph("GatherElements", ordered, first, axis=1)


def voted_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """VotingClassifier with soft votes."""
    if estimator.voting != "soft":
        raise Unwritable("a voting classifier with hard votes, which has no scores")
    each = [graph.add("probabilities", member, x) for member in estimator.estimators_]
    return _mean(graph, each, estimator._weights_not_none)


def voted_values(graph: Graph, estimator: Any, x: str) -> str:
    """VotingRegressor."""
    each = [graph.add("values", member, x) for member in estimator.estimators_]
    return _mean(graph, each, estimator._weights_not_none)


def stacked_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """StackingClassifier whose last estimator has probabilities."""
    return graph.add("probabilities", estimator.final_estimator_, _first_layer(graph, estimator, x))


def stacked_decision(graph: Graph, estimator: Any, x: str) -> str:
    """StackingClassifier whose last estimator has decision values."""
    return graph.add("decision", estimator.final_estimator_, _first_layer(graph, estimator, x))


def stacked_values(graph: Graph, estimator: Any, x: str) -> str:
    """StackingRegressor."""
    return graph.add("values", estimator.final_estimator_, _first_layer(graph, estimator, x))


def one_versus_rest_decision(graph: Graph, estimator: Any, x: str) -> str:
    """OneVsRestClassifier: the decision value of each class against the others."""
    return graph.concatenated(
        [graph.add("decision", member, x) for member in estimator.estimators_]
    )


def many_values(graph: Graph, estimator: Any, x: str) -> str:
    """MultiOutputRegressor: one regressor for each dimension."""
    return graph.concatenated([graph.add("values", member, x) for member in estimator.estimators_])


def votes_of(graph: Graph, member: Any, x: str) -> str:
    """One-hot vote of a classifier, shape (n, its classes)."""
    n_classes = len(member.classes_)
    if has_probabilities(member):
        scores = graph.add("probabilities", member, x)
    elif n_classes > 2 and getattr(member, "break_ties", None) is False:
        scores = support_vectors.votes(graph, member, x)
    else:
        scores = graph.add("decision", member, x)
        if n_classes == 2:
            scores = graph.concatenated([graph("Neg", scores), scores])
    top = graph("ArgMax", scores, axis=1, keepdims=1)
    return graph.cast(graph("Equal", top, graph.constant(np.arange(n_classes))), np.float64)


def _probabilities_or_votes(graph: Graph, member: Any, x: str) -> str:
    if has_probabilities(member):
        return graph.add("probabilities", member, x)
    return votes_of(graph, member, x)


def _first_layer(graph: Graph, estimator: Any, x: str) -> str:
    """What the members of a stack hand to its last estimator."""
    parts = []
    for member, method in zip(estimator.estimators_, estimator.stack_method_, strict=True):
        if method == "predict_proba":
            part = graph.add("probabilities", member, x)
            if len(estimator.classes_) == 2:
                part = graph.columns(part, [1])
        elif method == "decision_function":
            part = graph.add("decision", member, x)
        elif hasattr(member, "classes_"):
            raise Unwritable("a stack of predicted labels")
        else:
            part = graph.add("values", member, x)
        parts.append(part)
    if estimator.passthrough:
        parts.append(x)
    return graph.concatenated(parts)


def _mean(graph: Graph, each: list[str], weights: Any = None) -> str:
    """Weighted mean of matrices of one shape."""
    shares = np.ones(len(each)) if weights is None else np.asarray(weights, dtype=np.float64)
    shares = shares / shares.sum()
    return _sum(
        graph,
        [
            graph("Mul", part, graph.constant(share))
            for part, share in zip(each, shares, strict=True)
        ],
    )


def _sum(graph: Graph, each: list[str]) -> str:
    return each[0] if len(each) == 1 else graph("Sum", *each)


def _places(member: Any, n_classes: int) -> Array:
    """Matrix from the member's classes, which are places, to all classes."""
    return np.asarray(np.eye(n_classes)[np.asarray(member.classes_, dtype=np.intp)])


def _known_places(member: Any, estimator: Any) -> Array:
    """Matrix from the member's classes to those of the ensemble, which share their names."""
    return np.asarray(
        np.asarray(member.classes_)[:, np.newaxis] == np.asarray(estimator.classes_), dtype=float
    )
