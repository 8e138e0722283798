"""Recordings come in as mono samples at the wanted rate, or as one clear error."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.audio import OpenRecording, read
from emovox.errors import InputError

RATE = 16_000


def voice(seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    """A buzz with the rise and fall of syllables."""
    t = np.arange(int(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 12))
    return (0.2 * tone * np.maximum(np.sin(2 * np.pi * 3 * t), 0)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = RATE, **options) -> Path:
    soundfile.write(path, samples, rate, **options)
    return path


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "aiff", "au", "caf", "w64", "mp3"])
def test_every_format_of_libsndfile_gives_the_same_speech(tmp_path, ending):
    recording = read(write(tmp_path / f"a.{ending}", voice()))
    assert recording.sample_rate == RATE
    assert recording.samples.dtype == np.float32
    assert recording.duration_s == pytest.approx(2.0, abs=0.05)
    lossless = ending in {"wav", "flac", "aiff", "au", "caf", "w64"}
    if lossless:
        np.testing.assert_allclose(recording.samples, voice(), atol=1e-4)
    assert recording.warnings == ()


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_other_rates_are_resampled_and_named(tmp_path, rate):
    recording = read(write(tmp_path / "a.wav", voice(rate=rate), rate))
    assert recording.source_rate == rate
    assert recording.samples.size == pytest.approx(2 * RATE, abs=2)
    codes = [warning.code for warning in recording.warnings]
    assert codes == (["narrowband"] if rate < RATE else [])
    middle = slice(4000, 28000)
    np.testing.assert_allclose(recording.samples[middle], voice()[middle], atol=0.02)


def test_a_stretch_of_a_file_can_be_read(tmp_path):
    path = write(tmp_path / "a.wav", voice(3.0))
    part = read(path, start=1.0, end=2.5)
    np.testing.assert_allclose(part.samples, voice(3.0)[RATE : int(2.5 * RATE)], atol=1e-4)


def test_a_stretch_past_the_end_is_said_and_one_beyond_it_is_an_error(tmp_path):
    path = write(tmp_path / "a.wav", voice(2.0))
    warning = read(path, start=1.0, end=9.0).warnings[0].as_json()
    assert warning["code"] == "truncated"
    assert warning["seconds_found"] == pytest.approx(1.0)
    assert read(path, start=0.5, end=2.03).warnings == ()
    with pytest.raises(InputError, match=r"lasts 2.000 s; nothing is left from 5 s on"):
        read(path, start=5.0, end=6.0)


def test_stereo_is_averaged_but_a_silent_side_is_left_out(tmp_path):
    left = voice()
    both = read(write(tmp_path / "a.wav", np.stack([left, 0.5 * left], axis=1)))
    np.testing.assert_allclose(both.samples, 0.75 * left, atol=1e-4)
    one = read(write(tmp_path / "b.wav", np.stack([left, 0 * left], axis=1)))
    np.testing.assert_allclose(one.samples, left, atol=1e-4)


def test_channels_that_cancel_give_the_louder_one_and_a_warning(tmp_path):
    left = voice()
    recording = read(write(tmp_path / "a.wav", np.stack([left, -left], axis=1)))
    np.testing.assert_allclose(recording.samples, left, atol=1e-4)
    assert [warning.code for warning in recording.warnings] == ["antiphase"]


def test_blocks_and_whole_are_the_same_samples(tmp_path):
    path = write(tmp_path / "a.wav", voice(5.0, 44_100), 44_100)
    with OpenRecording(path) as recording:
        blocks = list(recording.blocks())
    assert len(blocks) > 3
    np.testing.assert_array_equal(np.concatenate(blocks), read(path).samples)


def test_one_nan_is_set_to_zero_before_resampling(tmp_path):
    samples = voice(2.0, 44_100)
    samples[1000] = np.nan
    recording = read(write(tmp_path / "a.wav", samples, 44_100, subtype="FLOAT"))
    assert np.isfinite(recording.samples).all()
    assert recording.warnings[0].as_json() == {"code": "non-finite-samples", "samples": 1}


def test_samples_far_over_full_scale_are_brought_back(tmp_path):
    recording = read(write(tmp_path / "a.wav", voice() * 20_000, subtype="FLOAT"))
    assert "out-of-scale" in {warning.code for warning in recording.warnings}
    assert 0.1 < np.abs(recording.samples).max() <= 1.0


def test_an_offset_is_removed_and_said(tmp_path):
    recording = read(write(tmp_path / "a.wav", 0.3 * voice() + 0.4))
    assert [warning.code for warning in recording.warnings] == ["dc-offset"]
    assert abs(recording.samples.mean()) < 1e-3


def test_clipping_is_said_and_a_single_full_scale_sample_is_not(tmp_path):
    loud = read(write(tmp_path / "a.wav", np.clip(voice() * 20, -1, 1)))
    assert [warning.code for warning in loud.warnings] == ["clipped"]
    normalised = voice() / np.abs(voice()).max()
    assert read(write(tmp_path / "b.wav", normalised)).warnings == ()


def test_a_wrong_ending_is_said_and_does_not_matter(tmp_path):
    path = write(tmp_path / "a.wav", voice())
    named = path.rename(tmp_path / "a.mp3")
    recording = read(named)
    assert recording.warnings[0].as_json() == {"code": "wrong-extension", "format": "WAV"}


def test_a_binary_file_is_read_like_a_path(tmp_path):
    path = write(tmp_path / "a.flac", voice())
    np.testing.assert_array_equal(read(io.BytesIO(path.read_bytes())).samples, read(path).samples)


def faulty(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is not a recording\n")
    (tmp_path / "page.wav").write_text("<!DOCTYPE html><html>404</html>")
    (tmp_path / "picture.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (tmp_path / "video.mp4").write_bytes(bytes(4) + b"ftypisom" + bytes(64))
    write(tmp_path / "header.wav", np.zeros(0, np.float32))
    write(tmp_path / "short.wav", voice(0.05))
    write(tmp_path / "nan.wav", np.full(RATE, np.nan, np.float32), subtype="FLOAT")
    write(tmp_path / "slow.wav", voice(), 1_000)
    (tmp_path / "cut.flac").write_bytes(write(tmp_path / "w.flac", voice()).read_bytes()[:60])
    os.symlink("nowhere.wav", tmp_path / "dangling.wav")
    os.symlink("loop.wav", tmp_path / "loop.wav")
    cases = {
        "missing.wav": "file-missing", "dangling.wav": "file-missing", "loop.wav": "file-missing",
        "folder": "not-a-file", "empty.wav": "empty-file", "header.wav": "empty-file",
        "text.wav": "not-audio", "page.wav": "not-audio", "picture.wav": "not-audio",
        "video.mp4": "unsupported-format", "short.wav": "too-short", "nan.wav": "not-finite",
        "slow.wav": "rate-out-of-range", "cut.flac": "damaged",
    }  # fmt: skip
    return {name: (tmp_path / name, code) for name, code in cases.items()}


def test_each_fault_has_its_one_sentence_and_code(tmp_path):
    for name, (path, code) in faulty(tmp_path).items():
        with pytest.raises(InputError) as caught:
            read(path)
        assert caught.value.code == code, name
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(str(path)), name
        assert caught.value.exit_status == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(InputError, match="is a pipe") as caught:
        read(tmp_path / "pipe.wav")
    assert caught.value.code == "not-a-file"


def test_a_name_with_nul_is_refused_instead_of_shortened(tmp_path):
    path = write(tmp_path / "a.wav", voice())
    with pytest.raises(InputError) as caught:
        read(f"{path}\0.txt")
    assert caught.value.code == "bad-path"


def test_a_name_that_is_not_utf8_works(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe.wav"
    with open(path, "wb") as handle:
        handle.write(write(tmp_path / "a.wav", voice()).read_bytes())
    assert read(os.fsdecode(path)).duration_s == pytest.approx(2.0)


def test_a_flac_cut_short_gives_what_is_sound_and_says_so(tmp_path):
    rng = np.random.default_rng(0)
    path = write(tmp_path / "a.flac", 0.1 * rng.normal(size=20 * RATE).astype(np.float32))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.5)])
    recording = read(path)
    assert 6 < recording.duration_s < 10.1
    warning = recording.warnings[0].as_json()
    assert warning["code"] == "truncated"
    assert warning["seconds_declared"] == pytest.approx(20)


def test_too_long_is_refused_by_what_comes_out(tmp_path):
    path = write(tmp_path / "a.wav", voice(5.0))
    with pytest.raises(InputError) as caught:
        read(path, max_duration_s=3)
    assert caught.value.code == "too-long"
    assert "--max-duration" in str(caught.value)


def test_no_descriptor_stays_open(tmp_path):
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list open descriptors")
    before = len(os.listdir("/proc/self/fd"))
    for path, _ in faulty(tmp_path).values():
        with pytest.raises(InputError):
            read(path)
    read(write(tmp_path / "a.wav", voice()))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_flac_cut_within_its_first_frame_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    tone = np.sin(np.arange(32_000) / 20.0)[:, np.newaxis] * np.full((1, 8), 0.1)
    soundfile.write(path, tone, 16_000)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.code == "damaged"


def test_damage_is_told_without_the_decoders_misleading_words(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp3"
    path.write_bytes(b"\xff\xfb\x90\x64" + bytes(400))
    with pytest.raises(InputError) as caught:
        list(OpenRecording(path, sample_rate=16000).blocks())
    assert caught.value.code in ("damaged", "empty-file")
    assert "does not exist" not in caught.value.sentence
    assert "System error" not in caught.value.sentence
