"""ccser: stored settings, sizes of grids, stacks, votes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import StackingClassifier
from sklearn.model_selection import StratifiedKFold

from emovox import registry
from emovox.errors import UsageError
from emovox.methods.classic import building
from emovox.methods.classic.search import candidates
from emovox.methods.classic.stacking import VARIANTS

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Using the fractional value"),
]


def method(name):
    return registry.get("method", f"ccser-{name}")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("svc", 84), ("rf", 768), ("gb", 2592), ("knn", 10), ("mlp", 288), ("bagging", 80),
        ("tree", 360), ("adaboost", 0), ("stacking", 0), ("voting", 0),
        ("best", 8),
    ],
)  # fmt: skip
def test_grids_have_the_published_sizes(name, size):
    assert method(name).grid_size == size


@pytest.mark.parametrize(
    ("name", "size"),
    [("svc", 84), ("rf", 768), ("gb", 2592), ("knn", 10), ("mlp", 600), ("bagging", 80)],
)
def test_grids_of_dimensions_have_their_sizes(name, size):
    assert sum(1 for _ in candidates(method(name).regression_grid)) == size


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("svc", {"C": 10, "gamma": 0.001, "kernel": "rbf"}),
        ("rf", {"max_depth": 7, "max_features": 0.5, "n_estimators": 40}),
        ("gb", {"learning_rate": 0.3, "max_depth": 7, "n_estimators": 100, "subsample": 0.7}),
        ("knn", {"n_neighbors": 3, "p": 1, "weights": "distance"}),
        ("mlp", {"hidden_layer_sizes": (300,), "alpha": 0.01, "batch_size": 512}),
        ("bagging", {"max_features": 0.5, "max_samples": 1.0, "n_estimators": 50}),
        ("tree", {"criterion": "entropy", "max_depth": 7, "max_features": "sqrt"}),
        ("adaboost", {"learning_rate": 0.8, "n_estimators": 60}),
    ],
)
def test_stored_settings_are_the_defaults(name, stored):
    parameters = method(name)().estimator.get_params()
    assert {key: parameters[key] for key in stored} == stored


@pytest.mark.parametrize("name", ["svc", "rf", "gb", "knn", "mlp", "bagging", "tree"])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_setting_of_a_grid_is_one_of_the_estimator(name, task):
    estimator = method(name)(task=task)
    grid = [estimator.grid]
    assert all(set(part) <= set(estimator.estimator.get_params()) for part in grid)


@pytest.mark.parametrize("name", ["knn", "svc"])
def test_the_whole_grid_can_be_searched(corpus, name):
    X, y, speakers = corpus
    model = method(name)(search="exhaustive").fit(X, y, groups=speakers)
    assert len(model.search_results_) == method(name).grid_size
    if name == "knn":
        assert model.pipeline_[-1].n_neighbors == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rf", "gb", "mlp", "bagging", "tree"])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_large_grids_can_be_searched_at_random(corpus, name, task):
    X, y, speakers = corpus
    target = y if task == "classification" else X[:, 0]
    model = method(name)(task=task, search="random", n_random=3)
    assert len(model.fit(X, target, groups=speakers).search_results_) == 3


@pytest.mark.slow
@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_every_stack_of_the_experiments_learns(corpus, variant):
    X, y, speakers = corpus
    fewer = {"gb__n_estimators": 4} if "ens" in variant else {}
    model = method("stacking")(variant=variant, **fewer).fit(X, y, groups=speakers)
    assert np.mean(model.predict(X) == y) > 0.5
    assert model.cost().macs > 0


def test_the_folds_inside_a_stack_share_no_speaker(corpus, monkeypatch):
    X, y, speakers = corpus
    used = []
    fit = StackingClassifier.fit
    monkeypatch.setattr(
        StackingClassifier,
        "fit",
        lambda self, *arguments: used.append(self.cv) or fit(self, *arguments),
    )
    build = method("stacking")
    model = build(variant="basic+ens-simple", gb__n_estimators=1).fit(X, y, groups=speakers)
    for splits in used[:2]:
        assert len(splits) == 5
        for train, test in splits:
            assert not set(speakers[train]) & set(speakers[test])
    assert model.pipeline_[-1].cv is None
    assert model.pipeline_[-1].final_estimator_.cv is None


def test_the_folds_inside_a_stack_are_stratified_where_a_class_has_one_speaker(corpus):
    X, y, _ = corpus
    speakers = np.where(y == "anger", "s1", np.where(np.arange(60) % 2, "s2", "s3"))
    used = []

    class Seen(StackingClassifier):
        def fit(self, X, y):
            used.append(self.cv)
            return super().fit(X, y)

    stack = method("stacking")().estimator
    building.fitted(Seen(stack.estimators, stack.final_estimator), X, y, speakers, random_state=0)
    expected = StratifiedKFold(5, shuffle=True, random_state=0).split(X, y)
    for (_, test), (_, wanted) in zip(used[0], expected, strict=True):
        np.testing.assert_array_equal(test, wanted)


def test_a_vote_is_the_mean_of_its_members_probabilities(corpus):
    X, y, _ = corpus
    model = method("voting")().fit(X, y)
    members = model.pipeline_[-1].estimators_
    assert len(members) == 4
    scaled = model.pipeline_[:-1].transform(X)
    mean = np.mean([member.predict_proba(scaled) for member in members], axis=0)
    np.testing.assert_allclose(model.predict_proba(X), mean, atol=1e-7)
    assert len(method("voting")(fast=False).estimator.estimators) == 5


def test_settings_go_to_the_estimator_to_the_steps_or_are_refused():
    model = method("svc")(C=3.0, pca=20, scaler=None)
    assert (model.estimator.C, model.pca, model.scaler) == (3.0, 20, None)
    with pytest.raises(UsageError, match="ccser-svc has no setting 'cost'; known: C, "):
        method("svc")(cost=1)
    with pytest.raises(UsageError, match="no task 'ranking'; known: classification, regression"):
        method("svc")(task="ranking")
    with pytest.raises(UsageError, match=r"no variant of the stack 'x'; known: rf\+adab"):
        method("stacking")(variant="x")


STORED = ["svc", "rf", "knn", "mlp", "bagging", "tree", "adaboost", "stacking"]


def test_the_best_of_all_is_chosen_by_inner_folds_that_share_no_speaker(corpus):
    X, y, speakers = corpus
    model = method("best")().fit(X, y, groups=speakers)
    tried = {one["settings"]["estimator"]: one["mean"] for one in model.search_results_}
    assert list(tried) == STORED
    assert model.inner_split_ == "speaker"
    assert tried[model.chosen_["estimator"]] == max(tried.values())
    alone = method(f"{model.chosen_['estimator']}")().fit(X, y, groups=speakers)
    assert type(model.pipeline_[-1]) is type(alone.pipeline_[-1])
    np.testing.assert_allclose(model.predict_proba(X), alone.predict_proba(X), atol=1e-9)


def test_the_score_of_a_stored_estimator_is_that_of_it_alone(corpus):
    X, y, speakers = corpus
    model = method("best")().fit(X, y, groups=speakers)
    [alone] = method("svc")(search="exhaustive", grid={"C": [10]}).fit(
        X, y, groups=speakers
    ).search_results_  # fmt: skip
    assert model.search_results_[0]["scores"] == alone["scores"]


def test_only_slow_mode_tries_boosting():
    assert set(method("best")(fast=False).estimators) == {*STORED, "gb"}
    assert set(method("best")(task="regression").estimators) == set(STORED)


@pytest.mark.parametrize("settings", [{"C": 3}, {"search": None}])
def test_the_best_of_all_takes_no_setting_of_one_of_them(settings):
    with pytest.raises(UsageError):
        method("best")(**settings)
