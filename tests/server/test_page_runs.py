"""Experiments of the page: from a plan to a saved model, and what a restart finds."""

from __future__ import annotations

import gzip
import json
import shlex
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("sklearn")
pytest.importorskip("onnx")

from starlette.applications import Starlette
from starlette.testclient import TestClient

from emovox.cli.main import status
from emovox.errors import EmovoxError, UsageError
from emovox.server.jobs import Jobs
from emovox.server.page import choices, comparison, jobs, plans, run_keeper, runs, saving
from emovox.server.page.run_summaries import settings_of_row
from emovox.server.problems import Problem, on_error
from emovox.server.settings import Settings

API = "/page/api"
EXPERIMENT = {"methods": ["ccser-knn"], "corpora": ["tones"], "features": ["mfcc"]}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of short tones: angry speakers are loud and high."""
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    lines = ["path,speaker,emotion,sentence"]
    for speaker in range(3):
        for take in range(4):
            for emotion, pitch in (("anger", 400.0), ("sadness", 150.0)):
                name = f"s{speaker}-{take}-{emotion}.wav"
                seconds = np.arange(6400) / 16000
                tone = np.sin(2 * np.pi * (pitch + 20 * speaker + rng.normal(0, 5)) * seconds)
                sound = (0.3 * tone + 0.01 * rng.normal(size=6400)) * 2**15
                with wave.open(str(folder / name), "wb") as file:
                    file.setnchannels(1)
                    file.setsampwidth(2)
                    file.setframerate(16000)
                    file.writeframes(sound.astype("<i2").tobytes())
                lines.append(f"{name},s{speaker},{emotion},t{take}")
    (folder / "tones.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "tones.csv"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, table: Path) -> Iterator[Path]:
    """Folder of the records and models, with a cache of its own."""
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOVOX_CACHE", str(folder / "cache"))
        patch.delenv("EMOVOX_CORPORA", raising=False)
        yield folder


@contextmanager
def served(folder: Path, table: Path) -> Iterator[TestClient]:
    """A server of the page's experiments alone."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        app.state.jobs = Jobs()
        yield
        await app.state.jobs.close()

    modules = (choices, comparison, jobs, plans, runs, saving)
    app = Starlette(
        routes=[route for module in modules for route in module.routes()],
        exception_handlers={Problem: on_error, EmovoxError: on_error},
        lifespan=lifespan,
    )
    app.state.settings = Settings(
        corpora={"tones": table}, records=folder / "runs", models=folder / "models"
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def client(here: Path, table: Path) -> Iterator[TestClient]:
    with served(here, table) as found:
        yield found


@pytest.fixture(scope="module")
def run(client: TestClient) -> dict[str, Any]:
    """A run that the page has begun and that has ended."""
    answer = client.post(f"{API}/runs", json={"experiment": EXPERIMENT, "name": "first"})
    assert answer.status_code == 201
    return until(client, "first", lambda run: run["state"] not in ("queued", "running"))


def until(client: TestClient, name: str, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    end = time.monotonic() + 60
    while True:
        answer = client.get(f"{API}/runs").json()["runs"]
        [found] = [one for one in answer if one["id"] == name]
        if true(found):
            return dict(found)
        assert time.monotonic() < end, found
        time.sleep(0.1)


def test_the_choices_are_those_of_the_registry(client: TestClient) -> None:
    found = client.get(f"{API}/choices").json()
    names = {kind: [one["name"] for one in found[kind]] for kind in found}
    assert {"ccser-best", "ridge"} < set(names["methods"])
    kinds = {one["name"]: one["kind"] for one in found["methods"]}
    assert kinds["ridge"] == "classic"
    assert kinds.get("lstm", "network") == "network"
    assert ("lstm" in kinds) == (find_spec("torch") is not None)
    assert names["scalers"] == ["standard", "minmax", "robust", "quantile"]
    [crossing] = [one for one in found["protocols"] if one["name"] == "cross-corpus"]
    assert crossing["options"][0]["choices"] == ["pairs", "leave-one-corpus-out", "pooled"]


@pytest.mark.slow
def test_a_network_shows_its_epochs_and_can_be_stopped(client: TestClient) -> None:
    pytest.importorskip("torch")
    asked = {"methods": ["lstm"], "corpora": ["tones"]}
    plan = client.post(f"{API}/plans", json=asked).json()
    assert (plan["problem"], plan["n_folds"]) == (None, 3)
    answer = client.post(f"{API}/runs", json={"experiment": asked, "name": "network"})
    assert answer.status_code == 201
    seen = until(client, "network", lambda run: str(run["activity"]).startswith("epochs"))
    assert seen["activity"].startswith("epochs 1/3")
    assert client.post(f"{API}/runs/network/cancel").status_code in (200, 202)
    ended = until(client, "network", lambda run: run["state"] not in ("queued", "running"))
    assert ended["state"] == "cancelled"


def test_a_plan_shows_what_will_run_and_runs_nothing(
    client: TestClient, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.post(f"{API}/plans", json=EXPERIMENT).json()
    assert (answer["n_utterances"], answer["n_folds"], answer["problem"]) == (24, 3, None)
    assert answer["emotions"] == {"anger": 12, "sadness": 12}
    shared = {leak["kind"]: leak["shared"] for leak in answer["leaks"]}
    assert shared == {"speaker": 0, "sentence": 4, "identical_audio": 0}
    assert not list((here / "runs").glob("ccser-knn*"))
    said: list[list[str]] = []
    monkeypatch.setattr(
        run_keeper.RunKeeper, "as_json", lambda self, run: {"arguments": run.began["arguments"]}
    )
    monkeypatch.setattr(Jobs, "start", lambda self, kind, argv, **_: said.append(argv) or FINISHED)
    client.post(f"{API}/runs", json={"experiment": EXPERIMENT, "name": None})
    assert shlex.split(answer["command"]) == ["emovox", *said[0]]
    monkeypatch.undo()
    assert client.delete(f"{API}/runs/ccser-knn-tones").status_code == 200


class FINISHED:
    id = "none"
    has_ended = True


def test_what_is_impossible_is_told_before_it_begins(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {**EXPERIMENT, "protocol": "session"}
    answer = client.post(f"{API}/runs", json={"experiment": bad, "name": "never"})
    assert (answer.status_code, answer.json()["code"]) == (422, "protocol-impossible")
    assert client.get(f"{API}/runs/never").status_code == 404

    async def refuse(*_: object) -> dict[str, Any]:
        raise Problem(422, "protocol-impossible", "no sessions")

    monkeypatch.setattr(run_keeper.RunKeeper, "plan", refuse)
    told = client.post(f"{API}/plans", json=bad).json()
    assert "--protocol=session" in told["command"]
    assert (told["problem"]["detail"], told["folds"]) == ("no sessions", [])


def test_a_run_has_scores_of_folds_training_and_test(
    client: TestClient, run: dict[str, Any]
) -> None:
    assert (run["state"], run["done"], run["total"], run["error"]) == ("done", 3, 3, None)
    found = client.get(f"{API}/runs/first?language=zh").json()
    [row] = found["rows"]
    assert (row["method"], row["row"], row["n_folds"]) == ("ccser-knn", 0, 3)
    assert row["train_ua"] == row["train_wa"] == 1.0
    assert [fold["n_test"] for fold in row["fold_scores"]] == [8, 8, 8]
    assert all(fold["train_ua"] == 1.0 for fold in row["fold_scores"])
    assert "愤怒" in row["confusion_drawing"]
    assert (found["comparison"], found["heat_map"]) == (None, None)
    page = client.get(f"{API}/runs/first/report")
    assert page.headers["content-disposition"] == 'attachment; filename="first.html"'
    assert page.text.startswith("<!doctype html>")


def test_a_name_is_given_once_and_leads_nowhere(client: TestClient, run: dict[str, Any]) -> None:
    for name, expected in (("first", 409), ("../first", 400), ("a/b", 400), (".x", 400), (3, 400)):
        answer = client.post(f"{API}/runs", json={"experiment": EXPERIMENT, "name": name})
        assert (name, answer.status_code) == (name, expected)
    assert client.get(f"{API}/runs/..%2ffirst").status_code == 404
    assert client.post(f"{API}/runs/first/continue").status_code == 409
    assert client.post(f"{API}/runs/first/cancel").status_code == 409


def test_a_row_becomes_a_model(client: TestClient, here: Path, run: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        settings_of_row(str(here / "runs/first.jsonl"), 7)
    answer = client.post(f"{API}/models", json={"run": "first", "row": 0, "name": "mine"})
    job = answer.json()["job"]
    assert job["about"]["command"].startswith("emovox train ccser-knn ")
    end = time.monotonic() + 60
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < end
        time.sleep(0.2)
        job = client.get(f"{API}/jobs/{job['id']}").json()
    assert (job["state"], job["error"]) == ("done", None)
    assert str(here) not in json.dumps(job["result"])
    described = json.loads((here / "models/mine/model.json").read_text(encoding="utf-8"))
    assert described["labels"] == ["anger", "sadness"]
    again = client.post(f"{API}/models", json={"run": "first", "row": 0, "name": "mine"})
    assert again.status_code == 409


@pytest.mark.slow
def test_a_restart_goes_on_where_the_dead_server_was(
    here: Path, table: Path, run: dict[str, Any]
) -> None:
    folder = here / "runs"
    first, *_ = (folder / "first.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "torn.jsonl").write_bytes(first + first[:100])
    began = json.loads((folder / "first.run.json").read_bytes())
    began |= {"state": "running"}
    (folder / "torn.run.json").write_text(json.dumps(began), encoding="utf-8")
    with served(here, table) as client:
        found = until(client, "torn", lambda run: run["done"] == 1)
        assert (found["state"], found["total"]) == ("interrupted", 3)
        assert client.post(f"{API}/runs/torn/continue").status_code == 200
        until(client, "torn", lambda run: run["state"] == "done")
        lines = (folder / "torn.jsonl").read_bytes().splitlines(keepends=True)
        assert (lines[0], len(lines)) == (first, 3)
        until(client, "torn", lambda run: len(run["summary"]) == 1 and run["summary"][0]["ua"] == 1)
        # A run that was given up here and finished by the command line is done.
        (folder / "torn.run.json").write_text(json.dumps(began), encoding="utf-8")
        assert until(client, "torn", lambda run: True)["state"] == "done"


@pytest.mark.slow
def test_a_cancelled_run_keeps_its_folds_and_goes_on(client: TestClient, here: Path) -> None:
    slow = {**EXPERIMENT, "methods": ["ccser-knn", "ccser-best"]}
    asked = {"experiment": slow, "name": "slow"}
    assert client.post(f"{API}/runs", json=asked).status_code == 201
    until(client, "slow", lambda run: run["activity"] == "folds" and run["done"] >= 3)
    assert client.delete(f"{API}/runs/slow").status_code == 409
    answer = client.post(f"{API}/runs/slow/cancel").json()
    assert answer["state"] == "cancelled"
    n_lines = len((here / "runs/slow.jsonl").read_bytes().splitlines())
    assert 3 <= n_lines < 6
    assert client.delete(f"{API}/runs/slow").json() == {"deleted": "slow"}
    assert not list((here / "runs").glob("slow*"))


def test_what_the_command_line_made_shows_and_is_compared(
    client: TestClient, here: Path, table: Path, run: dict[str, Any]
) -> None:
    folder = here / "runs"
    by_hand = folder / "by-hand.jsonl"
    flags = ["--corpora", str(table), "--features", "mfcc", "--records", str(by_hand)]
    assert status(["bench", "ccser-tree", *flags]) == 0
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress(by_hand.read_bytes()))
    (folder / "by-hand.2.jsonl").write_bytes(b"no record\n")
    crafted = json.loads(by_hand.read_bytes().splitlines()[0])
    crafted["test"] = {"emotion": [99], "prediction": "x"}
    (folder / "crafted.jsonl").write_text(json.dumps(crafted) + "\n", encoding="utf-8")
    broken = until(client, "by-hand.2", lambda run: run["error"] is not None)
    assert broken["error"]["code"] == "records-damaged"
    broken = until(client, "crafted", lambda run: run["error"] is not None)
    assert broken["error"]["code"] == "records-damaged"
    answer = client.get(f"{API}/runs/crafted")
    assert (answer.status_code, answer.json()["code"]) == (422, "records-damaged")
    found = until(client, "by-hand", lambda run: bool(run["summary"]))
    assert (found["state"], found["methods"], found["command"]) == (
        "recorded", ["ccser-tree"], None,
    )  # fmt: skip
    assert until(client, "packed", lambda run: bool(run["summary"]))["state"] == "recorded"
    assert client.post(f"{API}/runs/by-hand/continue").status_code == 409
    answer = client.get(f"{API}/comparison?runs=first,by-hand").json()
    assert {(row["method"], *row["runs"]) for row in answer["rows"]} == {
        ("ccser-knn", "first"), ("ccser-tree", "by-hand"),
    }  # fmt: skip
    assert "ccser-tree" in answer["comparison"]
    assert client.delete(f"{API}/runs/by-hand").status_code == 200
    assert (folder / "by-hand.2.jsonl").exists()
    assert not by_hand.exists()
