"""Draw the pictures of the READMEs: screenshots of pages that emovox writes.

    python scripts/make_pictures.py

Needs Chromium (or Chrome); CHROMIUM names it where it is called otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from emovox.cli.main import status
from emovox.demo.clips import clip_paths

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> int:
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no Chromium was found; name one in CHROMIUM", file=sys.stderr)
        return 3
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "demo-report.html"
        os.chdir(ROOT)
        clips = [str(path.relative_to(ROOT)) for path in clip_paths()]
        if code := status(["predict", *clips, "--html", str(page)]):
            return code
        shoot(browser, page, IMAGES / "demo-report.png", width=1100, height=1060)
    return 0


def shoot(browser: str, page: Path, picture: Path, *, width: int, height: int) -> None:
    """Write what the browser shows of a page, in a window of this size."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--force-color-profile=srgb", f"--user-data-dir={profile}",
                f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri(),
            ],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
