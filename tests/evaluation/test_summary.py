"""Rows say what the records say, and no more."""

import sys
from itertools import chain

import numpy as np
import pytest

from emovox.errors import UsageError
from emovox.evaluation.comparison import compare
from emovox.evaluation.ranking import rank
from emovox.evaluation.records import record_key
from emovox.evaluation.summary import summarise

metrics = pytest.importorskip("sklearn.metrics")

EMOTIONS = ["anger", "neutral", "sadness"]


def records(method="m", *, skill=0.7, seed=0, n_speakers=6, normalisation="training", shared=0):
    """Leave one speaker out over speakers of 30 utterances."""
    rng = np.random.default_rng([seed, int(skill * 100)])
    made = []
    for number in range(n_speakers):
        truth = np.random.default_rng([9, number]).integers(0, 3, 30)
        prediction = np.where(rng.random(30) < skill, truth, rng.integers(0, 3, 30))
        probabilities = np.full((30, 3), 0.1)
        probabilities[np.arange(30), prediction] = 0.8
        settings = {
            "method": method, "features": "mfcc", "normalisation": normalisation,
            "label_set": "own", "emotions": EMOTIONS, "protocol": "speaker", "seed": seed,
            "train_corpora": ["tiny"], "test_corpora": ["tiny"], "dimension": None,
        }  # fmt: skip
        fold = {"name": f"s{number}", "index": number, "n_folds": n_speakers, "n_train": 150,
                "n_test": 30}  # fmt: skip
        made.append(
            {
                "format": 1, "key": record_key(settings, fold), "settings": settings, "fold": fold,
                "leak": {
                    "speaker": {"shared": shared, "of": 1, "test_share": float(shared)},
                    "sentence": {"shared": number % 2, "of": 4, "test_share": 0.5 * (number % 2)},
                    "session": None,
                },
                "left_out": {"n": 0, "utterances": []},
                "test": {
                    "utterance": [f"tiny/s{number}/{i}" for i in range(30)],
                    "speaker": [f"s{number}"] * 30,
                    "gender": [("female", "male")[number % 2]] * 30,
                    "emotion": truth.tolist(), "prediction": prediction.tolist(),
                    "probabilities": probabilities.tolist(),
                },
                "chosen": {}, "train_score": {"ua": 0.9, "wa": 0.9},
                "cost": {"parameters": 10, "macs": 20, "flops": 40},
                "times": {"fit_s": 1.0, "predict_s": 0.3, "features_s_per_file": 0.02},
            }
        )  # fmt: skip
    return made


def joined(made, name):
    return np.array([value for record in made for value in record["test"][name]])


def test_ua_is_over_all_test_utterances_and_beside_it_the_mean_over_folds():
    made = records()
    (row,) = summarise(made)
    truth, prediction = joined(made, "emotion"), joined(made, "prediction")
    assert row.ua.value == pytest.approx(metrics.balanced_accuracy_score(truth, prediction))
    assert row.wa.value == pytest.approx(metrics.accuracy_score(truth, prediction))
    assert row.f1.value == pytest.approx(metrics.f1_score(truth, prediction, average="macro"))
    folds = [
        metrics.balanced_accuracy_score(r["test"]["emotion"], r["test"]["prediction"]) for r in made
    ]
    assert row.ua.fold_mean == pytest.approx(np.mean(folds))
    assert row.ua.fold_sd == pytest.approx(np.std(folds, ddof=1))
    assert [fold.ua for fold in row.by_fold] == pytest.approx(folds)
    assert row.ua.low < row.ua.value < row.ua.high
    assert np.array(row.confusion).tolist() == metrics.confusion_matrix(truth, prediction).tolist()


def test_results_by_speaker_and_gender_with_their_gap():
    made = records()
    (row,) = summarise(made)
    assert [group.name for group in row.by_speaker] == [f"s{number}" for number in range(6)]
    assert [(group.name, group.n) for group in row.by_gender] == [("female", 90), ("male", 90)]
    values = [group.ua for group in row.by_speaker]
    assert row.gap_speaker == pytest.approx(max(values) - min(values))
    assert row.by_corpus == ()


