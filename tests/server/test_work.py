"""Promises of what the workers do."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from tests.made_voices import RATE, voice

from emovox.audio.decode import Stopped
from emovox.errors import ModelError
from emovox.inference import load
from emovox.models.lookup import SHIPPED
from emovox.server.settings import Limits, Settings
from emovox.server.work import Workshop, batch_that_pays, predict, predict_together


def costly(monkeypatch: pytest.MonkeyPatch, *, run_s: float, row_s: float) -> Any:
    """A recogniser whose network takes so long a run and a row, behind features of 1 ms.

    By a clock of its own: how busy the machine is changes nothing.
    """
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def scores(rows: np.ndarray) -> np.ndarray:
        clock[0] += run_s + row_s * len(rows)
        return rows

    def vector(_: np.ndarray) -> np.ndarray:
        clock[0] += 0.001
        return np.zeros(3)

    return SimpleNamespace(
        front_end=SimpleNamespace(vector=vector), model=SimpleNamespace(scores=scores)
    )


def test_a_network_that_takes_long_a_run_is_worth_a_batch(monkeypatch) -> None:
    assert batch_that_pays(costly(monkeypatch, run_s=0.02, row_s=0.0)) == 8


def test_a_network_that_takes_long_a_row_is_not(monkeypatch) -> None:
    assert batch_that_pays(costly(monkeypatch, run_s=0.0, row_s=0.02)) == 1


def test_for_the_model_that_ships_a_batch_does_not_pay() -> None:
    assert batch_that_pays(load()) == 1


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(Settings(models=tmp_path / "models", limits=Limits(duration_s=3.0)))


def test_a_batch_gives_what_each_gives_alone(workshop, recordings, tmp_path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"hello there")
    paths = [*map(str, recordings.values()), str(tmp_path / "bad.wav")]
    asked = [{"path": path, "name": f"{n}.wav"} for n, path in enumerate(paths)]
    together = predict_together(workshop, asked)
    assert together == [predict(workshop, b"", **each) for each in asked]
    assert [each["lines"][0]["ok"] for each in together] == [True, True, True, False]
    assert "known" not in str(together[-1])
    assert str(tmp_path) not in str(together)


def test_what_is_too_long_is_told_without_a_flag_of_the_command_line(workshop, tmp_path) -> None:
    soundfile.write(tmp_path / "long.wav", voice("anger", seconds=3.5), RATE)
    told = predict(workshop, b"", path=str(tmp_path / "long.wav"), name="long.wav")
    assert told["lines"][-1]["error"] == {
        "code": "too-long",
        "message": "lasts more than 3 s, the limit of this server; send parts",
    }


def test_a_recording_is_given_up_within_a_second_of_sound(workshop, recordings) -> None:
    n_asked = 0

    def stop() -> bool:
        nonlocal n_asked
        n_asked += 1
        return n_asked > 1

    workshop.stop = stop
    with pytest.raises(Stopped):
        predict(workshop, b"", path=str(recordings["anger"]), name="a")
    assert n_asked == 2


def test_a_model_that_was_trained_again_is_loaded_again(workshop) -> None:
    own = workshop.settings.models / "mine"
    shutil.copytree(SHIPPED / "default", own)
    first = workshop.recogniser("mine")
    assert workshop.recogniser("mine") is first
    shutil.rmtree(own)
    with pytest.raises(ModelError, match="there is no model 'mine'; known: default"):
        workshop.recogniser("mine")
    shutil.copytree(SHIPPED / "default", own)
    (own / "model.json").touch()
    assert workshop.recogniser("mine") is not first


def test_few_models_are_kept_in_memory(workshop) -> None:
    for n in range(5):
        shutil.copytree(SHIPPED / "default", workshop.settings.models / f"m{n}")
        (workshop.settings.models / f"m{n}" / "model.json").touch()
        workshop.recogniser(f"m{n}")
    assert len(workshop.loaded) == 3
