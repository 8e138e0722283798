"""Tables of the user's own: what is read, and what is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emovox.corpora import CorpusIncomplete, read_corpus, read_table
from emovox.corpora import strict_csv as limits
from emovox.errors import CorpusError, UsageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a.wav", "b.wav", "sub/c.flac"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def write(root: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = root / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(path: Path, **options) -> CorpusError:
    with pytest.raises(CorpusError) as caught:
        read_table(path, **options)
    return caught.value


def test_reads_paths_labels_and_all_that_is_known(root):
    table = write(
        root,
        "path,start,end,speaker,emotion,sentence,transcript,gender,language,session,take,"
        "intensity,arousal,valence,dominance,votes\n"
        'a.wav,0.5,2,anna,Angry,s1,"Well, no.",F,de,1,a,strong,0.9,0.1,1,"{""anger"": 3}"\n',
    )
    (one,) = read_table(table)
    assert one.id == "table/a#0.5-2"
    assert one.corpus == "table"
    assert one.path == root / "a.wav"
    assert (one.start, one.end) == (0.5, 2.0)
    assert (one.emotion, one.label) == ("anger", "Angry")
    assert one.transcript == "Well, no."
    assert one.gender == "female"
    assert one.dimensions == {"arousal": 0.9, "valence": 0.1, "dominance": 1.0}
    assert one.votes == {"anger": 3.0}


def test_a_path_is_read_as_a_corpus(root):
    table = write(root, "path,emotion\na.wav,sad\nsub/c.flac,xxx\n")
    assert [one.emotion for one in read_corpus(table)] == ["sadness", None]
    assert [one.id for one in read_corpus(str(table))] == ["table/a", "table/sub/c"]


def test_what_is_neither_name_nor_path_is_an_unknown_name():
    with pytest.raises(UsageError, match="no corpus 'emodbb'"):
        read_corpus("emodbb")


@pytest.mark.parametrize("path", ["nowhere.csv", "no/where"])
def test_a_table_that_is_not_there_is_missing(path):
    with pytest.raises(CorpusError, match="does not exist") as caught:
        read_corpus(path)
    assert caught.value.code == "corpus-missing"


def test_columns_are_mapped(root):
    table = write(root, "clip;gefühl\na.wav;Freude\n")
    (one,) = read_table(
        table,
        columns={"path": "clip", "emotion": "gefühl"},
        aliases={"freude": "happiness"},
    )
    assert (one.emotion, one.label) == ("happiness", "Freude")


def test_a_mapped_column_that_is_not_there_is_named(root):
    error = refused(write(root, "path,mood\na.wav,sad\n"), columns={"emotion": "feeling"})
    assert error.code == "table-invalid"
    assert "'feeling'" in error.sentence
    assert "path, mood" in error.sentence


def test_a_column_that_emovox_does_not_have_cannot_be_mapped(root):
    with pytest.raises(UsageError, match="no column 'mood' to map"):
        read_table(write(root, "path\na.wav\n"), columns={"mood": "x"})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_e6_the_delimiter_comes_from_the_heading(root, delimiter):
    lines = [("path", "emotion", "transcript"), ("a.wav", "sad", "one; two | three")]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    (one,) = read_table(write(root, text))
    assert (one.emotion, one.transcript) == ("sadness", "one; two | three")


def test_e6_a_single_column_needs_no_delimiter(root):
    assert len(read_table(write(root, "path\na.wav\nb.wav\n"))) == 2


def test_e6_decimal_commas_are_read_where_the_comma_is_no_delimiter(root):
    (one,) = read_table(write(root, "path;start;end\na.wav;0,25;1,5\n"))
    assert (one.start, one.end) == (0.25, 1.5)


@pytest.mark.parametrize(
    "data",
    [
        "﻿path,emotion\na.wav,悲伤\n".encode(),
        "path,emotion\na.wav,悲伤\n".encode("utf-16"),
        "﻿path,emotion\na.wav,悲伤\n".encode("utf-16-be"),
    ],
)
def test_e5_byte_order_marks_are_taken_off(root, data):
    assert [one.emotion for one in read_table(write(root, data))] == ["sadness"]


def test_e5_text_in_another_encoding_is_an_error_with_its_line(root):
    data = "path,emotion,speaker\na.wav,sad,x\nb.wav,sad,Jörg\n".encode("latin-1")
    error = refused(write(root, data))
    assert error.code == "table-invalid"
    assert error.name.endswith("table.csv line 3")
    assert "--encoding" in error.sentence
    assert [one.speaker for one in read_table(root / "table.csv", encoding="latin-1")][1] == "Jörg"


def test_e5_an_encoding_that_does_not_exist_is_an_error(root):
    assert "unknown encoding" in refused(write(root, "path\n"), encoding="latin-99").sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('path,emotion\n"a.wav,sad\nb.wav,sad\n', 2),
        ('path,emotion\na.wav,"sad"\nb.wav,"sad\n\n\n', 3),
        ('path,transcript,emotion\na.wav,"two\nlines",sad\nb.wav,"one\ntwo","sad\n', 5),
    ],
)
def test_e7_a_quote_that_is_never_closed_is_told_with_the_line_where_it_opened(root, text, line):
    error = refused(write(root, text))
    assert error.code == "table-invalid"
    assert error.name.endswith(f"line {line}")
    assert "never closed" in error.sentence


def test_e7_text_behind_a_closing_quote_is_an_error(root):
    error = refused(write(root, 'path,emotion\n"a.wav"x,sad\n'))
    assert error.name.endswith("line 2")


def test_e8_a_nul_character_is_an_error(root):
    assert refused(write(root, b"path\na.wav\nb\0.wav\n")).name.endswith("line 3")


@pytest.mark.parametrize("length", [limits.MAX_FIELD_CHARACTERS + 1, 200_000])
def test_e8_a_field_that_is_too_long_is_an_error(root, length):
    error = refused(write(root, f"path,transcript\na.wav,{'x' * length}\n"))
    assert error.code == "table-invalid"
    assert "field of over" in error.sentence
    assert error.name.endswith("line 2")


def test_e8_a_table_that_is_too_large_is_not_read(root, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TABLE_BYTES", 10)
    assert "at most 10" in refused(write(root, "path\na.wav\nb.wav\n")).sentence


@pytest.mark.parametrize("row", ["a.wav", "a.wav,sad,more"])
def test_e9_too_few_or_too_many_fields_are_an_error(root, row):
    error = refused(write(root, f"path,emotion\nb.wav,sad\n{row}\n"))
    assert error.code == "table-invalid"
    assert error.name.endswith("line 3")
    assert "the heading has 2" in error.sentence


def test_e9_a_column_named_twice_is_an_error(root):
    assert "'emotion' twice" in refused(write(root, "path,emotion,emotion\n")).sentence


def test_e9_a_heading_that_comes_again_is_an_error(root):
    error = refused(write(root, "path,emotion\na.wav,sad\npath,emotion\nb.wav,sad\n"))
    assert "repeats the heading" in error.sentence
    assert error.name.endswith("line 3")


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_e9_line_ends_and_spaces_do_not_matter(root, end):
    text = end.join((" path , emotion ", "", " a.wav , sad ", " b.wav,happy"))
    assert [one.emotion for one in read_table(write(root, text))] == ["sadness", "happiness"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("start", "-1", "starts at -1"),
        ("start", "nan", "start is 'nan'"),
        ("start", "soon", "start is 'soon'"),
        ("end", "inf", "end is 'inf'"),
        ("end", "0", "ends at 0"),
        ("arousal", "1.5", "arousal is 1.5"),
        ("valence", "-0.1", "valence is -0.1"),
        ("dominance", "nan", "dominance is 'nan'"),
        ("gender", "x", "gender is 'x'"),
        ("votes", "[1]", "votes are no JSON object"),
        ("votes", "{anger: -1}", "negative"),
        ("votes", "{", "votes are no JSON object"),
    ],
)
def test_e10_values_out_of_range_are_errors(root, column, value, said):
    value = value.replace("anger", '"anger"') if column == "votes" else value
    quoted = '"' + value.replace('"', '""') + '"'
    error = refused(write(root, f"path,{column}\na.wav,{quoted}\n"))
    assert error.code == "table-invalid"
    assert said in error.sentence
    assert error.name.endswith("line 2")


def test_e10_an_end_before_its_start_is_an_error(root):
    assert "not after its start" in refused(write(root, "path,start,end\na.wav,2,1\n")).sentence


def test_e2_the_same_identity_twice_is_an_error_with_both_lines(root):
    error = refused(write(root, "path,emotion\na.wav,sad\nb.wav,sad\na.wav,happy\n"))
    assert error.name.endswith("line 4")
    assert "of line 2" in error.sentence


def test_e2_two_segments_of_one_file_are_two_utterances(root):
    table = write(root, "path,start,end\na.wav,0,1\na.wav,1,2\n")
    assert len({one.id for one in read_table(table)}) == 2


@pytest.mark.parametrize("label", ["hapy", "Angri", "悲桑"])
def test_e4_an_unknown_label_is_an_error_with_its_line_and_an_alias_to_give(root, label):
    error = refused(write(root, f"path,emotion\na.wav,sad\nb.wav,{label}\n"))
    assert error.code == "labels-unknown"
    assert f"--alias {label}=" in error.sentence
    assert error.name.endswith("table.csv line 3")


@pytest.mark.parametrize("label", ["SAD", " Sad ", "sadness", "悲伤"])
def test_e4_case_spaces_and_language_do_not_matter(root, label):
    assert read_table(write(root, f"path,emotion\na.wav,{label}\n"))[0].emotion == "sadness"


def test_e4_an_alias_to_no_emotion_is_an_error(root):
    with pytest.raises(UsageError, match="--alias maps to 'hapiness'"):
        read_table(write(root, "path\na.wav\n"), aliases={"hapy": "hapiness"})


@pytest.mark.parametrize("path", ["../out.wav", "/etc/hostname", "sub/../../out.wav", "."])
def test_e11_paths_that_lead_out_are_refused_unless_allowed(root, path):
    (root.parent / "out.wav").touch()
    table = write(root, f"path\n{path}\n")
    error = refused(table)
    assert error.code == "table-invalid"
    assert "--allow-outside" in error.sentence
    (one,) = read_table(table, allow_outside=True, missing="keep")
    assert ".." not in one.path.parts


def test_e11_paths_may_wander_inside_and_be_absolute_there(root):
    table = write(root, f"path\nsub/../a.wav\n{root / 'b.wav'}\n")
    assert [one.path for one in read_table(table)] == [root / "a.wav", root / "b.wav"]
    assert [one.id for one in read_table(table)] == ["table/a", "table/b"]


def test_e11_backslashes_are_separators_where_no_file_has_that_name(root):
    table = write(root, "path\nsub\\c.flac\n")
    assert read_table(table)[0].path == root / "sub" / "c.flac"


def test_e1_missing_recordings_are_left_out_and_said(root):
    table = write(root, "path\na.wav\nlost.wav\n")
    with pytest.warns(CorpusIncomplete, match=r"1 of 2 recordings are missing, such as .*lost"):
        assert len(read_table(table)) == 1
    assert len(read_table(table, missing="keep")) == 2
    assert refused(table, missing="error").code == "corpus-missing"


def test_e1_a_table_without_any_of_its_recordings_is_an_error(root):
    assert "name their folder" in refused(write(root, "path\nlost.wav\n")).sentence


def test_a_table_without_rows_or_heading(root):
    assert read_table(write(root, "path,emotion\n")) == []
    assert "is empty" in refused(write(root, "")).sentence
    assert "--columns path=NAME" in refused(write(root, "clip,emotion\na.wav,sad\n")).sentence
    assert "has no path" in refused(write(root, "path,emotion\n,sad\n")).sentence


def test_a_folder_without_a_header_is_an_error(root):
    assert "folder without db.yaml" in refused(root).sentence


def test_json_lines_are_read_like_rows(root):
    rows = [
        {"path": "a.wav", "emotion": "sad", "speaker": 3, "arousal": 0, "votes": {"sad": 2}},
        {"file": "b.wav", "label": "happy", "start": 0.25},
    ]
    table = write(root, "\n\n".join(map(json.dumps, rows)), "meta.jsonl")
    first, second = read_table(table)
    assert (first.emotion, first.speaker) == ("sadness", "3")
    assert (first.dimensions, first.votes) == ({"arousal": 0.0}, {"sadness": 2.0})
    assert (second.emotion, second.start) == ("happiness", 0.25)


@pytest.mark.parametrize(
    "line",
    ['{"path": "a.wav"', "[1]", '{"path": "a.wav", "start": NaN}', '{"path": "a", "path": "b"}',
     "[" * 100_000],
)  # fmt: skip
def test_damaged_json_lines_are_errors_with_their_line(root, line):
    error = refused(write(root, f'{{"path": "b.wav"}}\n{line}\n', "meta.jsonl"))
    assert error.code == "table-invalid"
    assert error.name.endswith("line 2")