def test_costs_times_and_leaks_are_summed_up():
    (row,) = summarise(records(shared=1))
    assert (row.parameters, row.macs, row.flops) == (10, 20, 40)
    assert row.predict_s == pytest.approx(0.01)
    assert (row.features_s, row.fit_s, row.train_ua) == (0.02, 1.0, 0.9)
    speaker, sentence = row.leak
    assert (speaker.kind, speaker.shared, speaker.of, speaker.folds) == ("speaker", 1, 1, 6)
    assert speaker.test_share == 1.0
    assert (sentence.kind, sentence.folds, sentence.test_share) == ("sentence", 3, 0.25)


def test_the_best_is_marked_and_the_others_have_corrected_p_values():
    rows = summarise(records("a", skill=0.3) + records("b", skill=0.9) + records("c", skill=0.75))
    assert [row.is_best for row in rows] == [False, True, False]
    assert rows[1].p_value is None
    assert rows[0].p_value < 0.01
    assert rows[0].p_mcnemar < 0.001
    assert rows[0].p_mcnemar < rows[2].p_mcnemar


def test_equal_methods_do_not_differ():
    rows = summarise(records("a") + records("b"))
    assert sorted([row.p_value for row in rows], key=str) == [1.0, None]
    assert [row.p_mcnemar for row in rows if not row.is_best] == [1.0]


def test_an_unfinished_run_says_so_and_is_not_compared():
    rows = summarise(records("a", skill=0.9)[:4] + records("b", skill=0.5))
    assert (rows[0].n_folds_done, rows[0].n_folds) == (4, 6)
    assert [row.is_best for row in rows] == [False, True]
    assert rows[0].p_value is None


def test_rows_do_not_depend_on_the_order_of_folds():
    made = records()
    (row,), (turned,) = summarise(made), summarise(made[::-1])
    assert row.ua.value == turned.ua.value
    assert (row.ua.low, row.ua.high) == (turned.ua.low, turned.ua.high)
    assert row.by_fold == turned.by_fold


def test_seeds_are_rows_of_their_own_unless_joined():
    made = records(seed=0) + records(seed=1)
    assert [row.seeds for row in summarise(made)] == [(0,), (1,)]
    (row,) = summarise(made, join_seeds=True)
    assert row.seeds == (0, 1)
    assert (row.n_folds, row.n_folds_done, row.n_test) == (12, 12, 360)
    assert row.n_speakers == 6


def test_a_normalisation_that_uses_test_recordings_is_said():
    (row,) = summarise(records(normalisation="speaker"))
    assert any("test speakers included" in note for note in row.notes)
    assert summarise(records())[0].notes == ()


def test_speakers_with_one_emotion_each_are_said_to_be_confounded():
    made = records()
    for number, record in enumerate(made):
        record["test"]["emotion"] = [number % 3] * 30
    (row,) = summarise(made)
    assert "6 of 6 speakers occur with one emotion only" in row.notes[0]


def test_one_speaker_has_no_interval():
    made = records(n_speakers=1)
    (row,) = summarise(made)
    assert row.ua.low is None
    assert row.ua.fold_sd is None
    assert row.gap_speaker is None


def test_two_methods_are_compared_by_every_test():
    first, second = records("a", skill=0.9), records("b", skill=0.4)
    outcome = compare(first, second[::-1])
    rows = summarise(first + second)
    assert outcome.difference == pytest.approx(rows[0].ua.value - rows[1].ua.value)
    assert outcome.low < outcome.difference < outcome.high
    assert outcome.low > 0
    assert outcome.p_bootstrap < 0.01
    # Six folds that all point one way: 2 of 64 signs.
    assert outcome.p_wilcoxon == pytest.approx(2 / 64)
    assert outcome.mcnemar.only_first > outcome.mcnemar.only_second
    assert compare(second, first).difference == pytest.approx(-outcome.difference)


def test_methods_on_other_folds_are_not_compared():
    with pytest.raises(UsageError, match="same test utterances"):
        compare(records(), records(n_speakers=5))


def test_three_methods_are_ranked_over_their_folds():
    made = records("a", skill=0.95) + records("b", skill=0.6) + records("c", skill=0.2)
    ranking = rank(summarise(made))
    assert ranking.n_blocks == 6
    assert ranking.mean_ranks[0] < ranking.mean_ranks[1] < ranking.mean_ranks[2]
    assert ranking.p_value < 0.01
    with pytest.raises(UsageError, match="3 methods"):
        rank(summarise(made)[:2])


