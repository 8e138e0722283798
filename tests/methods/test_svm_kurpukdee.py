"""The twelve machines: kernels by their formulas, parts, support vectors, what each can solve."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from emovox import registry
from emovox.errors import UsageError
from emovox.methods.classic.kernels import Products
from emovox.methods.classic.svm_kurpukdee import parts, support_vectors

TWELVE = [name for name in registry.names("method") if name.startswith("svm-kurpukdee-")]


def method(name):
    return registry.get("method", name)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly"])
@pytest.mark.parametrize("r", [0.0, 1.0])
def test_kernel_values_equal_the_formulas(kernel, r):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(5, 7)), rng.normal(size=(4, 7))
    gamma = 0.3
    formulas = {
        "linear": lambda a, b: sum(a * b),
        "rbf": lambda a, b: np.exp(-gamma * sum((a - b) ** 2)),
        "poly": lambda a, b: (gamma * sum(a * b) + r) ** 3,
    }
    machine = SVC(kernel=kernel, gamma=gamma, coef0=r, degree=3)
    train, test = Products(x, z).kernels(machine)
    for values, rows in ((train, x), (test, z)):
        expected = [[formulas[kernel](a, b) for b in x] for a in rows]
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly"])
def test_a_precomputed_kernel_predicts_as_the_machine_itself(corpus, kernel):
    X, y, _ = corpus
    machine = SVC(kernel=kernel, gamma=0.1, coef0=1.0, C=10.0).fit(X[:40], y[:40])
    train, test = Products(X[:40], X[40:]).kernels(machine)
    shared = SVC(kernel="precomputed", C=10.0).fit(train, y[:40])
    np.testing.assert_array_equal(shared.predict(test), machine.predict(X[40:]))


def test_there_are_twelve_models_of_four_features_and_three_kernels():
    assert len(TWELVE) == 12
    assert {method(name).needs.feature for name in TWELVE} == {
        f"kurpukdee-{name}" for name in ("fbank", "mfcc", "plp", "prosody")
    }
    for name in TWELVE:
        kernel = name.rpartition("-")[2]
        assert method(name)().estimator.kernel == kernel
        assert method(name).grid_size == (5 if kernel == "linear" else 25)
    assert method("svm-kurpukdee").grid_size == 4 * (5 + 25 + 25)


def test_the_fixed_settings_are_the_sheets():
    machine = method("svm-kurpukdee-fbank-poly")().estimator
    assert (machine.degree, machine.coef0, machine.tol) == (3, 1.0, 1e-3)
    homogeneous = method("svm-kurpukdee-fbank-poly")(coef0=0.0, degree=2).estimator
    assert (homogeneous.coef0, homogeneous.degree) == (0.0, 2)


def test_every_method_says_that_it_is_a_reconstruction():
    for name in ["svm-kurpukdee", *TWELVE]:
        assert "reconstruction" in method(name).note
        assert "unknown" in method(name).note


def test_parts_lie_side_by_side_in_the_order_of_their_names():
    assert parts() == {
        "fbank": (0, 720), "mfcc": (720, 954), "plp": (954, 1188), "prosody": (1188, 1225),
    }  # fmt: skip


@pytest.mark.parametrize("informative", ["fbank", "mfcc", "plp", "prosody"])
def test_the_chosen_model_uses_the_part_that_tells_the_emotions_apart(informative):
    rng = np.random.default_rng(1)
    y = np.array(["anger", "sadness"])[np.arange(48) % 2]
    X = rng.normal(size=(48, 1225))
    start, stop = parts()[informative]
    X[:, start:stop] += 2.0 * (np.arange(48) % 2)[:, np.newaxis]
    grid = [part | {"C": [1.0]} for part in method("svm-kurpukdee").grid]
    grid = [part | {"gamma": [0.001]} if "gamma" in part else part for part in grid]
    model = method("svm-kurpukdee")(grid=grid).fit(X, y, groups=np.arange(48) // 8)
    assert model.chosen_["columns"] == informative
    assert model.pipeline_[-1].n_features_in_ == stop - start
    changed = X.copy()
    changed[:, :start] = 0
    changed[:, stop:] = 0
    np.testing.assert_array_equal(model.predict_proba(changed), model.predict_proba(X))


def test_binary_machines_are_one_for_each_class(corpus):
    X, y, speakers = corpus
    model = method("svm-kurpukdee-mfcc-rbf")(bsvm=True, tol=1e-4).fit(X, y, groups=speakers)
    assert isinstance(model.pipeline_[-1], OneVsRestClassifier)
    assert len(model.pipeline_[-1].estimators_) == 3
    assert model.chosen_["C"] == model.pipeline_[-1].estimators_[0].C
    assert np.mean(model.predict(X) == y) > 0.6
    decision = model.pipeline_.decision_function(X)
    np.testing.assert_array_equal(model.predict(X), model.classes_[decision.argmax(axis=1)])


@pytest.mark.parametrize("bsvm", [False, True])
def test_support_vectors_are_counted_by_class_with_their_bytes(corpus, bsvm):
    X, y, _ = corpus
    model = method("svm-kurpukdee-mfcc-rbf")(bsvm=bsvm, search=None).fit(X, y)
    held = support_vectors(model)
    assert list(held.per_class) == ["anger", "neutral", "sadness"]
    assert 0 < held.per_class["anger"] <= (60 if bsvm else 20)
    assert held.n_bytes == held.total * 8 * 8
    with pytest.raises(UsageError, match="has no support vectors"):
        support_vectors(method("ccser-rf")().fit(X, y))


def test_a_linear_machine_separates_what_is_separable():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(80, 6))
    y = np.where(X @ np.arange(1, 7) > 0, "anger", "sadness")
    model = method("svm-kurpukdee-mfcc-linear")(search=None, C=100.0).fit(X, y)
    assert (model.predict(X) == y).all()


@pytest.mark.parametrize(
    ("kernel", "settings", "solves"),
    [("linear", {}, False), ("poly", {"degree": 2, "coef0": 1.0}, True), ("rbf", {}, True)],
)
def test_xor_is_solved_by_curved_kernels_only(kernel, settings, solves):
    X = np.tile([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], (5, 1))
    y = np.where(X[:, 0] * X[:, 1] > 0, "anger", "sadness")
    build = method(f"svm-kurpukdee-mfcc-{kernel}")
    model = build(search=None, C=10.0, **settings).fit(X, y)
    assert (model.predict(X) == y).all() == solves


def test_shifting_test_rows_changes_nothing_that_was_fitted(corpus):
    X, y, speakers = corpus
    train, test = X[:40], X[40:]
    build = method("svm-kurpukdee-mfcc-rbf")
    model = build().fit(train, y[:40], groups=speakers[:40])
    before = model.pipeline_.named_steps["scaler"].mean_.copy()
    model.predict(test + 1000.0)
    np.testing.assert_array_equal(model.pipeline_.named_steps["scaler"].mean_, before)
    np.testing.assert_allclose(before, train.mean(axis=0))
