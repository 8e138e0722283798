"""A real browser before the real server, which holds a small corpus of made voices."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from made_voices import RATE, voice

from .running_server import RunningServer

SPEAKERS = {"ada": "female", "ben": "male", "cleo": "female", "dan": "male"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FAILURES = Path(__file__).resolve().parents[2] / "build" / "browser-failures"
PATIENCE_MS = 30_000
FIRST_WORDS = """
if (location.protocol === "http:" && !localStorage.getItem("emovox-language")) {
  localStorage.setItem("emovox-language", "%(tongue)s");
  if ("%(read)s") localStorage.setItem("emovox-notice-read", "%(read)s");
}
"""
"""What the browser remembers from an earlier visit."""
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser; tests are skipped where there is none."""
    pytest.importorskip("playwright", reason="browser tests need the package playwright")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("browser tests need Chromium, and none is installed")
    return found


@pytest.fixture(scope="session")
def made_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Table of a corpus: four speakers, three emotions, four sentences."""
    folder = tmp_path_factory.mktemp("made")
    rows = []
    for speaker, gender in SPEAKERS.items():
        for emotion in ("anger", "neutral", "sadness"):
            for sentence in range(4):
                name = f"{speaker}-{emotion}-{sentence}.wav"
                seed = sum(map(ord, name))
                soundfile.write(folder / name, voice(emotion, seconds=1.2, seed=seed), RATE)
                rows.append([name, emotion, speaker, gender, f"s{sentence}"])
    with (folder / "pitches.csv").open("w", newline="") as table:
        csv.writer(table).writerows([["path", "emotion", "speaker", "gender", "sentence"], *rows])
    return folder / "pitches.csv"


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake microphone hears, over and over."""
    path = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    soundfile.write(path, np.tile(voice("anger", seconds=3.0), 2), RATE, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, made_corpus: Path, chromium: str
) -> Iterator[RunningServer]:
    """The server that most tests share."""
    pytest.importorskip("uvicorn", reason="browser tests need the extra serve")
    running = RunningServer(tmp_path_factory.mktemp("server"), [f"--corpus=pitches={made_corpus}"])
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser(chromium: str, spoken: Path) -> Iterator[Any]:
    """Chromium, its microphone a file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={spoken}"]
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Function that opens a view of a server in a new context, as a visitor with this screen.

    When the test is over, anything that the page complained of, or asked of another host, is a
    failure.
    """
    from .watched_page import Watched

    contexts: list[tuple[Any, Watched]] = []

    def opened(
        address: str, view: str = "recognise", *, width: int = 1280, height: int = 900,
        notice: bool = False, language: str = "en", expected: tuple[int, ...] = (), **options: Any,
    ) -> Any:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", accept_downloads=True,
            permissions=["microphone", "clipboard-read", "clipboard-write"], **options,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        watched = Watched(context, address, expected)
        contexts.append((context, watched))
        context.add_init_script(FIRST_WORDS % {"read": "" if notice else "yes", "tongue": language})
        page = context.new_page()
        page.watched = watched
        page.goto(f"{address}/#/{view}")
        page.get_by_test_id(f"view-{view.partition('/')[0]}").wait_for()
        return page

    yield opened
    failed = getattr(request.node, "failed", False)
    for number, (context, _) in enumerate(contexts):
        for place, page in enumerate(context.pages if failed else []):
            FAILURES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=FAILURES / f"{request.node.name}-{number}-{place}.png")
        context.close()
    faults = [fault for _, watched in contexts for fault in watched.faults]
    strangers = [url for _, watched in contexts for url in watched.strangers]
    assert not strangers, f"the page asked other hosts: {strangers}"
    assert not faults, "the page complained:\n" + "\n".join(faults)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Remember on the test whether it failed, so that its end can take screenshots."""
    report = yield
    if report.when == "call" and report.failed:
        item.failed = True
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and run them last.

    Playwright keeps an event loop running in this thread, which `asyncio.run` of a test that
    came later would stumble over.
    """
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
    items.sort(key=lambda item: here in item.path.parents)