def test_a_row_is_judged_by_the_best_of_its_own_normalisation():
    honest = records("a", skill=0.5) + records("b", skill=0.4)
    helped = records("a", skill=0.95, normalisation="speaker")
    helped += records("b", skill=0.85, normalisation="speaker")
    rows, alone = summarise(honest + helped), summarise(honest)
    assert [row.is_best for row in rows] == [True, False, True, False]
    for name in ("p_value", "p_mcnemar", "p_wilcoxon"):
        assert [getattr(row, name) for row in rows[:2]] == [getattr(row, name) for row in alone]
        assert getattr(rows[2], name) is None


def test_wilcoxon_of_the_rows_is_scipys_over_their_folds():
    stats = pytest.importorskip("scipy.stats")
    made = [records(name, skill=skill) for name, skill in (("a", 0.9), ("b", 0.8), ("c", 0.5))]
    best, second, third = summarise(chain(*made))
    folds = [[fold.ua for fold in row.by_fold] for row in (best, second, third)]
    raw = [stats.wilcoxon(folds[0], other, method="exact").pvalue for other in folds[1:]]
    smaller, larger = sorted(raw)
    expected = {smaller: min(1, 2 * smaller), larger: max(larger, min(1, 2 * smaller))}
    assert [second.p_wilcoxon, third.p_wilcoxon] == pytest.approx([expected[p] for p in raw])


def test_wilcoxon_needs_the_same_folds():
    first, second = records("a", skill=0.9), records("b", skill=0.5)
    for record in second:
        record["fold"]["name"] += " of another cut"
    row = summarise(first + second)[1]
    assert row.p_value is not None
    assert row.p_wilcoxon is None


def test_three_rows_on_the_same_folds_carry_their_ranking():
    stats = pytest.importorskip("scipy.stats")
    made = [records(name, skill=skill) for name, skill in (("a", 0.95), ("b", 0.6), ("c", 0.3))]
    rows = summarise(chain(*made))
    expected = stats.friedmanchisquare(*([fold.ua for fold in row.by_fold] for row in rows))
    assert rows[0].ranking.statistic == pytest.approx(expected.statistic)
    assert rows[0].ranking.p_value == pytest.approx(expected.pvalue)
    # Demšar (2006), table 5: q = 2.343 for three at .05.
    assert rows[0].ranking.critical_distance == pytest.approx(2.343 * (12 / 36) ** 0.5, abs=1e-3)
    assert [row.mean_rank for row in rows] == [1.0, 2.0, 3.0]
    assert [row.ranking for row in summarise(made[0] + made[1])] == [None, None]
    few = [records(name, n_speakers=4) for name in "abc"]
    assert [row.ranking for row in summarise(chain(*few))] == [None, None, None]


def test_rows_of_another_normalisation_are_not_ranked_together():
    two, one = records("a") + records("b"), records("c", normalisation="speaker")
    assert all(row.ranking is None for row in summarise(two + one))


def test_seeds_are_no_folds_of_their_own():
    skills = {"a": 0.9, "b": 0.6, "c": 0.3}
    made = [records(name, skill=skills[name], seed=seed) for name in skills for seed in (0, 1)]
    rows = summarise(chain(*made), join_seeds=True)
    assert rows[0].ranking.n_blocks == 6
    # Six folds that all point one way, the smaller of two equal values doubled by Holm.
    assert [row.p_wilcoxon for row in rows] == [None, 4 / 64, 4 / 64]
    assert [row.p_mcnemar for row in rows] == [None, None, None]
    assert [part.name for part in rows[0].by_seed] == ["0", "1"]
    apart = summarise(made[0] + made[1])
    assert [part.ua for part in rows[0].by_seed] == pytest.approx([row.ua.value for row in apart])


def test_rows_come_without_a_ranking_where_scipy_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    rows = summarise(records("a") + records("b") + records("c"))
    assert all(row.ranking is None and row.mean_rank is None for row in rows)
    (note,) = rows[0].notes
    assert note == 'Friedman\'s test needs scipy; pip install "emovox[bench]"'
    assert [row.p_wilcoxon is None for row in rows].count(False) == 2
