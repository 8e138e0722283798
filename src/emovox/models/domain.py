"""How unlike its training data a model finds an input: statistics of the training, a distance."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CLIPPED_DEVIATION = 10.0
"""Standard deviations at which a dimension is cut off, so that one that hardly varied in training
does not decide for all."""
USUAL_SHARE = 99.5
"""Percentage of the training utterances that count as usual."""
N_DIRECTIONS = 32
"""Chosen by benchmarks/out_of_domain.py on the training corpora of the shipped model alone."""
LEAST_ROWS = 160
"""With fewer utterances, what varies little among them says nothing about others."""
MAX_ROWS = 2000
"""Utterances that the directions are found from."""
MAX_WEIGHTS = 1_000_000
"""Numbers in all the directions together, so that the settings of a model stay small."""
_LARGEST = 127


def training_statistics(rows: Array, *, n_directions: int = N_DIRECTIONS) -> dict[str, Any]:
    """Statistics by which a model tells what is unlike its training data.

    Parameters
    ----------
    rows : float64 array, shape (utterances, dim)
    n_directions : int
        At most so many directions; 0 for none.

    Returns
    -------
    dict
        ``mean`` and ``inverse_sd`` of each dimension, to six digits; ``threshold``, the value
        of `squared_distance` that 99.5 % of `rows` stay under; ``share``. From 160 utterances on
        also ``directions``: the principal directions of the standardised, cut off dimensions.
        ``weights`` are whole numbers from -127 to 127 (base64 of signed bytes, a direction after
        the other), for each direction ``mean`` and ``inverse_sd`` of the projections, and
        ``threshold`` of their mean squared standardised deviation.
    """
    mean, deviation = _rounded(rows.mean(axis=0)), rows.std(axis=0)
    # A constant dimension says nothing about being usual.
    varies = deviation > 1e-12 * np.maximum(1.0, np.abs(mean))
    inverse = _rounded(np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0))
    found: dict[str, Any] = {
        "mean": mean.tolist(),
        "inverse_sd": inverse.tolist(),
        "threshold": _threshold(squared_distance(rows, mean=mean, inverse_sd=inverse)),
        "share": USUAL_SHARE / 100.0,
    }
    if len(rows) >= LEAST_ROWS and n_directions > 0:
        deviations = standardised(rows, mean=mean, inverse_sd=inverse)
        directions = _directions(deviations, n_directions)
        found |= {"directions": directions} if directions else {}
    return found


def unlikeness(rows: Array, domain: Mapping[str, Any]) -> Array:
    """How far each row is from the training data.

    Parameters
    ----------
    rows : float64 array, shape (n, dim)
    domain : mapping
        As `training_statistics` gives it. The larger of the two distances counts, the one over
        all dimensions and the one along the directions; without ``directions`` the first.

    Returns
    -------
    float64 array, shape (n,)
        Over 1: unlike the training data.
    """
    mean, inverse = np.asarray(domain["mean"]), np.asarray(domain["inverse_sd"])
    deviations = standardised(rows, mean=mean, inverse_sd=inverse)
    found = np.mean(deviations**2, axis=1) / float(domain["threshold"])
    directions = domain.get("directions")
    if directions is not None:
        projected = deviations @ weights(directions, len(mean)).T - np.asarray(directions["mean"])
        along = np.mean((projected * np.asarray(directions["inverse_sd"])) ** 2, axis=1)
        found = np.maximum(found, along / float(directions["threshold"]))
    return np.asarray(found)


def standardised(vectors: Array, *, mean: Array, inverse_sd: Array) -> Array:
    """Deviations from the training mean in its standard deviations, each cut off.

    Examples
    --------
    >>> standardised(np.array([[3.0, -99.0]]), mean=np.ones(2), inverse_sd=np.ones(2))
    array([[  2., -10.]])
    """
    deviations = (vectors - mean) * inverse_sd
    return np.asarray(np.clip(deviations, -CLIPPED_DEVIATION, CLIPPED_DEVIATION))


def squared_distance(vectors: Array, *, mean: Array, inverse_sd: Array) -> Array:
    """Mean over the dimensions of the squared standardised deviation, each cut off.

    Parameters
    ----------
    vectors : float64 array, shape (n, dim)
    mean, inverse_sd : float64 arrays, shape (dim,)

    Returns
    -------
    float64 array, shape (n,)
    """
    return np.asarray(np.mean(standardised(vectors, mean=mean, inverse_sd=inverse_sd) ** 2, axis=1))


def weights(directions: Mapping[str, Any], dim: int) -> Array:
    """Weights of the directions, shape (directions, dim).

    Raises
    ------
    ValueError
        If ``weights`` is not base64 of one byte for each dimension of each direction.
    """
    data = base64.b64decode(directions["weights"], validate=True)
    found = np.frombuffer(data, dtype=np.int8).astype(np.float64)
    return found.reshape(len(directions["mean"]), dim)


def _directions(deviations: Array, at_most: int) -> dict[str, Any]:
    """Principal directions of standardised training data, and what is usual along them."""
    n, dim = deviations.shape
    count = max(1, min(at_most, dim, MAX_WEIGHTS // dim))
    chosen = deviations[np.unique(np.linspace(0, n - 1, min(n, MAX_ROWS)).astype(int))]
    found = principal(chosen - chosen.mean(axis=0), count)
    if not len(found):  # all rows are the same
        return {}
    coarse = np.rint(_LARGEST * found / np.abs(found).max(axis=1, keepdims=True))
    projected = deviations @ coarse.T
    mean, deviation = _rounded(projected.mean(axis=0)), projected.std(axis=0)
    inverse = _rounded(1.0 / np.maximum(deviation, 1e-9))
    usual = np.mean(((projected - mean) * inverse) ** 2, axis=1)
    return {
        "weights": base64.b64encode(coarse.astype(np.int8).tobytes()).decode("ascii"),
        "mean": mean.tolist(),
        "inverse_sd": inverse.tolist(),
        "threshold": _threshold(usual),
    }


def principal(centred: Array, count: int) -> Array:
    """Directions of the largest variance, by the smaller of the two products.

    Parameters
    ----------
    centred : float64 array, shape (n, dim)
    count : int
        How many; fewer are returned where the data have fewer.

    Returns
    -------
    float64 array, shape (at most count, dim)
        The largest entry of each is positive.

    Examples
    --------
    >>> principal(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 1).round(3)
    array([[1., 0.]])
    """
    n, dim = centred.shape
    small = centred.T @ centred if dim <= n else centred @ centred.T
    values, vectors = np.linalg.eigh(small)
    order = np.argsort(values)[::-1][:count]
    order = order[values[order] > 1e-9 * max(float(values.max()), 1e-300)]
    found = vectors[:, order].T
    if dim > n:
        found = found @ centred
        found /= np.linalg.norm(found, axis=1, keepdims=True)
    signs = np.sign(found[np.arange(len(found)), np.abs(found).argmax(axis=1)])
    return np.asarray(found * signs[:, np.newaxis])


def _threshold(distances: Array) -> float:
    return float(f"{max(float(np.percentile(distances, USUAL_SHARE)), 1e-6):.6g}")


def _rounded(values: Array) -> Array:
    """Numbers of six significant digits."""
    return np.array([float(f"{value:.6g}") for value in values])
