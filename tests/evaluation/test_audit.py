"""A reviewer checks anybody's folds in one line, without audio."""

import json
from importlib import resources

import pytest

from emovox.cli.main import status
from emovox.errors import CorpusError
from emovox.evaluation.audit import audit
from emovox.evaluation.fold_list import read_names
from emovox.evaluation.leaks import Shared


def emobox(name):
    return str(resources.files("emovox.evaluation") / "emobox" / f"{name}.csv")


def written(tmp_path, text, name="folds.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("corpus", "n_folds", "speakers"),
    [
        ("ravdess", 6, ["0 of 4"] * 6),
        ("emodb", 5, ["10 of 10"] * 5),
        ("emovo", 6, ["0 of 1"] * 6),
        ("savee", 4, ["0 of 1"] * 4),
        ("crema-d", 1, ["91 of 91"]),
        ("urdu", 1, ["18 of 19"]),
        ("iemocap", 5, ["0 of 2"] * 5),
    ],
)
def test_the_public_folds_of_emobox_share_the_speakers_that_were_counted(corpus, n_folds, speakers):
    report = audit(emobox(corpus))
    assert (report.corpus, report.guessed, len(report.folds)) == (corpus, True, n_folds)
    assert [str(fold.leak.speaker) for fold in report.folds] == speakers
    assert all(fold.leak.speaker.unknown == 0 for fold in report.folds)


def test_the_public_folds_of_crema_d_share_all_twelve_sentences():
    (fold,) = audit(emobox("crema-d")).folds
    assert str(fold.leak.sentence) == "12 of 12"
    assert (fold.n_train, fold.n_test) == (7442 - 1856, 1856)


def test_both_sentences_of_ravdess_are_on_both_sides():
    assert {str(fold.leak.sentence) for fold in audit(emobox("ravdess")).folds} == {"2 of 2"}


def test_columns_of_the_list_win_over_names(tmp_path):
    path = written(
        tmp_path,
        "utterance,fold,part,speaker,sentence\n"
        "a,1,train,anna,t1\nb,1,validation,bea,t2\nc,1,test,anna,t3\nd,1,test,dora,t2\n",
    )
    (fold,) = audit(path).folds
    assert fold.leak.speaker == Shared(1, 2, 0.5)
    assert fold.leak.sentence == Shared(1, 2, 0.5)
    assert (fold.n_train, fold.n_test) == (2, 2)


def test_any_ending_and_any_slash_names_the_same_utterance(tmp_path):
    path = written(tmp_path, "utterance,test_fold\nC:\\x\\wav\\03a01Fa.wav,1\n./08a01Fd.flac,2\n")
    report = audit(path)
    assert report.corpus == "emodb"
    assert [str(fold.leak.speaker) for fold in report.folds] == ["0 of 1", "0 of 1"]


def test_one_fold_of_an_unlisted_corpus_is_told_from_published_counts(tmp_path):
    stems = [f"DC_a{number:02}" for number in range(1, 4)]
    path = written(tmp_path, "utterance,test_fold\n" + "".join(f"{one},1\n" for one in stems))
    report = audit(path)
    assert str(report.folds[0].leak.speaker) == "1 of 1"
    assert "published number of utterances of each speaker" in report.notes[0]


def test_one_fold_without_a_known_training_part_says_so(tmp_path):
    path = written(tmp_path, "utterance,test_fold,speaker\nx,1,s1\ny,1,s2\n")
    report = audit(path)
    assert report.folds == ()
    assert any("give --all FILE" in note for note in report.notes)


