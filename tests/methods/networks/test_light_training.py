"""`emovox train light` and `bench light`: copies, progress, the model folder of such a network."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")

from emovox.audio.augment import Copy
from emovox.cli.main import status
from emovox.corpora import read_table
from emovox.errors import InputError, UsageError
from emovox.evaluation.records import read_records
from emovox.features import FrontEnd, extract_many
from emovox.methods import teaching
from emovox.methods.teaching import teach
from emovox.models import load

RATE = 16000
SMALL = ["--set", "hidden=8", "--set", "epochs=3", "--features", "mfcc", "--no-cache"]
SETTINGS = {"hidden": 8, "epochs": 3, "random_state": 0}
TWO = ["--augment", "speakers:2"]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Sixteen noisy tones of a second, low for sadness, high for anger, by four speakers."""
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE) / RATE
    rows = []
    for index in range(16):
        emotion = ("anger", "sadness")[index % 2]
        pitch = 880 if emotion == "anger" else 220
        sound = 0.3 * np.sin(2 * np.pi * pitch * time_s) + 0.05 * rng.normal(size=len(time_s))
        soundfile.write(folder / f"{index}.wav", sound * (time_s > 0.01 * index), RATE)
        rows.append([f"{index}.wav", emotion, f"s{index // 4}"])
    path = folder / "tones.csv"
    with open(path, "w", newline="") as handle:
        csv.writer(handle).writerows([["path", "emotion", "speaker"], *rows])
    return path


def train(table: Path, out: Path, *more: str) -> int:
    return status(["train", "light", str(table), "--out", str(out), *SMALL, *more])


