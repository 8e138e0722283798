"""JSON from clients is read in one strict way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from emovox.server.settings import Settings

from .stand_in import application


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(Settings()), base_url="http://localhost") as found:
        yield found


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"null", b"1", b"[1]", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}',
        b'{"a": ' + b"1" * 5000 + b"}", b"[" * 900, b'{"a":' * 190, b'{"a": "\xff"}',
        b'{"a": "\\ud800"}', b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}", b'{"a": 1}x', b"{'a': 1}",
        '{"a": 1}'.encode("utf-16"), b'{"a": 1',
    ],
)  # fmt: skip
def test_what_is_no_object_of_plain_json_is_a_bad_request(client: TestClient, body: bytes) -> None:
    answer = client.post(
        "/page/api/echo", content=body, headers={"Content-Type": "application/json"}
    )
    expected = (413, "too-large") if len(body) > 1000 else (400, "bad-request")
    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_refused_whether_it_says_so_or_not(
    client: TestClient, declared: bool
) -> None:
    body = b'{"a": "' + b"a" * 2000 + b'"}'
    content = body if declared else iter([body[:900], body[900:1100], body[1100:]])
    answer = client.post(
        "/page/api/echo", content=content, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200), ("Application/JSON; charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200), ("application/json; charset=latin-1", 415),
        ("text/json", 415), ("application/jsonx", 415), ("text/plain", 415),
    ],
)  # fmt: skip
def test_json_is_what_is_declared_as_json(client: TestClient, kind: str, status: int) -> None:
    answer = client.post(
        "/page/api/echo", content=b'{"a": "\xc3\xa9"}', headers={"Content-Type": kind}
    )
    assert answer.status_code == status
