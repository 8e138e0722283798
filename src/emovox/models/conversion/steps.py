"""Transformers: scalers, selection, principal components."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Graph, Unwritable

QUANTILE_BOUND = 1e-7
"""scikit-learn's ``BOUNDS_THRESHOLD``: probabilities nearer to 0 or 1 are cut off."""

# Rational approximations of the normal quantile: Wichura, "Algorithm AS 241", Applied
# Statistics 37(3), 1988, PPND16; highest power first.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
     1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
     4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
     2.05319162663775882187, 1.0),
)  # fmt: skip


def standard(graph: Graph, step: Any, x: str) -> str:
    """StandardScaler: subtract the mean, divide by the deviation."""
    if step.mean_ is not None:
        x = graph("Sub", x, graph.constant(step.mean_))
    if step.scale_ is not None:
        x = graph("Div", x, graph.constant(step.scale_))
    return x


def minmax(graph: Graph, step: Any, x: str) -> str:
    """MinMaxScaler."""
    x = graph("Add", graph("Mul", x, graph.constant(step.scale_)), graph.constant(step.min_))
    if step.clip:
        low, high = (graph.constant(np.float64(bound)) for bound in step.feature_range)
        x = graph("Clip", x, low, high)
    return x


def robust(graph: Graph, step: Any, x: str) -> str:
    """RobustScaler: subtract the median, divide by the range between quantiles."""
    if step.center_ is not None:
        x = graph("Sub", x, graph.constant(step.center_))
    if step.scale_ is not None:
        x = graph("Div", x, graph.constant(step.scale_))
    return x


def selection(graph: Graph, step: Any, x: str) -> str:
    """Columns that a selector keeps."""
    return graph.columns(x, step.get_support(indices=True))


def columns(graph: Graph, step: Any, x: str) -> str:
    """ColumnTransformer that passes some columns through."""
    (_, transformer, chosen), *rest = step.transformers_
    is_plain = getattr(transformer, "func", None) is None
    if not is_plain or any(other[1] != "drop" for other in rest):
        raise Unwritable("only columns that are passed through")
    return graph.columns(x, chosen)


def principal_components(graph: Graph, step: Any, x: str) -> str:
    """PCA, whitened or not."""
    rotation = step.components_.T
    offset = step.mean_ @ rotation
    if step.whiten:
        deviation = np.maximum(np.sqrt(step.explained_variance_), np.finfo(np.float64).eps)
        rotation, offset = rotation / deviation, offset / deviation
    stored = graph.constant(rotation)
    if graph.matrices_in_single:
        # The offset must be that of the rounded rotation, else large means do not cancel.
        offset = step.mean_ @ rotation.astype(np.float32).astype(np.float64)
    return graph("Sub", graph("MatMul", x, stored), graph.constant(offset))


def quantile(graph: Graph, step: Any, x: str) -> str:
    """QuantileTransformer: place among the training quantiles, then the normal's quantile."""
    n_quantiles, dim = step.quantiles_.shape
    graph.numbers_per_row = max(graph.numbers_per_row, n_quantiles * dim)
    ladder = graph.constant(step.quantiles_.T, exact=True)
    low, high = step.quantiles_[0], step.quantiles_[-1]
    inside = graph("Min", graph("Max", x, graph.constant(low)), graph.constant(high))
    raised = graph("Unsqueeze", inside, graph.constant(np.array([2])))
    at_most = _count(graph, graph("LessOrEqual", ladder, raised))
    below = _count(graph, graph("Less", ladder, raised))
    one = graph.constant(np.float64(1))
    step_below = graph("Sub", at_most, one)
    foot = _rung(graph, ladder, step_below, n_quantiles, dim)
    head = _rung(graph, ladder, at_most, n_quantiles, dim)
    width = graph("Sub", head, foot)
    flat = graph("Equal", width, graph.constant(np.float64(0)))
    share = graph("Div", graph("Sub", inside, foot), graph("Where", flat, one, width))
    between = graph("Add", step_below, share)
    repeated = graph("Mul", graph("Add", step_below, below), graph.constant(np.float64(0.5)))
    place = graph("Where", graph("Equal", at_most, below), between, repeated)
    place = graph("Div", place, graph.constant(np.float64(n_quantiles - 1)))
    margin = QUANTILE_BOUND if step.output_distribution == "normal" else 0.0
    zero = graph.constant(np.float64(0))
    place = graph("Where", graph("Less", x, graph.constant(low + margin)), zero, place)
    place = graph("Where", graph("Greater", x, graph.constant(high - margin)), one, place)
    return _normal_quantile(graph, place) if margin else place


def _count(graph: Graph, truth: str) -> str:
    """How many are true along the last axis."""
    return graph.total(graph.cast(truth, np.float64), 2, keep=False)


def _rung(graph: Graph, ladder: str, index: str, n_quantiles: int, dim: int) -> str:
    """Quantile of each feature at `index`, which is cut off at the ends."""
    ends = graph.constant(np.float64(0)), graph.constant(np.float64(n_quantiles - 1))
    first = graph.constant(np.arange(dim, dtype=np.float64) * n_quantiles, exact=True)
    place = graph.cast(graph("Add", graph("Clip", index, *ends), first), np.int64)
    flat = graph("Reshape", ladder, graph.constant(np.array([-1])))
    return graph("Gather", flat, place, axis=0)


def _normal_quantile(graph: Graph, probability: str) -> str:
    """Quantile of the standard normal distribution, cut off at `QUANTILE_BOUND`."""
    bound = QUANTILE_BOUND - np.spacing(1)
    p = graph(
        "Clip",
        probability,
        graph.constant(np.float64(bound)),
        graph.constant(np.float64(1 - bound)),
    )
    half = graph.constant(np.float64(0.5))
    q = graph("Sub", p, half)
    centred = graph("Sub", graph.constant(np.float64(0.180625)), graph("Mul", q, q))
    centre = graph("Mul", q, _ratio(graph, centred, _CENTRE))
    rest = graph("Min", p, graph("Sub", graph.constant(np.float64(1)), p))
    depth = graph("Sqrt", graph("Neg", graph("Log", rest)))
    tail = _ratio(graph, graph("Sub", depth, graph.constant(np.float64(1.6))), _TAIL)
    tail = graph("Mul", graph("Sign", q), tail)
    near = graph("LessOrEqual", graph("Abs", q), graph.constant(np.float64(0.425)))
    return graph("Where", near, centre, tail)


def _ratio(graph: Graph, r: str, powers: tuple[tuple[float, ...], tuple[float, ...]]) -> str:
    """Ratio of two polynomials by Horner's rule."""
    values = []
    for polynomial in powers:
        value = graph.constant(np.float64(polynomial[0]))
        for factor in polynomial[1:]:
            value = graph("Add", graph("Mul", value, r), graph.constant(np.float64(factor)))
        values.append(value)
    return graph("Div", *values)
