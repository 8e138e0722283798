"""What all views of the page share, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from emovox.report.figures import percentage

from .watched_page import english_left, focused, raw_keys, too_wide, unlike_words, unnamed_controls

VIEWS = ("recognise", "corpora", "experiment", "models")
FIRST_VIEW_BYTES = 300_000


@pytest.fixture(
    params=[VIEWS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in VIEWS[1:])]
)
def view(request: pytest.FixtureRequest) -> str:
    return request.param


def settle(page: Any) -> None:
    """Wait until the view has asked the server for all that it shows."""
    page.wait_for_load_state("networkidle")


def test_first_view_transfers_less_than_300_kb(server, browser) -> None:
    page = browser.new_page()
    try:
        sizes: list[float] = []
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        page.goto(server.address)
        page.get_by_test_id("notice-close").wait_for()
        settle(page)
    finally:
        page.close()
    assert len(sizes) > 5, "the requests of the page were not counted"
    assert sum(sizes) < FIRST_VIEW_BYTES


def test_first_visit_shows_the_notice_in_both_languages_once(server, open_page) -> None:
    page = open_page(server.address, notice=True)
    notice = page.get_by_test_id("notice")
    english = notice.inner_text()
    assert "article 50" in english
    assert "not what a person feels" in english or "does not say what a person feels" in english
    assert "work" in english
    assert "education" in english
    page.get_by_test_id("notice-close").click()
    notice.wait_for(state="detached")
    page.reload()
    page.get_by_test_id("view-recognise").wait_for()
    settle(page)
    assert notice.count() == 0
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    page.get_by_test_id("notice-open").click()
    chinese = notice.inner_text()
    assert "第五十条" in chinese
    assert "article" not in chinese


def test_view_has_a_heading_sentences_and_names_for_all_its_controls(
    server, open_page, view
) -> None:
    page = open_page(server.address, view)
    settle(page)
    assert page.get_by_test_id(f"view-{view}").locator("h1:visible").count() == 1
    assert unnamed_controls(page) == []
    assert raw_keys(page) == []
    assert page.title().endswith("emovox")


def test_view_is_whole_in_chinese(server, open_page, view) -> None:
    page = open_page(server.address, view)
    settle(page)
    before = page.title()
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    settle(page)
    assert english_left(page) == []
    assert raw_keys(page) == []
    assert unnamed_controls(page) == []
    assert page.title() != before


def test_both_languages_have_the_same_sentences_with_the_same_values(server, open_page) -> None:
    page = open_page(server.address)
    assert unlike_words(page) == []


@pytest.mark.slow
def test_language_is_kept_over_a_reload(server, open_page) -> None:
    page = open_page(server.address)
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    page.reload()
    page.get_by_test_id("view-recognise").wait_for()
    assert page.locator("html").get_attribute("lang") == "zh"


@pytest.mark.slow
def test_theme_changes_the_colours_and_is_kept_over_a_reload(server, open_page) -> None:
    page = open_page(server.address)
    colours = []
    for wanted in ("light", "dark"):
        while page.locator("html").get_attribute("data-theme") != wanted:
            page.get_by_test_id("theme-switch").click()
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]
    page.reload()
    page.get_by_test_id("view-recognise").wait_for()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == colours[1]


@pytest.mark.slow
def test_view_fits_a_phone_in_both_languages(server, open_page, view) -> None:
    page = open_page(server.address, view, width=360, height=740)
    settle(page)
    assert too_wide(page) == []
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    settle(page)
    assert too_wide(page) == []


@pytest.mark.slow
def test_page_can_be_walked_by_keyboard(server, open_page, view) -> None:
    page = open_page(server.address, view)
    settle(page)
    page.keyboard.press("Tab")
    assert focused(page)["text"] == "Skip to the content"
    walked = []
    for _ in range(60):
        page.keyboard.press("Tab")
        here = focused(page)
        if here["tag"] == "body":
            break
        walked.append(here)
    ids = [each["id"] for each in walked]
    assert {"theme-switch", "language-switch"} <= set(ids)
    assert [each["text"] for each in walked[1:5]] == [
        "Recognise", "Corpora", "Experiment", "Models"
    ]  # fmt: skip
    assert [each for each in walked if not each["marked"]] == [], "focus cannot be seen there"


@pytest.mark.slow
def test_views_are_reached_by_keyboard_and_by_going_back(server, open_page) -> None:
    page = open_page(server.address)
    page.get_by_test_id("nav-models").focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("view-models").wait_for()
    assert page.get_by_test_id("view-recognise").is_hidden()
    assert page.get_by_test_id("nav-models").get_attribute("aria-current") == "page"
    page.go_back()
    page.get_by_test_id("view-recognise").wait_for()
    assert page.get_by_test_id("view-models").is_hidden()


def test_the_page_rounds_as_the_server_does(server, open_page) -> None:
    page = open_page(server.address)
    shares = [place / 10_000 for place in range(10_001)]
    said = page.evaluate(
        """async (shares) => {
          const { percentage } = await import(new URL("static/i18n.js", document.baseURI));
          return shares.map(percentage);
        }""",
        shares,
    )
    assert said == [percentage(share) for share in shares]