def test_what_light_is_taught_is_what_predicts(table, tmp_path, capsys):
    model = tmp_path / "m"
    more = [*TWO, "--set", "calibrate=speakers", "--set", "half=true"]
    assert train(table, model, *more) == 0
    said = capsys.readouterr()
    assert f"checkpoints and log in {tmp_path / 'm.training'}" in said.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["m"]
    settings = {**SETTINGS, "calibrate": "speakers", "half": True}
    again = teach(
        "light",
        read_table(table),
        front_end=FrontEnd("mfcc"),
        augment="speakers:2",
        settings=settings,
    )
    sounds = [str(item.path) for item in again.utterances]
    assert status(["predict", "--model", str(model), "--json", *sounds]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = again.estimator.predict_proba(again.vectors)
    told = [place for place, line in enumerate(lines) if line["scores"] is not None]
    assert len(told) > 8
    for place in told:
        found = [lines[place]["scores"][name] for name in again.estimator.classes_]
        assert found == pytest.approx(expected[place].tolist(), abs=5e-3)
    loaded = load(model)
    assert loaded.settings["scores"]["temperature"] == again.estimator.temperature_ != 1.0
    assert loaded.settings["export"]["matrices_stored_in"] == "half"
    assert "form" not in loaded.settings["input"]
    assert (model / "network.onnx").stat().st_size < 20_000


def test_copies_are_taught_with_and_what_is_exported_is_compared_on_recordings(table):
    utterances = read_table(table)
    plain = teach(
        "light", utterances, front_end=FrontEnd("mfcc"), settings=SETTINGS, augment="none"
    )
    with_two = teach(
        "light", utterances, front_end=FrontEnd("mfcc"), settings=SETTINGS, augment="speakers:2"
    )
    assert len(plain.vectors) == len(with_two.vectors) == 16
    assert (plain.augment, with_two.augment) == (None, "speakers:2")
    rows = plain.estimator.predict_proba(plain.vectors)
    assert not np.array_equal(rows, with_two.estimator.predict_proba(plain.vectors))


def test_the_methods_own_copies_are_made_where_nothing_is_said(table, monkeypatch):
    asked = []

    def spied(front_end, utterances, **told):
        asked.append(told.get("copy"))
        return extract_many(front_end, utterances, **{**told, "copy": None})

    monkeypatch.setattr(teaching, "extract_many", spied)
    front_end, utterances = FrontEnd("mfcc"), read_table(table)
    teach("light", utterances, front_end=front_end, settings=SETTINGS)
    assert asked == [None, *(Copy("speakers", number) for number in range(1, 7))]
    asked.clear()
    teach("light", utterances, front_end=front_end, settings=SETTINGS, augment="none")
    assert asked == [None]


@pytest.mark.parametrize("how", ["failed", "not finite"])
def test_a_copy_that_cannot_be_used_is_taught_as_the_recording(table, monkeypatch, how):
    taught = []

    def spied(front_end, utterances, *, copy=None, **told):
        found = extract_many(front_end, utterances, **told)
        if copy is not None:
            found.vectors[:] += 1
            found.vectors[3] = np.nan
            if how == "failed":
                found.failures.append((3, InputError("damaged", "is damaged", name="3")))
        return found

    def kept(*given):
        taught.append(given)
        return known(*given)

    known = teaching.with_copies
    monkeypatch.setattr(teaching, "extract_many", spied)
    monkeypatch.setattr(teaching, "with_copies", kept)
    front_end, utterances = FrontEnd("mfcc"), read_table(table)
    teach("light", utterances, front_end=front_end, settings=SETTINGS, augment="speakers:1")
    [(vectors, _, groups, [copy])] = taught
    assert groups.tolist() == [f"tones/s{index // 4}" for index in range(16)]
    same = np.flatnonzero((copy == vectors).all(axis=1))
    assert same.tolist() == [3]
    assert np.isfinite(copy).all()


def test_epochs_of_light_are_told(table, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("EMOVOX_PROGRESS", "json")
    assert train(table, tmp_path / "m", "--augment", "none") == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    told = [one for one in map(json.loads, lines) if one.get("progress") == "epochs"]
    assert [(one["done"], one["total"]) for one in told] == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("text", ["singers:2", "speakers", "speakers:0", ""])
def test_a_wrong_augmentation_is_one_sentence_and_status_2(table, tmp_path, capsys, text):
    assert train(table, tmp_path / "m", "--augment", text) == 2
    first = capsys.readouterr().err.strip().splitlines()
    asked = ["bench", "ridge", "--corpora", str(table), "--features", "mfcc", "--no-cache"]
    assert status([*asked, "--augment", text]) == 2
    second = capsys.readouterr().err.strip().splitlines()
    for lines in (first, second):
        assert len([line for line in lines if "speakers" in line]) == 1
        assert not any("Traceback" in line for line in lines)
    assert not (tmp_path / "m").exists()


def test_bench_trains_on_copies_and_a_part_of_the_folds_is_called_unfinished(
    table, tmp_path, capsys
):
    records = tmp_path / "r.jsonl"
    asked = ["bench", "light", "--corpora", str(table), *SMALL, *TWO, "--records", str(records)]
    assert status([*asked, "--folds", "1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "unfinished: 1 of 4 folds" in said
    assert "taught with copies speakers:2" in said
    [first] = read_records(records)
    assert status(asked) == 0
    assert "unfinished" not in capsys.readouterr().out
    every = read_records(records)
    assert every[0] == first
    assert [one["fold"]["index"] for one in every] == [0, 1, 2, 3]
    assert {one["settings"]["augment"] for one in every} == {"speakers:2"}
    assert status([*asked, "--folds", "0"]) == 2


def test_light_is_searched_and_watched_in_bench(table, capsys):
    asked = ["bench", "light", "--corpora", str(table), *SMALL, "--augment", "none", "--folds", "1"]
    assert status([*asked, "--set", "watch=test", "--set", "epoch=best"]) == 0
    assert "a leak" in capsys.readouterr().out
    assert status([*asked, "--search", "exhaustive"]) == 2
    assert "light has no grid to search" in capsys.readouterr().err


def test_a_search_needs_known_settings(table):
    with pytest.raises(UsageError, match="no setting 'depth'"):
        teach("light", read_table(table), settings={"depth": 2})


@pytest.mark.slow
def test_ctrl_c_in_bench_says_in_one_line_how_to_go_on(table, tmp_path):
    command = [sys.executable, "-m", "emovox", "bench", "lstm", "--corpora", str(table)]
    command += ["--set", "hidden=4", "--set", "epochs=2000", "--features", "mfcc", "--no-cache"]
    command += ["--records", str(tmp_path / "r.jsonl")]
    environment = {**os.environ, "EMOVOX_PROGRESS": "json"}
    begun = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    for line in begun.stderr:
        if '"epochs' in line and json.loads(line)["done"] >= 3:
            begun.send_signal(signal.SIGINT)
            break
    said = [line for line in begun.stderr.read().splitlines() if not line.startswith("{")]
    assert begun.wait(timeout=60) == 130
    [how] = said
    assert how.startswith("emovox: stopped after epoch")
    assert f"which is kept in {tmp_path / 'r.jsonl.search'}" in how
    assert how.endswith("the same command goes on from there")
    [kept] = (tmp_path / "r.jsonl.search").glob("*/training.json")
    assert json.loads(kept.read_text())["epoch"] >= 3
