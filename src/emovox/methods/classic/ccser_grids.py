"""The grids of ccser and its ancestor, as searched with three folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .deferred import NumberOfClasses

Grid = Mapping[str, Sequence[Any]]

SVC: Grid = {
    "C": [0.0005, 0.001, 0.002, 0.01, 0.1, 1, 10],
    "gamma": [0.001, 0.01, 0.1, 1],
    "kernel": ["rbf", "poly", "sigmoid"],
}

RANDOM_FOREST: Grid = {
    "n_estimators": [10, 40, 70, 100],
    "max_depth": [3, 5, 7],
    "min_samples_split": [0.2, 0.5, 0.7, 2],
    "min_samples_leaf": [0.2, 0.5, 1, 2],
    "max_features": [0.2, 0.5, 1, 2],
}

GRADIENT_BOOSTING: Grid = {
    "learning_rate": [0.05, 0.1, 0.3],
    "n_estimators": [40, 70, 100],
    "subsample": [0.3, 0.5, 0.7, 1],
    "min_samples_split": [0.2, 0.5, 0.7, 2],
    "min_samples_leaf": [0.2, 0.5, 1],
    "max_depth": [3, 7],
    "max_features": [1, 2, None],
}

K_NEIGHBORS: Grid = {
    "weights": ["uniform", "distance"],
    "p": [1, 2, 3, 4, 5],
    "n_neighbors": [NumberOfClasses()],
}

K_NEIGHBORS_REGRESSION: Grid = {**K_NEIGHBORS, "n_neighbors": [5]}
"""Numbers have no classes to count: five neighbours, the emotions of AHNPS."""

MLP: Grid = {
    "hidden_layer_sizes": [(200,), (300,), (400,)],
    "alpha": [0.001, 0.005, 0.01],
    "batch_size": [128, 256, 512, 1024],
    "learning_rate": ["constant", "adaptive"],
    "max_iter": [200, 300, 400, 500],
}

MLP_REGRESSION: Grid = {
    **MLP,
    "hidden_layer_sizes": [(200,), (200, 200), (300,), (400,)],
    "batch_size": [64, 128, 256, 512, 1024],
    "max_iter": [300, 400, 500, 600, 700],
}

BAGGING: Grid = {
    "n_estimators": [10, 30, 50, 60],
    "max_samples": [0.1, 0.3, 0.5, 0.8, 1.0],
    "max_features": [0.2, 0.5, 1, 2],
}

DECISION_TREE: Grid = {
    "criterion": ["gini", "entropy"],
    "splitter": ["best", "random"],
    "max_depth": [None, 5, 7, 10, 13],
    "min_samples_split": [2, 5, 10],
    "min_samples_leaf": [1, 2, 4],
    "max_features": ["sqrt", "log2"],
}
"""Without min_samples_split 1, which the original lists and scikit-learn refuses."""

DECISION_TREE_REGRESSION: Grid = {
    **DECISION_TREE,
    "criterion": ["squared_error", "absolute_error"],
}
