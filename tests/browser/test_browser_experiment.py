"""The view Experiment: plan, run, cancel, restart, compare, save as a model."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .running_server import RunningServer, is_running
from .watched_page import drawing_sizes, raw_keys, too_wide, unnamed_controls

QUICK = ["ridge"]
LONG = ["ccser-svc", "ccser-rf", "ccser-gb", "ccser-bagging", "ccser-mlp"]
N_FOLDS = 4


def fill_in(page: Any, methods: list[str], name: str, *, features: str | None = "mfcc") -> None:
    """Tick these methods and this feature, name the run, wait for the plan."""
    page.get_by_test_id("plan-leaks").locator("dt").first.wait_for()
    form = page.get_by_test_id("experiment-form")
    groups = form.locator("details.method-group:not([open]) > summary")
    while groups.count():
        groups.first.click()
    for box in form.locator("[data-test^=method-][type=checkbox]:checked").all():
        box.uncheck()
    for method in methods:
        page.get_by_test_id(f"method-{method}").check()
    if features:
        form.locator("input[type=radio][value=choice]").check()
        page.get_by_test_id(f"feature-{features}").check()
    page.get_by_test_id("run-name").fill(name)
    page.get_by_test_id("command").get_by_text(methods[-1]).first.wait_for()
    page.locator("[data-test=start]:enabled").wait_for()


def start(page: Any, methods: list[str], name: str) -> None:
    fill_in(page, methods, name)
    page.get_by_test_id("start").click()
    row(page, name).wait_for()


def row(page: Any, name: str) -> Any:
    """Row of a run in the list."""
    table = page.get_by_test_id("table-runs")
    return table.locator(f"tbody tr[data-test=row][data-key='{name}']")


def wait_until(page: Any, name: str, state: str, *, seconds: float = 60) -> None:
    row(page, name).get_by_text(state, exact=True).wait_for(timeout=1000 * seconds)


def records(server: RunningServer, name: str) -> list[dict[str, Any]]:
    text = (server.records / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def page(server, open_page) -> Any:
    return open_page(server.address, "experiment")


@pytest.fixture(scope="module")
def finished(server, browser) -> str:
    """A run that has ended, of two quick methods, made on the page."""
    page = browser.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{server.address}/#/experiment")
    page.get_by_test_id("notice-close").click()
    start(page, [*QUICK, "svm-linear"], "finished")
    wait_until(page, "finished", "done")
    page.close()
    return "finished"


@pytest.fixture
def own_server(tmp_path, made_corpus, chromium) -> Iterator[list[RunningServer]]:
    """A server that the test may kill; what it starts in its place goes into the list too."""
    servers = [RunningServer(tmp_path, [f"--corpus=pitches={made_corpus}"])]
    yield servers
    for each in servers:
        each.stop()


@pytest.mark.slow
def test_leak_check_and_command_are_shown_before_anything_runs(page, server) -> None:
    before = sorted(server.records.glob("*"))
    page.get_by_test_id("leak-speaker").wait_for()
    assert page.get_by_test_id("leak-speaker").get_attribute("data-grade") == "apart"
    assert page.get_by_test_id("leak-sentence").get_attribute("data-grade") == "shared"
    page.get_by_test_id("protocol").select_option("shuffled-kfold")
    page.locator("[data-test=leak-speaker][data-grade=leak]").wait_for()
    assert "--protocol=shuffled-kfold" in page.get_by_test_id("command").inner_text()
    assert sorted(server.records.glob("*")) == before, "a plan fits nothing and writes nothing"
    assert unnamed_controls(page) == []
    assert raw_keys(page) == []


@pytest.mark.slow
def test_form_without_method_or_corpus_cannot_be_started(page) -> None:
    page.get_by_test_id("plan-leaks").locator("dt").first.wait_for()
    page.locator("[data-test^=method-][type=checkbox]:checked").uncheck()
    assert page.get_by_test_id("start").is_disabled()
    assert page.get_by_test_id("plan-problem").inner_text()


@pytest.mark.slow
def test_run_goes_from_start_to_its_scores(page, finished) -> None:
    row(page, finished).locator("button.open").click()
    page.get_by_test_id("result-row").nth(1).wait_for()
    assert page.get_by_test_id("result-row").count() == 2
    assert page.get_by_test_id("fold-scores").locator("tbody tr").count() == N_FOLDS
    for part in ("confusion", "fold-strip"):
        page.get_by_test_id(part).locator("svg, table").first.wait_for()
    assert re.search(r"\d+\.\d", page.get_by_test_id("result-row").first.inner_text())
    assert unnamed_controls(page) == []
    assert raw_keys(page) == []
    assert too_wide(page) == []


@pytest.mark.slow
def test_scores_of_the_page_are_those_of_the_command_line(page, server, finished) -> None:
    path = server.records / f"{finished}.jsonl"
    table = json.loads(emovox("report", str(path), "--format", "json"))
    expected = sorted(f"{100 * each['ua']:.1f}" for each in table)
    row(page, finished).locator("button.open").click()
    page.get_by_test_id("result-row").nth(1).wait_for()
    shown = page.get_by_test_id("result-row").locator("td:nth-child(2)").all_inner_texts()
    assert sorted(re.match(r"[\d.]+", text).group() for text in shown) == expected


def emovox(*arguments: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "emovox", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
def test_run_of_the_command_line_appears_and_says_the_same(page, server, finished) -> None:
    row(page, finished).locator("button.open").click()
    page.get_by_test_id("result-row").nth(1).wait_for()
    shown = page.get_by_test_id("result-row").all_inner_texts()
    said = shlex.split(page.get_by_test_id("run-command").inner_text())
    assert said[:2] == ["emovox", "bench"]
    path = server.records / "by-hand.jsonl"
    emovox(*[f"--records={path}" if word.startswith("--records=") else word for word in said[1:]])
    page.goto(f"{server.address}/#/experiment/run/by-hand")
    page.get_by_test_id("run-title").get_by_text("by-hand").wait_for()
    page.get_by_test_id("result-row").nth(1).wait_for()
    assert page.get_by_test_id("result-row").all_inner_texts() == shown
    assert page.get_by_test_id("run-cancel").count() == 0
    page.goto(f"{server.address}/#/experiment")
    wait_until(page, "by-hand", "recorded")


@pytest.mark.slow
def test_command_is_copied(page) -> None:
    page.get_by_test_id("plan-leaks").locator("dt").first.wait_for()
    page.get_by_test_id("command-copy").click()
    page.get_by_test_id("command-copy").get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_test_id("command").text_content()
    assert copied.startswith("emovox bench ")


@pytest.mark.slow
def test_run_is_saved_as_a_model_and_used_in_recognise(page, server, finished, spoken) -> None:
    row(page, finished).locator("button.open").click()
    page.get_by_test_id("model-name").fill("made-here")
    page.get_by_test_id("save-model").click()
    page.get_by_test_id("use-model").click()
    page.get_by_test_id("view-recognise").wait_for()
    page.get_by_test_id("files").set_input_files(spoken)
    page.get_by_test_id("verdict").locator("b").wait_for()
    with page.expect_download() as saved:
        page.get_by_test_id("export-json").click()
    (result,) = json.loads(Path(saved.value.path()).read_text("utf-8"))
    assert result["model"]["name"] == "made-here"
    assert set(result["scores"]) == {"anger", "neutral", "sadness"}
    assert (server.models / "made-here" / "model.json").is_file()
    page.goto(f"{server.address}/#/models/made-here")
    page.get_by_test_id("model-sheet").get_by_text("made-here").first.wait_for()


@pytest.mark.slow
def test_runs_are_compared(page, server, finished) -> None:
    start(page, ["logistic-regression"], "another")
    wait_until(page, "another", "done")
    for name in (finished, "another"):
        row(page, name).locator("input[type=checkbox]").check()
    page.get_by_test_id("compare").click()
    page.get_by_test_id("comparison").wait_for()
    page.get_by_test_id("result-row").nth(2).wait_for()
    assert page.get_by_test_id("result-row").count() == 3
    assert raw_keys(page) == []
    sizes = drawing_sizes(page.get_by_test_id("result-rows").locator("tbody"))
    assert len(sizes) == 3
    assert all(width > 50 and height > 5 and marks > 1 for width, height, marks in sizes), sizes
    tests = page.get_by_test_id("run-comparison")
    tests.locator("summary").click()
    assert tests.locator("table").is_visible()


@pytest.mark.slow
def test_report_is_downloaded_and_asks_nobody_else(page, finished, browser, tmp_path) -> None:
    row(page, finished).locator("button.open").click()
    with page.expect_download() as saved:
        page.get_by_test_id("run-report").click()
    report = tmp_path / "report.html"
    saved.value.save_as(report)
    asked: list[str] = []
    opened = browser.new_page()
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(report.as_uri())
    assert opened.locator("svg").count() > 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    opened.close()


@pytest.mark.slow
def test_run_is_deleted_after_a_question(page, server) -> None:
    start(page, QUICK, "to-delete")
    wait_until(page, "to-delete", "done")
    row(page, "to-delete").locator("button.open").click()
    page.get_by_test_id("run-delete").click()
    page.get_by_test_id("confirm-delete-no").click()
    assert (server.records / "to-delete.jsonl").is_file()
    page.get_by_test_id("run-delete").click()
    page.get_by_test_id("confirm-delete-yes").click()
    page.get_by_test_id("experiment").wait_for()
    row(page, "to-delete").wait_for(state="detached")
    assert not (server.records / "to-delete.jsonl").exists()


@pytest.mark.slow
def test_result_changes_language_and_fits_a_phone(server, open_page, finished) -> None:
    page = open_page(server.address, f"experiment/run/{finished}", width=360, height=740)
    page.get_by_test_id("result-row").nth(1).wait_for()
    assert too_wide(page) == []
    page.get_by_test_id("language-switch").click()
    page.locator("html[lang=zh]").wait_for()
    page.wait_for_load_state("networkidle")
    assert raw_keys(page) == []
    assert too_wide(page) == []


@pytest.mark.slow
def test_run_is_cancelled_and_goes_on_where_it_stopped(page, server) -> None:
    start(page, LONG, "stopped")
    page.get_by_test_id("active-stopped").get_by_text(re.compile("folds: [1-9]")).wait_for()
    page.get_by_test_id("cancel-stopped").click()
    wait_until(page, "stopped", "cancelled")
    kept = records(server, "stopped")
    assert 0 < len(kept) < N_FOLDS * len(LONG)
    page.wait_for_timeout(1000)
    assert records(server, "stopped") == kept, "nothing is computed any more"
    row(page, "stopped").locator("button.open").click()
    page.get_by_test_id("run-continue").click()
    page.get_by_test_id("run-lead").get_by_text("done").wait_for(timeout=90_000)
    whole = records(server, "stopped")
    assert len(whole) == N_FOLDS * len(LONG)
    assert whole[: len(kept)] == kept


@pytest.mark.slow
def test_kill_and_restart_lose_nothing(own_server, open_page, tmp_path, made_corpus) -> None:
    (server,) = own_server
    page = open_page(server.address, "experiment", expected=(0,))
    start(page, LONG, "killed")
    page.get_by_test_id("active-killed").get_by_text(re.compile("folds: [1-9]")).wait_for()
    started = server.descendants()
    assert len(started) >= 2, "workers, and the run itself"
    server.kill()
    kept = records(server, "killed")
    page.get_by_test_id("runs-lost").get_by_text("does not answer").wait_for()
    assert [pid for pid in started if is_running(pid)] == [], "they outlived the server"
    options = [f"--corpus=pitches={made_corpus}"]
    own_server.append(RunningServer(tmp_path, options, port=server.port))
    wait_until(page, "killed", "interrupted")
    assert records(server, "killed")[: len(kept)] == kept
    row(page, "killed").locator("button.open").click()
    page.get_by_test_id("run-continue").click()
    page.get_by_test_id("run-lead").get_by_text("done").wait_for(timeout=90_000)
    whole = records(server, "killed")
    assert len(whole) == len({each["key"] for each in whole}) == N_FOLDS * len(LONG)
    assert whole[: len(kept)] == kept
