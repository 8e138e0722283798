"""Every registered protocol is asked the same questions."""

from pathlib import Path

import numpy as np
import pytest

from emovox import registry
from emovox.corpora.utterance import Utterance
from emovox.errors import ProtocolError
from emovox.evaluation.fold import identities
from emovox.evaluation.leaks import leaks
from evaluation.tiny_corpus import EMOTIONS, corpus


def emodb():
    """Names of EmoDB as its rule reads them; no audio is needed."""
    from emovox.evaluation.fold_list import emobox_list

    rule = registry.get("corpus", "emodb")
    names = [entry.utterance for entry in emobox_list("emodb").entries]
    return [
        Utterance(
            id=rule.id_of(name),
            corpus="emodb",
            path=Path(f"{name}.wav"),
            speaker=rule.speaker_of(name),
            sentence=rule.sentence_of(name),
            emotion=EMOTIONS[number % 4],
        )
        for number, name in enumerate(names)
    ]


def utterances_for(name):
    if name == "cross-corpus":
        return corpus("one") + corpus("two", n_speakers=5) + corpus("three", n_speakers=4)
    return emodb() if name == "emobox" else corpus()


@pytest.fixture(params=registry.names("protocol"))
def protocol(request):
    return registry.get("protocol", request.param)


@pytest.fixture
def utterances(protocol):
    return utterances_for(protocol.name)


def named(folds, utterances):
    """Folds as ids, which do not depend on the order of the input."""
    return [
        (fold.name, *(tuple(utterances[i].id for i in part) for part in parts(fold)))
        for fold in folds
    ]


def parts(fold):
    return fold.train, fold.dev, fold.test


def test_a_protocol_says_what_it_is(protocol):
    assert protocol.name in registry.names("protocol")
    assert protocol.separates <= {"speaker", "sentence", "session", "corpus"}
    assert protocol.describes


@pytest.mark.parametrize("dev", [False, True])
def test_no_utterance_is_in_two_parts_of_a_fold(protocol, utterances, dev):
    for fold in protocol.folds(utterances, dev=dev):
        together = [index for part in parts(fold) for index in part]
        assert len(together) == len(set(together))
        assert set(together) <= set(range(len(utterances)))
        assert fold.train
        assert fold.test
        assert bool(fold.dev) == dev


def test_test_parts_cover_each_utterance_once_where_that_is_claimed(protocol, utterances):
    tested = [index for fold in protocol.folds(utterances) for index in fold.test]
    if protocol.partitions:
        assert sorted(tested) == list(range(len(utterances)))
    assert len({fold.name for fold in protocol.folds(utterances)}) == len(
        protocol.folds(utterances)
    )


@pytest.mark.parametrize("dev", [False, True])
def test_what_a_protocol_says_it_separates_is_separated(protocol, utterances, dev):
    for fold in protocol.folds(utterances, dev=dev):
        for kind in protocol.separates:
            names = (
                [one.corpus for one in utterances]
                if kind == "corpus"
                else identities(utterances, kind)
            )
            training = {names[index] for index in (*fold.train, *fold.dev)}
            assert training.isdisjoint(names[index] for index in fold.test)
        found = leaks(fold, utterances)
        for kind in protocol.separates - {"corpus"}:
            assert getattr(found, kind).shared == 0


def test_the_dev_part_shares_no_speaker_with_what_is_trained_on(protocol, utterances):
    for fold in protocol.folds(utterances, dev=True):
        speakers = identities(utterances, "speaker")
        assert {speakers[i] for i in fold.dev}.isdisjoint(speakers[i] for i in fold.train)


def test_the_dev_part_is_taken_from_the_training_part(protocol, utterances):
    without = protocol.folds(utterances)
    for plain, fold in zip(without, protocol.folds(utterances, dev=True), strict=True):
        assert set(plain.train) == {*fold.train, *fold.dev}
        assert plain.test == fold.test


def test_folds_are_the_same_twice_and_in_any_order_of_input(protocol, utterances):
    expected = named(protocol.folds(utterances), utterances)
    assert named(protocol.folds(utterances), utterances) == expected
    shuffled = [
        utterances[i] for i in np.random.default_rng(0).permutation(len(utterances)).tolist()
    ]
    assert named(protocol.folds(shuffled), shuffled) == expected


def test_what_cannot_be_cut_is_one_sentence(protocol):
    alone = [Utterance(id="tiny/a", corpus="tiny", path=Path("a.wav"), emotion="anger")]
    with pytest.raises(ProtocolError) as error:
        protocol.folds(alone)
    assert error.value.code == "protocol-impossible"
    assert error.value.exit_status == 3


def test_equal_ids_are_refused(protocol, utterances):
    with pytest.raises(ProtocolError, match="unique"):
        protocol.folds([*utterances, utterances[0]])


def test_identical_recordings_stay_on_one_side_where_speakers_do(protocol, utterances):
    if "speaker" not in protocol.separates:
        pytest.skip("published folds are kept as they are, identical recordings included")
    hashes = [f"{index}" for index in range(len(utterances))]
    hashes[0] = hashes[-1]
    kept = protocol.folds(utterances, content_hashes=hashes)
    assert all(leaks(fold, utterances, hashes).identical_audio.shared == 0 for fold in kept)
    plain = protocol.folds(utterances)
    assert any(leaks(fold, utterances, hashes).identical_audio.shared for fold in plain)
