"""The runner: nothing fitted sees the test part, and a killed run goes on."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from emovox.errors import ProtocolError, UsageError
from emovox.evaluation import Experiment, summarise
from emovox.evaluation.fitting import Job, run_fold
from emovox.evaluation.normalisation import normalised
from emovox.evaluation.records import read_records

from .stand_ins import experiment, extract, run, timeless
from .tiny_corpus import EMOTIONS, corpus

pytest.importorskip("sklearn")

KEYS = {
    "format", "key", "settings", "fold", "leak", "left_out", "test", "chosen", "train_score",
    "cost", "times", "versions",
}  # fmt: skip


def test_a_record_holds_what_the_contract_says():
    records = run([experiment()])
    assert len(records) == 6
    for record in records:
        assert set(record) == KEYS
        assert record["settings"]["emotions"] == sorted(EMOTIONS)
        assert record["settings"]["train_corpora"] == ["tiny"]
        assert len(record["settings"]["data"]["tiny"]) == 64
        assert record["fold"]["n_folds"] == 6
        assert record["fold"]["n_test"] == len(record["test"]["utterance"]) == 16
        assert len(record["fold"]["test_speakers"]) == 1
        assert record["leak"]["speaker"]["shared"] == 0
        assert record["leak"]["sentence"]["shared"] == 2
        probabilities = np.array(record["test"]["probabilities"])
        assert probabilities.shape == (16, 4)
        assert np.allclose(probabilities.sum(axis=1), 1, atol=2e-4)
        assert record["cost"]["flops"] == 2 * record["cost"]["macs"]
        assert record["times"]["fit_s"] > 0
        json.dumps(record, allow_nan=False)


def test_two_runs_give_the_same_records():
    both = [experiment(), experiment("ccser-tree", seed=3)]
    assert timeless(run(both)) == timeless(run(both))


@pytest.mark.slow
def test_folds_in_two_processes_give_the_same_records():
    both = [experiment(), experiment("ccser-tree")]
    assert timeless(run(both, jobs=2)) == timeless(run(both))


def test_a_run_that_is_killed_and_started_again_gives_the_same_records(tmp_path):
    path = tmp_path / "killed.jsonl"
    script = str(Path(__file__).with_name("killed_run.py"))
    command = [sys.executable, script, str(path), "3"]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    half = read_records(path)
    assert len(half) == 3
    both = [experiment(), experiment("ccser-tree")]
    run(both, path)
    again = read_records(path)
    # Folds that were done are not run again: their times are the first run's.
    assert again[:3] == half
    assert timeless(again) == timeless(run(both))


def test_a_run_goes_on_behind_a_torn_line(tmp_path):
    path = tmp_path / "r.jsonl"
    expected = timeless(run([experiment()], path))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.warns(UserWarning, match="cut short"):
        assert timeless(run([experiment()], path)) == expected
    assert timeless(read_records(path)) == expected


def test_finished_folds_are_not_fitted_again(tmp_path, monkeypatch):
    path = tmp_path / "r.jsonl"
    first = run([experiment()], path)
    monkeypatch.setattr("emovox.evaluation.runner.run_fold", None)
    assert run([experiment()], path) == first


def test_other_data_settings_or_seeds_are_other_records(tmp_path):
    path = tmp_path / "r.jsonl"
    run([experiment()], path)
    for other in (
        experiment(seed=1),
        experiment(parameters={"n_neighbors": 5}),
        experiment(normalisation="speaker"),
        experiment(label_set="AS"),
        experiment(trim=True),
    ):
        run([other], path)
    broken = partial(extract, broken={"tiny/s00/0-fear-0"})
    run([experiment()], path, extract=broken)
    assert len(read_records(path)) == 7 * 6


def test_what_is_fitted_does_not_see_the_test_part():
    """Changing the test utterances of a fold changes nothing that was learned."""
    jobs: list[Job] = []

    def kept(job, **told):
        jobs.append(job)
        return run_fold(job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emovox.evaluation.runner.run_fold", kept)
        run([experiment("ccser-svc")])
    job = jobs[0]
    before = run_fold(job)
    vectors = job.vectors.copy()
    vectors[list(job.parts.test)] *= 1000
    after = run_fold(Job(**{**vars(job), "vectors": vectors}))
    assert after["train_score"] == before["train_score"]
    assert after["cost"] == before["cost"]
    assert after["test"]["prediction"] != before["test"]["prediction"]


def test_statistics_of_the_speaker_remove_what_only_the_speaker_adds():
    utterances = corpus()
    vectors = np.random.default_rng(0).normal(size=(len(utterances), 3)).astype(np.float32)
    shift = np.array([int(one.speaker[1:]) * 10.0 for one in utterances])[:, None]
    plain = normalised(vectors, utterances, how="speaker")
    shifted = normalised((vectors + shift).astype(np.float32), utterances, how="speaker")
    assert np.allclose(plain, shifted, atol=1e-4)
    assert np.array_equal(normalised(vectors, utterances, how="training"), vectors)
    everything = normalised(vectors, utterances, how="before-folds")
    assert np.allclose(everything.std(axis=0), 1)
    both = utterances + corpus("other")
    by_corpus = normalised(np.concatenate([vectors, vectors + 5]), both, how="corpus")
    assert np.allclose(by_corpus[: len(vectors)], by_corpus[len(vectors) :], atol=1e-5)


def test_a_constant_feature_is_zero_after_normalisation():
    utterances = corpus()
    constant = np.full((len(utterances), 1), 3.0, dtype=np.float32)
    assert not normalised(constant, utterances, how="speaker").any()


def test_the_scaler_inside_the_fold_is_off_where_it_was_fitted_before():
    records = run([experiment("ccser-svc", normalisation="before-folds")])
    assert records[0]["settings"]["parameters"]["scaler"] is None
    (row,) = summarise(records)
    assert any("leak on purpose" in note for note in row.notes)


def test_recordings_that_cannot_be_used_are_listed_and_in_neither_part():
    broken = {"tiny/s00/0-fear-0", "tiny/s03/1-anger-1"}
    records = run([experiment()], extract=partial(extract, broken=broken))
    tested = {one for record in records for one in record["test"]["utterance"]}
    assert tested.isdisjoint(broken)
    assert len(tested) == 6 * 16 - 2
    for record in records:
        assert record["left_out"]["n"] == 2
        assert {one["utterance"] for one in record["left_out"]["utterances"]} == broken
        assert {one["code"] for one in record["left_out"]["utterances"]} == {"damaged"}
    (row,) = summarise(records)
    assert row.n_left_out == 2


def test_a_vector_that_is_not_finite_is_left_out():
    def not_finite(front_end, utterances, **options):
        found = extract(front_end, utterances, **options)
        found.vectors[0, 0] = np.inf
        return found

    assert run([experiment()], extract=not_finite)[0]["left_out"]["utterances"][0]["code"] == (
        "not-finite"
    )


def test_strict_refuses_a_leak_before_anything_is_fitted(monkeypatch):
    monkeypatch.setattr("emovox.evaluation.runner.run_fold", None)
    with pytest.raises(ProtocolError, match="shares 6 of 6 test speakers") as error:
        run([experiment(protocol="shuffled-kfold", options={"n_folds": 3})], strict=True)
    assert (error.value.code, error.value.exit_status) == ("leak-refused", 3)
    with pytest.raises(ProtocolError, match="2 of 2 test sentences"):
        run([experiment()], strict=True, apart=("sentence",))
    with pytest.raises(ProtocolError, match="before-folds"):
        run([experiment(normalisation="before-folds")], strict=True)


def test_strict_refuses_folds_whose_speakers_are_not_known():
    def nameless(name, root=None):
        return [replace(one, speaker=None) for one in corpus("tiny", n_sentences=2)]

    def zeros(front_end, utterances, **rest):
        vectors = np.zeros((len(utterances), 2), np.float32)
        return SimpleNamespace(vectors=vectors, failures=[], seconds_per_file=0.0)

    with pytest.raises(ProtocolError, match="speaker of 32 of 32 test utterances is not known"):
        run([experiment(protocol="sentence")], strict=True, read=nameless, extract=zeros)


def test_strict_lets_speaker_folds_pass():
    assert len(run([experiment()], strict=True)) == 6


def test_every_directed_pair_of_corpora_is_a_row():
    crossed = experiment(corpora=("tiny", "other"), protocol="cross-corpus")
    rows = summarise(run([crossed]))
    assert {(row.train_corpora, row.test_corpora) for row in rows} == {
        (("tiny",), ("other",)), (("other",), ("tiny",)),
    }  # fmt: skip
    assert all(row.n_folds == row.n_folds_done == 1 for row in rows)


def test_pooled_corpora_are_one_row_with_both_corpora_in_it():
    pooled = experiment(
        corpora=("tiny", "other"), protocol="cross-corpus", options={"mode": "pooled"}
    )
    (row,) = summarise(run([pooled]))
    assert [group.name for group in row.by_corpus] == ["other", "tiny"]
    assert row.n_test == 16 * 11


def test_regression_gives_the_concordance():
    from dataclasses import replace

    def rated(name, root=None, **options):
        return [
            replace(one, dimensions={"arousal": (EMOTIONS.index(one.emotion) + 1) / 5})
            for one in corpus(n_speakers=4)
        ]

    asked = experiment("ccser-svc", task="regression", dimension="arousal")
    records = run([asked], read=rated)
    assert set(records[0]["test"]) == {"utterance", "speaker", "gender", "truth", "prediction"}
    (row,) = summarise(records)
    assert 0 < row.ccc.value <= 1
    assert row.ccc.low < row.ccc.value < row.ccc.high
    assert np.isnan(row.ua.value)
    with pytest.raises(ProtocolError, match="has valence"):
        run([experiment(task="regression", dimension="valence")], read=rated)


def test_a_search_stays_inside_the_training_part_and_is_in_the_record(tmp_path):
    asked = experiment("ccser-knn", search="random", parameters={"n_random": 3})
    (first, *_) = run([asked], tmp_path / "r.jsonl")
    assert first["chosen"]
    assert list((tmp_path / "r.jsonl.search").glob("*.jsonl"))


@pytest.mark.parametrize(
    "changes",
    [
        {"normalisation": "none"},
        {"task": "clustering"},
        {"task": "regression"},
        {"dimension": "arousal"},
        {"corpora": ()},
    ],
)
def test_an_experiment_that_makes_no_sense_is_refused(changes):
    with pytest.raises(UsageError):
        Experiment(**{"method": "ccser-knn", "corpora": ("tiny",), **changes})


def test_unknown_names_are_refused_with_those_that_are_known():
    for changes, known in (
        ({"method": "ccser-svn"}, "ccser-svc"),
        ({"protocol": "loso"}, "speaker"),
        ({"options": {"folds": 3}}, "n_groups"),
        ({"parameters": {"wings": 2}}, "known"),
    ):
        with pytest.raises(UsageError, match=known):
            run([experiment(**changes)])
