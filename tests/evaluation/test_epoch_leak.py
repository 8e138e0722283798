"""An epoch that is chosen on the test part is a leak, and is said to be one everywhere."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from emovox import registry
from emovox.errors import ProtocolError
from emovox.evaluation import summarise
from emovox.evaluation.leaks import EPOCH_ON_TEST
from emovox.evaluation.plan import plan
from emovox.report.tables import tables_by_task
from emovox.report.writing import as_json, as_markdown

from . import stand_ins


class Watcher:
    """Stand-in for a network: answers at random, and says whether it chooses on the test part."""

    needs = SimpleNamespace(form="functionals", augment=None, feature_for=lambda corpora: "mfcc")

    def __init__(self, watch=None, epoch="last"):
        self.watch, self.epoch = watch, epoch
        self.looked = []

    def __call__(self, **settings):
        return Watcher(**settings)

    @property
    def chooses_on_test(self):
        return self.watch == "test" and self.epoch == "best"

    def get_params(self, deep=True):
        return {}

    def fit(self, vectors, targets, groups=None, watched=None):
        assert (watched is not None) == (self.watch == "test")
        self.classes_ = np.unique(targets)
        return self

    def predict_proba(self, vectors):
        return np.eye(len(self.classes_))[(1e3 * vectors[:, 0]).astype(int) % len(self.classes_)]


def watcher(**parameters):
    return stand_ins.experiment("watcher", parameters=parameters)


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    known = registry.get
    monkeypatch.setattr(
        registry, "get", lambda kind, name: Watcher() if name == "watcher" else known(kind, name)
    )


def test_records_rows_and_tables_say_that_the_epoch_was_chosen_on_the_test_part():
    records = stand_ins.run([watcher(watch="test", epoch="best")])
    assert all(record["leak"]["epoch"] is True for record in records)
    (row,) = summarise(records)
    assert row.epoch_on_test
    assert EPOCH_ON_TEST in row.notes
    (table,) = tables_by_task([row])
    assert table.lines[0].cells["leak"].endswith(", epoch")
    assert "epoch chosen on the test part: a leak" in table.lines[0].details
    assert "A leak on purpose: the epoch was chosen on the test part." in table.notes
    assert "the epoch was chosen on the test part" in as_markdown([row])
    assert json.loads(as_json([row]))[0]["epoch_on_test"] is True
    (chinese,) = tables_by_task([row], language="zh")
    assert any("训练轮次是在测试部分上挑选的" in note for note in chinese.notes)


def test_looking_at_the_test_part_without_choosing_is_no_leak():
    records = stand_ins.run([watcher(watch="test", epoch="last"), watcher()])
    assert not any("epoch" in record["leak"] for record in records)
    for row in summarise(records):
        assert not row.epoch_on_test
        assert EPOCH_ON_TEST not in row.notes


def test_one_that_chose_on_the_test_part_is_not_what_others_are_judged_by():
    rows = summarise(stand_ins.run([watcher(watch="test", epoch="best"), watcher()]))
    assert [row.is_best for row in rows] == [True, True]
    rows = summarise(
        stand_ins.run(
            [watcher(watch="test", epoch="best"), watcher(), stand_ins.experiment("ccser-knn")]
        )
    )
    assert sum(row.is_best for row in rows) == 2
    (table,) = tables_by_task(rows)
    assert any("an epoch chosen on them" in note for note in table.notes)


def test_strict_refuses_to_choose_on_the_test_part_before_anything_is_fitted(monkeypatch):
    monkeypatch.setattr("emovox.evaluation.runner.run_fold", None)
    with pytest.raises(ProtocolError, match="chooses its epoch on the test part") as error:
        stand_ins.run([watcher(watch="test", epoch="best")], strict=True)
    assert error.value.code == "leak-refused"


def test_strict_lets_the_last_epoch_pass_although_the_test_part_was_looked_at():
    assert len(stand_ins.run([watcher(watch="test", epoch="last")], strict=True)) == 6


def test_a_plan_tells_it_before_anything_runs():
    honest, leaky = plan([watcher(), watcher(watch="test", epoch="best")], read=stand_ins.read)
    assert honest.notes == ()
    assert leaky.notes == (EPOCH_ON_TEST,)
