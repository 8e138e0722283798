"""Corpora: counts, recordings by id and nothing else, checks that a restart keeps."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from starlette.testclient import TestClient

from emovox.corpora import Utterance, read_corpus
from emovox.server.page import shelf
from emovox.server.page.checks import path_of
from emovox.server.page.corpora_listing import summary
from emovox.server.settings import Settings

from .served_page import EMODB, recording, served_page, small_emodb, table

BASE = "/page/api/corpora"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page")
    small_emodb(found / "home" / "emodb")
    table(found / "calls")
    (found / "empty").mkdir()
    return found


def corpora_of(folder: Path) -> dict[str, Path]:
    return {"calls": folder / "calls" / "calls.csv", "savee": folder / "empty"}


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOVOX_CORPORA", str(folder / "home"))
        patch.setattr(shelf, "FRESH_S", 0.0)
        with served_page(folder, corpora=corpora_of(folder)) as found:
            yield found


def listed(client: TestClient) -> dict[str, Any]:
    return {one["name"]: one for one in client.get(BASE).json()["corpora"]}


def of(client: TestClient, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{BASE}/{name}").json()
    return found


def test_corpora_at_hand_come_with_counts_and_the_others_without(client: TestClient) -> None:
    found = listed(client)
    assert found["emodb"]["state"] == "ready"
    assert (found["emodb"]["n"], found["emodb"]["n_published"]) == (len(EMODB), 535)
    assert found["emodb"]["speakers"] == 3
    assert found["emodb"]["emotions"] == {
        "anger": 2, "happiness": 1, "neutral": 1, "sadness": 1,
    }  # fmt: skip
    assert sum(found["emodb"]["genders"].values()) == len(EMODB)
    assert found["emodb"]["bytes"] > 1000
    assert (found["calls"]["state"], found["calls"]["n"]) == ("ready", 3)
    assert found["tess"]["state"] == "missing"
    assert found["tess"]["source"].startswith("http")


def test_a_corpus_that_cannot_be_read_costs_no_other(client: TestClient) -> None:
    found = listed(client)["savee"]
    assert (found["state"], found["error"]["code"]) == ("failed", "corpus-missing")
    one = of(client, "savee")
    assert (one["state"], one["columns"]["id"]) == ("failed", [])


def test_recordings_are_told_in_parallel_lists(client: TestClient, folder: Path) -> None:
    columns = of(client, "emodb")["columns"]
    read = read_corpus("emodb", folder / "home" / "emodb")
    assert columns["id"] == [one.id for one in read]
    assert columns["emotion"] == [one.emotion for one in read]
    assert columns["speaker"] == [one.speaker for one in read]
    assert columns["path"] == [f"wav/{one.path.name}" for one in read]
    assert columns["bytes"] == [one.path.stat().st_size for one in read]
    assert {len(column) for column in columns.values()} == {len(EMODB)}


def test_a_recording_is_sent_as_it_lies_there_in_ranges_too(
    client: TestClient, folder: Path
) -> None:
    whole = (folder / "home" / "emodb" / "wav" / f"{EMODB[0]}.wav").read_bytes()
    query = {"id": f"emodb/wav/{EMODB[0]}"}
    answer = client.get(f"{BASE}/emodb/audio", params=query)
    assert (answer.content, answer.headers["content-type"]) == (whole, "audio/wav")
    part = client.get(f"{BASE}/emodb/audio", params=query, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    none = client.get(f"{BASE}/emodb/audio", params=query, headers={"Range": "bytes=9999999-"})
    assert (none.status_code, none.json()["code"]) == (416, "bad-request")


def test_what_is_no_recording_is_not_sent_whatever_its_name(
    client: TestClient, folder: Path
) -> None:
    wav = folder / "home" / "emodb" / "wav"
    (folder / "secret").write_text("root:x:0:0\n", encoding="utf-8")
    (wav / "16a01Fa.wav").symlink_to(folder / "secret")
    try:
        answer = client.get(f"{BASE}/emodb/audio", params={"id": "emodb/wav/16a01Fa"})
    finally:
        (wav / "16a01Fa.wav").unlink()
    assert (answer.status_code, answer.json()["code"]) == (422, "not-audio")
    assert "root" not in answer.text


def test_a_speaker_whose_number_is_endless_costs_no_other_corpus() -> None:
    speakers = ["9" * 5000, "2", "10", "b"]
    said = [Utterance(id=f"t/{n}", corpus="t", path=Path("a.wav"), speaker=n) for n in speakers]
    found = [one["speaker"] for one in summary(said, [1] * 4)["by_speaker"]]
    assert sorted(found) == sorted(speakers)
    assert found.index("2") < found.index("10")


@pytest.mark.parametrize("name", ["calls/call#0.5-1.75", "calls/old"])
def test_stretches_and_what_browsers_do_not_play_come_as_wav(
    client: TestClient, folder: Path, name: str
) -> None:
    answer = client.get(f"{BASE}/calls/audio", params={"id": name})
    assert answer.headers["content-type"] == "audio/wav"
    sound = soundfile.info(io.BytesIO(answer.content))
    assert sound.duration == pytest.approx(1.25 if "#" in name else 1.0)
    assert not [one for one in client.app.state.spool.folder.iterdir() if one.name != "lock"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "address",
    [
        "emodb/audio?id=nobody",
        "emodb/audio?id=../../../../etc/passwd",
        "emodb/audio?id=/etc/passwd",
        "emodb/audio?id=wav/03a01Fa.wav",
        'emodb/audio?id=emodb/wav/03a01Fa", "corpus": "emodb',
        "emodb/audio?id=%00",
        "emodb/utterance?id=nobody",
        "nobody",
        "nobody/audio?id=a",
        "tess/audio?id=a",
        "tess/utterance?id=a",
        "..%2Femodb",
    ],
)
def test_what_is_not_listed_does_not_exist(client: TestClient, address: str) -> None:
    answer = client.get(f"{BASE}/{address}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    "address", ["emodb/audio", "emodb/utterance", "emodb/utterance?id=a&language=fr"]
)
def test_a_question_that_lacks_something_is_a_bad_request(client: TestClient, address: str) -> None:
    answer = client.get(f"{BASE}/{address}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_an_utterance_is_measured_and_drawn(client: TestClient) -> None:
    name = "calls/call#0.5-1.75"
    query = {"id": name, "language": "zh"}
    found = client.get(f"{BASE}/calls/utterance", params=query).json()
    assert (found["id"], found["path"]) == (name, "call.wav")
    assert found["duration_s"] == pytest.approx(1.25)
    assert (found["sample_rate"], found["channels"]) == (16_000, 1)
    assert found["facts"]["emotion"] == "neutral"
    assert "峰值" in found["drawings"]["waveform"]


def test_a_recording_that_comes_is_counted(client: TestClient, folder: Path) -> None:
    path = recording(folder / "home" / "emodb" / "wav" / "16b10Wb.wav", seed=9)
    try:
        assert listed(client)["emodb"]["n"] == len(EMODB) + 1
        assert "emodb/wav/16b10Wb" in of(client, "emodb")["columns"]["id"]
    finally:
        path.unlink()
    assert listed(client)["emodb"]["n"] == len(EMODB)


def test_no_answer_holds_a_path_of_the_server(client: TestClient, folder: Path) -> None:
    addresses = ["", "/emodb", "/calls", "/savee", "/calls/utterance?id=calls/call"]
    for address in addresses:
        assert str(folder) not in client.get(BASE + address).text


def test_few_listings_are_kept(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "KEPT_BYTES", 1)
    of(client, "calls")
    of(client, "emodb")
    kept = shelf.shelf_of(client.app.state)._listings  # type: ignore[attr-defined]
    assert list(kept) == ["emodb"]


def test_a_check_is_kept_over_a_restart(
    client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (client.post(f"{BASE}/emodb/check").json()["job"] for _ in range(2))
    assert first["id"] == second["id"]
    jobs = client.app.state.jobs  # type: ignore[attr-defined]
    deadline = time.monotonic() + 60
    while not (job := jobs.get(first["id"])).has_ended and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (job.state, job.about) == ("done", {"corpus": "emodb"})
    assert job.result["utterances"]["found"] == len(EMODB)
    assert str(folder) not in json.dumps(job.as_json())
    assert of(client, "emodb")["check"] == job.result
    monkeypatch.setenv("EMOVOX_CORPORA", str(folder / "home"))
    with served_page(folder, corpora=corpora_of(folder)) as again:
        assert of(again, "emodb")["check"] == job.result
        path_of(Settings(records=folder / "runs"), "emodb").write_text("{torn")
        assert of(again, "emodb")["check"] is None


def test_only_a_corpus_at_hand_can_be_checked(client: TestClient) -> None:
    answer = client.post(f"{BASE}/tess/check")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.corpora
def test_real_corpora_are_counted_as_they_read(corpora_root: Path, tmp_path: Path) -> None:
    with served_page(tmp_path) as client:
        ready = {name: one for name, one in listed(client).items() if one["state"] == "ready"}
        assert ready
        for name, one in ready.items():
            read = read_corpus(name)
            columns = of(client, name)["columns"]
            assert (one["n"], columns["id"]) == (len(read), [each.id for each in read])
            assert sum(one["emotions"].values()) == len(read)
