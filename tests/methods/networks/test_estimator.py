"""The classifier of all networks: its search, its temperature, what it writes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from emovox.engine.export import exported
from emovox.errors import UsageError
from emovox.methods.classic.folds import inner_folds
from emovox.methods.classic.scores import fit_temperature
from emovox.methods.copied import with_copies
from emovox.methods.networks import inner_training
from emovox.methods.networks.systems import LIGHT, LSTM
from emovox.models import int8

SMALL = {"hidden": 4, "epochs": 3, "learning_rate": 0.02, "batch_size": 16}
WINDOWED = replace(LSTM, windows={"frames": 6, "hop": 3, "pad": "tile"})


@pytest.fixture
def vectors():
    """Sixty vectors of three classes that overlap, by six speakers."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    made = rng.normal(size=(60, 6)).astype(np.float32)
    made[np.arange(60), labels] += 1.5
    return made, np.array(["anger", "fear", "joy"])[labels], np.arange(60) // 10


def sequences(rows, *, longest=20):
    """Frames of unequal lengths that hold a vector, and noise."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(3, longest, size=len(rows))
    noisy = [row + rng.normal(size=(n, len(row))) for row, n in zip(rows, lengths, strict=True)]
    return [frames.astype(np.float32) for frames in noisy]


def light(**settings):
    return LIGHT(**{**SMALL, **settings})


def likelihood(estimator, X, y):
    found = estimator.predict_proba(X)
    places = np.searchsorted(estimator.classes_, y)
    return float(-np.log(found[np.arange(len(y)), places]).mean())


def test_chosen_settings_of_every_kind_make_the_final_training(vectors, monkeypatch):
    X, y, speakers = vectors
    found = {
        "watch": "speakers", "epoch": "best", "criterion": "wa", "ties": "last",
        "balance": "undersample", "mixup": None, "epochs": 4, "hidden": 5,
    }  # fmt: skip
    uneven = np.flatnonzero((y != "joy") | (np.arange(60) > 30))
    grid = {name: [value] for name, value in found.items()}
    chosen = light(search="exhaustive", grid=grid).fit(X[uneven], y[uneven], speakers[uneven])
    plain = light(**found).fit(X[uneven], y[uneven], speakers[uneven])
    assert chosen.chosen_ == {**found, "epoch": plain.chosen_["epoch"]}
    assert chosen.trained_.history[-1]["epoch"] == 4
    assert "watched" in chosen.trained_.history[0]
    np.testing.assert_array_equal(chosen.predict_proba(X), plain.predict_proba(X))
    assert chosen.temperature_ == plain.temperature_ != 1.0
    other = light().fit(X[uneven], y[uneven], speakers[uneven])
    assert not np.array_equal(other.predict_proba(X), plain.predict_proba(X))


def test_the_setting_of_the_best_mean_recall_is_taken(vectors):
    X, y, speakers = vectors
    grid = {"learning_rate": [1e-9, 0.05], "mixup": [None]}
    chosen = light(search="exhaustive", grid=grid, epochs=8).fit(X, y, speakers)
    assert chosen.chosen_ == {"learning_rate": 0.05, "mixup": None}
    assert [len(one["scores"]) for one in chosen.search_results_] == [3, 3]
    assert chosen.get_params()["recipe"].learning_rate == SMALL["learning_rate"]


def test_inner_folds_of_a_search_do_not_see_the_test_part(vectors, monkeypatch):
    X, y, speakers = vectors
    seen = []
    known = inner_training._fit

    def spied(estimator, *rest):
        seen.append((estimator.watch, estimator.epoch))
        return known(estimator, *rest)

    monkeypatch.setattr(inner_training, "_fit", spied)
    test = (X[:10], y[:10])
    made = light(
        search="exhaustive", grid={"hidden": [3, 4]}, watch="test", epoch="best",
        calibrate="speakers",
    )  # fmt: skip
    made.fit(X[10:], y[10:], speakers[10:], watched=test)
    assert seen == [(None, "last")] * (2 * 3 + 3)
    assert made.chooses_on_test
    assert "watched" in made.trained_.history[0]
    other = (X[:10], np.roll(y[:10], 1))
    again = light(**{key: made.get_params()[key] for key in ("search", "grid", "watch", "epoch")})
    again.set_params(calibrate="speakers").fit(X[10:], y[10:], speakers[10:], watched=other)
    assert again.search_results_ == made.search_results_
    assert again.temperature_ == made.temperature_


@pytest.mark.parametrize(
    ("settings", "grid", "said"),
    [
        ({}, {}, "light has no grid to search; give one"),
        ({}, {"watch": [None, "test"]}, "watch=test: inner folds do not see the test part"),
        ({"watch": "test"}, {"epoch": ["last", "best"]}, "'epoch' and watch=test"),
        ({"watch": "test"}, {"patience": [3]}, "'patience' and watch=test"),
        ({}, {"search": [None]}, "has 'search', which is not searched"),
    ],
)
def test_what_no_search_may_choose_is_refused(vectors, settings, grid, said):
    X, y, speakers = vectors
    made = light(search="exhaustive", grid=grid, **settings)
    with pytest.raises(UsageError, match=said):
        made.fit(X, y, speakers, watched=(X, y))


def test_a_temperature_over_windows_is_fitted_as_it_is_applied(vectors):
    X, y, speakers = vectors
    frames = sequences(X)
    made = WINDOWED(**{**SMALL, "epochs": 30, "watch": "speakers"}).fit(frames, y, speakers)
    held = inner_folds(np.searchsorted(made.classes_, y), speakers, n_folds=5).splits[0][1]
    told = [frames[row] for row in held]
    fitted, best = made.temperature_, likelihood(made, told, y[held])
    assert fitted != pytest.approx(1.0)
    for factor in (0.8, 0.99, 1.01, 1.25):
        made.temperature_ = fitted * factor
        assert likelihood(made, told, y[held]) > best


def test_windows_that_disagree_are_not_taken_for_one_unsure_answer():
    rng = np.random.default_rng(0)
    truth, rows = np.arange(40) % 2, np.repeat(np.arange(40), 2)
    logits = 4 * rng.normal(size=(80, 2))
    logits[np.arange(80), truth[rows]] += 3

    def loss(temperature):
        raised = np.exp(logits / temperature)
        each = raised / raised.sum(axis=1, keepdims=True)
        mean = (each[0::2] + each[1::2]) / 2
        return -np.log(mean[np.arange(40), truth]).mean()

    found = fit_temperature(logits, truth, rows=rows)
    grid = np.exp(np.linspace(-3, 3, 4001))
    assert found == pytest.approx(grid[np.argmin([loss(one) for one in grid])], rel=2e-3)
    mean = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    of_means = fit_temperature(np.log((mean[0::2] + mean[1::2]) / 2), truth)
    assert found != pytest.approx(of_means, rel=0.05)


def test_one_window_each_has_the_temperature_of_no_windows():
    rng = np.random.default_rng(0)
    scores, truth = 3 * rng.normal(size=(40, 3)), np.arange(40) % 3
    order = rng.permutation(40)
    whole = fit_temperature(scores, truth)
    assert fit_temperature(scores[order], truth, rows=order) == whole
    # The mean of equal windows is one of them.
    twice = fit_temperature(np.repeat(scores, 2, axis=0), truth, rows=np.repeat(np.arange(40), 2))
    assert twice == pytest.approx(whole, rel=1e-4)


def test_calibration_on_inner_folds_costs_the_network_no_speaker(vectors):
    X, y, speakers = vectors
    plain = light().fit(X, y, speakers)
    made = light(calibrate="speakers").fit(X, y, speakers)
    assert plain.temperature_ == 1.0 != made.temperature_
    assert made.inner_split_ == "speaker"
    for name, weights in plain.network_.state_dict().items():
        assert np.array_equal(made.network_.state_dict()[name], weights), name
    np.testing.assert_array_equal(plain.predict(X), made.predict(X))


def test_the_temperature_is_that_of_networks_which_did_not_hear_the_speakers(vectors):
    X, y, speakers = vectors
    made = light(calibrate="speakers", epochs=12).fit(X, y, speakers)
    scores, truth = [], []
    encoded = np.searchsorted(made.classes_, y)
    for kept, held in inner_folds(encoded, speakers, n_folds=3).splits:
        assert set(speakers[kept]).isdisjoint(speakers[held])
        one = light(epochs=12).fit(X[kept], encoded[kept], speakers[kept])
        scores.append(np.log(one.predict_proba(X[held])))
        truth.append(encoded[held])
    expected = fit_temperature(np.concatenate(scores), np.concatenate(truth))
    assert 0.01 < expected < 100
    assert made.temperature_ == pytest.approx(expected, rel=1e-4)


def test_copies_are_calibrated_on_with_their_speakers(vectors, monkeypatch):
    X, y, speakers = vectors
    cut = []
    known = inner_training._fit

    def spied(estimator, arrays, encoded, groups, rows):
        cut.append((set(groups[rows]), len(rows)))
        return known(estimator, arrays, encoded, groups, rows)

    monkeypatch.setattr(inner_training, "_fit", spied)
    noise = np.random.default_rng(2).normal(size=X.shape).astype(np.float32)
    light(calibrate="speakers").fit(*with_copies(X, y, speakers, [X + noise]))
    # Six speakers with twenty rows each: a speaker's copies are where its recordings are.
    assert len(cut) == 3
    assert all(n == 20 * len(kept) for kept, n in cut)


def test_calibration_needs_enough_utterances_and_a_known_name(vectors):
    X, y, _ = vectors
    with pytest.raises(UsageError, match="set calibrate=none"):
        light(calibrate="speakers").fit(X[:2], y[:2])
    with pytest.raises(UsageError, match="calibrate is 'test'; known: none, speakers"):
        light(calibrate="test").fit(X, y)


def test_a_class_that_one_speaker_alone_has_is_no_obstacle_to_calibration(vectors):
    X, y, speakers = vectors
    rare = y.copy()
    rare[y == "joy"] = "fear"
    rare[speakers == 0] = "joy"
    made = light(calibrate="speakers", epochs=12).fit(X, rare, speakers)
    scores, truth = [], []
    encoded = np.searchsorted(made.classes_, rare)
    for kept, held in inner_folds(encoded, speakers, n_folds=3).splits:
        one = light(epochs=12).fit(X[kept], encoded[kept], speakers[kept])
        told = held[np.isin(encoded[held], one.classes_)]
        logits = np.full((len(told), 3), -np.inf)
        logits[:, one.classes_] = np.log(one.predict_proba(X[told]))
        scores.append(logits)
        truth.append(encoded[told])
    assert sum(map(len, truth)) == 50
    expected = fit_temperature(np.concatenate(scores), np.concatenate(truth))
    assert 0.01 < expected < 100
    assert made.temperature_ == pytest.approx(expected, rel=1e-4)


def test_calibrated_folds_are_kept_with_the_training_and_not_trained_again(vectors, tmp_path):
    X, y, speakers = vectors
    first = light(calibrate="speakers", checkpoint=str(tmp_path)).fit(X, y, speakers)
    assert len(list(tmp_path.iterdir())) == 1 + 3
    plain = light(checkpoint=str(tmp_path)).fit(X, y, speakers)
    assert len(list(tmp_path.iterdir())) == 1 + 3
    again = light(calibrate="speakers", checkpoint=str(tmp_path), half=True).fit(X, y, speakers)
    assert len(list(tmp_path.iterdir())) == 1 + 3
    assert again.temperature_ == first.temperature_ != plain.temperature_


def test_half_stores_weights_in_16_bits_with_the_same_answers(vectors):
    X, y, speakers = vectors
    made = light(hidden=16).fit(X, y, speakers)
    single = made.to_network(X)
    half = made.set_params(half=True).to_network(X)
    assert (single.stored, half.stored) == ("single", "half")
    assert b"_half" in half.onnx
    assert b"_half" not in single.onnx
    assert len(half.onnx) < len(single.onnx)
    assert half.notes["agreement"] >= int8.LEAST_AGREEMENT
    assert half.difference < 1e-2


@pytest.mark.parametrize("half", [False, True])
def test_half_is_asked_for_of_networks_over_sequences_too(vectors, monkeypatch, half):
    X, y, speakers = vectors
    asked = []
    monkeypatch.setattr(
        "emovox.methods.networks.estimator.exported", lambda *given, **told: asked.append(told)
    )
    LSTM(**SMALL, half=half).fit(sequences(X), y, speakers).to_network(sequences(X))
    assert [told["half"] for told in asked] == [half]


def test_a_network_over_vectors_stays_whole_where_16_bits_change_its_answers(vectors, monkeypatch):
    X, y, speakers = vectors
    made = light().fit(X, y, speakers)
    monkeypatch.setattr("emovox.engine.export.LEAST_AGREEMENT", 1.01)
    found = exported(made.network_, X, labels=["a", "b", "c"], given=made.input_, half=True)
    assert (found.stored, found.notes) == ("single", {})


def test_a_network_over_vectors_refuses_sequences(vectors):
    X, y, _ = vectors
    with pytest.raises(UsageError, match="light takes vectors of shape"):
        light().fit(sequences(X), y)
