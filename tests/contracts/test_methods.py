"""What every registered method promises, asked on a small synthetic corpus."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

import network_methods
import numpy as np
import pytest
from network_methods import SEQUENCES, VARIANTS, frames, small, tiny
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from emovox import registry
from emovox.encoders.names import parse
from emovox.errors import UsageError
from emovox.evaluation import summarise
from evaluation import stand_ins
from evaluation.tiny_corpus import corpus as utterances_of

NETWORKS = network_methods.NAMES
CLASSIC = [name for name in registry.names("method") if name not in NETWORKS]
ALIKE = [
    name
    for name in CLASSIC
    if name.startswith("svm-kurpukdee-") and name != "svm-kurpukdee-fbank-poly"
]
"""The same machine on other features or with another kernel: the slow suite asks them."""
METHODS = [
    *(pytest.param(one, marks=pytest.mark.slow) if one in ALIKE else one for one in CLASSIC),
    *(
        pytest.param(
            name,
            marks=[
                pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed"),
                *([pytest.mark.slow] if name in VARIANTS else []),
            ],
        )
        for name in NETWORKS
    ),
]
REGRESSIONS = [name for name in CLASSIC if "regression" in registry.get("method", name).tasks]
EMOTIONS = ("anger", "boredom", "fear", "happiness", "sadness")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Variables are collinear"),
    pytest.mark.filterwarnings("ignore:Using the fractional value max_samples"),
]


def corpus(name: str, *, n_classes: int = 5, n_rows: int = 60):
    """Features, emotions and four speakers; the wide feature set where a method is made for it.

    Of a network an object array of sequences of frames.
    """
    width = 1225 if name == "svm-kurpukdee" else 12
    rng = np.random.default_rng(7)
    y = np.array(EMOTIONS)[np.arange(n_rows) % n_classes]
    centres = 2.0 * rng.normal(size=(n_classes, width))
    X = centres[np.arange(n_rows) % n_classes] + rng.normal(size=(n_rows, width))
    speakers = np.array([f"s{index}" for index in (np.arange(n_rows) // n_classes) % 4])
    X = (10.0 + X).astype(np.float32)
    return frames(name, X) if name in NETWORKS else X, y, speakers


def made(name, **settings):
    """Unfitted estimator; of a network a small one."""
    return tiny(name, **settings) if name in NETWORKS else registry.get("method", name)(**settings)


@pytest.fixture(scope="module", params=METHODS)
def name(request):
    return request.param


@pytest.fixture(params=METHODS[: len(CLASSIC)])
def classic(request):
    return request.param


@pytest.fixture(params=METHODS[len(CLASSIC) :])
def network(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(name):
    X, y, speakers = corpus(name)
    return made(name).fit(X[:45], y[:45], groups=speakers[:45])


def test_probabilities_sum_to_one_and_their_top_is_the_prediction(name, fitted):
    X, y, _ = corpus(name)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (60, 5)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    top = fitted.classes_[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(top, fitted.predict(X))
    assert set(fitted.predict(X)) <= set(y)


def test_it_learns_what_can_be_learned(name, fitted):
    X, y, _ = corpus(name)
    assert np.mean(fitted.predict(X[45:]) == y[45:]) >= 0.5


def test_the_same_seed_gives_the_same_probabilities(name, fitted):
    X, y, speakers = corpus(name)
    again = clone(fitted).fit(X[:45], y[:45], groups=speakers[:45])
    np.testing.assert_array_equal(fitted.predict_proba(X), again.predict_proba(X))


def test_one_utterance_is_predicted_as_among_others(name, fitted):
    X, _, _ = corpus(name)
    alone = np.concatenate([fitted.predict_proba(X[row : row + 1]) for row in range(45, 50)])
    np.testing.assert_allclose(alone, fitted.predict_proba(X[45:50]), atol=1e-6)


def test_two_classes_without_speakers_work_and_training_changes_no_parameter(name):
    X, y, _ = corpus(name, n_classes=2, n_rows=30)
    estimator = made(name)
    before = {key: repr(value) for key, value in estimator.get_params().items()}
    estimator.fit(X, y)
    assert {key: repr(value) for key, value in estimator.get_params().items()} == before
    assert estimator.classes_.tolist() == ["anger", "boredom"]
    probabilities = estimator.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    top = estimator.classes_[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(top, estimator.predict(X))


def test_parameters_can_be_read_set_and_cloned(name):
    estimator = made(name, random_state=5)
    assert estimator.get_params()["random_state"] == 5
    assert estimator.set_params(random_state=2).random_state == 2
    again = clone(estimator)
    assert {key: repr(value) for key, value in again.get_params().items()} == {
        key: repr(value) for key, value in estimator.get_params().items()
    }
    assert again.set_params(**estimator.get_params(deep=False)).random_state == 2
    with pytest.raises(NotFittedError):
        estimator.predict(corpus(name)[0][:1])


def test_a_setting_that_is_not_known_is_refused_with_those_that_are(name):
    with pytest.raises(UsageError, match=r"has no setting 'colour'; known: .*random_state"):
        made(name, colour="red")


def test_one_class_is_refused(name):
    X, y, _ = corpus(name)
    with pytest.raises(ValueError, match=r"one class|1 class|at least two classes"):
        made(name).fit(X, np.full_like(y, "anger"))


def test_a_record_of_it_goes_through_bench(name):
    """The suite's corpus without audio: two folds, whose record says what it costs."""

    def extract(front_end, utterances, **_):
        found = stand_ins.extract(front_end, utterances)
        width = 1225 if name == "svm-kurpukdee" else stand_ins.DIM
        wide = np.tile(found.vectors, 1 + width // stand_ins.DIM)[:, : max(width, 12)]
        assert front_end.form == ("frames" if name in SEQUENCES else "functionals")
        found.vectors = frames(name, wide) if name in NETWORKS else wide
        return found

    few = partial(utterances_of, n_speakers=4, n_sentences=2)
    asked = stand_ins.experiment(
        name,
        protocol="kfold",
        options={"n_folds": 2},
        parameters={**small(name), "epochs": 2} if name in NETWORKS else {},
        features=None,
    )
    records = stand_ins.run([asked], read=lambda corpus, root=None: few(corpus), extract=extract)
    (row,) = summarise(records)
    assert (row.n_folds_done, row.n_test, row.n_left_out) == (2, 32, 0)
    assert row.parameters > 0
    assert row.flops == 2 * row.macs > 0


@pytest.mark.parametrize("name", METHODS[: len(CLASSIC)], indirect=True)
def test_the_scaler_knows_the_training_rows_and_no_others(name, fitted):
    X, _, _ = corpus(name)
    scaler = fitted.pipeline_.named_steps["scaler"]
    columns = fitted.pipeline_.named_steps.get("columns")
    train = X[:45] if columns is None else columns.transform(X[:45])
    np.testing.assert_allclose(scaler.mean_, train.mean(axis=0, dtype=float), rtol=1e-6)
    assert scaler.n_samples_seen_ == 45


def test_it_refuses_nan_in_the_words_of_scikit_learn(classic):
    X, y, _ = corpus(classic)
    X[3, 4] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        made(classic).fit(X, y)


def test_a_network_refuses_what_are_no_sequences_of_one_width(network):
    X, y, _ = corpus(network)
    if network not in SEQUENCES:
        with pytest.raises(UsageError, match=r"vectors of shape \(dim,\)"):
            made(network).fit(np.zeros((60, 4, 12), np.float32), y)
        return
    for wrong in (
        np.zeros((60, 12), np.float32),
        np.zeros((60, 0, 12), np.float32),
        [*X[:59], np.zeros((24, 11), np.float32)],
    ):
        with pytest.raises(UsageError, match=r"shape \(time, dim\)|unequal widths"):
            made(network).fit(wrong, y)
    with pytest.raises(UsageError, match="60 utterances have 59 labels"):
        made(network).fit(X, y[:59])


def test_a_network_of_one_length_refuses_others_and_another_sees_no_padding(network):
    X, y, _ = corpus(network)
    if network not in SEQUENCES:
        return
    mixed = [*X[:59], X[59][:20]]
    if registry.get("method", network).frames is not None:
        with pytest.raises(UsageError, match="utterances of one length"):
            made(network).fit(mixed, y)
    else:
        assert made(network, epochs=1).fit(mixed, y).predict(mixed).shape == (60,)


def test_a_network_holds_training_speakers_out_and_shows_its_epochs(network):
    X, y, speakers = corpus(network)
    told = []
    estimator = made(network, epochs=2, warm_up_epochs=0.0, watch="speakers", epoch="best")
    estimator.fit(X, y, groups=speakers, progress=lambda *one: told.append(one))
    assert [(entry["epoch"], total) for entry, total in told] == [(1, 2), (2, 2)]
    assert all({"ua", "wa", "loss"} <= set(entry["watched"]) for entry, _ in told)
    assert estimator.chosen_["epoch"] in (1, 2)
    assert estimator.inner_split_ == "speaker"


def test_a_network_looks_at_a_test_part_only_where_there_is_one(network):
    X, y, _ = corpus(network)
    for epoch, chooses in (("best", True), ("last", False)):
        estimator = made(network, epochs=1, watch="test", epoch=epoch, patience=None)
        assert estimator.chooses_on_test is chooses
        with pytest.raises(UsageError, match="watch=test needs a test part"):
            estimator.fit(X, y)
        estimator.fit(X[:45], y[:45], watched=(X[45:], y[45:]))
        assert "watched" in estimator.trained_.history[0]
    assert made(network, watch="test", epoch="last", patience=3).chooses_on_test
    assert not made(network, watch="speakers", epoch="best").chooses_on_test


def test_its_cost_is_counted_and_flops_are_twice_the_multiply_adds(fitted):
    cost = fitted.cost()
    assert cost.parameters > 0
    assert cost.macs > 0
    assert cost.flops == 2 * cost.macs


def test_it_needs_features_that_are_registered(name):
    needed = made(name).needs.feature.split("+")
    assert needed == sorted(needed)
    of_encoders = {one for one in needed if "@" in one and parse(one)}
    assert set(needed) - of_encoders <= set(registry.names("feature"))


def test_it_says_what_it_is(name):
    method = registry.get("method", name)
    assert method.name == name
    assert method.title
    assert method.source
    assert method.needs == made(name).needs


@pytest.mark.parametrize("regression", REGRESSIONS)
def test_dimensions_are_predicted_one_or_several(regression):
    X, _, speakers = corpus(regression)
    y = np.stack([X[:, 0], X[:, 1] - X[:, 2]], axis=1) / 10
    estimator = registry.get("method", regression)(task="regression")
    both = clone(estimator).fit(X, y, groups=speakers)
    assert both.predict(X).shape == (60, 2)
    assert both.cost().parameters > 0
    one = clone(estimator).fit(X, y[:, 0], groups=speakers)
    assert one.predict(X).shape == (60,)
    assert np.corrcoef(one.predict(X), y[:, 0])[0, 1] > 0.5
