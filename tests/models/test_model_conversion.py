"""Every method, written as a model folder, gives the scores of the fitted method."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import BaggingClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from emovox import registry
from emovox.errors import ModelError
from emovox.methods.classic import UtteranceClassifier, UtteranceRegressor
from emovox.models import read
from emovox.models.export import export, network_of
from emovox.models.screening import screen

DIM = 12
FRONT_END = {"feature": "mfcc", "version": 1, "sample_rate": 16000, "level_db": None, "trim": False}
QUICK = {
    "ccser-best": {"search": "exhaustive"},  # it is nothing but its search
    "ccser-gb": {"n_estimators": 10},
    "ccser-mlp": {"max_iter": 20},
    "ccser-rf": {"n_estimators": 10},
}
METHODS = [
    name
    for name in registry.names("method")
    if registry.METHODS.get(name, "").startswith("emovox.methods.classic.")
]


def utterances(n_classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows around a mean for each class, on the very different scales of features."""
    rng = np.random.default_rng(seed)
    y = np.arange(90) % n_classes
    X = rng.standard_normal((len(y), DIM))
    X[:, :n_classes] += 1.5 * np.eye(n_classes)[y]
    X = X * rng.uniform(0.01, 100, DIM) + rng.uniform(-300, 300, DIM)
    names = np.array(["anger", "boredom", "fear", "happiness", "sadness"])
    return X.astype(np.float32), names[y]


def fitted(name: str, n_classes: int, **settings) -> tuple[UtteranceClassifier, np.ndarray]:
    """A method of the registry, fitted with small settings and without a search."""
    X, y = utterances(n_classes)
    settings = {"search": None, **QUICK.get(name, {}), **settings}
    method = registry.get("method", name)(**settings)
    return method.fit(X, y), X


def unheard() -> np.ndarray:
    """Rows that took part neither in training nor in the export's own comparison."""
    return utterances(4, seed=1)[0]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.filterwarnings("ignore")
def test_a_method_read_from_its_folder_gives_the_fitted_scores(name, tmp_path):
    method, X = fitted(name, 4)
    model = read(export(method, tmp_path / "model", rows=X, front_end=FRONT_END))
    rows = np.concatenate([X, unheard()]).astype(np.float64)
    wanted = method.predict_proba(rows)
    scores = model.scores(rows)
    assert np.abs(scores - wanted).max() < 1e-5
    assert np.array_equal(np.array(model.labels)[scores.argmax(axis=1)], method.predict(rows))


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.filterwarnings("ignore")
def test_single_precision_rows_one_or_many_give_the_same_scores(name):
    method, X = fitted(name, 2)
    network = network_of(method, X)
    assert network.difference < 1e-5
    screen(network.onnx, name="network.onnx")


def test_one_row_gives_what_many_rows_give(tmp_path):
    method, X = fitted("ccser-svc", 4)
    model = read(export(method, tmp_path / "model", rows=X, front_end=FRONT_END))
    together = model.scores(X)
    each = np.concatenate([model.scores(row) for row in X])
    assert np.allclose(together, each, rtol=0, atol=1e-12)
    assert np.array_equal(together, model.scores(X.astype(np.float64)))


REGRESSORS = [n for n in METHODS if "regression" in registry.get("method", n).tasks]


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.filterwarnings("ignore")
def test_a_regressor_read_from_its_folder_gives_the_fitted_values(name, tmp_path):
    X, _ = utterances(4)
    y = np.random.default_rng(3).uniform(size=(len(X), 2)) + 0.01 * X[:, :2]
    settings = {"search": None, **QUICK.get(name, {})}
    method = registry.get("method", name)(task="regression", **settings)
    assert isinstance(method, UtteranceRegressor)
    method.fit(X, y)
    labels = ["arousal", "valence"]
    folder = export(method, tmp_path / "m", rows=X, front_end=FRONT_END, labels=labels)
    rows = unheard().astype(np.float64)
    assert np.abs(read(folder).scores(rows) - method.predict(rows)).max() < 1e-5


