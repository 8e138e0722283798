"""What every registered corpus promises."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from corpora.trees import TREES, SmallTree
from emovox import registry
from emovox.corpora import Corpus, CorpusIncomplete, read_corpus
from emovox.corpora.naming import walk
from emovox.errors import CorpusError, UsageError
from emovox.labels import EMOTIONS

CORPORA = registry.names("corpus")
DESIGNED = [name for name in CORPORA if registry.get("corpus", name).design is not None]
ENDINGS = [".flac", ".opus", ".MP3", ".mp4", ".webm"]


@pytest.fixture(params=CORPORA)
def name(request) -> str:
    return request.param


@pytest.fixture
def corpus(name) -> Corpus:
    return registry.get("corpus", name)


@pytest.fixture
def tree(name) -> SmallTree:
    assert name in TREES, f"tests/corpora/trees.py has no tree for {name}"
    return TREES[name]


def read(corpus: Corpus, root: Path, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CorpusIncomplete)
        return corpus.read(root, **options)


def test_card_is_complete(corpus, name):
    card = corpus.card
    assert card.name == name
    for text in (
        card.title, card.licence, card.licence_source, card.sharing_reason, card.citation,
        card.naming, card.rule_source, card.speaker_rule, card.protocol,
    ):  # fmt: skip
        assert text.strip() == text
        assert text
    assert card.url.startswith("http")
    assert card.languages
    assert card.n_utterances > 0
    assert card.n_speakers > 0
    assert card.models_may_be_shared in (True, False, None)
    assert card.known_defects
    assert set(card.emotions) <= set(EMOTIONS)
    assert sum(card.emotions.values()) <= card.n_utterances
    if card.speakers:
        assert len(card.speakers) == card.n_speakers
        assert sum(card.speakers.values()) == card.n_utterances
    json.dumps(card.as_dict(), allow_nan=False)


def test_example_on_the_card_is_a_name_of_the_corpus(corpus):
    card = corpus.card
    assert corpus.id_of(card.example) == f"{card.name}/{card.example}"


def test_reads_what_the_naming_rules_say(corpus, tree, tmp_path):
    utterances = {one.id: one for one in read(corpus, tree.build(tmp_path))}
    assert set(utterances) == {f"{corpus.card.name}/{name}" for name in tree.recordings}
    for name, expected in tree.recordings.items():
        one = utterances[f"{corpus.card.name}/{name}"]
        assert one.path == tmp_path / f"{name}.wav"
        assert {part: getattr(one, part) for part in expected} == expected


def test_every_utterance_is_well_formed(corpus, tree, tmp_path):
    utterances = read(corpus, tree.build(tmp_path))
    assert [one.id for one in utterances] == sorted({one.id for one in utterances})
    for one in utterances:
        assert one.corpus == corpus.card.name
        assert one.id.startswith(f"{corpus.card.name}/")
        assert one.emotion is None or one.emotion in EMOTIONS
        assert one.emotion is None or one.label
        assert one.speaker
        assert one.gender in ("female", "male", None)
        assert one.language in corpus.card.languages
        assert set(one.dimensions) <= {"arousal", "valence", "dominance"}
        assert all(0.0 <= value <= 1.0 for value in one.dimensions.values())
        assert set(one.votes) <= set(EMOTIONS)


@pytest.mark.parametrize("ending", ENDINGS)
def test_takes_any_audio_ending(corpus, tree, tmp_path, ending):
    plain = read(corpus, tree.build(tmp_path / "plain"))
    other = read(corpus, tree.build(tmp_path / "other", ending=ending))
    assert [one.id for one in other] == [one.id for one in plain]
    assert [one.emotion for one in other] == [one.emotion for one in plain]


def test_a_recording_in_two_formats_comes_once_from_the_lossless_one(corpus, tree, tmp_path):
    tree.build(tmp_path, ending=".flac")
    tree.build(tmp_path, ending=".mp3")
    utterances = read(corpus, tmp_path)
    assert len(utterances) == len(tree.recordings)
    assert {one.path.suffix for one in utterances} == {".flac"}


def test_a_copy_inside_the_copy_counts_once(corpus, tree, tmp_path):
    tree.build(tmp_path)
    tree.build(tmp_path / "again" / "inside")
    utterances = read(corpus, tmp_path)
    assert [one.path for one in utterances] == sorted(
        tmp_path / f"{name}.wav" for name in tree.recordings
    )


def test_finds_its_recordings_from_the_folder_above(corpus, tree, tmp_path):
    direct = read(corpus, tree.build(tmp_path / "archive" / "release"))
    above = read(corpus, tmp_path)
    assert above == direct


def test_side_files_and_others_are_ignored(corpus, tree, tmp_path):
    plain = read(corpus, tree.build(tmp_path))
    first = next(iter(tree.recordings))
    folder = (tmp_path / first).parent
    for path in (
        folder / f"._{Path(first).name}.wav",
        folder / ".DS_Store",
        tmp_path / "__MACOSX" / f"{first}.wav",
        folder / "notes.txt",
        folder / "a recording of something else.wav",
        tmp_path / "thumbnail.png",
    ):
        tree.touch(path)
    assert read(corpus, tmp_path) == plain


def test_links_to_folders_are_not_followed(corpus, tree, tmp_path):
    plain = read(corpus, tree.build(tmp_path))
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert read(corpus, tmp_path) == plain


def test_names_tell_the_same_speaker_and_sentence_as_reading(corpus, tree, tmp_path):
    for one in read(corpus, tree.build(tmp_path)):
        for name in (one.id, one.id.partition("/")[2], f"{one.id.partition('/')[2]}.wav"):
            expected = one.speaker if tree.names_tell_the_speaker else None
            assert corpus.speaker_of(name) == expected
            assert corpus.sentence_of(name) == one.sentence
            assert corpus.id_of(name) == one.id


def test_foreign_names_have_no_speaker(corpus):
    for name in ("", "speech", "a/b/c", "12345", "noise/rain/1-17367-A.wav"):
        assert corpus.speaker_of(name) is None


def test_names_of_one_corpus_are_not_those_of_another(name, tree):
    for other in CORPORA:
        if other != name:
            foreign = registry.get("corpus", other)
            assert [one for one in tree.recordings if foreign.id_of(one)] == []


def test_missing_folder_is_said(corpus, tmp_path):
    with pytest.raises(CorpusError, match="does not exist") as caught:
        corpus.read(tmp_path / "nowhere")
    assert caught.value.code == "corpus-missing"
    assert str(tmp_path / "nowhere") in str(caught.value)


def test_empty_folder_is_said_with_where_to_get_the_corpus(corpus, tmp_path):
    with pytest.raises(CorpusError, match="holds no recording") as caught:
        corpus.read(tmp_path)
    assert caught.value.code == "corpus-missing"
    assert corpus.card.url in str(caught.value)


def test_no_root_at_all_is_said_with_what_to_set(name, monkeypatch):
    monkeypatch.delenv("EMOVOX_CORPORA", raising=False)
    with pytest.raises(CorpusError, match="set EMOVOX_CORPORA") as caught:
        read_corpus(name)
    assert caught.value.code == "corpus-missing"


def test_reads_below_the_environments_folder(name, tree, tmp_path, monkeypatch):
    tree.build(tmp_path / name)
    monkeypatch.setenv("EMOVOX_CORPORA", str(tmp_path))
    with pytest.warns(CorpusIncomplete, match="corpus-incomplete"):
        assert len(read_corpus(name)) == len(tree.recordings)


def test_unknown_options_are_refused(corpus, tree, tmp_path):
    tree.build(tmp_path)
    with pytest.raises(UsageError, match="has no option 'nosuch'"):
        corpus.read(tmp_path, nosuch=True)
    for option in corpus.options:
        with pytest.raises(UsageError, match=f"option {option}"):
            corpus.read(tmp_path, **{option: "nosuch"})


@pytest.mark.parametrize("name", DESIGNED, indirect=True)
def test_designed_names_are_names_of_the_corpus(corpus, tree, tmp_path):
    names = list(corpus.design(walk(tree.build(tmp_path))))
    assert len(set(names)) == len(names)
    assert set(names) & set(tree.recordings)
    for designed in names[:200]:
        assert corpus.id_of(designed) == f"{corpus.card.name}/{designed}"
