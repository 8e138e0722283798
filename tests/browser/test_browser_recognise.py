"""The view Recognise: files, a folder, the microphone as a recording and as a stream."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile

from made_voices import RATE, voice

from .watched_page import (
    clock_passes,
    drawing_sizes,
    drawings_come,
    raw_keys,
    too_wide,
    unnamed_controls,
)

COUNTED = """(all) => {
  const figures = [...document.querySelectorAll("[data-test=counts] svg .figure")];
  return figures.length && figures.reduce((sum, each) => sum + Number(each.textContent), 0) === all;
}"""
"""Whether the counts by emotion are drawn, of so many recordings."""

PAUSED = re.compile(r"(\d+):(\d+\.\d) / ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three recordings, one thing that is none by its content, one that is none by its name."""
    made = tmp_path_factory.mktemp("calls") / "calls"
    made.mkdir()
    for emotion in ("anger", "neutral", "sadness"):
        soundfile.write(made / f"{emotion}.wav", voice(emotion, seconds=2.5, seed=5), RATE)
    (made / "broken.wav").write_bytes(b"This is not a recording.\n" * 20)
    (made / "notes.txt").write_text("not one by its name\n")
    return made


@pytest.fixture
def page(server, open_page) -> Any:
    return open_page(server.address)


def upload_folder(page: Any, folder: Path) -> None:
    """Choose the folder, and wait until all that is in it has been tried."""
    page.watched.expected.add(422)
    page.get_by_test_id("folder").set_input_files(folder)
    said = page.get_by_test_id("progress-said")
    said.get_by_text("4 of 4 recognised, 1 could not be used").wait_for()


def names_shown(page: Any) -> list[str]:
    return page.get_by_test_id("table-recordings").locator("tbody tr .name").all_inner_texts()


def download(page: Any, button: str) -> str:
    with page.expect_download() as saved:
        page.get_by_test_id(button).click()
    return Path(saved.value.path()).read_bytes().decode("utf-8")


def seconds_played(page: Any) -> float:
    minutes, seconds = PAUSED.match(page.get_by_test_id("time").inner_text()).groups()
    return 60 * int(minutes) + float(seconds)


def test_one_file_gives_a_verdict_scores_and_drawings(page, folder) -> None:
    page.get_by_test_id("files").set_input_files(folder / "anger.wav")
    verdict = page.get_by_test_id("verdict")
    verdict.locator("b").wait_for()
    assert re.search(r"\d+\.\d %", verdict.inner_text())
    page.get_by_test_id("scores").locator(".plot, svg, table, figure").first.wait_for()
    drawings_come(page, "player", 3)
    sizes = drawing_sizes(page.get_by_test_id("player"))
    assert len(sizes) >= 3, "waveform, spectrogram and the axis of time"
    assert all(width > 300 and height > 10 and marks > 0 for width, height, marks in sizes), sizes
    assert "unlike" in page.get_by_test_id("warnings").inner_text()
    assert unnamed_controls(page) == []
    assert raw_keys(page) == []


@pytest.mark.slow
def test_answer_of_the_page_is_that_of_the_command_line(page, folder) -> None:
    page.get_by_test_id("files").set_input_files(folder / "neutral.wav")
    page.get_by_test_id("verdict").locator("b").wait_for()
    (found,) = json.loads(download(page, "export-json"))
    (expected,) = predicted("--json", "neutral.wav", cwd=folder).splitlines()
    assert found == json.loads(expected)


def predicted(*arguments: str, cwd: Path) -> str:
    """What `emovox predict` prints."""
    command = [sys.executable, "-m", "emovox", "predict", *arguments]
    run = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    return run.stdout.decode("utf-8")


def test_folder_gives_a_row_each_and_one_that_is_broken_costs_no_other(page, folder) -> None:
    upload_folder(page, folder)
    assert sorted(names_shown(page)) == [
        "calls/anger.wav", "calls/broken.wav", "calls/neutral.wav", "calls/sadness.wav"
    ]  # fmt: skip
    assert "no recording by name" in page.get_by_test_id("intake-said").inner_text()
    table = page.get_by_test_id("table-recordings")
    broken = table.locator("tbody tr", has_text="broken.wav").inner_text()
    assert "not a recording" in broken
    page.wait_for_function(COUNTED, arg=3)


def test_files_that_are_dropped_anywhere_on_the_page_are_recognised(page, folder) -> None:
    content = list((folder / "anger.wav").read_bytes())
    page.evaluate(
        """(content) => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(content)], "dropped.wav"));
          const options = { dataTransfer: files, bubbles: true, cancelable: true };
          document.querySelector("footer").dispatchEvent(new DragEvent("drop", options));
        }""",
        content,
    )
    page.get_by_test_id("verdict").locator("b").wait_for()
    assert page.get_by_test_id("detail-name").inner_text() == "dropped.wav"


@pytest.mark.slow
def test_file_that_is_too_large_is_said_in_a_sentence(page, tmp_path) -> None:
    page.watched.expected.add(413)
    with (tmp_path / "large.wav").open("wb") as large:
        large.truncate(51 * 2**20)
    page.get_by_test_id("files").set_input_files(tmp_path / "large.wav")
    page.get_by_test_id("verdict").get_by_text("the limit of this server").wait_for()


