"""Search inside the training part: grouped, resumable, equal with shared kernels."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from emovox.errors import UsageError
from emovox.methods.classic import UtteranceClassifier, UtteranceRegressor
from emovox.methods.classic import search as search_module
from emovox.methods.classic.deferred import PerFeature
from emovox.methods.classic.ledger import Ledger
from emovox.methods.classic.steps import Recipe

GRID = {"C": [0.1, 1.0, 10.0], "gamma": [PerFeature(0.3), PerFeature(1.0)]}


def classifier(**settings):
    return UtteranceClassifier(SVC(break_ties=True), search="exhaustive", grid=GRID, **settings)


def test_every_candidate_is_scored_on_every_fold_and_the_best_is_fitted(corpus):
    X, y, speakers = corpus
    model = classifier().fit(X, y, groups=speakers)
    assert len(model.search_results_) == 6
    assert all(len(result["scores"]) == 3 for result in model.search_results_)
    best = max(model.search_results_, key=lambda result: result["mean"])
    assert model.chosen_ == best["settings"]
    assert model.chosen_["C"] == model.pipeline_[-1].C
    factor = float(model.chosen_["gamma"].removesuffix("/F"))
    assert model.pipeline_[-1].gamma == factor / 8
    json.dumps(model.search_results_)


def test_inner_steps_never_see_the_speakers_they_are_tested_on(corpus, monkeypatch):
    X, y, speakers = corpus
    X[:, 0] = np.arange(len(X))
    seen = []
    whole = Recipe.fit
    monkeypatch.setattr(
        Recipe,
        "fit",
        lambda self, rows, *more, **named: (
            seen.append(set(speakers[rows[:, 0].astype(int)])) or whole(self, rows, *more, **named)
        ),
    )
    classifier().fit(X, y, groups=speakers)
    assert [len(names) for names in seen] == [4, 4, 4, 6, 4, 4, 4]


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "sigmoid"])
@pytest.mark.parametrize("gamma", ["scale", "auto", 0.05])
def test_shared_kernels_score_as_the_machine_itself_does(corpus, monkeypatch, kernel, gamma):
    X, y, speakers = corpus
    grid = {"C": [0.1, 1.0], "kernel": [kernel], "gamma": [gamma], "coef0": [0.5]}
    shared = UtteranceClassifier(SVC(break_ties=True), search="exhaustive", grid=grid)
    shared.fit(X, y, groups=speakers)
    monkeypatch.setattr(search_module, "LARGEST", 0)
    direct = UtteranceClassifier(SVC(break_ties=True), search="exhaustive", grid=grid)
    direct.fit(X, y, groups=speakers)
    assert shared.search_results_ == direct.search_results_
    assert shared.temperature_ == pytest.approx(direct.temperature_, rel=1e-3)


def test_a_killed_search_goes_on_and_ends_the_same(corpus, tmp_path, monkeypatch):
    X, y, speakers = corpus
    whole = classifier().fit(X, y, groups=speakers)
    computed = []
    score = search_module._score

    def counted(*arguments):
        computed.append(1)
        if len(computed) == 8:
            raise KeyboardInterrupt
        return score(*arguments)

    monkeypatch.setattr(search_module, "_score", counted)
    with pytest.raises(KeyboardInterrupt):
        classifier(checkpoint=tmp_path).fit(X, y, groups=speakers)
    [ledger] = tmp_path.iterdir()
    assert len(ledger.read_text().splitlines()) == 7
    with open(ledger, "ab") as handle:
        handle.write(b'{"entry": "cut sho')
    resumed = classifier(checkpoint=tmp_path).fit(X, y, groups=speakers)
    assert len(computed) == 8 + (18 - 7)
    assert resumed.search_results_ == whole.search_results_
    np.testing.assert_array_equal(resumed.predict_proba(X), whole.predict_proba(X))
    classifier(checkpoint=tmp_path).fit(X, y, groups=speakers)
    assert len(computed) == 19
    assert [json.loads(line)["score"] for line in ledger.read_text().splitlines()]


@pytest.mark.parametrize("change", ["data", "labels", "speakers", "scaler", "estimator"])
def test_other_data_or_settings_have_another_checkpoint(corpus, tmp_path, change):
    X, y, speakers = corpus
    classifier(checkpoint=tmp_path).fit(X, y, groups=speakers)
    model = classifier(checkpoint=tmp_path)
    if change == "data":
        X = X + 1e-9
    elif change == "labels":
        y = np.roll(y, 1)
    elif change == "speakers":
        speakers = np.roll(speakers, 1)
    elif change == "scaler":
        model.set_params(scaler="minmax")
    else:
        model.set_params(estimator__tol=1e-4)
    model.fit(X, y, groups=speakers)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_line_of_a_checkpoint_is_computed_again(tmp_path):
    ledger = Ledger(tmp_path, key="a" * 64)
    ledger.add("one", 0.5)
    ledger.add("two", 0.25)
    [path] = tmp_path.iterdir()
    path.write_text(path.read_text().replace('"two"', "two"))
    again = Ledger(tmp_path, key="a" * 64)
    assert (again.get("one"), again.get("two")) == (0.5, None)


def test_processes_change_no_score(corpus):
    X, y, speakers = corpus
    one = classifier().fit(X, y, groups=speakers)
    two = classifier(n_jobs=2).fit(X, y, groups=speakers)
    assert one.search_results_ == two.search_results_


def test_a_random_search_draws_so_many_candidates_from_the_seed(corpus):
    X, y, speakers = corpus
    models = [
        classifier(n_random=3, random_state=seed).set_params(search="random").fit(X, y, speakers)
        for seed in (0, 0, 1)
    ]
    tried = [[result["settings"] for result in model.search_results_] for model in models]
    assert len(tried[0]) == 3
    assert tried[0] == tried[1] != tried[2]


def test_halving_tries_all_on_few_rows_and_few_on_all_rows():
    rng = np.random.default_rng(0)
    y = np.arange(600) % 2
    X = rng.normal(size=(600, 4)) + y[:, np.newaxis]
    grid = {"C": [0.001, 0.01, 0.1, 1.0, 10.0], "gamma": [0.01, 0.1, 1.0]}
    model = UtteranceClassifier(SVC(), search="halving", grid=grid).fit(X, y)
    shares = [result["share"] for result in model.search_results_]
    assert [shares.count(share) for share in (0.3333, 1.0)] == [15, 5]
    full = [result for result in model.search_results_ if result["share"] == 1.0]
    assert model.chosen_ == max(full, key=lambda result: result["mean"])["settings"]


def test_equal_scores_choose_the_first_of_the_grid():
    X = np.repeat([[0.0], [1.0]], 12, axis=0)
    y = np.repeat(["anger", "sadness"], 12)
    model = UtteranceClassifier(SVC(), search="exhaustive", grid={"C": [3.0, 1.0, 2.0]})
    assert model.fit(X, y).chosen_ == {"C": 3.0}


def test_a_search_takes_any_estimator_and_regression(corpus):
    X, y, speakers = corpus
    grid = {"max_depth": [1, 4]}
    forest = UtteranceClassifier(RandomForestClassifier(5), search="exhaustive", grid=grid)
    assert forest.fit(X, y, groups=speakers).chosen_["max_depth"] in (1, 4)
    numbers = X[:, :2]
    regressor = UtteranceRegressor(search="exhaustive", grid={"C": [1e-3, 10.0]})
    assert regressor.fit(X, numbers, groups=speakers).chosen_ == {"C": 10.0}


def test_unknown_settings_of_a_grid_are_named(corpus):
    X, y, _ = corpus
    model = UtteranceClassifier(SVC(), search="exhaustive", grid={"cost": [1.0]})
    with pytest.raises(UsageError, match="SVC has no setting 'cost'; known: C, break_ties"):
        model.fit(X, y)


def test_a_training_part_that_cannot_be_cut_is_refused_for_a_search(corpus):
    X, y, _ = corpus
    with pytest.raises(UsageError, match="cannot be cut into folds"):
        classifier().fit(X[:3], y[:3])
