"""Who may ask, and how the page's visitor keeps the token."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from emovox.server.guard import COOKIE_AGE_S, WRONG_PER_S
from emovox.server.settings import Settings

from .stand_in import application

TOKEN = "a token of the tests, no secret".replace(" ", "-")
SITE = "https://lab.example"


def client_of(**settings: object) -> TestClient:
    return TestClient(
        application(Settings(**settings)),
        base_url="http://localhost",
        raise_server_exceptions=False,
    )  # type: ignore[arg-type]


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A client of a server that wants the token."""
    with client_of(token=TOKEN) as found:
        yield found


@pytest.mark.parametrize(
    "path", ["/v1/models", "/page/api/models", "/v1/fault", "/nowhere", "/metrics"]
)
def test_without_the_token_nothing_is_answered(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-needed")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/health"])
def test_the_shell_of_the_page_is_open_so_that_it_can_ask(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 200), (f"Bearer {TOKEN}a", 401),
        (f"Bearer {TOKEN[:-1]}", 401), ("Bearer", 401), ("Bearer ", 401), (f"Basic {TOKEN}", 401),
        (TOKEN, 401), ("Bearer \udcff".encode("utf-8", "surrogateescape"), 401),
    ],
)  # fmt: skip
def test_a_program_brings_the_token_in_a_header(
    client: TestClient, header: str | bytes, status: int
) -> None:
    assert client.get("/v1/models", headers={"Authorization": header}).status_code == status


def test_the_token_is_never_taken_from_the_address(client: TestClient) -> None:
    assert client.get(f"/v1/models?token={TOKEN}&access_token={TOKEN}").status_code == 401


def test_the_form_gives_a_cookie_that_no_script_and_no_other_site_gets(client: TestClient) -> None:
    answer = client.post("/page/api/session", json={"token": TOKEN})
    assert answer.status_code == 204
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/"
    assert int(cookie["max-age"]) == COOKIE_AGE_S
    assert not cookie["secure"]
    assert TOKEN not in cookie.value
    assert client.get("/v1/models").status_code == 200
    assert client.delete("/page/api/session").status_code == 204
    assert client.get("/v1/models").status_code == 401


def test_behind_a_proxy_with_tls_the_cookie_is_for_tls_alone() -> None:
    with client_of(token=TOKEN, allow_hosts=frozenset({"lab.example"})) as client:
        answer = client.post(
            "/page/api/session", json={"token": TOKEN},
            headers={"Host": "lab.example", "Origin": "https://lab.example"},
        )  # fmt: skip
        assert "Secure" in answer.headers["set-cookie"]


def test_the_cookie_is_worth_nothing_as_a_token_nor_for_another_token(client: TestClient) -> None:
    answer = client.post("/page/api/session", json={"token": TOKEN})
    ((name, cookie),) = SimpleCookie(answer.headers["set-cookie"]).items()
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {cookie.value}"}
    assert client.get("/v1/models", headers=headers).status_code == 401
    with client_of(token=TOKEN + "2") as other:
        other.cookies.set(name, cookie.value)
        assert other.get("/v1/models").status_code == 401


