"""What single corpora promise beyond the contract."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from emovox import registry
from emovox.corpora import CorpusIncomplete
from emovox.corpora.naming import walk
from emovox.errors import CorpusError, UsageError

from .trees import TREES, SmallTree


def read(name: str, root: Path, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CorpusIncomplete)
        return registry.get("corpus", name).read(root, **options)


def touch(root: Path, *names: str) -> Path:
    for name in names:
        SmallTree.touch(root / name)
    return root


@pytest.mark.parametrize(
    ("name", "below"),
    [("emodb", "wav/"), ("crema-d", "AudioWAV/"), ("savee", "AudioData/"), ("emotale", "wav/")],
)
def test_the_folder_of_the_recordings_itself_is_a_root_too(name, below, tmp_path):
    whole = read(name, TREES[name].build(tmp_path))
    inside = read(name, tmp_path / below)
    assert [one.id for one in inside] == [one.id for one in whole]
    assert [one.votes for one in inside] == [one.votes for one in whole]


def test_ravdess_reads_songs_only_when_asked(tmp_path):
    touch(tmp_path, "Actor_03/03-01-03-01-01-01-03.wav", "Actor_03/03-02-03-01-01-01-03.wav")
    assert len(read("ravdess", tmp_path)) == 1
    assert len(read("ravdess", tmp_path, song=True)) == 2


def test_ravdess_leaves_films_and_faces_out(tmp_path):
    touch(
        tmp_path,
        "Actor_03/01-01-03-01-01-01-03.mp4",
        "Actor_03/02-01-03-01-01-01-03.mp4",
        "Actor_03/03-01-03-01-01-01-03.wav",
    )
    assert [one.path.suffix for one in read("ravdess", tmp_path)] == [".wav"]


def test_crema_d_takes_the_majority_of_the_hearers_when_asked(tmp_path):
    TREES["crema-d"].build(tmp_path)
    perceived = {one.speaker: one for one in read("crema-d", tmp_path, label="perceived")}
    assert perceived["1001"].emotion == "anger"
    # Four said neutral and four said sad.
    assert perceived["1002"].emotion is None
    assert perceived["1002"].label == "NEU:SAD"
    # Nobody was asked.
    assert perceived["1091"].emotion is None


def test_crema_d_perceived_without_the_votes_is_an_error(tmp_path):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    with pytest.raises(CorpusError, match=r"tabulatedVotes\.csv"):
        read("crema-d", tmp_path, label="perceived")


def test_crema_d_votes_that_are_no_table_are_an_error_with_their_name(tmp_path):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    table = tmp_path / "processedResults" / "tabulatedVotes.csv"
    table.parent.mkdir()
    table.write_text("a,b\n1,2\n")
    with pytest.raises(CorpusError, match="lacks the column") as caught:
        read("crema-d", tmp_path)
    assert caught.value.code == "table-invalid"
    assert caught.value.name == str(table)


def test_crema_d_short_level_has_the_identity_of_the_official_name(tmp_path):
    touch(tmp_path, "AudioWAV/1040_ITH_SAD_X.wav")
    (one,) = read("crema-d", tmp_path)
    assert one.id == "crema-d/AudioWAV/1040_ITH_SAD_XX"
    assert one.path.stem == "1040_ITH_SAD_X"


@pytest.mark.parametrize("flat", ["ALL/DC_a01.wav", "ALL/DCa01.wav"])
def test_savee_reads_flat_copies(flat, tmp_path):
    touch(tmp_path, flat)
    (one,) = read("savee", tmp_path)
    assert (one.id, one.speaker) == ("savee/AudioData/DC/a01", "DC")


def test_savee_numbers_without_a_speaker_are_not_its_own(tmp_path):
    corpus = registry.get("corpus", "savee")
    assert corpus.speaker_of("a01") is None
    assert corpus.speaker_of("XX/a01") is None
    assert corpus.speaker_of("DC/a16") is None


def test_casia_keeps_equal_names_of_different_folders_apart(tmp_path):
    TREES["casia"].build(tmp_path)
    utterances = read("casia", tmp_path)
    assert len([one for one in utterances if one.path.stem == "201"]) == 3
    assert registry.get("corpus", "casia").speaker_of("angry/201") is None


def test_esd_reads_its_parts_and_its_flat_copies_alike(tmp_path):
    touch(tmp_path / "official", "0011/Angry/train/0011_000401.wav", "0011/0011.txt")
    touch(tmp_path / "flat", "0011/Angry/0011_000401.wav")
    official, flat = (read("esd", tmp_path / name) for name in ("official", "flat"))
    assert [one.id for one in official] == [one.id for one in flat]
    assert official[0].emotion == "anger"


def test_esd_folder_wins_over_the_number(tmp_path):
    touch(tmp_path, "0011/Happy/train/0011_000401.wav")
    assert [one.emotion for one in read("esd", tmp_path)] == ["happiness"]


def test_iemocap_tells_who_speaks_not_who_wears_the_markers():
    corpus = registry.get("corpus", "iemocap")
    assert corpus.speaker_of("Ses01F_impro01_M013") == "Ses01M"
    assert corpus.speaker_of("Ses01M_script01_1b_F013") == "Ses01F"
    assert corpus.speaker_of("Ses05M_script03_2_MXX1") == "Ses05M"


@pytest.mark.parametrize("name", ["iemocap", "msp-improv", "meld"])
def test_recordings_without_the_tables_of_their_labels_are_an_error(name, tmp_path):
    tree = TREES[name]
    SmallTree(tree.recordings).build(tmp_path)
    with pytest.raises(CorpusError, match="which ha") as caught:
        read(name, tmp_path)
    assert caught.value.code == "corpus-missing"


@pytest.mark.parametrize(
    "path",
    ["train/dia0_utt0.wav", "train_dia0_utt0.wav", "MELD.Raw/train_splits/dia0_utt0.mp4"],
)
def test_meld_reads_what_people_extract(path, tmp_path):
    SmallTree({}, TREES["meld"].tables).build(tmp_path)
    touch(tmp_path, path)
    (one,) = read("meld", tmp_path)
    assert (one.id, one.speaker) == ("meld/train_splits/dia0_utt0", "Chandler")


def test_what_an_option_leaves_out_is_not_called_missing(tmp_path):
    TREES["emotale"].build(tmp_path)
    said = {}
    for language in (None, "en"):
        with pytest.warns(CorpusIncomplete) as caught:
            registry.get("corpus", "emotale").read(tmp_path, language=language)
        said[language] = str(caught[0].message)
    assert said["en"] == said[None]


def test_emotale_reads_one_language_when_asked(tmp_path):
    TREES["emotale"].build(tmp_path)
    assert {one.language for one in read("emotale", tmp_path, language="en")} == {"en"}
    with pytest.raises(UsageError, match="option language"):
        read("emotale", tmp_path, language="de")


def test_shemo_words_that_are_no_json_are_an_error(tmp_path):
    TREES["shemo"].build(tmp_path)
    (tmp_path / "shemo.json").write_text("{")
    with pytest.raises(CorpusError, match="is no JSON object"):
        read("shemo", tmp_path)


def test_a_walk_is_sorted_by_bytes_and_counts_side_files(tmp_path):
    touch(tmp_path, "b.wav", "a/z.wav", "B.wav", "é.wav", "._b.wav", "__MACOSX/b.wav", "x.txt")
    tree = walk(tmp_path)
    assert tree.recordings == ("B.wav", "a/z.wav", "b.wav", "é.wav")
    assert tree.others == ("x.txt",)
    assert tree.n_side_files == 2


def test_an_unreadable_branch_costs_one_warning(tmp_path, monkeypatch):
    import os

    touch(tmp_path, "good/a.wav", "locked/b.wav")
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.warns(UserWarning, match="locked: Permission denied"):
        assert walk(tmp_path).recordings == ("good/a.wav",)
