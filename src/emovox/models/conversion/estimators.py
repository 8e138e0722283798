"""Which converter each scikit-learn estimator has; skl2onnx for those without one here.

Ours are in double precision and small. skl2onnx (1.20) computes support vector machines and
linear classifiers in single precision and writes Scan for nearest neighbours, which is why it
is the second choice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import need
from ..screening import OPERATORS
from . import ensembles, linear, neighbours, steps, support_vectors, trees
from .graph import ML_OPSET, OPSET, Converter, Graph, Unwritable, has_probabilities

STEPS: dict[str, Converter] = {
    "ColumnTransformer": steps.columns,
    "MinMaxScaler": steps.minmax,
    "PCA": steps.principal_components,
    "QuantileTransformer": steps.quantile,
    "RobustScaler": steps.robust,
    "SelectKBest": steps.selection,
    "StandardScaler": steps.standard,
}

PROBABILITIES: dict[str, Converter] = {
    "AdaBoostClassifier": ensembles.adaboost_probabilities,
    "BaggingClassifier": ensembles.bagged_probabilities,
    "DecisionTreeClassifier": trees.tree_probabilities,
    "ExtraTreeClassifier": trees.tree_probabilities,
    "ExtraTreesClassifier": trees.forest_probabilities,
    "GaussianNB": linear.naive_bayes,
    "GradientBoostingClassifier": trees.boosted_probabilities,
    "KNeighborsClassifier": neighbours.probabilities,
    "LayeredLDA": linear.probabilities,
    "LinearDiscriminantAnalysis": linear.probabilities,
    "LogisticRegression": linear.probabilities,
    "LogisticRegressionCV": linear.probabilities,
    "MLPClassifier": linear.perceptron_probabilities,
    "RandomForestClassifier": trees.forest_probabilities,
    "StackingClassifier": ensembles.stacked_probabilities,
    "VotingClassifier": ensembles.voted_probabilities,
}

DECISION: dict[str, Converter] = {
    "LinearSVC": linear.decision,
    "NuSVC": support_vectors.decision,
    "OneVsRestClassifier": ensembles.one_versus_rest_decision,
    "RidgeClassifier": linear.decision,
    "RidgeClassifierCV": linear.decision,
    "SGDClassifier": linear.decision,
    "SVC": support_vectors.decision,
    "StackingClassifier": ensembles.stacked_decision,
    "LinearDiscriminantAnalysis": linear.decision,
    "LogisticRegression": linear.decision,
    "LogisticRegressionCV": linear.decision,
}

VALUES: dict[str, Converter] = {
    "AdaBoostRegressor": ensembles.adaboost_values,
    "BaggingRegressor": ensembles.bagged_values,
    "DecisionTreeRegressor": trees.tree_values,
    "ExtraTreeRegressor": trees.tree_values,
    "ExtraTreesRegressor": trees.forest_values,
    "GradientBoostingRegressor": trees.boosted,
    "KNeighborsRegressor": neighbours.values,
    "MLPRegressor": linear.perceptron_values,
    "MultiOutputRegressor": ensembles.many_values,
    "NuSVR": support_vectors.values,
    "RandomForestRegressor": trees.forest_values,
    "SVR": support_vectors.values,
    "StackingRegressor": ensembles.stacked_values,
    "VotingRegressor": ensembles.voted_values,
    "ElasticNet": linear.decision,
    "Lasso": linear.decision,
    "LinearRegression": linear.decision,
    "LinearSVR": linear.decision,
    "Ridge": linear.decision,
    "RidgeCV": linear.decision,
}


ROLES = {
    "step": STEPS,
    "probabilities": PROBABILITIES,
    "decision": DECISION,
    "values": VALUES,
}


def convert(pipeline: Any, *, matrices_in_single: bool = True) -> tuple[Graph, str]:
    """Graph of a fitted pipeline.

    Parameters
    ----------
    pipeline : sklearn Pipeline
        Fitted.
    matrices_in_single : bool
        As of `Graph`.

    Returns
    -------
    graph : Graph
    output : str
        Name of the value of shape (n, classes) or (n, dimensions): probabilities where the
        last step has them, else decision values (two columns for two classes, -d/2 and d/2),
        else values.

    Raises
    ------
    ModelError
        ``model-invalid`` if an estimator can be written in no way.
    """
    graph = Graph(
        int(pipeline.steps[0][1].n_features_in_),
        converters={role: {**table, "Pipeline": _pipeline(role)} for role, table in ROLES.items()},
        otherwise=through_skl2onnx,
        matrices_in_single=matrices_in_single,
    )
    x = graph.input
    for _, step in pipeline.steps[:-1]:
        x = graph.add("step", step, x)
    last = pipeline.steps[-1][1]
    if has_probabilities(last):
        return graph, graph.add("probabilities", last, x)
    if not hasattr(last, "decision_function"):
        return graph, graph.add("values", last, x)
    scores = graph.add("decision", last, x)
    if len(last.classes_) == 2:
        half = graph("Mul", scores, graph.constant(np.float64(0.5)))
        scores = graph.concatenated([graph("Neg", half), half])
    return graph, scores


def through_skl2onnx(graph: Graph, estimator: Any, x: str) -> str:
    """Add an estimator as skl2onnx writes it, in double where it can.

    Raises
    ------
    Unwritable
        If skl2onnx cannot, or only with operators that no model folder may hold.
    """
    if hasattr(estimator, "classes_") and not has_probabilities(estimator):
        raise Unwritable("it has no probabilities and no converter here")
    skl2onnx = need("skl2onnx", extra="bench", for_what="writing a model folder")
    options = {id(estimator): {"zipmap": False}} if hasattr(estimator, "classes_") else None
    opsets = {"": OPSET, "ai.onnx.ml": ML_OPSET}
    probe = np.zeros((1, int(estimator.n_features_in_)))
    try:
        model = skl2onnx.to_onnx(estimator, probe, options=options, target_opset=opsets)
    except Exception as error:  # its converters raise of every kind
        raise Unwritable("neither emovox nor skl2onnx can write it") from error
    for node in model.graph.node:
        if node.op_type not in OPERATORS.get(node.domain, ()):
            raise Unwritable(f"skl2onnx writes the operator {node.op_type}, which is not allowed")
    graph.in_single = True
    return graph.cast(graph.graft(model, x), np.float64)


def _pipeline(role: str) -> Converter:
    """Converter of a pipeline inside another estimator."""

    def converter(graph: Graph, estimator: Any, x: str) -> str:
        for _, step in estimator.steps[:-1]:
            x = graph.add("step", step, x)
        return graph.add(role, estimator.steps[-1][1], x)

    return converter
