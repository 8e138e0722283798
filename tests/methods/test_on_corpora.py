"""The sheets' acceptance on real corpora; the bounds are theirs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, StratifiedKFold

from emovox import registry
from emovox.corpora import read_corpus
from emovox.features import FrontEnd, extract_many
from emovox.methods.teaching import Task, speakers_of

pytestmark = pytest.mark.corpora


def corpus(name, feature, root, *, label_set="own"):
    """Features, emotions and speakers of a corpus; skips where it is not there."""
    if not (root / name).is_dir():
        pytest.skip(f"EMOVOX_CORPORA holds no {name}")
    utterances, y = Task(label_set).targets(read_corpus(name, root / name))
    extracted = extract_many(FrontEnd(feature), utterances)
    assert not extracted.failures
    return extracted.vectors, y, speakers_of(utterances)


def accuracy(method, X, y, speakers, folds):
    """Share of utterances that are right, each tested once."""
    predicted = np.empty_like(y)
    for train, test in folds:
        model = registry.get("method", method)()
        model.fit(X[train], y[train], groups=speakers[train])
        predicted[test] = model.predict(X[test])
    return float(np.mean(predicted == y))


def test_fbank_with_the_polynomial_kernel_on_emodb_and_what_random_folds_add(corpora_root):
    X, y, speakers = corpus("emodb", "kurpukdee-fbank", corpora_root)
    method = "svm-kurpukdee-fbank-poly"
    apart = accuracy(method, X, y, speakers, GroupKFold(10).split(X, y, speakers))
    mixed = StratifiedKFold(10, shuffle=True, random_state=0).split(X, y)
    shared = accuracy(method, X, y, speakers, mixed)
    assert apart >= 0.65
    assert shared > apart + 0.02


@pytest.mark.slow
def test_fbank_with_the_polynomial_kernel_on_ravdess(corpora_root):
    X, y, speakers = corpus("ravdess", "kurpukdee-fbank", corpora_root)
    folds = GroupKFold(6).split(X, y, speakers)
    assert accuracy("svm-kurpukdee-fbank-poly", X, y, speakers, folds) >= 0.35


@pytest.mark.parametrize(
    ("name", "label_set", "n"),
    [
        ("emodb", "AS", 189), ("emodb", "HNS", 212), ("emodb", "ANS", 268), ("emodb", "AHS", 260),
        ("emodb", "AHNS", 339), ("ravdess", "AS", 384), ("ravdess", "HNS", 480),
    ],
)  # fmt: skip
def test_label_sets_hold_the_published_numbers_of_utterances(corpora_root, name, label_set, n):
    if not (corpora_root / name).is_dir():
        pytest.skip(f"EMOVOX_CORPORA holds no {name}")
    utterances, _ = Task(label_set).targets(read_corpus(name, corpora_root / name))
    assert len(utterances) == n


def test_the_stored_forest_crosses_from_emodb_to_ravdess_above_chance(corpora_root):
    X, y, _ = corpus("emodb", "mfcc", corpora_root, label_set="AS")
    X_test, y_test, _ = corpus("ravdess", "mfcc", corpora_root, label_set="AS")
    right = [
        np.mean(registry.get("method", "ccser-rf")(random_state=seed).fit(X, y).predict(X_test)
                == y_test)
        for seed in range(5)
    ]  # fmt: skip
    assert 0.65 <= np.mean(right) <= 0.85
