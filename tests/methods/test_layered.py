"""Discriminants of layers are the mean of what scikit-learn's give layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils.estimator_checks import check_estimator

from emovox.errors import UsageError
from emovox.methods.classic.layered import LayeredLDA


def data(n_classes):
    rng = np.random.default_rng(0)
    y = rng.integers(0, n_classes, 200)
    return rng.normal(size=(200, 12)) + 0.4 * y[:, None] * rng.normal(size=12), y


@pytest.mark.parametrize("n_classes", [2, 4])
def test_it_is_the_mean_log_probability_of_the_layers(n_classes):
    X, y = data(n_classes)
    ours = LayeredLDA(width=4).fit(X, y).predict_proba(X)
    layers = [
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(part, y)
        for part in np.split(X, 3, axis=1)
    ]
    parts = zip(layers, np.split(X, 3, axis=1), strict=True)
    mean = np.mean([one.predict_log_proba(part) for one, part in parts], axis=0)
    wanted = np.exp(mean) / np.exp(mean).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ours, wanted, atol=1e-12)


def test_one_layer_is_the_discriminant_itself():
    X, y = data(4)
    wanted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(X, y)
    np.testing.assert_allclose(
        LayeredLDA().fit(X, y).predict_proba(X), wanted.predict_proba(X), atol=1e-12
    )


@pytest.mark.parametrize(("layers", "columns"), [("2", [4, 8]), ("2-3", [4, 12]), ("1-9", [0, 12])])
def test_some_layers_decide_and_the_others_do_not(layers, columns):
    X, y = data(4)
    part = X[:, slice(*columns)]
    ours = LayeredLDA(width=4, layers=layers).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(ours, LayeredLDA(width=4).fit(part, y).predict_proba(part))


@pytest.mark.parametrize("layers", ["", "0", "x", "4", "3-2"])
def test_layers_that_there_are_not_are_refused(layers):
    X, y = data(2)
    with pytest.raises(UsageError, match="there are 1 to 3"):
        LayeredLDA(width=4, layers=layers).fit(X, y)


def test_columns_that_are_no_whole_number_of_layers_are_refused():
    X, y = data(2)
    with pytest.raises(UsageError, match="set width"):
        LayeredLDA(width=5).fit(X, y)


def test_it_is_an_estimator_of_scikit_learn():
    check_estimator(LayeredLDA())
