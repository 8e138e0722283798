"""Measures equal scikit-learn's, and hand-made values."""

import numpy as np
import pytest

from emovox.evaluation.metrics import (
    brier_score,
    concordance,
    confusion_matrix,
    expected_calibration_error,
    macro_f1,
    recalls,
    unweighted_average_recall,
    weighted_accuracy,
)

metrics = pytest.importorskip("sklearn.metrics")


@pytest.fixture(params=range(5))
def labels(request):
    rng = np.random.default_rng(request.param)
    truth = rng.integers(0, 5, 200)
    prediction = np.where(rng.random(200) < 0.5, truth, rng.integers(0, 5, 200))
    return truth, prediction


def test_measures_equal_those_of_scikit_learn(labels):
    truth, prediction = labels
    confusion = confusion_matrix(truth, prediction, n_classes=5)
    assert confusion.tolist() == metrics.confusion_matrix(truth, prediction).tolist()
    assert unweighted_average_recall(confusion) == pytest.approx(
        metrics.balanced_accuracy_score(truth, prediction)
    )
    assert weighted_accuracy(confusion) == pytest.approx(metrics.accuracy_score(truth, prediction))
    assert macro_f1(confusion) == pytest.approx(
        metrics.f1_score(truth, prediction, average="macro")
    )
    assert recalls(confusion) == pytest.approx(
        metrics.recall_score(truth, prediction, average=None)
    )


def test_a_class_without_utterances_is_left_out_of_the_mean():
    truth, prediction = np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2])
    confusion = confusion_matrix(truth, prediction, n_classes=4)
    assert unweighted_average_recall(confusion) == pytest.approx(0.75)
    assert macro_f1(confusion) == pytest.approx(
        metrics.f1_score(truth, prediction, labels=[0, 2], average="macro")
    )
    assert np.isnan(recalls(confusion)).tolist() == [False, True, False, True]


def test_a_class_that_is_never_predicted_counts_as_zero():
    confusion = confusion_matrix([0, 1], [0, 0], n_classes=2)
    assert macro_f1(confusion) == pytest.approx((2 / 3 + 0) / 2)


def test_many_matrices_at_once_equal_one_by_one():
    many = np.random.default_rng(1).integers(0, 9, (7, 3, 3))
    for measure in (unweighted_average_recall, weighted_accuracy, macro_f1):
        assert measure(many) == pytest.approx([float(measure(one)) for one in many])


def test_measures_of_nothing_are_nan():
    nothing = np.zeros((3, 3), dtype=int)
    assert np.isnan(unweighted_average_recall(nothing))
    assert np.isnan(weighted_accuracy(nothing))
    assert np.isnan(brier_score(np.empty((0, 3)), []))
    assert np.isnan(expected_calibration_error(np.empty((0, 3)), []))


def test_concordance_equals_its_definition():
    rng = np.random.default_rng(3)
    truth = rng.random(50)
    prediction = 0.5 * truth + 0.2 + 0.1 * rng.random(50)
    covariance = np.cov(truth, prediction, bias=True)[0, 1]
    expected = (
        2 * covariance / (truth.var() + prediction.var() + (truth.mean() - prediction.mean()) ** 2)
    )
    assert concordance(truth, prediction) == pytest.approx(expected)
    assert concordance(truth, truth) == pytest.approx(1.0)
    assert np.isnan(concordance([0.5, 0.5], [0.5, 0.5]))


def test_brier_score_equals_that_of_scikit_learn_for_two_classes():
    rng = np.random.default_rng(4)
    positive = rng.random(60)
    truth = rng.integers(0, 2, 60)
    both = np.stack([1 - positive, positive], axis=1)
    assert brier_score(both, truth) == pytest.approx(2 * metrics.brier_score_loss(truth, positive))


def test_calibration_error_of_perfect_and_of_hopeless_confidence():
    sure = np.tile([1.0, 0.0], (10, 1))
    assert expected_calibration_error(sure, np.zeros(10, int)) == 0.0
    assert expected_calibration_error(sure, np.ones(10, int)) == 1.0
    half = np.tile([0.7, 0.3], (10, 1))
    truth = np.array([0] * 7 + [1] * 3)
    assert expected_calibration_error(half, truth) == pytest.approx(0.0, abs=1e-12)