def test_the_list_of_everything_gives_the_training_part(tmp_path, capsys):
    path = written(tmp_path, "utterance,test_fold\n03a01Fa,1\n")
    everything = written(tmp_path, "03a01Fa.wav\n03a01Nc.wav\n08a01Fd.wav\n", "all.txt")
    assert status(["audit", path, "--all", everything, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["folds"][0]["n_train"] == 2
    assert report["folds"][0]["leak"]["speaker"]["shared"] == 1
    assert report["shared"] == ["speaker", "sentence"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; a table begins with a heading"),
        ("file,fold\na,1\n", "has the columns file, fold; needed: utterance,test_fold"),
        ("utterance,test_fold\n", "lists no utterance"),
        ("utterance,test_fold\na,1\na.wav,2\n", "line 3: lists 'a.wav' again (first in line 2)"),
        ("utterance,test_fold\na\n", "line 2: has 1 fields"),
        ("utterance,test_fold\n,1\n", "line 2: utterance or test_fold is empty"),
        ("utterance,fold,part\na,1,tset\n", "line 2: part is 'tset'; allowed: train, dev, test"),
        ("utterance,fold,part\na,1,train\n", "fold 1 has no test part"),
        ('utterance,test_fold\nb,1\n"a,1\n', "line 3: opens a quote that is never closed"),
        ("utterance,test_fold\na\0,1\n", "line 2: holds a NUL character"),
    ],
)
def test_a_list_that_cannot_be_read_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(CorpusError) as error:
        audit(written(tmp_path, text))
    assert sentence in str(error.value)
    assert error.value.code == "table-invalid"


def test_speakers_are_called_apart_only_where_all_are_known(tmp_path, capsys):
    lines = ["utterance,test_fold,speaker", "a,1,ann", "b,1,", "c,2,bea", "d,2,bea"]
    assert status(["audit", written(tmp_path, "\n".join(lines))]) == 0
    assert "kept apart" not in capsys.readouterr().out
    lines[2] = "b,1,cem"
    assert status(["audit", written(tmp_path, "\n".join(lines))]) == 0
    assert "Speakers are kept apart." in capsys.readouterr().out


def test_a_small_share_is_not_printed_as_none(tmp_path, capsys):
    rows = [f"x{place},1,{place}" for place in range(300)]
    path = written(tmp_path, "\n".join(["utterance,test_fold,speaker", "y,2,0", *rows]))
    assert status(["audit", path]) == 0
    assert "1 of 300 (<1 %)" in capsys.readouterr().out


def test_a_list_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read: No such file") as error:
        audit(tmp_path / "folds.csv")
    assert error.value.code == "corpus-missing"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_from_any_spreadsheet_is_read(tmp_path, encoding, delimiter):
    text = "Utterance,Test_Fold,Speaker\r\na.wav,1,ann\r\nb.wav,2,ann\r\n"
    path = tmp_path / "folds.csv"
    path.write_bytes(text.replace(",", delimiter).encode(encoding))
    assert [str(fold.leak.speaker) for fold in audit(path).folds] == ["1 of 1", "1 of 1"]


@pytest.mark.parametrize(
    "text",
    ["utterance_1\nutterance_2\n", "id;utterance\n7;utterance_1\n8;utterance_2\n"],
    ids=["lines", "table"],
)
def test_names_are_read_from_lines_or_from_a_table(tmp_path, text):
    assert read_names(written(tmp_path, text)) == ["utterance_1", "utterance_2"]


def test_a_leak_is_printed_with_status_0_and_refused_with_status_3(capsys):
    assert status(["audit", emobox("emodb")]) == 0
    out = capsys.readouterr().out
    assert "10 of 10 (100 %)" in out
    assert "LEAK: test speakers are in training in 5 of 5 folds" in out
    assert status(["audit", emobox("emodb"), "--strict"]) == 3
    assert "shares 10 of 10 test speakers with training" in capsys.readouterr().err


def test_folds_without_a_leak_pass_strictly_unless_sentences_must_be_apart(capsys):
    assert status(["audit", emobox("ravdess"), "--strict"]) == 0
    assert "Speakers are kept apart." in capsys.readouterr().out
    assert status(["audit", emobox("ravdess"), "--strict", "--apart", "speaker,sentence"]) == 3
    assert "2 of 2 test sentences" in capsys.readouterr().err


def test_what_cannot_be_counted_is_not_passed_strictly(tmp_path, capsys):
    path = written(tmp_path, "utterance,test_fold\nx1,1\nx2,2\n")
    assert status(["audit", path, "--strict"]) == 3
    captured = capsys.readouterr()
    assert "tell no speaker" in captured.out
    assert "add a speaker column" in captured.err


def test_unknown_corpora_and_missing_files_are_one_sentence(tmp_path, capsys):
    path = written(tmp_path, "utterance,test_fold\nx1,1\nx2,2\n")
    assert status(["audit", path, "--corpus", "emobd"]) == 2
    assert status(["audit", str(tmp_path / "none.csv")]) == 3
    assert status(["audit", path, "--apart", "room", "--strict"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


@pytest.mark.corpora
def test_identical_audio_of_crema_d_is_found_where_the_corpus_is(corpora_root, capsys):
    folder = corpora_root / "crema-d"
    if not folder.is_dir():
        pytest.skip("EMOVOX_CORPORA holds no crema-d")
    assert (
        status(["audit", emobox("crema-d"), "--corpus", "crema-d", "--root", str(folder), "--json"])
        == 0
    )
    (fold,) = json.loads(capsys.readouterr().out)["folds"]
    assert fold["leak"]["identical_audio"]["shared"] >= 1
    assert fold["leak"]["speaker"]["shared"] == 91
