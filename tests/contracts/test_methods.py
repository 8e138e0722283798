"""What every registered method promises, asked on a small synthetic corpus."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from emovox import registry

METHODS = registry.names("method")
REGRESSIONS = [name for name in METHODS if "regression" in registry.get("method", name).tasks]
EMOTIONS = ("anger", "boredom", "fear", "happiness", "sadness")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Variables are collinear"),
]


def corpus(name: str, *, n_classes: int = 5, n_rows: int = 60):
    """Features, emotions and four speakers; the wide feature set where a method is made for it."""
    width = 1225 if name == "svm-kurpukdee" else 12
    rng = np.random.default_rng(7)
    y = np.array(EMOTIONS)[np.arange(n_rows) % n_classes]
    centres = 2.0 * rng.normal(size=(n_classes, width))
    X = centres[np.arange(n_rows) % n_classes] + rng.normal(size=(n_rows, width))
    speakers = np.array([f"s{index}" for index in (np.arange(n_rows) // n_classes) % 4])
    return (10.0 + X).astype(np.float32), y, speakers


@pytest.fixture(scope="module", params=METHODS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(name):
    X, y, speakers = corpus(name)
    return registry.get("method", name)().fit(X[:45], y[:45], groups=speakers[:45])


def test_probabilities_sum_to_one_and_their_top_is_the_prediction(name, fitted):
    X, y, _ = corpus(name)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (60, 5)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    top = fitted.classes_[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(top, fitted.predict(X))
    assert set(fitted.predict(X)) <= set(y)


def test_it_learns_what_can_be_learned(name, fitted):
    X, y, _ = corpus(name)
    assert np.mean(fitted.predict(X[45:]) == y[45:]) >= 0.5


def test_the_same_seed_gives_the_same_probabilities(name, fitted):
    X, y, speakers = corpus(name)
    again = clone(fitted).fit(X[:45], y[:45], groups=speakers[:45])
    np.testing.assert_array_equal(fitted.predict_proba(X), again.predict_proba(X))


def test_one_utterance_is_predicted_as_among_others(name, fitted):
    X, _, _ = corpus(name)
    alone = np.concatenate([fitted.predict_proba(row[np.newaxis]) for row in X[45:50]])
    np.testing.assert_allclose(alone, fitted.predict_proba(X[45:50]), atol=1e-6)


def test_two_classes_without_speakers_work_and_training_changes_no_parameter(name):
    X, y, _ = corpus(name, n_classes=2, n_rows=30)
    estimator = registry.get("method", name)()
    before = {key: repr(value) for key, value in estimator.get_params().items()}
    estimator.fit(X, y)
    assert {key: repr(value) for key, value in estimator.get_params().items()} == before
    assert estimator.classes_.tolist() == ["anger", "boredom"]
    probabilities = estimator.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    top = estimator.classes_[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(top, estimator.predict(X))


def test_parameters_can_be_read_set_and_cloned(name):
    estimator = registry.get("method", name)(pca=3, random_state=5)
    assert estimator.get_params()["pca"] == 3
    assert estimator.set_params(pca=2).pca == 2
    assert clone(estimator).get_params().keys() == estimator.get_params().keys()
    with pytest.raises(NotFittedError):
        estimator.predict(np.zeros((1, 3)))


def test_the_scaler_knows_the_training_rows_and_no_others(name, fitted):
    X, _, _ = corpus(name)
    scaler = fitted.pipeline_.named_steps["scaler"]
    columns = fitted.pipeline_.named_steps.get("columns")
    train = X[:45] if columns is None else columns.transform(X[:45])
    np.testing.assert_allclose(scaler.mean_, train.mean(axis=0, dtype=float), rtol=1e-6)
    assert scaler.n_samples_seen_ == 45


def test_it_refuses_nan_in_the_words_of_scikit_learn(name):
    X, y, _ = corpus(name)
    X[3, 4] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        registry.get("method", name)().fit(X, y)


def test_its_cost_is_counted_and_flops_are_twice_the_multiply_adds(fitted):
    cost = fitted.cost()
    assert cost.parameters > 0
    assert cost.macs > 0
    assert cost.flops == 2 * cost.macs


def test_it_needs_features_that_are_registered(name):
    needed = registry.get("method", name)().needs.feature.split("+")
    assert needed == sorted(needed)
    assert set(needed) <= set(registry.names("feature"))


def test_it_says_what_it_is(name):
    method = registry.get("method", name)
    assert method.name == name
    assert method.title
    assert method.source
    assert method.needs == method().needs


@pytest.mark.parametrize("regression", REGRESSIONS)
def test_dimensions_are_predicted_one_or_several(regression):
    X, _, speakers = corpus(regression)
    y = np.stack([X[:, 0], X[:, 1] - X[:, 2]], axis=1) / 10
    estimator = registry.get("method", regression)(task="regression")
    both = clone(estimator).fit(X, y, groups=speakers)
    assert both.predict(X).shape == (60, 2)
    assert both.cost().parameters > 0
    one = clone(estimator).fit(X, y[:, 0], groups=speakers)
    assert one.predict(X).shape == (60,)
    assert np.corrcoef(one.predict(X), y[:, 0])[0, 1] > 0.5
