"""The view Corpora: counts, filter and search, play, check, recognise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .running_server import RunningServer
from .watched_page import (
    clock_passes,
    drawing_sizes,
    drawings_come,
    raw_keys,
    too_wide,
    unnamed_controls,
)

N_UTTERANCES = 48
ROWS = "[data-test=table-utterances] tbody tr[data-test=row]"


@pytest.fixture
def page(server, open_page) -> Any:
    page = open_page(server.address, "corpora/pitches")
    page.get_by_test_id("corpus-counts").wait_for()
    return page


def choose(page: Any, text: str) -> None:
    """Open the first recording whose row holds this text, and wait for its drawings."""
    page.locator(ROWS, has_text=text).first.locator("button.open").click()
    page.get_by_test_id("utterance-title").wait_for()
    drawings_come(page, "utterance", 2)


def test_list_counts_what_the_table_holds(server, open_page) -> None:
    page = open_page(server.address, "corpora")
    row = page.get_by_test_id("corpus-row")
    row.wait_for()
    assert row.count() == 1
    cells = row.locator("td").all_inner_texts()
    assert str(N_UTTERANCES) in cells[1]
    assert cells[2:4] == ["3", "4"]
    assert unnamed_controls(page) == []
    page.get_by_test_id("corpus-pitches").click()
    page.get_by_test_id("corpus-counts").wait_for()


@pytest.mark.slow
def test_counts_are_by_emotion_gender_and_speaker(page) -> None:
    for part, names, each in (
        ("emotion", ["anger", "neutral", "sadness"], 16), ("gender", ["female", "male"], 24),
        ("speaker", ["ada", "ben", "cleo", "dan"], 12),
    ):  # fmt: skip
        rows = page.get_by_test_id(f"counts-{part}").locator("tbody tr")
        assert rows.locator("button").all_inner_texts() == names
        assert [str(each)] * len(names) == rows.locator("td:nth-last-child(2)").all_inner_texts()


def test_a_count_filters_the_recordings(page) -> None:
    page.get_by_test_id("pick-sadness").click()
    assert page.locator(ROWS).count() == 16
    page.get_by_test_id("filter-speaker").select_option("ada")
    assert page.locator(ROWS).count() == 4
    assert page.get_by_test_id("count-utterances").inner_text() == f"4 of {N_UTTERANCES} rows"


def test_recordings_are_found_by_regular_expression(page) -> None:
    page.get_by_test_id("search-utterances").fill(r"^(ada|dan)-.*-[01]\.wav$")
    page.get_by_test_id("regex-utterances").check()
    assert page.locator(ROWS).count() == 12


def test_recording_is_seen_heard_and_described(page) -> None:
    heard: list[int] = []
    page.on("response", lambda answer: "/audio?" in answer.url and heard.append(answer.status))
    choose(page, "ben-anger-2.wav")
    panel = page.get_by_test_id("utterance")
    said = panel.inner_text()
    assert "1.2 s" in said
    assert "16,000 Hz" in said
    assert "ben-anger-2.wav" in said
    sizes = drawing_sizes(panel)
    assert all(width > 100 and height > 10 and marks > 0 for width, height, marks in sizes), sizes
    panel.get_by_test_id("play").click()
    clock_passes(page, "time", 0.3)
    assert set(heard) <= {200, 206}
    assert heard
    assert unnamed_controls(page) == []
    assert raw_keys(page) == []


@pytest.mark.slow
def test_recording_opens_by_keyboard_and_the_panel_follows_the_language(page) -> None:
    page.locator(ROWS).first.locator("button.open").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_test_id("utterance-title").wait_for()
    drawings_come(page, "utterance", 2)
    english = page.get_by_test_id("utterance").inner_text()
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    page.wait_for_load_state("networkidle")
    assert page.get_by_test_id("utterance").inner_text() != english
    assert raw_keys(page) == []


def test_check_listens_to_all_and_says_that_all_is_well(page) -> None:
    page.get_by_test_id("check").click()
    verdict = page.get_by_test_id("check-report").locator(".check-verdict")
    verdict.wait_for()
    said = verdict.inner_text()
    assert f"{N_UTTERANCES} utterances" in said
    assert "Every recording was decoded" in said


@pytest.mark.slow
def test_chosen_recordings_are_recognised(page) -> None:
    page.get_by_test_id("search-utterances").fill("cleo-anger")
    page.get_by_test_id("select-all-utterances").check()
    page.get_by_test_id("recognise-selected").click()
    page.get_by_test_id("progress-said").get_by_text("4 of 4 recognised").wait_for()
    assert page.get_by_test_id("view-recognise").is_visible()


@pytest.mark.slow
def test_a_recording_fits_a_phone(server, open_page) -> None:
    page = open_page(server.address, "corpora/pitches", width=360, height=740)
    page.get_by_test_id("corpus-counts").wait_for()
    choose(page, "ada-anger-0.wav")
    assert too_wide(page) == []


@pytest.mark.slow
def test_a_corpus_that_is_not_here_is_said(server, open_page) -> None:
    page = open_page(server.address, "corpora/nowhere", expected=(404,))
    page.get_by_test_id("failure").wait_for()
    assert "nowhere" in page.get_by_test_id("failure").inner_text()


@pytest.mark.slow
def test_check_names_what_is_broken(tmp_path, made_corpus, open_page) -> None:
    table = tmp_path / "broken.csv"
    names = ["missing.wav", "text.wav", "ada-anger-0.wav", "ada-anger-1.wav"]
    (tmp_path / "text.wav").write_text("not sound\n" * 50)
    for name in names[2:]:
        (tmp_path / name).write_bytes((Path(made_corpus).parent / name).read_bytes())
    (tmp_path / names[3]).write_bytes((tmp_path / names[2]).read_bytes())
    lines = [f"{name},anger,ada" for name in names]
    table.write_text("path,emotion,speaker\n" + "\n".join(lines) + "\n")
    server = RunningServer(tmp_path, [f"--corpus=broken={table}"])
    try:
        page = open_page(server.address, "corpora/broken")
        page.get_by_test_id("check").click()
        page.get_by_test_id("check-report").locator(".check-verdict").wait_for()
        report = page.get_by_test_id("check-report").inner_text()
        assert "text" in page.get_by_test_id("finding-unreadable").inner_text()
        assert "1 utterance is missing" in report
        assert page.get_by_test_id("finding-identical").is_visible()
    finally:
        server.stop()
