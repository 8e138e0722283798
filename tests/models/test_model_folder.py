"""A model folder is written whole or not at all, and gives back what was written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from emovox.errors import InputError, ModelError, OutputError, SignalError
from emovox.models import find, installed, load, lookup, read, write, writing
from emovox.models.domain import training_statistics, unlikeness
from emovox.models.settings import names_sha256
from models.networks import DIM, LABELS, endless, folder, linear, settings


def test_scores_sum_to_one_and_follow_the_labels(tmp_path):
    model = read(folder(tmp_path / "m"))
    scores = model.scores(np.eye(DIM, dtype=np.float32) * 5)
    assert scores.dtype == np.float64
    assert np.allclose(scores.sum(axis=1), 1.0)
    assert [model.labels[i] for i in scores.argmax(axis=1)] == LABELS


def test_the_temperature_scales_the_softmax(tmp_path):
    model = read(folder(tmp_path / "m", scores={"kind": "softmax", "temperature": 2.0}))
    logits = np.array([[1.0, 2.0, 3.0]])
    expected = np.exp(logits / 2) / np.exp(logits / 2).sum()
    assert np.allclose(model.scores(logits), expected, rtol=0, atol=1e-15)


def test_values_of_a_regression_are_handed_on_as_they_are(tmp_path):
    scores = {"kind": "values", "temperature": 1.0}
    labels = ["arousal", "valence", "dominance"]
    model = read(folder(tmp_path / "m", task="regression", labels=labels, scores=scores))
    assert model.scores([1.0, -2.0, 30.0]).tolist() == [[1.0, -2.0, 30.0]]


def test_no_rows_give_no_scores(tmp_path):
    assert read(folder(tmp_path / "m")).scores(np.zeros((0, DIM))).shape == (0, 3)


def test_many_rows_are_run_in_parts_with_the_same_result(tmp_path):
    rows = np.random.default_rng(0).standard_normal((10, DIM))
    whole = read(folder(tmp_path / "a")).scores(rows)
    parts = read(folder(tmp_path / "b", input={"dim": DIM, "rows_at_once": 3})).scores(rows)
    assert np.array_equal(whole, parts)


@pytest.mark.parametrize("rows", [np.zeros(DIM + 1), np.zeros((2, 2, DIM))])
def test_vectors_of_another_shape_do_not_fit(tmp_path, rows):
    with pytest.raises(ModelError, match="takes vectors of 3 numbers") as caught:
        read(folder(tmp_path / "m")).scores(rows)
    assert caught.value.code == "model-misfit"


def test_features_that_are_not_finite_are_an_error_of_the_recording(tmp_path):
    with pytest.raises(SignalError) as caught:
        read(folder(tmp_path / "m")).scores([np.nan, 0.0, 0.0])
    assert caught.value.code == "not-finite"


def test_a_vector_far_from_the_training_data_is_out_of_domain(tmp_path):
    rows = np.random.default_rng(0).standard_normal((400, DIM)) * 3 + 50
    model = read(folder(tmp_path / "m", out_of_domain=training_statistics(rows)))
    assert (model.out_of_domain(rows) > 1).mean() <= 0.005
    assert model.out_of_domain([50.0, 50.0, 90.0])[0] > 1


def correlated(rng: np.random.Generator, n: int) -> np.ndarray:
    """Rows whose forty dimensions are five numbers, seen from different sides, and some noise."""
    return rng.normal(size=(n, 5)) @ MIXING + 0.3 * rng.normal(size=(n, 40))


MIXING = np.random.default_rng(1).normal(size=(5, 40))


def test_what_never_goes_together_in_training_is_out_of_domain():
    rng = np.random.default_rng(7)
    rows = correlated(rng, 800)
    domain = training_statistics(rows)
    fresh, shuffled = correlated(rng, 500), rng.permuted(correlated(rng, 500), axis=0)
    assert (unlikeness(fresh, domain) > 1).mean() < 0.03
    assert (unlikeness(shuffled, domain) > 1).mean() > 0.9
    # Each dimension by itself is as usual: the distance over all dimensions cannot tell.
    plain = {key: value for key, value in domain.items() if key != "directions"}
    assert (unlikeness(shuffled, plain) > 1).mean() < 0.03


def test_few_or_equal_rows_have_no_directions(tmp_path):
    rng = np.random.default_rng(7)
    assert "directions" not in training_statistics(rng.normal(size=(40, 3)))
    assert "directions" not in training_statistics(np.full((300, 3), 2.5))
    equal = training_statistics(np.full((300, 3), 2.5))
    assert read(folder(tmp_path / "m", out_of_domain=equal)).out_of_domain([2.5, 2.5, 9.0])[0] < 1


def test_directions_are_the_same_in_a_folder_whichever_is_wider(tmp_path):
    rows = np.random.default_rng(3).normal(size=(400, 3)) @ [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    domain = training_statistics(rows)
    model = read(folder(tmp_path / "m", out_of_domain=domain))
    assert np.array_equal(model.out_of_domain(rows), unlikeness(rows, domain))
    assert (model.out_of_domain(rows) > 1).mean() <= 0.01  # two distances, each of 99.5 %
    wide = training_statistics(np.random.default_rng(3).normal(size=(200, 50)))
    assert len(wide["directions"]["mean"]) == 32


def test_a_constant_dimension_does_not_make_everything_out_of_domain(tmp_path):
    rows = np.random.default_rng(0).standard_normal((400, DIM))
    rows[:, 1] = 7.0
    model = read(folder(tmp_path / "m", out_of_domain=training_statistics(rows)))
    assert model.out_of_domain([0.0, 7.1, 0.0])[0] < 1


def test_other_feature_names_are_noticed(tmp_path):
    names = ["a", "b", "c"]
    declared = {"dim": DIM, "names_sha256": names_sha256(names)}
    model = read(folder(tmp_path / "m", input=declared))
    model.check_names(names)
    for others in (["a", "c", "b"], ["a", "b"]):
        with pytest.raises(ModelError, match="other names or order"):
            model.check_names(others)


def test_an_existing_folder_is_replaced_only_when_asked(tmp_path):
    place = folder(tmp_path / "m")
    before = read(place).sha256
    with pytest.raises(OutputError, match="exists already"):
        folder(place, name="other")
    assert read(place).sha256 == before
    write(place, network=linear(), settings=settings(name="other"), card="", force=True)
    assert read(place).name == "other"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_what_is_no_model_folder_is_never_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    with pytest.raises(OutputError, match="is no model folder"):
        write(tmp_path / "thesis", network=linear(), settings=settings(), card="", force=True)
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"


def test_a_model_that_could_not_be_read_is_not_written(tmp_path):
    with pytest.raises(ModelError, match="3 labels are declared"):
        write(tmp_path / "m", network=linear(np.eye(DIM, 2)), settings=settings(), card="")
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, sys
sys.path[:0] = [{tests!r}]
from models.networks import linear, settings
from emovox.models import writing
steps = [0]
def counted(real):
    def call(*arguments, **named):
        for moment in (lambda: None, lambda: real(*arguments, **named)):
            done = moment()
            steps[0] += 1
            if steps[0] == {kill_at}:
                os._exit(9)
        return done
    return call
os.fsync, os.rename = counted(os.fsync), counted(os.rename)
writing.exchange = counted(writing.exchange)
writing.write({target!r}, network=linear(), settings=settings(name="new"), card="", force=True)
"""


