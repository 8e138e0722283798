"""Changed copies of recordings in experiments: in the training part alone, and told in records."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from emovox import registry
from emovox.errors import InputError, UsageError
from emovox.evaluation import summarise
from emovox.evaluation.normalisation import normalised
from emovox.evaluation.records import read_records
from emovox.methods.classic.folds import inner_folds
from emovox.report.writing import as_markdown

from . import stand_ins

pytest.importorskip("sklearn")

OF_NO_COPIES = "4a117d45a6e9b70e32891739a84e9302d22622914f0b500b13542848a517565a"
"""Key of the first fold of an experiment without copies, from before there were any."""


def extract(front_end, utterances, *, copy=None, broken=(), **rest):
    """Vectors of the stand-in; those of copy n are a thousand times n more."""
    found = stand_ins.extract(front_end, utterances, **rest)
    if copy is not None:
        found.vectors += 1000 * copy.number
        for index, one in enumerate(utterances):
            if one.id in broken:
                found.vectors[index] = np.nan
                found.failures.append((index, InputError("damaged", "is damaged", name=one.id)))
    return found


class Taught:
    """Stand-in for a method: keeps what it is taught and asked."""

    augment = None

    def __init__(self):
        self.taught, self.asked = [], []
        self.needs = SimpleNamespace(
            form="functionals", augment=self.augment, feature_for=lambda corpora: "mfcc"
        )

    def __call__(self, **settings):
        return self

    def get_params(self, deep=True):
        return {}

    def fit(self, vectors, targets, groups=None):
        self.classes_ = np.unique(targets)
        self.taught.append((vectors, targets, groups))
        return self

    def predict_proba(self, vectors):
        self.asked.append(vectors)
        return np.eye(len(self.classes_))[np.zeros(len(vectors), int)]


@pytest.fixture
def method(monkeypatch):
    made, known = Taught(), registry.get
    monkeypatch.setattr(
        registry, "get", lambda kind, name: made if name == "taught" else known(kind, name)
    )
    return made


def run(experiment, **changes):
    return stand_ins.run([experiment], **{"extract": extract, **changes})


def experiment(method="taught", **changes):
    return stand_ins.experiment(method, **changes)


def test_copies_are_trained_on_and_the_test_part_is_as_recorded(method):
    records = run(experiment(augment="speakers:2"))
    assert len(records) == len(method.taught) == 6
    for record, (vectors, targets, groups) in zip(records, method.taught, strict=True):
        n = record["fold"]["n_train"]
        assert vectors.shape[0] == len(targets) == len(groups) == 3 * n
        np.testing.assert_allclose(vectors[n : 2 * n], vectors[:n] + 1000, atol=1e-3)
        np.testing.assert_allclose(vectors[2 * n :], vectors[:n] + 2000, atol=1e-3)
        assert np.array_equal(targets, np.tile(targets[:n], 3))
        assert np.array_equal(groups, np.tile(groups[:n], 3))
        assert set(groups).isdisjoint(record["fold"]["test_speakers"])
        assert record["fold"]["n_test"] == 16
    # The test part and the training score: no copy among them.
    assert {len(vectors) for vectors in method.asked} == {16, 80}
    assert max(np.abs(vectors).max() for vectors in method.asked) < 500


def test_inner_folds_train_on_no_copy_of_what_they_are_tested_on(method):
    run(experiment(augment="speakers:2"))
    for vectors, targets, groups in method.taught:
        recording = np.tile(np.arange(len(vectors) // 3), 3)
        for train, test in inner_folds(targets, groups).splits:
            assert set(groups[train]).isdisjoint(groups[test])
            assert set(recording[train]).isdisjoint(recording[test])


def test_without_speakers_a_recording_and_its_copies_are_a_group(method):
    def read(name, root=None, **options):
        return [
            type(one)(**{**vars(one), "speaker": None}) if one.speaker == "s00" else one
            for one in stand_ins.read(name, root)
        ]

    def nameless(front_end, utterances, **rest):
        known = {one.id: one for one in stand_ins.read("tiny")}
        return extract(front_end, [known[one.id] for one in utterances], **rest)

    given = experiment(augment="speakers:1", protocol="shuffled-kfold")
    run(given, read=read, extract=nameless)
    for vectors, _, groups in method.taught:
        n = len(vectors) // 2
        assert groups.tolist() == [*range(n), *range(n)]


def test_records_name_augment_only_where_there_are_copies(method):
    [plain, *_] = run(experiment())
    assert "augment" not in plain["settings"]
    [off, *_] = run(experiment(augment="none"))
    assert off["key"] == plain["key"]
    [used, *_] = run(experiment(augment="speakers:2"))
    assert used["settings"] == {**plain["settings"], "augment": "speakers:2"}
    assert used["key"] != plain["key"]


def test_the_keys_of_records_without_copies_are_those_of_older_records():
    [first, *_] = run(experiment("ccser-knn"))
    assert first["key"] == OF_NO_COPIES


def test_a_methods_own_copies_are_made_unless_none_is_asked_for(method):
    method.needs.augment = "speakers:3"
    [own, *_] = run(experiment())
    assert own["settings"]["augment"] == "speakers:3"
    [less, *_] = run(experiment(augment="speakers:1"))
    assert less["settings"]["augment"] == "speakers:1"
    [none, *_] = run(experiment(augment="none"))
    assert "augment" not in none["settings"]
    n = own["fold"]["n_train"]
    assert [len(vectors) for vectors, _, _ in method.taught[::6]] == [4 * n, 2 * n, n]


def test_a_copy_that_cannot_be_used_is_as_the_recording(method):
    broken = {"tiny/s01/0-fear-0"}

    def some(front_end, utterances, **rest):
        return extract(front_end, utterances, broken=broken, **rest)

    records = run(experiment(augment="speakers:1"), extract=some)
    assert all(record["left_out"]["n"] == 0 for record in records)
    vectors, _, _ = method.taught[0]
    n = len(vectors) // 2
    same = np.isclose(vectors[n:], vectors[:n]).all(axis=1)
    assert same.sum() == 1
    assert np.isfinite(vectors).all()


def test_copies_of_a_speaker_are_normalised_over_their_own(method):
    run(experiment(augment="speakers:1", normalisation="speaker"))
    vectors, _, _ = method.taught[0]
    n = len(vectors) // 2
    # The copies are shifted alone, which their own mean takes away.
    np.testing.assert_allclose(vectors[n:], vectors[:n], atol=1e-3)
    utterances = stand_ins.read("tiny")
    plain = stand_ins.extract(None, utterances).vectors
    expected = normalised(plain, utterances, how="speaker")
    np.testing.assert_allclose(vectors[:n], expected[-n:], atol=1e-6)


def test_a_wrong_augmentation_is_refused_before_anything_is_read():
    for text, said in (("singers:2", "known: channels, speakers"), ("speakers:none", "1 to 100")):
        with pytest.raises(UsageError, match=said):
            experiment(augment=text)


def test_some_folds_are_an_unfinished_table_that_can_be_finished(tmp_path):
    path = tmp_path / "r.jsonl"
    some = stand_ins.run([experiment("ccser-knn")], path, folds=2)
    assert [record["fold"]["index"] for record in some] == [0, 1]
    assert len(read_records(path)) == 2
    (row,) = summarise(some)
    assert (row.n_folds_done, row.n_folds) == (2, 6)
    assert "unfinished: 2 of 6 folds" in as_markdown([row])
    every = stand_ins.run([experiment("ccser-knn")], path)
    assert every[:2] == some
    assert stand_ins.timeless(every) == stand_ins.timeless(stand_ins.run([experiment("ccser-knn")]))
    # More than there are is all.
    assert stand_ins.run([experiment("ccser-knn")], path, folds=99) == every


def test_the_first_folds_of_each_crossing_are_run():
    crossed = experiment(
        "ccser-knn", corpora=("tiny", "other"), protocol="cross-corpus", options={"mode": "pairs"}
    )
    every = stand_ins.run([crossed])
    some = stand_ins.run([crossed], folds=1)
    first = [record for record in every if record["fold"]["index"] == 0]
    assert [one["key"] for one in some] == [one["key"] for one in first]
    assert len({tuple(one["settings"]["test_corpora"]) for one in some}) == 2


def test_lines_with_and_without_copies_are_told_apart():
    rows = summarise(
        [
            *run(experiment("ccser-knn")),
            *run(experiment("ccser-knn", augment="speakers:2")),
        ]
    )
    assert len(rows) == 2
    assert as_markdown(rows).count("taught with copies speakers:2") == 1
