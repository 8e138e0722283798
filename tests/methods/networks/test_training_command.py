"""`emovox train` of a network: progress, Ctrl-C, going on, the model folder, several processes."""

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

from emovox.cli.main import status
from emovox.corpora import read_table
from emovox.features import FrontEnd
from emovox.methods.teaching import teach
from emovox.models import load

RATE = 16000
SMALL = ["--set", "hidden=8", "--set", "batch_size=8", "--no-cache", "--features", "mfcc"]
EMOVOX = [sys.executable, "-m", "emovox"]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Sixteen noisy tones of a second, low for sadness and high for anger, by four speakers."""
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
    return status(["train", "lstm", str(table), "--out", str(out), *SMALL, *more])


def test_what_is_trained_is_what_predicts(table, tmp_path, capsys):
    assert train(table, tmp_path / "m", "--set", "epochs=20", "--set", "learning_rate=0.02") == 0
    capsys.readouterr()
    settings = {"hidden": 8, "batch_size": 8, "epochs": 20, "learning_rate": 0.02}
    again = teach("lstm", read_table(table), front_end=FrontEnd("mfcc"), settings=settings)
    assert again.front_end.form == "frames"
    sounds = [str(item.path) for item in again.utterances]
    assert status(["predict", "--model", str(tmp_path / "m"), "--json", *sounds]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = again.estimator.predict_proba(again.vectors)
    told = [place for place, line in enumerate(lines) if line["scores"] is not None]
    assert len(told) > 8
    for place in told:
        found = [lines[place]["scores"][name] for name in again.estimator.classes_]
        assert found == pytest.approx(expected[place].tolist(), abs=2e-4)


def test_where_everything_lies_is_said_and_the_checkpoints_go(table, tmp_path, capsys):
    assert train(table, tmp_path / "m", "--set", "epochs=2", "--set", "watch=speakers") == 0
    said = capsys.readouterr()
    assert f"checkpoints and log in {tmp_path / 'm.training'}" in said.err
    assert f"model folder   {tmp_path / 'm'}" in said.out
    assert sorted(one.name for one in tmp_path.iterdir()) == ["m"]
    model = load(tmp_path / "m")
    assert model.front_end["form"] == "frames"
    assert str(tmp_path) not in json.dumps(model.settings["method"])


def test_a_folder_of_checkpoints_that_was_named_stays(table, tmp_path, capsys):
    kept = tmp_path / "kept"
    assert train(table, tmp_path / "m", "--set", "epochs=2", "--checkpoint", str(kept)) == 0
    assert f"kept in        {kept}" in capsys.readouterr().out
    [training] = kept.iterdir()
    assert (training / "history.jsonl").read_text().count("\n") == 2


def test_what_else_lies_beside_the_model_is_left_alone(table, tmp_path):
    beside = tmp_path / "m.training"
    beside.mkdir()
    (beside / "notes.txt").write_text("mine")
    assert train(table, tmp_path / "m", "--set", "epochs=1") == 0
    assert [one.name for one in beside.iterdir()] == ["notes.txt"]


def test_progress_is_a_line_of_json_an_epoch(table, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("EMOVOX_PROGRESS", "json")
    assert train(table, tmp_path / "m", "--set", "epochs=3", "--set", "watch=speakers") == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    told = [one for one in map(json.loads, lines) if one.get("progress") == "epochs"]
    assert [(one["done"], one["total"]) for one in told] == [(1, 3), (2, 3), (3, 3)]
    assert all(one["loss"] > 0 and 0 <= one["dev_ua"] <= 1 for one in told)
    assert told[-1]["seconds_left"] == 0


def test_bench_tells_the_epochs_of_each_fold(table, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("EMOVOX_PROGRESS", "json")
    asked = ["bench", "lstm", "--corpora", str(table), "--set", "epochs=2", *SMALL]
    assert status([*asked, "--format", "json"]) == 0
    said = capsys.readouterr()
    [row] = json.loads(said.out)
    assert row["flops"] == 2 * row["macs"] > 0
    told = [json.loads(line) for line in said.err.splitlines()]
    fold = [one["done"] for one in told if one["progress"] == "epochs 2/4"]
    assert fold == [1, 2]


def test_choosing_on_the_test_part_is_said_and_refused_under_strict(table, capsys):
    asked = ["bench", "lstm", "--corpora", str(table), *SMALL, "--set", "epochs=2"]
    leaky = [*asked, "--set", "watch=test", "--set", "epoch=best"]
    assert status(leaky) == 0
    assert "epoch chosen on the test part: a leak" in " ".join(capsys.readouterr().out.split())
    assert status([*leaky, "--strict"]) == 3
    assert "chooses its epoch on the test part" in capsys.readouterr().err
    assert status([*asked, "--set", "watch=test", "--strict"]) == 0
    assert "a leak" not in capsys.readouterr().out
    assert status([*leaky, "--plan"]) == 0
    assert "the epoch was chosen on the test part" in capsys.readouterr().out


@pytest.mark.slow
def test_ctrl_c_keeps_the_epochs_and_the_same_command_goes_on(table, tmp_path):
    command = [*EMOVOX, "train", "lstm", str(table), "--out", str(tmp_path / "m"), *SMALL]
    command += ["--set", "epochs=200"]
    environment = {**os.environ, "EMOVOX_PROGRESS": "json"}
    begun = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    for line in begun.stderr:
        if '"epochs"' in line and json.loads(line)["done"] >= 5:
            begun.send_signal(signal.SIGINT)
            break
    said = begun.stderr.read()
    assert begun.wait(timeout=60) == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    [kept] = (tmp_path / "m.training").glob("*/training.json")
    epoch = json.loads(kept.read_text())["epoch"]
    assert 5 <= epoch < 200
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0
    first = next(line for line in done.stderr.splitlines() if '"epochs"' in line)
    assert json.loads(first)["done"] == epoch + 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["m"]


def test_what_torchrun_is_not_for_is_refused(table, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert status(["bench", "lstm", "--corpora", str(table)]) == 2
    assert "emovox bench is not for torchrun" in capsys.readouterr().err
    assert status(["train", "ridge", str(table), "--out", str(tmp_path / "m")]) == 2
    assert "training ridge is not for torchrun" in capsys.readouterr().err
    assert train(table, tmp_path / "m", "--evaluate") == 2
    assert "--evaluate is not for torchrun" in capsys.readouterr().err


@pytest.mark.slow
def test_of_several_processes_the_leading_one_writes_and_speaks(table, tmp_path):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*torchrun, "--nproc-per-node", "2", "-m", "emovox", "train", "lstm", str(table)]
    command += ["--out", str(tmp_path / "m"), *SMALL, "--set", "epochs=3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("model folder") == 1
    assert done.stderr.count("checkpoints and log in") == 1
    assert load(tmp_path / "m").labels == ("anger", "sadness")
