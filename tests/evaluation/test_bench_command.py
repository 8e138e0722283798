"""`emovox bench` from flags to a table."""

import json
import wave

import numpy as np
import pytest

from emovox.cli.bench import matching
from emovox.cli.bench_corpora import Data
from emovox.cli.main import status
from emovox.errors import UsageError
from emovox.evaluation.records import read_records

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table of short tones: angry speakers are loud and high."""
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    lines = ["path,speaker,emotion,sentence,gender"]
    for speaker in range(3):
        for take in range(4):
            for emotion, pitch in (("anger", 400.0), ("sadness", 150.0)):
                name = f"s{speaker}-{take}-{emotion}.wav"
                time = np.arange(6400) / 16000
                tone = np.sin(2 * np.pi * (pitch + 20 * speaker + rng.normal(0, 5)) * time)
                sound = (0.3 * tone + 0.01 * rng.normal(size=6400)) * 2**15
                with wave.open(str(folder / name), "wb") as file:
                    file.setnchannels(1)
                    file.setsampwidth(2)
                    file.setframerate(16000)
                    file.writeframes(sound.astype("<i2").tobytes())
                lines.append(f"{name},s{speaker},{emotion},t{take},female")
    path = folder / "tones.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_table_of_the_users_own_becomes_records_and_a_table(table, tmp_path, capsys):
    records = tmp_path / "r.jsonl"
    page = tmp_path / "page.html"
    flags = ["--corpora", str(table), "--features", "mfcc", "--no-cache", "--records", str(records)]
    assert status(["bench", "ccser-knn,ccser-tree", *flags, "--html", str(page)]) == 0
    out = capsys.readouterr().out
    assert "ccser-knn" in out
    assert "ccser-tree" in out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert len(read_records(records)) == 2 * 3
    before = records.read_bytes()
    assert status(["bench", "ccser-knn,ccser-tree", *flags, "--format", "json"]) == 0
    assert records.read_bytes() == before
    json.loads(capsys.readouterr().out)


def test_columns_words_and_folder_of_a_foreign_table_are_told_by_flags(table, tmp_path, capsys):
    text = table.read_text(encoding="utf-8").replace(",anger,", ",wütend,")
    foreign = tmp_path / "töne.csv"
    foreign.write_text(
        text.replace("path,speaker,emotion", "datei,wer,wie").replace(",", ";"),
        encoding="utf-8-sig",
    )
    flags = [
        "--columns", "path=datei,speaker=wer,emotion=wie", "--alias", "wütend=anger",
        "--features", "mfcc", "--no-cache", "--format", "json",
    ]  # fmt: skip
    source = f"{foreign}={table.parent}"
    assert status(["bench", "ccser-knn", "--corpora", source, *flags]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert status(["bench", "ccser-knn", "--corpora", str(foreign), *flags]) == 3
    assert "24 of 24 recordings are missing" in capsys.readouterr().err


def test_strict_refuses_random_folds_with_status_3(table, capsys):
    flags = ["--corpora", str(table), "--features", "mfcc", "--no-cache", "--strict"]
    assert status(["bench", "ccser-knn", *flags, "--protocol", "shuffled-kfold"]) == 3
    err = capsys.readouterr().err
    assert "test speakers with training" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["ccser-svn", "--corpora", "emodb"], 2, "there is no method 'ccser-svn'"),
        (["ccser-svc"], 2, "no corpus was named"),
        (["ccser-svc", "--corpora", "emodb", "--format", "word"], 2, "there is no format"),
        (["ccser-svc", "--corpora", "emodb", "--seed", "x"], 2, "is no whole number"),
        (["ccser-svc", "--corpora", "emodb", "--normalisation", "z"], 2, "no normalisation"),
        (["ccser-svc", "--corpora", "nothing"], 2, "there is no corpus"),
    ],
)
def test_what_is_wrong_is_one_sentence(flags, code, said, capsys):
    assert status(["bench", *flags]) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_methods_are_named_by_wildcards():
    assert matching("ccser-k*,ccser-svc") == ["ccser-knn", "ccser-svc"]
    assert set(matching("ccser-*")) > {"ccser-rf", "ccser-mlp"}
    with pytest.raises(UsageError, match="known"):
        matching("none-*")


def test_folders_of_corpora_stand_behind_their_names():
    data = Data.of("emodb=/data/x,ravdess", None, None)
    assert data.names == ("emodb", "ravdess")
    assert str(data.roots["emodb"]).endswith("x")
    assert not data.is_crossed


@pytest.mark.corpora
def test_leave_one_speaker_out_on_emodb_is_far_above_chance(corpora_root, tmp_path, capsys):
    if not (corpora_root / "emodb").is_dir():
        pytest.skip("EMOVOX_CORPORA holds no emodb")
    flags = ["--corpora", "emodb", "--features", "mfcc", "--format", "json"]
    assert status(["bench", "ccser-svc", *flags, "--records", str(tmp_path / "r.jsonl")]) == 0
    assert len(read_records(tmp_path / "r.jsonl")) == 10


def test_a_plan_tells_folds_and_leaks_and_runs_nothing(table, tmp_path, capsys):
    records = tmp_path / "r.jsonl"
    flags = ["--corpora", str(table), "--no-cache", "--records", str(records), "--plan"]
    assert status(["bench", "ccser-knn,ccser-tree", *flags, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    [plan] = told["plans"]
    assert told["n_folds"] == 2 * 3
    assert plan["emotions"] == {"anger": 12, "sadness": 12}
    assert [(fold["n_train"], fold["n_test"]) for fold in plan["folds"]] == [(16, 8)] * 3
    leaks = {leak["kind"]: (leak["shared"], leak["of"], leak["folds"]) for leak in plan["leaks"]}
    assert leaks == {"speaker": (0, 1, 0), "sentence": (4, 4, 3), "identical_audio": (0, 8, 0)}
    assert not records.exists()
    assert status(["bench", "ccser-knn", *flags, "--protocol", "shuffled-kfold"]) == 0
    assert "test speakers that are in training too" in capsys.readouterr().out


@pytest.mark.parametrize(
    "flags",
    [["--set", "C=1"], ["--features", "nothing"], ["--scaler", "minmax", "--set", "scaler=none"],
     ["--format", "csv"], ["--protocol", "session"]],
)  # fmt: skip
def test_a_plan_refuses_what_the_run_would_refuse(table, flags):
    assert status(["bench", "ccser-knn", "--corpora", str(table), "--plan", *flags]) in (2, 3)


def test_scaler_selection_and_components_are_flags_and_settings_alike(table, tmp_path, capsys):
    records = tmp_path / "r.jsonl"
    common = ["bench", "ccser-knn", "--corpora", str(table), "--features", "mfcc", "--no-cache",
              "--records", str(records), "--format", "json"]  # fmt: skip
    assert status([*common, "--scaler", "minmax", "--select", "9", "--pca", "0.9"]) == 0
    once = read_records(records)
    assert once[0]["settings"]["parameters"] == {"scaler": "minmax", "select": 9, "pca": 0.9}
    said = [flag for one in ("scaler=minmax", "select=9", "pca=0.9") for flag in ("--set", one)]
    assert status([*common, *said]) == 0
    assert read_records(records) == once
    assert status([*common, "--search", "none", "--balance", "undersample"]) == 0
    assert read_records(records)[-1]["settings"]["parameters"] == {
        "search": None, "balance": "undersample",
    }  # fmt: skip


def test_progress_comes_as_lines_of_json_where_a_program_asks(table, capsys, monkeypatch):
    monkeypatch.setenv("EMOVOX_PROGRESS", "json")
    flags = ["--corpora", str(table), "--features", "mfcc", "--no-cache"]
    assert status(["bench", "ccser-knn", *flags]) == 0
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[0] == "{"]
    assert told[0] == {"progress": "features mfcc", "done": 1, "total": 24}
    assert told[-1] == {"progress": "folds", "done": 3, "total": 3}
    assert status(["bench", "ccser-knn", "--corpora", "/nowhere/at.csv"]) == 3
    *_, last = capsys.readouterr().err.splitlines()
    assert json.loads(last)["error"]["code"] == "corpus-missing"
