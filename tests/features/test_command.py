"""`emovox features` as its users call it."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import soundfile

from emovox import registry
from emovox.cli.main import status
from emovox.features import feature


@pytest.fixture
def folder(tmp_path, speech_like, monkeypatch):
    """Two recordings, one of them below a folder, and a file that is no sound."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "sounds" / "inner").mkdir(parents=True)
    for seed, name in enumerate(("a.wav", "inner/b.wav")):
        soundfile.write(tmp_path / "sounds" / name, speech_like(0.7, 16000, seed=seed), 16000)
    return tmp_path / "sounds"


def run(*arguments):
    return status(["features", *map(str, arguments)])


def test_list_names_every_feature_with_its_dimensions(capsys):
    assert run("list", "--json") == 0
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert set(found) == set(registry.names("feature"))
    assert found["chroma"]["dimensions"] == 12
    assert found["chroma"]["names"] == list(feature("chroma").names)
    assert run("list") == 0
    said = capsys.readouterr().out
    assert "chroma_C ... chroma_B\n" in said
    assert "mfcc_0 ... mfcc_38 (frames only)\n" in said


def test_features_with_frames_only_are_listed_with_those_and_have_no_table(
    folder, tmp_path, capsys
):
    assert run("list", "--json") == 0
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["light-sernet"]["dimensions"] == 0
    assert found["light-sernet"]["frame_dimensions"] == 40
    assert found["light-sernet"]["frame_names"] == list(feature("light-sernet").frame_names)
    assert found["logmel"]["frame_dimensions"] == 128
    out = tmp_path / "out.csv"
    for features in ("light-sernet", "mfcc+replknet"):
        assert run("extract", folder, "--features", features, "--out", out) == 2
        assert f"--features {features} has frames only" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "npz"])
def test_extract_writes_the_vectors_whole(folder, tmp_path, capsys, ending):
    out = tmp_path / f"out.{ending}"
    assert run("extract", folder, "--features", "mfcc+chroma", "--out", out) == 0
    assert "2 of 2 recordings, 52 dimensions" in capsys.readouterr().out
    paths = [str(folder / "a.wav"), str(folder / "inner" / "b.wav")]
    names = list(feature("chroma+mfcc").names)
    if ending == "csv":
        header, *rows = csv.reader(out.read_text().splitlines())
        assert header == ["path", *names]
        found = [row[0] for row in rows]
        vectors = np.array([row[1:] for row in rows], dtype=np.float32)
    elif ending == "jsonl":
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert all(row["ok"] and list(row["features"]) == names for row in rows)
        found = [row["path"] for row in rows]
        vectors = np.array([[*row["features"].values()] for row in rows], dtype=np.float32)
    else:
        with np.load(out, allow_pickle=False) as arrays:
            found, vectors = arrays["path"].tolist(), arrays["vectors"]
            assert arrays["names"].tolist() == names
    assert found == paths
    samples, _ = soundfile.read(paths[1], dtype="float32")
    np.testing.assert_array_equal(vectors[1], feature("chroma+mfcc").functionals(samples))


def test_one_bad_recording_costs_one_sentence_and_status_1(folder, tmp_path, capsys):
    (folder / "bad.wav").write_text("no sound")
    out = tmp_path / "out.jsonl"
    assert run("extract", folder, "--features", "mfcc", "--out", out) == 1
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["ok"] for row in rows] == [True, False, True]
    assert rows[1]["error"]["code"] == "not-audio"
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "bad.wav" in said.err
    assert "2 of 3" in said.out


def test_an_unknown_feature_or_ending_or_an_empty_folder_is_status_2(folder, tmp_path, capsys):
    out = tmp_path / "out.csv"
    assert run("extract", folder, "--features", "mfc", "--out", out) == 2
    assert "known:" in capsys.readouterr().err
    assert run("extract", folder, "--out", tmp_path / "out.xlsx") == 2
    assert ".npz" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert run("extract", tmp_path / "empty", "--out", out) == 2
    assert not out.exists()


def test_dimensions_that_would_stand_twice_are_refused(folder, tmp_path, capsys):
    sets = [name for name in registry.names("feature") if name.startswith("paralinguistic")]
    out = tmp_path / "out.csv"
    assert run("extract", folder, "--features", "+".join(sets), "--out", out) == 2
    assert "twice" in capsys.readouterr().err
    assert not out.exists()


def test_a_name_that_a_spreadsheet_would_run_is_quoted(tmp_path, speech_like, monkeypatch):
    monkeypatch.chdir(tmp_path)
    soundfile.write("=1+2.wav", speech_like(0.5, 16000), 16000)
    out = tmp_path / "out.csv"
    assert run("extract", "=1+2.wav", "--features", "chroma", "--no-cache", "--out", out) == 0
    assert out.read_text().splitlines()[1].startswith("'=1+2.wav,")
