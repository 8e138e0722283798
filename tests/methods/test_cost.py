"""Costs against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from emovox.errors import UsageError
from emovox.methods import Cost
from emovox.methods.classic import UtteranceClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def cost_of(estimator, corpus, **settings):
    X, y, _ = corpus
    model = UtteranceClassifier(estimator, **{"scaler": None, **settings}).fit(X, y)
    return model.cost(), model.pipeline_[-1]


def test_linear_models_cost_classes_times_features(corpus):
    for estimator in (LogisticRegression(), LinearSVC()):
        assert cost_of(estimator, corpus)[0] == Cost(parameters=3 * 8 + 3, macs=3 * 8)


def test_a_scaler_adds_a_multiply_add_for_each_feature(corpus):
    cost, _ = cost_of(LogisticRegression(), corpus, scaler="standard")
    assert cost == Cost(parameters=27 + 2 * 8, macs=24 + 8)


def test_components_and_selection_narrow_what_follows(corpus):
    cost, _ = cost_of(LogisticRegression(), corpus, select=5, pca=2)
    assert cost == Cost(parameters=(5 * 2 + 5) + (3 * 2 + 3), macs=5 * 2 + 3 * 2)


def test_support_vectors_cost_their_features_and_their_sums(corpus):
    cost, machine = cost_of(SVC(), corpus)
    n = int(machine.n_support_.sum())
    assert cost == Cost(parameters=n * 8 + n * 2 + 3, macs=n * 8 + n * 2)


def test_one_machine_a_class_costs_their_sum(corpus):
    cost, machines = cost_of(OneVsRestClassifier(SVC()), corpus)
    n = sum(int(machine.n_support_.sum()) for machine in machines.estimators_)
    assert cost == Cost(parameters=n * 8 + n + 3, macs=n * 8 + n)


def test_neighbours_cost_every_training_row(corpus):
    assert cost_of(KNeighborsClassifier(), corpus)[0] == Cost(parameters=60 * 9, macs=60 * 8)


def test_a_stump_costs_one_comparison(corpus):
    cost, _ = cost_of(DecisionTreeClassifier(max_depth=1), corpus)
    assert cost == Cost(parameters=4 * 1 + 2 * 3, macs=1)


def test_ensembles_cost_the_sum_of_their_trees(corpus):
    stump = Cost(parameters=4 + 2 * 3, macs=1)
    forest, _ = cost_of(RandomForestClassifier(6, max_depth=1, bootstrap=False), corpus)
    assert forest == Cost(6 * stump.parameters, 6)
    bags = BaggingClassifier(DecisionTreeClassifier(max_depth=1), 4, max_features=0.5)
    assert cost_of(bags, corpus)[0] == Cost(4 * stump.parameters, 4)
    boosts, fitted = cost_of(AdaBoostClassifier(n_estimators=5), corpus)
    assert boosts == Cost(len(fitted.estimators_) * (stump.parameters + 1), 5 + 5)
    rounds, _ = cost_of(GradientBoostingClassifier(n_estimators=2, max_depth=1), corpus)
    assert rounds == Cost(2 * 3 * (4 + 2), 2 * 3)


def test_a_perceptron_costs_its_weights(corpus):
    cost, _ = cost_of(MLPClassifier((10,), max_iter=5), corpus)
    assert cost == Cost(parameters=8 * 10 + 10 + 10 * 3 + 3, macs=8 * 10 + 10 * 3)


def test_votes_and_stacks_cost_all_their_members(corpus):
    members = [("nb", GaussianNB()), ("lr", LogisticRegression())]
    bayes, linear = Cost(2 * 3 * 8 + 3, 2 * 3 * 8), Cost(27, 24)
    vote, _ = cost_of(VotingClassifier(members, voting="soft"), corpus)
    assert vote == bayes + linear
    stack, _ = cost_of(StackingClassifier(members, LogisticRegression()), corpus)
    assert stack == bayes + linear + Cost(3 * 6 + 3, 3 * 6)


def test_an_estimator_without_a_formula_is_named(corpus):
    with pytest.raises(UsageError, match="GaussianProcessClassifier"):
        cost_of(GaussianProcessClassifier(), corpus)


def test_flops_are_two_for_each_multiply_add():
    assert (Cost(3, 5) + Cost(1, 2)).flops == 14
    assert np.isclose(Cost(0, 0).flops, 0)
