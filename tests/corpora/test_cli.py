"""`emovox corpora` prints plain tables, or JSON and nothing else."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from emovox.cli.corpora import app
from emovox.cli.corpus_options import pairs, reading_options
from emovox.corpora import read_table
from emovox.errors import CorpusError, EmovoxError, UsageError

from .trees import TREES


@pytest.fixture
def run():
    def invoke(*words):
        result = CliRunner().invoke(app, [str(word) for word in words])
        if isinstance(result.exception, EmovoxError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return invoke


@pytest.fixture
def emodb(tmp_path):
    return TREES["emodb"].build(tmp_path / "emodb")


def test_list_names_every_corpus(run):
    lines = run("list").stdout.splitlines()
    assert lines[0].startswith("name")
    assert {line.split()[0] for line in lines[1:] if line.strip()} >= set(TREES)
    assert {row["name"] for row in json.loads(run("list", "--json").stdout)} >= set(TREES)


def test_list_says_which_corpora_are_here(run, emodb, monkeypatch):
    monkeypatch.setenv("EMOVOX_CORPORA", str(emodb.parent))
    here = {row["name"]: row["here"] for row in json.loads(run("list", "--json").stdout)}
    assert here["emodb"]
    assert not here["tess"]


@pytest.mark.parametrize("name", sorted(TREES))
def test_show_tells_licence_source_and_defects(run, name):
    card = json.loads(run("show", name, "--json").stdout)
    text = run("show", name).stdout
    for fact in (card["licence"], card["url"], card["known_defects"][0], card["citation"]):
        assert fact in text


def test_check_counts_and_prints_json(run, emodb):
    text = run("check", "emodb", "--root", emodb, "--no-audio").stdout
    assert "7 utterances of 535 published" in text
    report = json.loads(run("check", "emodb", "--root", emodb, "--no-audio", "--json").stdout)
    assert report["emotions"]["anger"]["missing"] == 126


def test_check_counts_what_operating_systems_leave_behind(run, emodb):
    for name in ("._03a01Fa.wav", ".DS_Store"):
        (emodb / "wav" / name).write_bytes(b"x")
    text = run("check", "emodb", "--root", emodb, "--no-audio").stdout
    assert "Left behind by operating systems, left out:\n  2 files\n" in text


def test_check_strict_refuses_what_is_missing(run, emodb):
    with pytest.raises(CorpusError, match="528 recordings are missing") as caught:
        run("check", "emodb", "--root", emodb, "--no-audio", "--strict")
    assert caught.value.exit_status == 3


def test_check_takes_a_table_of_ones_own(run, tmp_path):
    table = tmp_path / "calls.csv"
    table.write_text("datei;gefühl;wer\na.wav;genervt;Ann\nb.wav;happy;ann\nc.wav;happy;bea\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.wav").touch()
    words = ("--columns", "path=datei,emotion=gefühl,speaker=wer", "--alias", "genervt=anger")
    text = run("check", table, *words, "--no-audio").stdout
    assert "2 utterances of 3 listed, 2 speakers\n" in text
    assert "published" not in text
    assert "Missing:\n  calls/c\n" in text
    assert "Ann = ann" in text
    with pytest.raises(CorpusError, match="1 recordings are missing"):
        run("check", table, *words, "--no-audio", "--strict")


@pytest.mark.parametrize("command", ["check", "export"])
def test_a_table_has_no_options_of_a_corpus(run, tmp_path, command):
    table = tmp_path / "calls.csv"
    table.write_text("path,emotion\na.wav,happy\n")
    more = () if command == "check" else ("--out", tmp_path / "out.csv")
    with pytest.raises(UsageError, match="a table has no option 'song'"):
        run(command, table, "--option", "song=true", *more)


def test_export_writes_no_csv_under_another_ending(run, emodb, tmp_path):
    with pytest.raises(UsageError, match=r"m\.xlsx tells no format"):
        run("export", "emodb", "--root", emodb, "--out", tmp_path / "m.xlsx")
    assert not (tmp_path / "m.xlsx").exists()


def test_options_reach_the_corpus(run, tmp_path):
    root = TREES["crema-d"].build(tmp_path)
    words = ("check", "crema-d", "--root", root, "--no-audio", "--json")
    report = json.loads(run(*words, "--option", "label=perceived").stdout)
    assert report["emotions"]["no agreement"]["found"] == 2


@pytest.mark.parametrize(
    ("out", "words"),
    [("m.csv", ()), ("m.jsonl", ()), ("m", ("--format", "audformat"))],
)
def test_export_writes_a_table_that_reads_back(run, emodb, tmp_path, out, words):
    run("export", "emodb", "--root", emodb, "--out", tmp_path / out, *words)
    read = read_table(tmp_path / out, emodb)
    assert {one.id for one in read} == {f"emodb/{name}" for name in TREES["emodb"].recordings}
    assert {one.path.parent for one in read} == {emodb / "wav"}


def test_export_maps_a_table_of_ones_own(run, tmp_path):
    (tmp_path / "a.wav").touch()
    table = tmp_path / "mine.csv"
    table.write_text("clip,mood\na.wav,hapy\n")
    run(
        "export", table, "--out", tmp_path / "out.csv", "--columns", "path=clip,emotion=mood",
        "--alias", "hapy=happiness",
    )  # fmt: skip
    (one,) = read_table(tmp_path / "out.csv")
    assert (one.emotion, one.label) == ("happiness", "hapy")


def test_unknown_names_and_formats_are_usage_errors(run, emodb, tmp_path):
    with pytest.raises(UsageError, match="no corpus 'nosuch'"):
        run("show", "nosuch")
    with pytest.raises(UsageError, match="--format is 'xml'"):
        run("export", "emodb", "--root", emodb, "--out", tmp_path / "x", "--format", "xml")


@pytest.mark.parametrize("text", ["path", "=x", "path=", "a=b,a=c"])
def test_pairs_that_are_none_are_usage_errors(text):
    with pytest.raises(UsageError, match="--columns"):
        pairs([text], flag="--columns")


def test_only_flags_that_were_given_are_passed_on():
    assert reading_options() == {}
    assert reading_options(encoding="latin-1", options=["language=none"]) == {
        "encoding": "latin-1",
        "language": None,
    }
