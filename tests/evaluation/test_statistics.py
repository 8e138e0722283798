"""Tests of significance equal scipy's, and published examples."""

import numpy as np
import pytest

from emovox.errors import UsageError
from emovox.evaluation.metrics import unweighted_average_recall, weighted_accuracy
from emovox.evaluation.resampling import confusions_by_speaker, interval, paired_bootstrap
from emovox.evaluation.statistics import friedman_nemenyi, holm, mcnemar, wilcoxon

stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize(("only_first", "only_second"), [(10, 3), (0, 6), (7, 7), (150, 190)])
def test_mcnemar_equals_the_binomial_test(only_first, only_second):
    first = np.array([1] * only_first + [0] * only_second + [1] * 20 + [0] * 5)
    second = np.array([0] * only_first + [1] * only_second + [1] * 20 + [0] * 5)
    outcome = mcnemar(first, second)
    n = only_first + only_second
    assert outcome.exact == pytest.approx(stats.binomtest(only_first, n, 0.5).pvalue)
    one_sided = stats.binom.cdf(min(only_first, only_second), n, 0.5)
    mass = stats.binom.pmf(min(only_first, only_second), n, 0.5)
    assert outcome.mid_p == pytest.approx(min(1.0, 2 * one_sided - mass))


def test_mcnemar_without_disagreement_is_one():
    assert mcnemar([1, 0], [1, 0]).mid_p == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_wilcoxon_equals_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.random(10), rng.random(10)
    assert wilcoxon(first, second) == pytest.approx(
        stats.wilcoxon(first, second, method="exact").pvalue
    )


def test_wilcoxon_counts_ties_out_exactly():
    first, second = np.array([3.0, 2.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0, 1.0])
    # Differences 2, 1, 1, -1 have the ranks 4, 2, 2, 2: of 16 signs 4 give 8 or more.
    assert wilcoxon(first, second) == pytest.approx(2 * 4 / 16)


def test_wilcoxon_of_equal_methods_is_one():
    assert wilcoxon([0.7, 0.6], [0.7, 0.6]) == 1.0


def test_holm_equals_the_example_of_its_textbook():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_friedman_equals_that_of_scipy_with_ties():
    rng = np.random.default_rng(7)
    scores = np.round(rng.random((9, 4)), 1)
    ranking = friedman_nemenyi(scores)
    expected = stats.friedmanchisquare(*scores.T)
    assert ranking.statistic == pytest.approx(expected.statistic)
    assert ranking.p_value == pytest.approx(expected.pvalue)


def test_the_critical_distance_is_the_published_one():
    # Demsar 2006, section 3.2.4: four methods, 14 data sets, level 0.05: 1.25.
    ranking = friedman_nemenyi(np.random.default_rng(0).random((14, 4)))
    assert ranking.critical_distance == pytest.approx(1.25, abs=0.005)
    assert sum(ranking.mean_ranks) == pytest.approx(10)


def test_friedman_refuses_two_methods():
    with pytest.raises(UsageError, match="at least 2 folds"):
        friedman_nemenyi(np.ones((5, 2)))


def _two_methods(seed, *, n_speakers=8, gain=0.0):
    rng = np.random.default_rng(seed)
    speakers = np.repeat([f"s{number}" for number in range(n_speakers)], 30)
    truth = rng.integers(0, 3, len(speakers))
    skill = np.repeat(rng.uniform(0.4, 0.8, n_speakers), 30)
    draws = rng.random(len(speakers))
    first = np.where(draws < skill + gain, truth, (truth + 1) % 3)
    second = np.where(rng.permutation(draws) < skill, truth, (truth + 1) % 3)
    return truth, first, second, speakers


def test_intervals_by_speaker_are_wider_than_by_utterance():
    truth, first, _, speakers = _two_methods(0)
    by_speaker = confusions_by_speaker(truth, first, speakers, n_classes=3)
    alone = confusions_by_speaker(truth, first, [str(i) for i in range(len(truth))], n_classes=3)
    low, high = interval(by_speaker, unweighted_average_recall)
    low_alone, high_alone = interval(alone, unweighted_average_recall)
    assert high - low > 1.3 * (high_alone - low_alone)
    assert low < float(unweighted_average_recall(by_speaker.sum(axis=0))) < high


def test_the_interval_equals_a_bootstrap_written_as_a_loop():
    truth, first, _, speakers = _two_methods(1)
    by_speaker = confusions_by_speaker(truth, first, speakers, n_classes=3)
    rng = np.random.default_rng(5)
    values = [
        float(weighted_accuracy(by_speaker[rng.integers(0, 8, 8)].sum(axis=0))) for _ in range(4000)
    ]
    assert interval(by_speaker, weighted_accuracy, n_resamples=4000) == pytest.approx(
        np.quantile(values, [0.025, 0.975]), abs=0.01
    )


def test_the_interval_is_the_same_twice_and_absent_for_one_speaker():
    truth, first, _, speakers = _two_methods(2)
    by_speaker = confusions_by_speaker(truth, first, speakers, n_classes=3)
    assert interval(by_speaker, weighted_accuracy) == interval(by_speaker, weighted_accuracy)
    assert interval(by_speaker[:1], weighted_accuracy) is None


def test_a_class_that_one_speaker_alone_has_does_not_break_the_interval():
    by_speaker = np.zeros((4, 2, 2), dtype=int)
    by_speaker[:, 0, 0] = 5
    by_speaker[0, 1, 1] = 5
    assert interval(by_speaker, unweighted_average_recall) == (1.0, 1.0)


def test_the_paired_bootstrap_sees_a_clear_gain_and_no_gain_in_equals():
    truth, better, worse, speakers = _two_methods(3, gain=0.25)
    first = confusions_by_speaker(truth, better, speakers, n_classes=3)
    second = confusions_by_speaker(truth, worse, speakers, n_classes=3)
    difference, (low, high), p_value = paired_bootstrap(first, second, unweighted_average_recall)
    assert low <= difference <= high
    assert low > 0
    assert p_value < 0.01
    assert paired_bootstrap(first, first, unweighted_average_recall)[2] == 1.0