def killed(target: Path, kill_at: int) -> int:
    """Exit status of a writer that dies before or after one of its flushes and renames."""
    tests = str(Path(__file__).parents[1])
    code = KILLED.format(tests=tests, target=str(target), kill_at=kill_at)
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="counts the flushes of folders too")
@pytest.mark.parametrize("kill_at", range(1, 13))
@pytest.mark.parametrize("replaces", [False, True])
def test_a_killed_writer_leaves_the_old_folder_or_the_new(tmp_path, kill_at, replaces):
    target = tmp_path / "m"
    if replaces:
        folder(target)
    assert killed(target, kill_at) == 9
    if replaces or target.exists():
        assert read(target).name in ("tiny", "new")


@pytest.mark.skipif(os.name != "posix", reason="counts the flushes of folders too")
def test_a_writer_killed_between_files_leaves_no_half_folder(tmp_path):
    assert killed(tmp_path / "m", 3) == 9
    left = [path.name for path in tmp_path.iterdir()]
    assert len(left) == 1
    assert left[0].startswith(".m.")
    old = time.time() - 2 * 24 * 3600
    os.utime(tmp_path / left[0], (old, old))
    assert read(folder(tmp_path / "m")).name == "tiny"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_folder_is_replaced_where_places_cannot_be_exchanged_too(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "exchange", lambda one, other: False)
    place = folder(tmp_path / "m")
    write(place, network=linear(), settings=settings(name="new"), card="", force=True)
    assert read(place).name == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_failed_write_leaves_the_old_folder(tmp_path, monkeypatch):
    place = folder(tmp_path / "m")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError) as caught:
        write(place, network=linear(), settings=settings(name="new"), card="", force=True)
    assert caught.value.code == "disk-full"
    assert read(place).name == "tiny"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_name_finds_the_users_own_models_and_a_folder_is_taken_as_it_is(tmp_path, monkeypatch):
    place = folder(tmp_path / "mine")
    monkeypatch.setenv("EMOVOX_MODELS", str(tmp_path))
    assert find("mine") == place
    assert "mine" in installed()
    assert find(place) == place
    assert load(place).name == "tiny"


def test_a_name_that_no_model_has_lists_those_that_are_known(tmp_path, monkeypatch):
    monkeypatch.setattr(lookup, "SHIPPED", tmp_path)
    folder(tmp_path / "first")
    for wanted in ("secnd", "a\0b", str(tmp_path)):
        with pytest.raises(ModelError, match="known: first") as caught:
            find(wanted)
        assert caught.value.code == "model-missing"


def test_a_run_that_takes_too_long_is_stopped(tmp_path):
    model = read(folder(tmp_path / "m", network=endless(DIM)))
    model.runtime.timeout_s = 0.2
    model.runtime.rows_at_once = 1 << 20
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        model.scores(np.zeros((400_000, DIM)))
    assert caught.value.code == "too-slow"
    assert time.monotonic() - start < 3.0


def test_model_json_is_readable_by_people_and_holds_the_hashes(tmp_path):
    place = folder(tmp_path / "m")
    document = json.loads((place / "model.json").read_text(encoding="utf-8"))
    assert list(document)[:2] == ["format", "name"]
    assert set(document["files"]) == {"network.onnx", "README.md"}
    assert len((place / "model.json").read_text(encoding="utf-8").splitlines()) == len(document) + 2


def test_the_runtime_reports_to_nobody_and_leaves_nothing_in_the_users_folder(tmp_path):
    model, home = folder(tmp_path / "m"), tmp_path / "home"
    home.mkdir()
    program = (
        "import sys, time; from emovox.models import read; read(sys.argv[1]); "
        "time.sleep(0.3)  # it writes from a thread of its own"
    )
    # Set in continuous integration, it keeps the runtime quiet by itself.
    quiet = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in quiet}
    subprocess.run(
        [sys.executable, "-c", program, str(model)],
        env={**environment, "HOME": str(home)},
        check=True,
        timeout=60,
    )
    assert list(home.rglob("*")) == []
