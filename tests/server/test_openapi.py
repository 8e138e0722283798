"""The description of the service is valid, whole, and its examples are real answers."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import jsonschema
import pytest
from starlette.routing import BaseRoute, Mount

import emovox
from emovox.server import openapi
from emovox.server.answering import templates_of
from emovox.server.application import application
from emovox.server.settings import Settings
from server.services import service

DESCRIBED = openapi.document(Settings())


@pytest.mark.parametrize("token", [None, "a-token-of-some-length"])
def test_the_description_is_valid(token) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(openapi.document(Settings(token=token)))


def test_every_address_of_the_service_is_described() -> None:
    routes: list[BaseRoute] = application(Settings()).routes
    assert not any(isinstance(route, Mount) for route in routes)
    # What the page asks for is between the page and its server, and changes with it.
    public = {
        path
        for path in templates_of(routes).values()
        if not path.startswith(("/page/api/", "/static")) and path != "/"
    }
    assert public == set(DESCRIBED["paths"])


def test_the_schema_of_a_result_is_the_published_one(repository: Path) -> None:
    published = json.loads((repository / "docs" / "result-schema.json").read_text())
    assert openapi.result_schema() == published
    for example in (openapi.EXAMPLE, openapi.FAILED):
        jsonschema.validate(example, published)


def test_what_this_is_and_is_not_stands_in_the_description() -> None:
    predict = DESCRIBED["paths"]["/v1/predict"]["post"]
    for text in (DESCRIBED["info"]["description"], predict["description"]):
        for words in ("what a person feels", "article 5", "article 50", "work and in education"):
            assert words in text


def test_the_examples_are_what_the_server_answers(tmp_path: Path) -> None:
    clip = Path(emovox.__file__).parent / "demo" / openapi.EXAMPLE["path"]
    with (
        service(tmp_path) as running,
        httpx.Client(base_url=f"http://127.0.0.1:{running.server.port}") as client,
    ):
        sent = [("file", (clip.name, clip.read_bytes())), ("file", ("notes.txt", b"hello there"))]
        assert client.post("/v1/predict", files=sent[:1]).json() == openapi.EXAMPLE
        answer = client.post("/v1/predict", files=sent)
        shown = DESCRIBED["paths"]["/v1/predict"]["post"]["responses"]["200"]["content"]
        assert answer.text == shown["application/x-ndjson"]["example"]
        for path in ("/v1/models", "/v1/emotions", "/health"):
            content = DESCRIBED["paths"][path]["get"]["responses"]["200"]["content"]
            answered = client.get(path).json()
            assert answered == content["application/json"]["example"], path
            schema = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            jsonschema.validate(answered, DESCRIBED["components"]["schemas"][schema])
        assert client.get("/openapi.json").json() == json.loads(json.dumps(DESCRIBED))