STEPS = [
    {"scaler": "minmax"},
    {"scaler": "robust"},
    {"scaler": "quantile"},
    {"scaler": None},
    {"select": 5},
    {"pca": 4},
    {"scaler": "quantile", "select": 8, "pca": 0.9},
]


@pytest.mark.parametrize("steps", STEPS, ids=str)
def test_every_step_before_the_estimator_is_in_the_network(steps):
    method, X = fitted("ccser-svc", 4, **steps)
    assert network_of(method, X).difference < 1e-5


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "sigmoid"])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_every_kernel_is_in_the_network(kernel, n_classes):
    method, X = fitted("ccser-svc", n_classes, kernel=kernel, coef0=0.5, gamma=0.05)
    assert network_of(method, X).difference < 1e-5


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("p", [1, 2, 4])
def test_every_distance_of_nearest_neighbours_is_in_the_network(p, weights):
    method, X = fitted("ccser-knn", 4, p=p, weights=weights)
    assert network_of(method, X).difference < 1e-5


COMPOSED = {
    "bagged machines that vote": BaggingClassifier(SVC(), n_estimators=3, max_features=0.5),
    "a stack of decision values": StackingClassifier(
        [("nb", GaussianNB()), ("svm", LinearSVC()), ("knn", KNeighborsClassifier(3))],
        LinearSVC(),
        cv=2,
    ),
    "a pipeline in a stack": StackingClassifier(
        [("scaled", make_pipeline(StandardScaler(), SVC()))], LogisticRegression(), cv=2
    ),
    "what only skl2onnx knows": QuadraticDiscriminantAnalysis(reg_param=0.1),
}


@pytest.mark.parametrize("name", COMPOSED)
@pytest.mark.filterwarnings("ignore")
def test_estimators_inside_estimators_are_in_the_network(name):
    X, y = utterances(4)
    method = UtteranceClassifier(COMPOSED[name]).fit(X, y)
    assert network_of(method, X).difference < 1e-5


def test_a_tree_decides_between_neighbouring_numbers_as_scikit_learn_does():
    for place in range(8):
        low = np.float32(8.0) + np.float32(place) * np.float32(2**-20)
        pair = np.array([low, np.nextafter(low, np.float32(9.0))])
        X, y = np.tile(pair, 10)[:, np.newaxis], np.tile(["anger", "fear"], 10)
        method = UtteranceClassifier(DecisionTreeClassifier(max_depth=1), scaler=None).fit(X, y)
        assert method.pipeline_[-1].tree_.node_count == 3
        assert network_of(method, X).difference < 1e-6


def test_a_network_that_differs_from_the_method_is_refused(tmp_path):
    method, X = fitted("ccser-svc", 4)
    wanted = method.predict_proba

    class Different(UtteranceClassifier):
        def predict_proba(self, rows):
            return wanted(rows) + 0.01

    method.__class__ = Different
    with pytest.raises(ModelError, match=r"differ from the fitted model's by 0\.01"):
        export(method, tmp_path / "model", rows=X, front_end=FRONT_END)
    assert not (tmp_path / "model").exists()


def test_an_estimator_that_needs_a_forbidden_operator_is_refused():
    X, y = utterances(4)
    method = UtteranceClassifier(BernoulliNB()).fit(X, y)
    with pytest.raises(ModelError, match="ReduceLogSumExp, which is not allowed"):
        network_of(method, X)


def test_the_folder_says_how_far_the_network_is_from_the_method(tmp_path):
    method, X = fitted("ccser-rf", 4)
    model = read(export(method, tmp_path / "model", rows=X, front_end=FRONT_END))
    said = model.settings["export"]
    assert said["computed_in"] == "single"
    assert 0 < said["largest_difference"] < 1e-5
    assert said["rows_compared"] == len(X) + 64
