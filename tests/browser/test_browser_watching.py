"""What the other tests look out for is noticed where it happens."""

from __future__ import annotations

from typing import Any

import pytest

from .watched_page import Watched, english_left, focused, raw_keys, too_wide, unnamed_controls

pytestmark = pytest.mark.slow


@pytest.fixture
def watched(server, browser) -> Any:
    """A page and its watcher, which no one else asks."""
    context = browser.new_context(viewport={"width": 360, "height": 700})
    watcher = Watched(context, server.address)
    page = context.new_page()
    page.goto(server.address)
    page.get_by_test_id("notice-close").click()
    yield page, watcher
    context.close()


def plant(page: Any, markup: str) -> None:
    page.evaluate("(text) => document.body.insertAdjacentHTML('beforeend', text)", markup)


def test_page_as_it_is_has_no_fault(watched) -> None:
    page, watcher = watched
    page.wait_for_load_state("networkidle")
    assert (watcher.faults, watcher.strangers) == ([], [])


def test_error_of_a_script_is_noticed(watched) -> None:
    page, watcher = watched
    page.evaluate("setTimeout(() => { throw new Error('planted'); })")
    page.wait_for_timeout(100)
    assert "planted" in watcher.faults[0]


def test_error_on_the_console_is_noticed(watched) -> None:
    page, watcher = watched
    page.evaluate("console.error('planted')")
    assert "planted" in watcher.faults[0]


def test_request_to_another_host_is_noticed(watched) -> None:
    page, watcher = watched
    page.evaluate("() => { location.href = 'http://127.0.0.1:9/x'; }")
    page.wait_for_timeout(200)
    assert watcher.strangers == ["http://127.0.0.1:9/x"]


def test_style_attribute_is_refused_and_noticed(watched) -> None:
    page, watcher = watched
    plant(page, '<p style="color: red">planted</p>')
    page.wait_for_timeout(100)
    assert "Content Security Policy" in watcher.faults[0]


def test_control_without_a_name_is_noticed(watched) -> None:
    page, _ = watched
    assert unnamed_controls(page) == []
    plant(page, "<button></button><select><option>a</option></select>")
    assert len(unnamed_controls(page)) == 2


def test_page_that_is_too_wide_is_noticed(watched) -> None:
    page, _ = watched
    assert too_wide(page) == []
    page.evaluate("document.getElementById('main').append('x'.repeat(400))")
    page.evaluate("document.getElementById('main').style.whiteSpace = 'nowrap'")
    assert too_wide(page) != []


def test_untranslated_sentence_and_raw_key_are_noticed(watched) -> None:
    page, _ = watched
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    assert english_left(page) == []
    plant(page, "<p>Skip to the content</p><p>shell.skip</p>")
    assert english_left(page) == ["shell.skip: Skip to the content"]
    assert raw_keys(page) == ["shell.skip"]


def test_focus_that_cannot_be_seen_is_noticed(watched) -> None:
    page, _ = watched
    page.get_by_test_id("theme-switch").focus()
    page.keyboard.press("Tab")
    assert focused(page)["marked"]
    page.evaluate(
        "document.activeElement.style.outline = document.activeElement.style.boxShadow = 'none'"
    )
    assert not focused(page)["marked"]
