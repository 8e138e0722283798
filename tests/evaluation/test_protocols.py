"""What single protocols promise beyond the contract."""

from dataclasses import replace
from pathlib import Path

import pytest

from emovox import registry
from emovox.corpora.utterance import Utterance
from emovox.errors import ProtocolError, UsageError
from emovox.evaluation.fold import Fold, select
from emovox.evaluation.fold_list import match
from emovox.evaluation.grouping import Member, balanced_groups
from emovox.evaluation.leaks import leaks
from emovox.evaluation.speaker_groups import committed_groups

from .tiny_corpus import corpus


def folds(name, utterances, **options):
    return registry.get("protocol", name).folds(utterances, **options)


def test_up_to_twelve_speakers_each_is_a_fold():
    found = folds("speaker", corpus(n_speakers=12))
    assert [fold.name for fold in found] == [f"s{number:02}" for number in range(12)]


def test_above_twelve_speakers_there_are_six_groups_balanced_by_gender():
    utterances = corpus(n_speakers=24)
    found = folds("speaker", utterances)
    assert [fold.name for fold in found] == [f"group-{number}" for number in range(1, 7)]
    for fold in found:
        speakers = {(utterances[i].speaker, utterances[i].gender) for i in fold.test}
        assert sorted(gender for _, gender in speakers) == ["female"] * 2 + ["male"] * 2


