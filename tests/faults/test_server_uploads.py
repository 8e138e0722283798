"""Hostile uploads: cases D1, D2, D5, D6, D18 and D20."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import emovox
from server.doors import Answer, read_answer
from server.services import BOUNDARY, KIND, Service, form, lines, part, service, until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and descriptors of POSIX")

LIMITS = {"body_bytes": 300_000, "parts": 20, "duration_s": 30.0, "body_idle_s": 5.0}
CLIP = (Path(emovox.__file__).parent / "demo" / "synthetic-neutral.flac").read_bytes()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One server with small limits, and the model that ships."""
    with service(tmp_path_factory.mktemp("service"), limits=LIMITS) as found:
        yield found


@pytest.fixture(autouse=True)
def _clean(running: Service) -> Iterator[None]:
    """After each case the server answers, no worker is at work and no upload is left."""
    yield
    until(running.is_clean)
    assert running.predict(("a.flac", CLIP)).status == 200


def sent(running: Service, head: str, body: bytes, *, paced: int = 0) -> Answer:
    """Answer to plain bytes; `paced` bytes at a time until an answer comes."""
    with running.server.connect() as client:
        client.sendall(head.replace("\n", "\r\n").encode())
        try:
            for start in range(0, len(body), paced or len(body) or 1):
                client.sendall(body[start : start + (paced or len(body))])
        except OSError:
            pass  # it has been refused meanwhile
        return read_answer(client)


@pytest.mark.parametrize("length", [300_001, 50_000_000, 99 * 2**30, 10**30])
def test_d1_a_body_declared_too_large_is_refused_before_it_comes(running, length) -> None:
    head = f"POST /v1/predict HTTP/1.1\nHost: localhost\nContent-Type: {KIND}\n"
    began = time.monotonic()
    answer = sent(running, f"{head}Content-Length: {length}\n\n", b"")
    assert (answer.status, answer.code) in ((413, "too-large"), (400, "bad-request"))
    assert (answer.status == 413) or length == 10**30
    assert answer.headers["connection"] == "close"
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("kind", [KIND, "audio/wav"])
def test_d1_a_body_without_length_is_refused_as_soon_as_it_is_too_large(running, kind) -> None:
    head = (
        f"POST /v1/predict HTTP/1.1\nHost: localhost\nContent-Type: {kind}\n"
        "Transfer-Encoding: chunked\n\n"
    )
    first = part("a.wav", b"") if kind == KIND else b""
    chunk = b"10000\r\n" + b"\0" * 0x10000 + b"\r\n"
    begin = f"{len(first):x}\r\n".encode() + first + b"\r\n" if first else b""
    answer = sent(running, head, begin + chunk * 8, paced=65536)
    assert (answer.status, answer.code) == (413, "too-large")
    assert answer.headers["connection"] == "close"


def test_d1_the_limit_itself_is_let_in(running) -> None:
    body = form([("a.wav", b"\0")])
    full = form([("a.wav", b"\0" * (300_001 - len(body)))])
    assert len(full) == 300_000
    assert running.post("/v1/predict", full, KIND).code == "not-audio"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, gzip", "zstd"])
def test_d2_a_body_with_a_content_encoding_is_refused(running, coding) -> None:
    answer = running.post("/v1/predict", gzip.compress(CLIP), "audio/flac", Content_Encoding=coding)
    assert (answer.status, answer.code) == (415, "wrong-type")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/json", "application/x-www-form-urlencoded", ";", "a;b"]
)
def test_d5_another_type_is_refused(running, kind) -> None:
    answer = running.post("/v1/predict", b'{"path": "/etc/passwd"}', kind)
    assert (answer.status, answer.code) == (415, "wrong-type")


def test_d5_no_type_at_all_is_refused(running) -> None:
    answer = running.server.request("POST", "/v1/predict", CLIP)
    assert (answer.status, answer.code) == (415, "wrong-type")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary="])
def test_d5_a_form_without_boundary_is_refused(running, kind) -> None:
    answer = running.post("/v1/predict", form([("a.wav", CLIP)]), kind)
    assert (answer.status, answer.code) == (400, "bad-request")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello there",
        form([]),
        form([("a.flac", CLIP)])[:-4],
        form([("a.flac", CLIP)])[: len(CLIP) // 2],
        form([("a.flac", CLIP)])[:30],
        part("a.flac", CLIP),
        part("a.flac", CLIP, field="sound") + f"--{BOUNDARY}--\r\n".encode(),
        part("a", b"/etc/passwd", field="path") + form([("a.flac", CLIP)]),
        form([("a.flac", b"")] * 21),
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n'.encode()
        + b"X-Long: a\r\n" * 2000 + b"\r\n" + form([]),
        f"--{BOUNDARY}\r\n\r\nno head\r\n--{BOUNDARY}--\r\n".encode(),
        f"--{BOUNDARY}\r\nContent-Disposition form-data\r\n\r\na\r\n--{BOUNDARY}--\r\n".encode(),
    ],
    ids=[
        "empty", "no form", "no part", "cut at its end", "cut in its middle", "cut in its head",
        "never closed", "another field", "a path beside", "too many parts", "a long head",
        "a part without head", "a head without colon",
    ],
)  # fmt: skip
def test_d5_a_form_that_is_none_is_refused(running, body) -> None:
    answer = running.post("/v1/predict", body, KIND)
    assert (answer.status, answer.code) == (400, "bad-request")


