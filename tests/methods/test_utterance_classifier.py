"""The classifier: its steps, its scores, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from emovox.errors import UsageError
from emovox.methods.classic import UtteranceClassifier
from emovox.methods.classic.balance import rows_to_keep
from emovox.methods.classic.folds import inner_folds
from emovox.methods.classic.scores import fit_temperature
from emovox.methods.classic.steps import SCALERS
from emovox.models.model import softmax


@pytest.mark.parametrize("scaler", [None, *SCALERS])
def test_every_scaler_can_be_used(corpus, scaler):
    X, y, speakers = corpus
    model = UtteranceClassifier(scaler=scaler).fit(X, y, groups=speakers)
    assert ("scaler" in model.pipeline_.named_steps) == (scaler is not None)
    assert np.mean(model.predict(X) == y) > 0.7


def test_the_pipeline_holds_scaler_selection_components_and_estimator_in_this_order(corpus):
    X, y, _ = corpus
    model = UtteranceClassifier(select=6, pca=3).fit(X, y)
    assert list(model.pipeline_.named_steps) == ["scaler", "select", "pca", "estimator"]
    assert model.pipeline_[-1].n_features_in_ == 3


@pytest.mark.parametrize(("pca", "kept"), [(100, 8), (1.0, 8), ("mle", None), (2, 2)])
def test_components_are_a_number_a_share_or_minkas_choice(corpus, pca, kept):
    X, y, _ = corpus
    if pca == 1.0:
        pca = 0.9999
    model = UtteranceClassifier(pca=pca).fit(X, y)
    n_components = model.pipeline_.named_steps["pca"].n_components_
    assert n_components == kept if kept else 1 <= n_components < 8


def test_selection_finds_the_informative_features():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 10))
    y = np.where(X[:, 4] + X[:, 7] > 0, "anger", "sadness")
    model = UtteranceClassifier(select=2).fit(X, y)
    assert model.pipeline_.named_steps["select"].get_support(indices=True).tolist() == [4, 7]


def test_undersampling_keeps_the_first_items_of_each_class():
    y = np.array(list("aababbbb"))
    assert rows_to_keep(y, balance="undersample").tolist() == [0, 1, 2, 3, 4, 5]
    assert rows_to_keep(np.array(list("aaab")), balance="undersample").tolist() == [0, 3]
    drawn = rows_to_keep(np.array(list("aaaaaaab")), balance="undersample-random", random_state=1)
    assert len(drawn) == 2
    assert drawn[1] == 7


def test_shuffling_is_drawn_from_the_seed():
    y = np.arange(50) % 2
    first, again, other = (
        rows_to_keep(y, shuffle=True, random_state=seed).tolist() for seed in (1, 1, 2)
    )
    assert first == again != other
    assert sorted(first) == list(range(50))


def test_class_weights_reach_the_estimator_and_are_refused_where_there_are_none(corpus):
    X, y, _ = corpus
    model = UtteranceClassifier(balance="class_weight").fit(X, y)
    assert model.pipeline_[-1].class_weight == "balanced"
    with pytest.raises(UsageError, match="no class weights"):
        UtteranceClassifier(KNeighborsClassifier(), balance="class_weight").fit(X, y)


def test_temperature_is_the_one_that_scores_were_scaled_by():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(4000, 3)) * 2
    probabilities = softmax(scores, 1.0)
    truth = np.array([rng.choice(3, p=row) for row in probabilities])
    assert fit_temperature(5 * scores, truth) == pytest.approx(5, rel=0.08)


def test_temperature_makes_held_out_probabilities_better_than_raw_scores(corpus):
    X, y, speakers = corpus
    model = UtteranceClassifier(SVC(C=100, gamma="auto", break_ties=True))
    model.fit(X[:40], y[:40], groups=speakers[:40])
    truth = np.searchsorted(model.classes_, y[40:])
    scaled = model.predict_proba(X[40:])
    model.temperature_ = 0.05
    raw = model.predict_proba(X[40:])
    rows = np.arange(20)
    assert -np.log(scaled[rows, truth]).mean() < -np.log(raw[rows, truth] + 1e-12).mean()


def test_support_vector_machines_never_use_the_internal_probabilities(corpus):
    X, y, _ = corpus
    model = UtteranceClassifier().fit(X, y)
    assert model.score_kind_ == "decision"
    assert not hasattr(model.pipeline_[-1], "predict_proba")
    forest = UtteranceClassifier(RandomForestClassifier(5)).fit(X, y)
    assert (forest.score_kind_, forest.temperature_) == ("probability", 1.0)


def test_prediction_of_a_machine_is_that_of_scikit_learn(corpus):
    X, y, _ = corpus
    model = UtteranceClassifier().fit(X, y)
    own = model.classes_[model.pipeline_.predict(X)]
    np.testing.assert_array_equal(model.predict(X), own)


def test_a_seed_reaches_every_part_that_draws(corpus):
    X, y, _ = corpus
    forest = UtteranceClassifier(RandomForestClassifier(5), random_state=11).fit(X, y)
    assert forest.pipeline_[-1].random_state == 11
    free = UtteranceClassifier(RandomForestClassifier(5), random_state=None).fit(X, y)
    assert free.pipeline_[-1].random_state is None


@pytest.mark.parametrize("seed", range(5))
def test_inner_folds_share_no_speaker(seed):
    rng = np.random.default_rng(seed)
    y = rng.choice(["anger", "fear", "sadness"], size=50)
    speakers = rng.integers(0, 7, size=50)
    folds = inner_folds(y, speakers, n_folds=4, random_state=seed)
    assert folds.by == "speaker"
    assert np.sort(np.concatenate([test for _, test in folds.splits])).tolist() == list(range(50))
    for train, test in folds.splits:
        assert not set(speakers[train]) & set(speakers[test])


def test_inner_folds_are_stratified_where_no_speaker_is_known():
    y = np.array(["anger"] * 9 + ["fear"] * 3)
    folds = inner_folds(y, None, n_folds=3)
    assert folds.by == "stratified"
    assert all((y[test] == "fear").sum() == 1 for _, test in folds.splits)
    assert inner_folds(y, np.zeros(12), n_folds=3).by == "stratified"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scaler": "log"}, "no scaler 'log'; known: standard"),
        ({"balance": "smote"}, "no balance 'smote'; known: None, undersample"),
        ({"search": "bayes"}, "no search 'bayes'; known: None, exhaustive"),
        ({"scoring": "f1"}, "no scoring 'f1'; known: unweighted_average_recall, accuracy"),
    ],
)
def test_unknown_settings_are_named_with_those_that_are_known(corpus, settings, message):
    X, y, _ = corpus
    with pytest.raises(UsageError, match=message):
        UtteranceClassifier(**settings).fit(X, y)


def test_one_class_cannot_be_learned(corpus):
    X, _, _ = corpus
    with pytest.raises(UsageError, match=r"at least two classes.*'anger'"):
        UtteranceClassifier().fit(X, ["anger"] * len(X))
