"""The whole server within the test, with one worker and small corpora of made voices."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from starlette.testclient import TestClient
from tests.made_voices import RATE, voice

from emovox.models.lookup import SHIPPED
from emovox.server.application import application
from emovox.server.settings import Settings

EMODB = ("03a01Fa", "03a02Wc", "08a01Na", "08a02Tb", "11b03Wc")
"""Names of EmoDB: two digits of a speaker, three of a sentence, a letter of an emotion."""
EMOTIONS = ("anger", "neutral", "sadness")


@contextmanager
def served_page(folder: Path, **settings: object) -> Iterator[TestClient]:
    """Client of a server whose runs and models lie in `folder`."""
    chosen = {"records": folder / "runs", "models": folder / "models", "workers": 1, **settings}
    app = application(Settings(**chosen))  # type: ignore[arg-type]
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def recording(path: Path, *, seconds: float = 1.5, seed: int = 0) -> Path:
    """A made voice."""
    soundfile.write(path, voice(EMOTIONS[seed % 3], seconds=seconds, seed=seed), RATE)
    return path


def with_pauses(path: Path) -> Path:
    """Three stretches of speech with silence between them, which are three segments."""
    pause = np.zeros(2 * RATE, np.float32)
    parts = [part for i in range(3) for part in (voice(EMOTIONS[i], seconds=2.0, seed=i), pause)]
    soundfile.write(path, np.concatenate(parts), RATE)
    return path


def small_emodb(folder: Path) -> Path:
    """A folder that reads as an incomplete EmoDB."""
    (folder / "wav").mkdir(parents=True)
    for seed, name in enumerate(EMODB):
        recording(folder / "wav" / f"{name}.wav", seed=seed)
    return folder


def table(folder: Path) -> Path:
    """A table of one recording, of all of it and of a stretch inside."""
    folder.mkdir(parents=True)
    recording(folder / "call.wav", seconds=3.0)
    recording(folder / "old.aiff", seconds=1.0)
    rows = "path,emotion,speaker,start,end\ncall.wav,anger,s1,,\ncall.wav,neutral,s1,0.5,1.75\n"
    (folder / "calls.csv").write_text(rows + "old.aiff,sadness,s2,,\n", encoding="utf-8")
    return folder / "calls.csv"


def copied_model(folder: Path) -> Path:
    """The shipped model under another name."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SHIPPED / "default", folder)
    return folder
