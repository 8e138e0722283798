"""The bundled clips: what they are called, how long they are, that the script makes them again."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.audio.segments import segments
from emovox.demo.clips import clip_paths

CLIPS = clip_paths()


@pytest.fixture(scope="module")
def script(repository: Path):
    spec = importlib.util.spec_from_file_location(
        "make_demo_clips", repository / "scripts" / "make_demo_clips.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_five_clips_say_by_name_that_they_are_synthetic() -> None:
    assert len(CLIPS) == 5
    assert all(path.name.startswith("synthetic-") for path in CLIPS)


def test_clips_take_less_than_400_kb_together() -> None:
    assert 0 < sum(path.stat().st_size for path in CLIPS) < 400_000


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.stem)
def test_clip_is_16_khz_mono_of_two_to_four_and_a_half_seconds(path: Path) -> None:
    samples, rate = soundfile.read(path)
    assert (rate, samples.ndim) == (16_000, 1)
    assert 2.0 <= samples.size / rate <= 4.5
    assert 0.05 < np.abs(samples).max() < 0.99


def test_script_makes_every_clip_and_nothing_else(script) -> None:
    assert sorted(script.CLIPS) == [path.stem for path in CLIPS]


@pytest.mark.parametrize("name", ["synthetic-neutral", "synthetic-two-styles"])
def test_script_makes_the_same_samples_again(script, name: str) -> None:
    stored, _ = soundfile.read(script.FOLDER / f"{name}.flac", dtype="int16")
    made = script.clip(name)
    # Two steps of 16 bits: other libraries round a sine otherwise.
    assert np.abs(stored.astype(int) - made.astype(int)).max() <= 2


def test_angry_like_is_louder_and_higher_than_sad_like() -> None:
    librosa = pytest.importorskip("librosa")
    level, pitch = {}, {}
    for style in ("angry-like", "sad-like"):
        (path,) = [path for path in CLIPS if path.stem.endswith(style)]
        samples, rate = soundfile.read(path)
        level[style] = np.sqrt(np.mean(samples**2))
        contour = librosa.yin(samples, fmin=70, fmax=400, sr=rate)
        loud = librosa.feature.rms(y=samples)[0] > 0.5 * level[style]
        pitch[style] = np.median(contour[loud[: contour.size]])
    assert level["angry-like"] > 4 * level["sad-like"]
    assert pitch["angry-like"] > 1.5 * pitch["sad-like"]


def test_every_clip_is_heard_as_speech_and_the_pause_of_two_styles_cuts_it_in_two() -> None:
    found = {}
    for path in CLIPS:
        samples, rate = soundfile.read(path, dtype="float32")
        cut = list(segments([samples], sample_rate=rate, warnings=[]))
        found[path.stem] = len(cut)
        assert sum(piece.duration_s for piece in cut) > 0.6 * samples.size / rate
    assert found.pop("synthetic-two-styles") == 2
    assert set(found.values()) == {1}