NAMES = [
    "../../etc/passwd", "/etc/passwd", "C:\\x\\..\\a.wav", "..\\", "a\tb.wav", "語音.wav",
    "\u202egpj.wav", "a" * 3000, "%00", "=1+2", "<script>alert(1)</script>.wav", "-", ".",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_d6_a_name_is_echoed_and_names_nothing(running, name, tmp_path) -> None:
    answer = running.predict((name, CLIP), (name, b"no sound"))
    told = lines(answer)
    shown = name.rpartition("\\")[2] if name.startswith("C:\\") else name
    assert [each["path"] for each in told] == [shown, shown]
    assert [each["ok"] for each in told] == [True, False]


@pytest.mark.parametrize("name", [b"a\0b.wav", b"a\nb.wav", b'a"b.wav', b"a" * 9000, b""])
def test_d6_a_name_that_breaks_its_header_costs_at_most_its_request(running, name) -> None:
    body = part(name, CLIP) + f"--{BOUNDARY}--\r\n".encode()
    answer = running.post("/v1/predict", body, KIND)
    assert answer.status in (200, 400)
    assert answer.status == 200 or answer.code == "bad-request"


def test_d6_a_name_that_is_not_utf_8_comes_back_with_its_bytes(running) -> None:
    body = part(b"a\xff.flac", CLIP) + f"--{BOUNDARY}--\r\n".encode()
    told = json.loads(running.post("/v1/predict", body, KIND).body)
    assert (told["path"], told["path_bytes"]) == ("a?.flac", "Yf8uZmxhYw==")


def bombs(folder: Path) -> dict[str, tuple[bytes, set[str]]]:
    """Uploads of D18: what they are, and the codes that may answer them (empty: a result)."""
    silence = np.zeros((16_000 * 60, 8), np.int16)
    soundfile.write(folder / "bomb.flac", silence, 16_000)
    speech = np.sin(np.arange(32_000) / 20.0)[:, np.newaxis] * np.full((1, 8), 0.1)
    soundfile.write(folder / "eight.flac", speech, 16_000)
    soundfile.write(folder / "eight.ogg", speech, 16_000, format="OGG", subtype="VORBIS")
    return {
        "60 s of eight silent channels": ((folder / "bomb.flac").read_bytes(), {"too-long"}),
        "7.1 FLAC": ((folder / "eight.flac").read_bytes(), set()),
        "7.1 Vorbis": ((folder / "eight.ogg").read_bytes(), set()),
        "a play list": (b"ffconcat version 1.0\nfile /etc/passwd\n", {"not-audio"}),
        "HLS": (
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n",
            {"not-audio"},
        ),
        "SDP": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 18998 RTP/AVP 0\n", {"not-audio"}),
        "cut FLAC": ((folder / "eight.flac").read_bytes()[:300], {"damaged", "empty-file"}),
        "nothing": (b"", {"empty-file"}),
    }


def test_d18_every_kind_of_bad_recording_is_a_code_and_the_server_lives(running, tmp_path) -> None:
    workers = worker_pids(running)
    for what, (content, codes) in bombs(tmp_path).items():
        answer = running.predict((f"{what}.wav", content))
        if codes:
            assert (answer.status, answer.code in codes) == (422, True), (what, answer)
            assert "--max-duration" not in answer.body.decode()
            assert str(running.spool) not in answer.body.decode()
        else:
            assert answer.status == 200, (what, answer)
    assert worker_pids(running) == workers


def test_d18_bad_recordings_among_good_ones_cost_only_themselves(running, tmp_path) -> None:
    sent_files = [(f"{what}.x", content) for what, (content, _) in bombs(tmp_path).items()]
    mixed = [("good.flac", CLIP), *sent_files[:3], ("good.flac", CLIP), *sent_files[3:]]
    told = lines(running.predict(*mixed))
    assert [each["path"] for each in told] == [name for name, _ in mixed]
    assert [each["ok"] for each in told if each["path"] == "good.flac"] == [True, True]


def worker_pids(running: Service) -> set[int]:
    """Processes that the server has started."""
    folder = Path(f"/proc/{running.server.process.pid}/task")
    if not folder.exists():
        pytest.skip("this system does not list the children of a process")
    return {
        int(pid) for task in folder.iterdir() for pid in (task / "children").read_text().split()
    }


def test_d20_nothing_of_an_upload_stays_and_nothing_of_it_is_logged(running) -> None:
    running.predict(("my-secret-name.flac", CLIP))
    running.predict(("my-secret-name.wav", b"no sound"))
    assert running.kept() == []
    said = running.server.said()
    for word in ("secret", "neutral", "not-audio", str(running.spool)):
        assert word not in said


def test_d20_the_folder_of_uploads_is_ours_alone(running) -> None:
    folders = [running.spool, *(path for path in running.spool.iterdir() if path.is_dir())]
    assert len(folders) == 2
    assert [path.stat().st_mode & 0o777 for path in folders] == [0o700, 0o700]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"path": "/etc/passwd"}'),
        ("application/json", b'{"url": "http://169.254.169.254/latest/meta-data/"}'),
        ("application/x-www-form-urlencoded", b"file=/etc/passwd"),
        (KIND, part("a", b"/etc/passwd", field="path") + form([])),
        (KIND, part("a", b"http://169.254.169.254/", field="url") + form([])),
    ],
)
def test_d20_nothing_is_read_but_what_was_uploaded(running, kind, body) -> None:
    answer = running.post("/v1/predict", body, kind)
    assert answer.status in (400, 415)
    assert b"root:" not in answer.body
