"""Pictures of the page of `emovox serve`, with synthetic speech alone in them.

Recognise shows the demo clips; Experiment shows a plan over six speakers whom the synthesiser of
those clips makes up. Nobody's voice or name is in either.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from emovox.demo.clips import clip_paths
from make_demo_clips import SAMPLE_RATE, STYLES, WORDS, say

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

WIDTH, HEIGHT = 1180, 980
SETTLED_MS = 1500
"""Until what fades in has done so."""
EMOTIONS = {"neutral": "neutral", "angry": "anger", "happy": "happiness", "sad": "sadness"}
SPEAKERS = (
    ("one", "male", 0.86, 1.05), ("two", "male", 0.95, 0.92), ("three", "male", 1.10, 1.00),
    ("four", "female", 1.45, 0.96), ("five", "female", 1.62, 1.08), ("six", "female", 1.80, 1.00),
)  # fmt: skip
"""Name, gender, factor of the pitch, factor of the length of sounds."""
METHODS = ("ridge", "svm-linear")
START_S = 30.0
ADDRESS = re.compile(r"http://[\d.]+:\d+")
LAST_VISIT = """
localStorage.setItem("emovox-language", "en");
localStorage.setItem("emovox-notice-read", "yes");
"""


def draw_page(context: BrowserContext, images: Path, folder: Path) -> None:
    """Write the pictures.

    Parameters
    ----------
    context : BrowserContext
    images : path
        Where the pictures are put.
    folder : path
        For the corpus and the server; the plan's command names it.
    """
    table = made_corpus(folder)
    with running(folder, table) as address:
        page = context.new_page()
        page.add_init_script(LAST_VISIT)
        page.set_default_timeout(60_000)
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        recognise(page, address, images / "page-recognise.png")
        experiment(page, address, images / "page-experiment.png")
        page.close()


def recognise(page: Page, address: str, picture: Path) -> None:
    """Picture of the demo clips, the one with two styles open."""
    page.goto(f"{address}/#/recognise")
    page.get_by_test_id("files").set_input_files([str(path) for path in clip_paths()])
    page.get_by_test_id("progress-said").get_by_text("5 of 5 recognised").wait_for()
    page.get_by_test_id("table-recordings").get_by_text("synthetic-two-styles").click()
    page.get_by_role("heading", name="synthetic-two-styles").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=picture, full_page=True)


def experiment(page: Page, address: str, picture: Path) -> None:
    """Picture of a plan over the synthetic speakers, before it is run."""
    page.goto(f"{address}/#/experiment")
    page.get_by_test_id("plan-leaks").locator("dt").first.wait_for()
    form = page.get_by_test_id("experiment-form")
    for box in form.locator("[data-test^=method-][type=checkbox]:checked").all():
        box.uncheck()
    for method in METHODS:
        page.get_by_test_id(f"method-{method}").check()
    page.get_by_test_id("run-name").fill("six-speakers")
    page.get_by_test_id("command").get_by_text(METHODS[-1]).first.wait_for()
    page.locator("[data-test=start]:enabled").wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=picture)


def made_corpus(folder: Path) -> Path:
    """Table of the synthetic speakers: four styles, three sentences each."""
    rng = np.random.default_rng(0)
    rows = []
    for speaker, gender, pitch, pace in SPEAKERS:
        for style, emotion in EMOTIONS.items():
            for sentence, words in enumerate(WORDS.values()):
                plain = STYLES[style]
                own = replace(plain, pitch_hz=plain.pitch_hz * pitch, pace=plain.pace * pace)
                name = f"{speaker}-{emotion}-{sentence}.flac"
                soundfile.write(
                    folder / name, 0.9 * np.clip(say(words, own, rng), -1, 1), SAMPLE_RATE
                )
                rows.append([name, emotion, speaker, gender, f"sentence {sentence + 1}"])
    table = folder / "synthetic.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["path", "emotion", "speaker", "gender", "sentence"], *rows])
    return table


@contextmanager
def running(folder: Path, table: Path) -> Iterator[str]:
    """Address of a server that reads this table; it ends with the block."""
    command = [
        sys.executable, "-m", "emovox", "serve", "--port", "0", f"--corpus=synthetic={table.name}",
    ]  # fmt: skip
    surroundings = {**os.environ, "EMOVOX_CORPORA": ""}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stderr=log, cwd=folder, env=surroundings)
    try:
        yield said_address(folder / "log")
    finally:
        server.terminate()
        server.wait(20)


def said_address(log: Path) -> str:
    """Wait for the server to say where it is."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if found := ADDRESS.search(log.read_text("utf-8")):
            return found[0]
        time.sleep(0.05)
    raise RuntimeError(f"emovox serve did not start: {log.read_text('utf-8')}")
