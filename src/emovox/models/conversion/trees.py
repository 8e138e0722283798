"""Trees and what is made of trees: one TreeEnsembleRegressor, whatever their number.

scikit-learn compares single-precision features with double-precision thresholds. Here the
features are cast to single and each threshold is rounded down to single, which decides every
comparison in the same way. The values of the leaves are summed by the runtime in single.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, Unwritable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """One tree with the values of its nodes.

    Parameters
    ----------
    tree : sklearn ``Tree``
    values : float64 array, shape (nodes, outputs)
        What each leaf adds to the outputs.
    features : int array, optional
        Place of each feature of the tree in the input.
    """

    tree: Any
    values: Array
    features: NDArray[np.intp] | None = None


def forest(graph: Graph, trees: Sequence[Tree], x: str, *, offset: Array) -> str:
    """Sum of the leaves that each row falls into, plus `offset`.

    Parameters
    ----------
    graph : Graph
    trees : sequence of Tree
    x : str
    offset : float64 array, shape (outputs,)

    Returns
    -------
    name of a value of shape (n, outputs)
    """
    graph.in_single = True
    fields: dict[str, list[Any]] = {key: [] for key in _NODE_FIELDS}
    targets: dict[str, list[Any]] = {"treeids": [], "nodeids": [], "ids": [], "weights": []}
    for index, each in enumerate(trees):
        _add(index, each, fields, targets)
    attributes: dict[str, Any] = {
        "n_targets": len(offset),
        "aggregate_function": "SUM",
        "post_transform": "NONE",
        **{f"nodes_{key}": values for key, values in fields.items()},
        **{f"target_{key}": values for key, values in targets.items()},
    }
    single = graph.cast(x, np.float32)
    scores = graph("TreeEnsembleRegressor", single, domain="ai.onnx.ml", **attributes)
    return graph("Add", graph.cast(scores, np.float64), graph.constant(offset))


_NODE_FIELDS = (
    "treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids",
)  # fmt: skip


def _add(
    index: int, each: Tree, fields: dict[str, list[Any]], targets: dict[str, list[Any]]
) -> None:
    """Add the nodes and leaves of one tree."""
    tree = each.tree
    is_leaf = tree.children_left < 0
    places = np.where(is_leaf, 0, tree.feature)
    if each.features is not None:
        places = np.where(is_leaf, 0, np.asarray(each.features)[places])
    count = int(tree.node_count)
    fields["treeids"] += [index] * count
    fields["nodeids"] += range(count)
    fields["featureids"] += places.tolist()
    fields["modes"] += np.where(is_leaf, "LEAF", "BRANCH_LEQ").tolist()
    fields["values"] += np.where(is_leaf, 0.0, rounded_down(tree.threshold)).tolist()
    fields["truenodeids"] += np.where(is_leaf, 0, tree.children_left).tolist()
    fields["falsenodeids"] += np.where(is_leaf, 0, tree.children_right).tolist()
    nodes, outputs = np.nonzero((each.values != 0.0) & is_leaf[:, np.newaxis])
    # Leaves without any value still need one entry each, else the runtime refuses the tree.
    empty = np.flatnonzero(is_leaf & ~(each.values != 0.0).any(axis=1))
    nodes, outputs = np.append(nodes, empty), np.append(outputs, np.zeros_like(empty))
    targets["treeids"] += [index] * len(nodes)
    targets["nodeids"] += nodes.tolist()
    targets["ids"] += outputs.tolist()
    targets["weights"] += each.values[nodes, outputs].tolist()


def rounded_down(thresholds: Array) -> NDArray[np.float32]:
    """Largest single-precision number that is not above each threshold.

    Examples
    --------
    >>> bool(rounded_down(np.array([0.1]))[0] <= 0.1)
    True
    """
    single = thresholds.astype(np.float32)
    above = single.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(single, np.float32(-np.inf)), single).astype(np.float32)


def shares(estimator: Any) -> Array:
    """Share of each class in each node of a decision tree, shape (nodes, classes)."""
    counts = np.asarray(estimator.tree_.value[:, 0, :], dtype=np.float64)
    sums = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.where(sums == 0.0, 1.0, sums))


def means(estimator: Any) -> Array:
    """Value of each node of a regression tree, shape (nodes, outputs)."""
    return np.asarray(estimator.tree_.value[:, :, 0], dtype=np.float64)


def tree_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """DecisionTreeClassifier."""
    values = shares(estimator)
    return forest(graph, [Tree(estimator.tree_, values)], x, offset=np.zeros(values.shape[1]))


def tree_values(graph: Graph, estimator: Any, x: str) -> str:
    """DecisionTreeRegressor."""
    values = means(estimator)
    return forest(graph, [Tree(estimator.tree_, values)], x, offset=np.zeros(values.shape[1]))


def forest_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """RandomForestClassifier, ExtraTreesClassifier: the mean over the trees."""
    members = estimator.estimators_
    trees = [Tree(member.tree_, shares(member) / len(members)) for member in members]
    return forest(graph, trees, x, offset=np.zeros(len(estimator.classes_)))


def forest_values(graph: Graph, estimator: Any, x: str) -> str:
    """RandomForestRegressor, ExtraTreesRegressor."""
    members = estimator.estimators_
    trees = [Tree(member.tree_, means(member) / len(members)) for member in members]
    return forest(graph, trees, x, offset=np.zeros(trees[0].values.shape[1]))


def boosted(graph: Graph, estimator: Any, x: str) -> str:
    """Raw scores of gradient boosting: where it starts, plus the shrunk trees."""
    outputs = estimator.estimators_.shape[1]
    probe = np.zeros((1, estimator.n_features_in_))
    kind = type(estimator.init_).__name__
    if kind not in ("DummyClassifier", "DummyRegressor") and estimator.init_ != "zero":
        raise Unwritable(f"gradient boosting that starts from {kind}")
    start = np.asarray(estimator._raw_predict_init(probe), dtype=np.float64)[0]
    trees = []
    for column in range(outputs):
        place = np.eye(outputs)[column]
        for member in estimator.estimators_[:, column]:
            trees.append(Tree(member.tree_, estimator.learning_rate * means(member) * place))
    return forest(graph, trees, x, offset=start)


def boosted_probabilities(graph: Graph, estimator: Any, x: str) -> str:
    """GradientBoostingClassifier."""
    raw = boosted(graph, estimator, x)
    if len(estimator.classes_) > 2:
        return graph("Softmax", raw, axis=1)
    if estimator.loss == "exponential":
        raw = graph("Mul", raw, graph.constant(np.float64(2)))
    return binary_probabilities(graph, raw)


def binary_probabilities(graph: Graph, decision: str) -> str:
    """Logistic function of a column of decision values, and its rest."""
    positive = graph("Sigmoid", decision)
    one = graph.constant(np.float64(1))
    return graph.concatenated([graph("Sub", one, positive), positive])
