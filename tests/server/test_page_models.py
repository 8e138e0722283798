"""Models: what is installed and what was trained here, each with its card and figures."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from emovox.models.lookup import SHIPPED
from emovox.server.installed import default_of, models_of
from emovox.server.page.models_work import card_html
from emovox.server.settings import Settings

from .served_page import copied_model, recording, served_page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    copied_model(folder / "models" / "trained-here")
    broken = copied_model(folder / "models" / "broken")
    (broken / "network.onnx").write_bytes(b"changed")
    copied_model(folder / "models" / ".being-written.tmp")
    with served_page(folder) as found:
        yield found


def listed(client: TestClient) -> dict[str, Any]:
    answer = client.get("/page/api/models").json()
    return {model["name"]: model for model in answer["models"]}


def test_the_shipped_model_tells_its_own_figures(client: TestClient) -> None:
    answer = client.get("/page/api/models").json()
    assert answer["default"] == "default"
    model = listed(client)["default"]
    settings = json.loads((SHIPPED / "default" / "model.json").read_text(encoding="utf-8"))
    assert model["figures"] == settings["figures"]
    assert model["labels"] == settings["labels"]
    assert model["shipped"] is True
    assert model["error"] is None
    assert "<h1>default</h1>" in model["card"]
    assert "license_name" not in model["card"]


def test_models_trained_here_stand_beside_it(client: TestClient) -> None:
    assert list(listed(client)) == ["broken", "default", "trained-here"]
    assert listed(client)["trained-here"]["shipped"] is False


def test_a_broken_model_is_listed_with_its_problem(client: TestClient) -> None:
    model = listed(client)["broken"]
    assert model["error"]["code"] in ("model-tampered", "model-invalid")
    assert (model["labels"], model["figures"], model["card"]) == ([], [], None)


def test_no_answer_holds_a_path_of_the_server(client: TestClient, folder: Path) -> None:
    text = client.get("/page/api/models").text
    assert str(folder) not in text
    assert str(SHIPPED.parent) not in text


def test_a_model_that_changes_is_read_again(client: TestClient, folder: Path) -> None:
    assert listed(client)["trained-here"]["error"] is None
    card = folder / "models" / "trained-here" / "README.md"
    whole = card.read_bytes()
    card.write_bytes(whole.replace(b"Ridge", b"Rigid"))
    os.utime(card, ns=(1, 1))
    assert listed(client)["trained-here"]["error"]["code"] == "model-tampered"
    card.write_bytes(whole)
    assert listed(client)["trained-here"]["error"] is None


def test_a_model_trained_here_recognises(client: TestClient, tmp_path: Path) -> None:
    sound = recording(tmp_path / "a.wav").read_bytes()
    answers = [
        client.post(
            f"/page/api/recognise?drawings=0{query}", files={"file": ("a.wav", sound)}
        ).json()
        for query in ("", "&model=trained-here")
    ]
    assert answers[0]["result"]["scores"] == answers[1]["result"]["scores"]


def test_a_model_named_at_the_start_answers_by_its_folders_name(tmp_path: Path) -> None:
    folder = copied_model(tmp_path / "elsewhere" / "own")
    settings = Settings(model=str(folder), models=tmp_path / "none")
    assert default_of(settings) == "own"
    assert models_of(settings)["own"] == folder
    named = Settings(model="own", models=tmp_path / "elsewhere")
    assert (default_of(named), models_of(named)["own"]) == ("own", folder)


@pytest.mark.parametrize(
    ("card", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("[a](javascript:alert(1))", "href"),
        ("[a](data:text/html,x)", "href"),
        ("[a](file:///etc/passwd)", "href"),
        ("![a](https://example.org/a.png)", "<img"),
        ("trained by `emovox train --corpus emodb=/srv/anna/emodb`", "/srv/anna"),
    ],
)
def test_a_card_brings_nothing_unsafe_into_the_page(card: str, never: str) -> None:
    assert never not in card_html(card)


def test_a_card_keeps_its_links_and_tables() -> None:
    made = card_html("[a](https://example.org/b/c)\n\n| a |\n|---|\n| 1 |\n")
    assert '<a href="https://example.org/b/c">a</a>' in made
    assert "<td>1</td>" in made
