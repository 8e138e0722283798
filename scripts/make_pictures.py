"""Draw the pictures of the READMEs: screenshots of what emovox shows in a browser.

    python scripts/make_pictures.py

Needs the extra `dev` and Chromium (or Chrome); CHROMIUM names it where it is called otherwise.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from emovox.cli.main import status
from emovox.demo.clips import clip_paths
from page_pictures import draw_page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> int:
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no Chromium was found; name one in CHROMIUM", file=sys.stderr)
        return 3
    IMAGES.mkdir(parents=True, exist_ok=True)
    # The command on one picture names this folder: its name is the same each time.
    folder = Path(tempfile.gettempdir()) / "emovox-pictures"
    folder.mkdir()
    try:
        with sync_playwright() as playwright:
            playwright.selectors.set_test_id_attribute("data-test")
            flags = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
            chromium = playwright.chromium.launch(executable_path=browser, args=flags)
            context = chromium.new_context(color_scheme="light", locale="en-GB")
            draw_report(context, IMAGES, folder)
            draw_page(context, IMAGES, folder)
            chromium.close()
    finally:
        shutil.rmtree(folder)
    return 0


def draw_report(context: BrowserContext, images: Path, folder: Path) -> None:
    """Picture of what `emovox predict --html` writes about the demo clips."""
    os.chdir(ROOT)
    clips = [str(path.relative_to(ROOT)) for path in clip_paths()]
    if code := status(["predict", *clips, "--html", str(folder / "demo-report.html")]):
        raise SystemExit(code)
    page = context.new_page()
    page.set_viewport_size({"width": 1100, "height": 1060})
    page.goto((folder / "demo-report.html").as_uri())
    page.screenshot(path=images / "demo-report.png")
    page.close()


if __name__ == "__main__":
    sys.exit(main())
