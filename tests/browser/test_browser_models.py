"""The view Models: what is installed, its figures, its card."""

from __future__ import annotations

import pytest

from .watched_page import raw_keys, too_wide, unnamed_controls


def test_default_model_shows_its_figures_and_its_card(server, open_page) -> None:
    page = open_page(server.address, "models")
    page.get_by_test_id("model-card").wait_for()
    figures = page.get_by_test_id("model-figures").locator("tbody tr")
    assert figures.count() >= 2
    assert all(0 < float(text) < 100 for text in figures.locator("td.best").all_inner_texts())
    assert page.get_by_test_id("model-card").locator("p").count() > 2
    assert unnamed_controls(page) == []
    assert raw_keys(page) == []


@pytest.mark.slow
def test_model_is_used_in_recognise(server, open_page) -> None:
    page = open_page(server.address, "models")
    name = page.get_by_test_id("model-sheet").locator("h2").inner_text()
    page.get_by_test_id("use-model").click()
    page.get_by_test_id("view-recognise").wait_for()
    page.locator(f"select[data-test=model] option[value='{name}']").wait_for(state="attached")
    assert page.locator("select[data-test=model]").input_value() == name


@pytest.mark.slow
def test_a_model_that_is_not_here_is_said(server, open_page) -> None:
    page = open_page(server.address, "models/nowhere")
    page.get_by_text("There is no model nowhere here.").wait_for()


@pytest.mark.slow
def test_card_fits_a_phone(server, open_page) -> None:
    page = open_page(server.address, "models", width=360, height=740)
    page.get_by_test_id("model-card").wait_for()
    assert too_wide(page) == []
