"""Recognise: what the page gets for a recording is what the command line says of it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import XML

import pytest
from starlette.testclient import TestClient

from emovox.cli.main import status
from emovox.inference import Result
from emovox.server.page.recognise_work import recognise

from .served_page import recording, served_page, with_pauses

ADDRESS = "/page/api/recognise"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served_page(tmp_path_factory.mktemp("page")) as found:
        yield found


def asked(client: TestClient, path: Path, name: str | None = None, **query: Any) -> Any:
    with path.open("rb") as sound:
        files = {"file": (name or path.name, sound)}
        return client.post(ADDRESS, files=files, params=query)


def printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert status(arguments) == 0
    return capsys.readouterr().out


def test_a_recording_is_told_as_the_command_line_tells_it(
    client: TestClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = asked(client, with_pauses(Path("pauses.wav"))).json()
    assert answer["result"] == json.loads(printed(["predict", "pauses.wav", "--json"], capsys))
    lines = printed(["predict", "pauses.wav", "--json", "--segments"], capsys).splitlines()
    assert answer["segments"] == [json.loads(line) for line in lines]
    assert len(answer["segments"]) == 3
    rows = list(csv.reader(io.StringIO(printed(["predict", "pauses.wav", "--csv"], capsys))))
    assert [answer["csv"]["header"], *answer["csv"]["rows"]] == rows
    for form, text in answer["labels"].items():
        assert text == printed(["predict", "pauses.wav", "--labels", form], capsys)
    assert answer["length_s"] == pytest.approx(12.0)


def test_drawings_are_whole_and_stand_over_one_axis(client: TestClient, tmp_path: Path) -> None:
    drawings = asked(client, with_pauses(tmp_path / "pauses.wav")).json()["drawings"]
    assert list(drawings) == ["waveform", "spectrogram", "timeline", "axis", "bars"]
    for markup in drawings.values():
        XML(markup)


def test_a_spectrogram_has_the_scale_that_is_asked_for(client: TestClient, tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav")
    mel, linear = (
        asked(client, path, **query).json()["drawings"]["spectrogram"]
        for query in ({}, {"scale": "linear"})
    )
    assert "on the mel scale" in mel
    assert "on the linear scale" in linear


def test_one_segment_needs_no_timeline(client: TestClient, tmp_path: Path) -> None:
    assert asked(client, recording(tmp_path / "a.wav")).json()["drawings"]["timeline"] is None


def test_drawings_are_made_only_where_they_are_wanted(client: TestClient, tmp_path: Path) -> None:
    answer = asked(client, recording(tmp_path / "a.wav"), drawings="0").json()
    assert answer["drawings"] is None
    assert answer["result"]["ok"] is True


def test_drawings_speak_the_language_of_the_page(client: TestClient, tmp_path: Path) -> None:
    drawings = asked(client, with_pauses(tmp_path / "p.wav"), language="zh").json()["drawings"]
    said = "".join(drawings.values())
    assert "峰值" in said
    assert "愤怒" in drawings["timeline"]
    assert not re.search(r"\b(peak|seconds|anger|neutral|sadness)\b", said)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"language": "fr"}, (400, "bad-request")),
        ({"drawings": "2"}, (400, "bad-request")),
        ({"scale": "bark"}, (400, "bad-request")),
        ({"model": "nobody"}, (404, "model-missing")),
        ({"model": "../default"}, (404, "model-missing")),
    ],
)
def test_what_is_not_on_offer_is_refused(
    client: TestClient, tmp_path: Path, query: dict[str, str], expected: tuple[int, str]
) -> None:
    answer = asked(client, recording(tmp_path / "a.wav"), **query)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_no_recording_says_so_without_a_path(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("words")
    answer = asked(client, tmp_path / "a.wav")
    assert (answer.status_code, answer.json()["code"]) == (422, "not-audio")
    assert "spool" not in answer.text
    assert str(tmp_path) not in answer.text


def test_two_recordings_at_once_are_refused(client: TestClient, tmp_path: Path) -> None:
    sound = recording(tmp_path / "a.wav").read_bytes()
    answer = client.post(ADDRESS, files=[("file", ("a.wav", sound)), ("file", ("b.wav", sound))])
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_a_name_can_neither_inject_markup_nor_a_formula(client: TestClient, tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav")
    answer = asked(client, path, name="=1+<script>alert(1)</script>.wav").json()
    for markup in filter(None, answer["drawings"].values()):
        assert "<script" not in markup
        XML(markup)
    assert answer["csv"]["rows"][0][0].startswith("'=")


def test_the_live_timeline_is_drawn_from_what_the_page_holds(client: TestClient) -> None:
    stretches = [
        {"start": 0.0, "end": 1.0, "scores": {"anger": 0.8, "neutral": 0.2}},
        {"start": 1.0, "end": 2.0, "scores": None},
    ]
    asked = {"stretches": stretches, "length_s": 10.0, "language": "zh"}
    answer = client.post("/page/api/drawings/timeline", json=asked).json()
    XML(answer["axis"])
    assert "愤怒 80.0 %" in answer["timeline"]
    assert XML(answer["timeline"]) is not None


def stretch(**changes: Any) -> dict[str, Any]:
    return {"start": 0.0, "end": 1.0, "scores": {"anger": 1.0}, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"stretches": [stretch()] * 401},
        {"stretches": [stretch(scores={f"e{i}": 0.1 for i in range(33)})]},
        {"stretches": [stretch(scores={"a" * 65: 0.1})]},
        {"stretches": [stretch(scores={"anger": 1.5})]},
        {"stretches": [stretch(scores=["anger"])]},
        {"stretches": [stretch(start=2.0)]},
        {"stretches": [stretch(end=1e300)]},
        {"stretches": [stretch(start=True)]},
        {"stretches": ["0-1"]},
        {"stretches": {}},
        {"length_s": 0},
        {"length_s": "long"},
        {"language": ["en"]},
    ],
)
def test_a_timeline_of_nonsense_or_without_bounds_is_refused(
    client: TestClient, changes: dict[str, Any]
) -> None:
    asked = {"stretches": [stretch()], "length_s": 10.0, "language": "en", **changes}
    answer = client.post("/page/api/drawings/timeline", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_names_of_emotions_are_escaped_in_a_timeline(client: TestClient) -> None:
    asked = {"stretches": [stretch(scores={"<img src=x>": 1.0})], "length_s": 2.0}
    answer = client.post("/page/api/drawings/timeline", json=asked).json()
    assert "<img" not in answer["timeline"]


def test_the_counts_of_a_batch_are_drawn_in_the_order_of_their_names(client: TestClient) -> None:
    asked = {"counts": {"neutral": 3, "anger": 1200, "<img>": 0}, "language": "zh"}
    answer = client.post("/page/api/drawings/counts", json=asked).json()
    assert XML(answer["bars"]) is not None
    assert "&lt;img&gt; 0, 愤怒 1,200, 中性 3." in answer["bars"]
    assert answer["bars"].count('class="bar"') == 1


@pytest.mark.parametrize(
    "counts",
    [None, {"anger": -1}, {"anger": "1"}, {"": 1}, {"a" * 65: 1}, {f"e{i}": 1 for i in range(33)}],
)
def test_counts_of_nonsense_or_without_bounds_are_refused(client: TestClient, counts: Any) -> None:
    answer = client.post("/page/api/drawings/counts", json={"counts": counts})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_a_drawing_rounds_the_figures_of_the_json_and_no_others(tmp_path: Path) -> None:
    exact = {"anger": 0.80449, "neutral": 0.19551}
    result = Result("a.wav", 0.0, 1.0, "anger", exact)

    class Stand:
        labels = ("anger", "neutral")

        def predict(self, path: str) -> Result:
            return result

        def predict_segments(self, path: str) -> list[Result]:
            return [result]

    workshop = SimpleNamespace(
        recogniser=lambda model: Stand(),
        settings=SimpleNamespace(limits=SimpleNamespace(duration_s=60.0)),
    )
    path = str(recording(tmp_path / "a.wav"))
    answer = recognise(workshop, b"", path=path, name="a.wav")  # type: ignore[arg-type]
    assert answer["result"]["scores"]["anger"] == 0.8045
    assert ">80.5<" in answer["drawings"]["bars"]


def test_the_process_of_the_connections_loads_neither_decoder_nor_runtime() -> None:
    code = (
        "import sys, emovox.server.application\n"
        "print({'soundfile', 'soxr', 'onnxruntime', 'sklearn', 'pandas'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.strip() == "set()"
