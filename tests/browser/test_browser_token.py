"""A server that asks for a token: once, in a form, kept where no page can read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running_server import RunningServer

TOKEN = "a-token-of-these-tests"  # noqa: S105


@pytest.fixture
def guarded(tmp_path, chromium) -> Iterator[RunningServer]:
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "token").chmod(0o600)
    running = RunningServer(tmp_path, ["--token-file", str(tmp_path / "token")])
    yield running
    running.stop()


def test_token_is_asked_for_once_and_no_script_can_read_it(guarded, open_page) -> None:
    page = open_page(guarded.address, "models", expected=(401, 403))
    page.get_by_test_id("token").fill("another-token-altogether")
    page.get_by_test_id("token-send").click()
    page.get_by_text("not the token of this server").wait_for()
    page.get_by_test_id("token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.get_by_test_id("model-card").wait_for()
    page.watched.expected.clear()
    page.reload()
    page.get_by_test_id("model-card").wait_for()
    assert page.get_by_test_id("token").count() == 0
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert TOKEN not in cookie["value"]
    assert TOKEN not in page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert TOKEN not in "".join(guarded.said)
    assert guarded.said, "the server says something"