def test_wrong_tokens_are_refused_and_then_slowed_down(client: TestClient) -> None:
    codes = [
        client.post("/page/api/session", json={"token": f"wrong{n}"}).json()["code"]
        for n in range(WRONG_PER_S + 1)
    ]
    assert codes == ["token-needed"] * WRONG_PER_S + ["busy"]
    # Who has the token already is not shut out by it.
    assert client.get("/v1/models", headers={"Authorization": f"Bearer {TOKEN}"}).is_success


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'"a"', b"{}", b'{"token": 1}', b'{"token": "a", "more": 1}', b"{", b"\xff"],
)
def test_a_form_that_is_no_form_is_a_bad_request(client: TestClient, body: bytes) -> None:
    answer = client.post(
        "/page/api/session", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_the_form_is_for_the_page_only(client: TestClient) -> None:
    answer = client.post("/page/api/session", json={"token": TOKEN}, headers={"Origin": SITE})
    assert answer.status_code == 403
    assert client.post("/page/api/session", content=b"{}").status_code == 415
    assert client.get("/page/api/session").status_code == 405


def test_a_stream_needs_the_token_too(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("ws://localhost/v1/stream"),
    ):
        pass
    assert refused.value.status_code == 401
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with client.websocket_connect("ws://localhost/v1/stream", headers=headers) as stream:
        stream.send_text("four")
        assert stream.receive_json() == {"n": 4}


def test_a_cookie_that_another_name_here_has_set_shuts_nobody_out(client: TestClient) -> None:
    client.post("/page/api/session", json={"token": TOKEN})
    [(name, value)] = client.cookies.items()
    client.cookies.clear()
    for said in (f"{name}=theirs; {name}={value}", f"{name}={value}; {name}=theirs"):
        assert client.get("/v1/models", headers={"Cookie": said}).status_code == 200
    answer = client.get("/v1/models", headers={"Cookie": f"{name}=theirs; {name}="})
    assert answer.status_code == 401


def test_a_listed_site_may_ask_and_others_may_not() -> None:
    with client_of(allow_origins=frozenset({SITE}), token=TOKEN) as client:
        headers = {
            "Origin": SITE, "Sec-Fetch-Site": "cross-site", "Authorization": f"Bearer {TOKEN}",
        }  # fmt: skip
        answer = client.post("/v1/count", content=b"abc", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == SITE
        assert "access-control-allow-credentials" not in answer.headers
        assert "Origin" in answer.headers["vary"]
        refused = client.post("/v1/count", headers={**headers, "Origin": "https://evil.example"})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
        assert "Origin" in refused.headers["vary"]


def test_a_listed_site_reads_errors_but_never_the_page_routes() -> None:
    with client_of(allow_origins=frozenset({SITE}), token=TOKEN) as client:
        answer = client.get("/v1/models", headers={"Origin": SITE})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == SITE
        for method in ("GET", "POST", "OPTIONS"):
            answer = client.request(
                method, "/page/api/models",
                headers={"Origin": SITE, "Sec-Fetch-Site": "cross-site"},
            )  # fmt: skip
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_is_answered_for_listed_sites_alone() -> None:
    with client_of(allow_origins=frozenset({SITE}), token=TOKEN) as client:
        headers = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
        answer = client.options("/v1/predict", headers=headers)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == SITE
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        refused = client.options("/v1/predict", headers={**headers, "Origin": "https://b.example"})
        assert refused.status_code == 403
        assert not [name for name in refused.headers if name.startswith("access-control")]


def test_names_that_are_allowed_are_answered() -> None:
    with client_of(allow_hosts=frozenset({"Lab.example"}), host="192.0.2.7") as client:
        for host in ("lab.example", "LAB.EXAMPLE:8321", "192.0.2.7:8321", "localhost"):
            assert client.get("/health", headers={"Host": host}).status_code == 200
        for host in ("sub.lab.example", "192.0.2.8"):
            assert client.get("/health", headers={"Host": host}).status_code == 421


def test_compressed_bodies_are_not_taken() -> None:
    with client_of() as client:
        for coding in ("gzip", "br", "deflate", "identity, gzip"):
            answer = client.post("/v1/count", content=b"a", headers={"Content-Encoding": coding})
            assert (answer.status_code, answer.json()["code"]) == (415, "wrong-type")


def test_the_page_is_asked_about_again_and_not_sent_again() -> None:
    with client_of() as client:
        first = client.get("/static/app.js")
        assert first.headers["content-type"] == "text/javascript; charset=utf-8"
        assert first.headers["cache-control"] == "no-cache"
        again = client.get("/static/app.js", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get("/static/theme.css").text.startswith(":root")
        assert client.get("/health").headers["cache-control"] == "no-store"
