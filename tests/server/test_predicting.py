"""Promises of /v1/predict and its neighbours, with the model that ships."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest

import emovox
from server.services import Service, service, until

DEMO = Path(emovox.__file__).parent / "demo"
CLIPS = ["synthetic-neutral.flac", "synthetic-two-styles.flac", "synthetic-angry-like.flac"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.fixture
def client(running: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{running.server.port}", timeout=30) as found:
        yield found
    until(running.is_clean)


def files(*names: str) -> list[tuple[str, tuple[str, bytes]]]:
    return [("file", (name, (DEMO / name).read_bytes())) for name in names]


def command_line(*arguments: str) -> bytes:
    """What `emovox predict` prints."""
    words = [sys.executable, "-m", "emovox", "predict", "--json", *arguments]
    return subprocess.run(words, cwd=DEMO, capture_output=True).stdout


def test_one_file_is_answered_with_the_bytes_that_the_command_line_prints(client) -> None:
    answer = client.post("/v1/predict", files=files(CLIPS[0]))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == command_line(CLIPS[0])


def test_a_web_socket_to_where_there_is_none_is_told_so(running: Service) -> None:
    head = (
        "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    for path in ("/v1/predict", "/nowhere"):
        answer = running.server.ask(f"GET {path} HTTP/1.1\r\n{head}")
        assert (answer.status, answer.code) == (404, "not-found")


def test_what_is_wrong_in_a_form_is_told_to_its_client_and_not_to_the_log(
    running: Service,
) -> None:
    for body in (b"junk\r\n", b"--made-for-a-test\r\nA b: c\r\n\r\n"):
        answer = running.post("/v1/predict", body, "multipart/form-data; boundary=made-for-a-test")
        assert (answer.status, answer.code) == (400, "bad-request")
    assert "character" not in running.server.said()


@pytest.mark.parametrize("flag", [(), ("--segments",)])
def test_several_files_are_answered_with_the_lines_that_the_command_line_prints(
    client, flag
) -> None:
    names = [*CLIPS, "README.md", CLIPS[0]]
    address = "/v1/predict?segments" if flag else "/v1/predict"
    answer = client.post(address, files=files(*names))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.content == command_line(*flag, *names)


def test_segments_of_one_file_are_lines(client) -> None:
    answer = client.post("/v1/predict?segments=1", files=files(CLIPS[1]))
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.content == command_line("--segments", CLIPS[1])
    assert len(answer.content.splitlines()) > 1


@pytest.mark.parametrize("kind", ["audio/flac", "audio/x-whatever", "application/octet-stream"])
def test_a_raw_body_is_a_recording_called_like_standard_input(client, kind) -> None:
    content = (DEMO / CLIPS[0]).read_bytes()
    answer = client.post("/v1/predict", content=content, headers={"content-type": kind})
    expected = {**json.loads(command_line(CLIPS[0])), "path": "-"}
    assert (answer.status_code, answer.json()) == (200, expected)


def test_a_name_that_lies_about_its_format_is_warned_of_as_on_the_command_line(client) -> None:
    content = (DEMO / CLIPS[0]).read_bytes()
    answer = client.post("/v1/predict", files={"file": ("../a.WAV", content)})
    assert answer.json()["path"] == "../a.WAV"
    assert answer.json()["warnings"][0]["code"] == "wrong-extension"


def test_every_line_keeps_the_published_schema(client, repository) -> None:
    schema = json.loads((repository / "docs" / "result-schema.json").read_text())
    answer = client.post("/v1/predict", files=files(*CLIPS, "README.md"))
    for line in answer.content.splitlines():
        jsonschema.validate(json.loads(line), schema)


def test_a_file_that_is_no_recording_is_a_problem_that_names_it(client) -> None:
    answer = client.post("/v1/predict", files={"file": ("a\u202eb.wav", b"hello there")})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-audio"
    assert answer.json()["detail"].startswith("a\\u202eb.wav: is not a recording")


def test_many_files_of_one_request_come_in_their_order(client) -> None:
    names = CLIPS * 20
    answer = client.post("/v1/predict", files=files(*names))
    assert [json.loads(line)["path"] for line in answer.content.splitlines()] == names


@pytest.mark.parametrize("name", ["nobody", "../default", "/etc", "", "default/", "."])
def test_a_model_is_named_and_never_a_path(client, name) -> None:
    for chosen in (files(CLIPS[0]), files(*CLIPS)):
        answer = client.post("/v1/predict", params={"model": name}, files=chosen)
        assert (answer.status_code, answer.json()["code"]) == (404, "model-missing")
        assert "known: default" in answer.json()["detail"]


def test_a_model_that_is_installed_may_be_named(client) -> None:
    answer = client.post("/v1/predict?model=default", files=files(CLIPS[0]))
    assert answer.json()["model"]["name"] == "default"


@pytest.mark.parametrize("query", ["modle=default", "path=/etc/passwd", "segments=maybe"])
def test_an_option_that_does_not_exist_is_said(client, query) -> None:
    answer = client.post(f"/v1/predict?{query}", files=files(CLIPS[0]))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_models_emotions_and_health_are_told(client) -> None:
    models = client.get("/v1/models").json()
    assert models["default"] == "default"
    (model,) = models["models"]
    assert (model["name"], model["task"]) == ("default", "classification")
    emotions = client.get("/v1/emotions").json()
    assert (emotions["model"], emotions["labels"]) == ("default", model["labels"])
    assert client.get("/v1/emotions?model=no").status_code == 404
    assert client.get("/health").json()["workers"] == {"of": 2, "ready": 2, "busy": 0}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/predict", 405, "wrong-method"),
        ("DELETE", "/health", 405, "wrong-method"),
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/models/", 404, "not-found"),
    ],
)
def test_addresses_and_methods_that_do_not_exist_are_problems(
    client, method, path, status, code
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_answer_has_an_id_and_the_log_has_its_line(running, client) -> None:
    answer = client.post("/v1/predict?model=default", files=files(CLIPS[0]))
    missing = client.get("/v1/secret-place")
    for each, said in ((answer, "POST /v1/predict 200"), (missing, "GET (none) 404")):
        line = f"{each.headers['x-request-id']} {said} "
        until(lambda line=line: line in running.server.said())
    log = running.server.said()
    assert "secret-place" not in log
    assert "synthetic" not in log
    assert "model=" not in log


def test_the_metrics_are_read_by_prometheus(client) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    client.get("/health")
    client.post("/v1/predict", files=files(CLIPS[0]))
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {each.name: each for each in parser.text_string_to_metric_families(answer.text)}
    counts = {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for sample in families["emovox_requests"].samples
    }
    assert counts["/v1/predict", "200"] >= 1
    assert counts["/health", "200"] >= 1
    buckets = [
        sample.value
        for sample in families["emovox_request_seconds"].samples
        if sample.name.endswith("_bucket") and sample.labels["route"] == "/v1/predict"
    ]
    assert buckets == sorted(buckets)
    assert families["emovox_workers_ready"].samples[0].value == 2
    memory = {
        each.labels["process"]: each.value for each in families["emovox_memory_bytes"].samples
    }
    assert memory["workers"] > memory["server"] > 10e6