@pytest.mark.parametrize(
    ("name", "n_speakers", "n_utterances"),
    [("ravdess", 24, 1440), ("crema-d", 91, 7442), ("urdu", 29, 400)],
)
def test_committed_groups_follow_from_the_rule(name, n_speakers, n_utterances):
    import csv
    from importlib import resources

    text = (resources.files("emovox.evaluation") / "groups" / f"{name}.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    members = [Member(row["speaker"], int(row["utterances"]), row["gender"]) for row in rows]
    assert len(members) == n_speakers
    assert sum(member.size for member in members) == n_utterances
    assert balanced_groups(members, 6) == committed_groups(name)


def test_committed_groups_do_not_depend_on_the_label_set():
    speakers = sorted(committed_groups("ravdess"))
    utterances = [
        Utterance(f"ravdess/{s}/{e}", "ravdess", Path("x"), speaker=s, emotion=e)
        for s in speakers
        for e in ("anger", "sadness")
    ]
    part = [one for one in utterances if one.emotion == "anger" or one.speaker > "05"]

    def tested_with(chosen):
        return [{chosen[i].speaker for i in fold.test} for fold in folds("speaker", chosen)]

    assert tested_with(part) == tested_with(utterances)


def test_groups_are_balanced_in_size():
    members = [Member(f"s{size:02}", size) for size in range(1, 31)]
    groups = balanced_groups(members, 6)
    sizes = [sum(m.size for m in members if groups[m.name] == group) for group in range(6)]
    assert max(sizes) - min(sizes) <= 5


def test_the_default_of_random_folds_shares_speakers_and_says_so():
    utterances = corpus()
    for name in ("shuffled-kfold", "stratified-kfold", "random"):
        for fold in folds(name, utterances):
            found = leaks(fold, utterances)
            assert found.speaker.shared == found.speaker.of
            assert found.speaker.test_share == 1.0


def test_stratified_folds_hold_equal_shares_of_each_emotion():
    utterances = corpus(n_speakers=10)
    for fold in folds("stratified-kfold", utterances):
        counts = [sum(utterances[i].emotion == e for i in fold.test) for e in ("anger", "fear")]
        assert counts == [4, 4]


def test_another_seed_gives_other_random_folds():
    utterances = corpus()
    assert folds("shuffled-kfold", utterances) != folds("shuffled-kfold", utterances, seed=1)


def test_a_part_that_training_lacks_is_in_no_part_of_a_block():
    utterances = corpus()
    fold = folds("speaker+sentence", utterances)[0]
    assert len(fold.train) + len(fold.test) < len(utterances)


def test_cross_corpus_has_every_directed_pair():
    utterances = corpus("one") + corpus("two") + corpus("three")
    assert {fold.name for fold in folds("cross-corpus", utterances)} == {
        "one->two", "one->three", "two->one", "two->three", "three->one", "three->two",
    }  # fmt: skip


def test_cross_corpus_leaves_one_corpus_out():
    utterances = corpus("a") + corpus("b") + corpus("c")
    found = folds("cross-corpus", utterances, mode="leave-one-corpus-out")
    assert [fold.name for fold in found] == ["b+c->a", "a+c->b", "a+b->c"]


def test_cross_corpus_trains_and_tests_on_the_corpora_named():
    utterances = corpus("a") + corpus("b") + corpus("c")
    found = folds("cross-corpus", utterances, train=["a", "b"], test=["c"])
    assert [fold.name for fold in found] == ["a+b->c"]
    with pytest.raises(ProtocolError, match="either trains or is tested"):
        folds("cross-corpus", utterances, train=["a"], test=["a"])
    with pytest.raises(UsageError, match="known: a, b, c"):
        folds("cross-corpus", utterances, train=["d"])


def test_pooled_corpora_keep_speakers_apart_and_each_fold_tests_all_corpora():
    utterances = corpus("a", n_speakers=12) + corpus("b", n_speakers=8)
    for fold in folds("cross-corpus", utterances, mode="pooled"):
        assert {utterances[i].corpus for i in fold.test} == {"a", "b"}
        assert leaks(fold, utterances).speaker.shared == 0


def test_speakers_of_two_corpora_with_equal_names_are_two():
    utterances = corpus("a") + corpus("b")
    fold = folds("cross-corpus", utterances)[0]
    assert leaks(fold, utterances).speaker.shared == 0


def test_an_utterance_without_a_speaker_is_named_in_the_error():
    utterances = corpus()
    utterances[3] = replace(utterances[3], speaker=None)
    with pytest.raises(ProtocolError, match=r"1 of 128 have none \(such as tiny/s00"):
        folds("speaker", utterances)


def test_a_label_set_leaves_out_what_it_does_not_name():
    chosen, emotions = select(corpus(), "AS")
    assert emotions == ("anger", "sadness")
    assert {one.emotion for one in chosen} == {"anger", "sadness"}
    with_rest, emotions = select(corpus(), "ASO")
    assert len(with_rest) == len(corpus())
    assert emotions == ("anger", "other", "sadness")


def test_own_of_two_corpora_is_what_both_have():
    without_fear = [one for one in corpus("b") if one.emotion != "fear"]
    chosen, emotions = select(corpus("a") + without_fear)
    assert emotions == ("anger", "neutral", "sadness")
    assert all(one.emotion != "fear" for one in chosen)


def test_utterances_without_agreement_are_left_out():
    utterances = [replace(one, emotion=None) if i < 5 else one for i, one in enumerate(corpus())]
    assert len(select(utterances)[0]) == len(utterances) - 5


def test_one_emotion_is_not_enough():
    with pytest.raises(ProtocolError, match="two emotions are needed"):
        select([one for one in corpus() if one.emotion == "fear"])


def test_leaks_count_the_dev_part_as_training():
    utterances = corpus()
    train = tuple(i for i, one in enumerate(utterances) if one.speaker == "s02")
    dev, test = (0,), (1, 2)
    found = leaks(Fold("x", train, dev, test), utterances)
    assert (found.speaker.shared, found.speaker.of, found.speaker.test_share) == (1, 1, 1.0)


def test_leaks_are_unknown_where_nothing_is_known():
    utterances = [replace(one, speaker=None, session=None) for one in corpus()]
    found = leaks(Fold("x", (0,), (), (1, 20)), utterances)
    assert found.speaker is None
    assert found.session is None
    assert found.identical_audio is None
    assert found.kinds == ("sentence",)


def test_a_name_is_matched_by_its_longest_unique_trailing_part():
    ids = ["casia/a/angry/201", "casia/b/angry/201"]
    assert match(["data/b/angry/201.wav"], ids) == {"data/b/angry/201.wav": 1}
    assert match(["nothing"], ids) == {}
    with pytest.raises(ProtocolError, match="write more of their paths"):
        match(["201"], ids)


def test_a_fold_whose_training_part_is_all_copies_says_so():
    both = [*corpus("a", n_speakers=2), *corpus("b", n_speakers=2)]
    hashes = [one.id.partition("/")[2] for one in both]
    with pytest.raises(ProtocolError, match=r"0 training \(32 are the same recordings"):
        registry.get("protocol", "cross-corpus").folds(both, content_hashes=hashes)