@pytest.mark.slow
def test_batch_is_cancelled_and_goes_on(page, folder, tmp_path) -> None:
    sound = (folder / "sadness.wav").read_bytes()
    for number in range(60):
        (tmp_path / f"call-{number}.wav").write_bytes(sound)
    page.get_by_test_id("files").set_input_files(sorted(tmp_path.glob("call-*.wav")))
    said = page.get_by_test_id("progress-said")
    said.get_by_text(re.compile(r"^([5-9]|[1-4]\d) of 60")).wait_for()
    page.get_by_test_id("cancel").click()
    page.get_by_test_id("resume").wait_for()
    stopped = said.inner_text()
    page.wait_for_timeout(500)
    assert said.inner_text() == stopped
    page.get_by_test_id("resume").click()
    said.get_by_text("60 of 60 recognised").wait_for()
    page.wait_for_function(COUNTED, arg=60)


def test_table_is_sorted_by_its_headers(page, folder) -> None:
    upload_folder(page, folder)
    for expected in (["anger", "broken", "neutral", "sadness"],
                     ["sadness", "neutral", "broken", "anger"]):  # fmt: skip
        page.get_by_test_id("sort-name").click()
        assert [Path(name).stem for name in names_shown(page)] == expected
    page.get_by_test_id("sort-score").click()
    figures = page.get_by_test_id("table-recordings").locator("tbody tr td:nth-child(4)")
    scores = [float(text) for text in figures.all_inner_texts() if text]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


@pytest.mark.slow
def test_table_is_filtered_by_words_and_by_regular_expression(page, folder) -> None:
    upload_folder(page, folder)
    search = page.get_by_test_id("search-recordings")
    search.fill("neutral")
    assert names_shown(page) == ["calls/neutral.wav"]
    search.fill("calls/(anger|sad)")
    assert names_shown(page) == []
    page.get_by_test_id("regex-recordings").check()
    assert sorted(names_shown(page)) == ["calls/anger.wav", "calls/sadness.wav"]
    search.fill("(")
    assert page.get_by_text("not a regular expression").is_visible()
    assert len(names_shown(page)) == 4


def test_csv_of_the_page_is_that_of_the_command_line(page, folder) -> None:
    upload_folder(page, folder)
    names = sorted(names_shown(page))
    expected = predicted("--csv", *names, cwd=folder.parent)
    found = download(page, "export-csv")
    header, *rows = found.splitlines()
    wanted_header, *wanted = expected.splitlines()
    assert header == wanted_header
    assert sorted(rows) == sorted(wanted)


@pytest.mark.slow
def test_label_tracks_are_those_of_the_command_line(page, folder) -> None:
    page.get_by_test_id("files").set_input_files(folder / "sadness.wav")
    page.get_by_test_id("textgrid").wait_for()
    for button, form in (("textgrid", "textgrid"), ("audacity", "audacity")):
        expected = predicted("--labels", form, "sadness.wav", cwd=folder)
        assert expected
        assert download(page, button) == expected


def test_click_on_the_drawing_plays_from_there(page, folder) -> None:
    page.get_by_test_id("files").set_input_files(folder / "anger.wav")
    scrubber = page.get_by_test_id("scrubber")
    scrubber.wait_for()
    drawings_come(page, "player", 3)
    box = scrubber.bounding_box()
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2)
    assert seconds_played(page) >= 0.9
    clock_passes(page, "time", 1.2)
    page.get_by_test_id("play").click()
    stopped = seconds_played(page)
    page.wait_for_timeout(200)
    assert seconds_played(page) == stopped
    scrubber.press("Home")
    assert seconds_played(page) == 0


def test_recording_of_the_microphone_is_recognised(page) -> None:
    page.get_by_test_id("record").click()
    clock_passes(page, "record-time", 1.5)
    page.get_by_test_id("record-stop").click()
    page.get_by_test_id("verdict").locator("b").wait_for()
    assert re.match(r"recording-.*\.wav", page.get_by_test_id("detail-name").inner_text())
    page.get_by_test_id("record-panel").wait_for(state="detached")
    (result,) = json.loads(download(page, "export-json"))
    assert result["emotion"], "the fake microphone speaks"
    assert result["end"] > 1


def test_live_microphone_moves_scores_and_timeline_until_it_is_stopped(page) -> None:
    page.get_by_test_id("live").click()
    bars = page.get_by_test_id("live-scores").locator("dt")
    bars.first.wait_for()
    page.get_by_test_id("live-timeline").locator("svg").first.wait_for()
    assert bars.count() >= 2
    assert page.get_by_test_id("live-verdict").inner_text()
    assert unnamed_controls(page) == []
    assert raw_keys(page) == []
    page.get_by_test_id("live-stop").click()
    page.get_by_test_id("live-whole").click()
    page.get_by_test_id("verdict").locator("b").wait_for()
    assert page.get_by_test_id("live-panel").count() == 0


@pytest.mark.slow
def test_results_change_language_and_nothing_is_sent_again(page, folder) -> None:
    upload_folder(page, folder)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    english = page.get_by_test_id("table-recordings").inner_text()
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    chinese = page.get_by_test_id("table-recordings").inner_text()
    assert chinese != english
    assert "anger" in chinese, "a recording's own name stays"
    assert raw_keys(page) == []
    assert sum("drawings=0" in url for url in sent) == 0


@pytest.mark.slow
def test_results_fit_a_phone(server, open_page, folder) -> None:
    page = open_page(server.address, width=360, height=740)
    upload_folder(page, folder)
    page.get_by_test_id("table-recordings").locator("tbody tr", has_text="anger.wav").click()
    drawings_come(page, "player", 3)
    assert too_wide(page) == []


def test_recording_is_chosen_and_opened_by_keyboard(page, folder) -> None:
    upload_folder(page, folder)
    rows = page.get_by_test_id("table-recordings").locator("tbody button.open")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.get_by_test_id("detail-name").get_by_text(chosen).wait_for()
