"""Memory of long recordings: bounded by blocks of frames, which change no value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.features import blocks, feature, spectrum

RATE = 16_000
SETS = ("paralinguistic-narrow", "chroma+contrast+mel+mfcc", "kurpukdee-prosody")

# The high-water mark of the process's own memory: ru_maxrss would count the parent's from
# before the new program took over.
PEAK = """
import pathlib, sys
def peak_mib():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
"""
VECTOR = """
import numpy as np
from emovox.features import feature
chosen, samples = feature(sys.argv[2]), np.load(sys.argv[1])
chosen.functionals(samples[:32000])
before = peak_mib()
chosen.functionals(samples)
print(peak_mib() - before)
"""
PREDICTION = """
import emovox
emovox.load().predict(sys.argv[1])
print(peak_mib())
"""

only_linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not tell the peak of memory"
)


def printed_by(program: str, *arguments: object) -> float:
    """The number that a Python process of its own prints."""
    command = [sys.executable, "-c", PEAK + program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.fixture(scope="module")
def long_sound(speech_like):
    """Function (seconds) -> speech-like samples, mostly voiced, no two parts of them alike."""

    def made(seconds: int) -> np.ndarray:
        parts = [speech_like(5, RATE, seed=seed) for seed in range(4)]
        whole = np.concatenate([parts[index % 4] for index in range(seconds // 5)])
        hiss = np.random.default_rng(0).normal(scale=1e-3, size=whole.size)
        return (whole + hiss).astype(np.float32)

    return made


@only_linux
@pytest.mark.parametrize(
    ("name", "seconds", "most_mib"),
    [
        ("paralinguistic-narrow", 60, 50),
        pytest.param("paralinguistic-narrow", 300, 100, marks=pytest.mark.slow),
        pytest.param("paralinguistic", 300, 120, marks=pytest.mark.slow),
        pytest.param("chroma+mel+mfcc", 300, 120, marks=pytest.mark.slow),
        pytest.param("kurpukdee-prosody", 300, 160, marks=pytest.mark.slow),
    ],
)
def test_a_long_recording_becomes_a_vector_in_little_memory(
    long_sound, tmp_path, name, seconds, most_mib
):
    np.save(tmp_path / "samples.npy", long_sound(seconds))
    assert printed_by(VECTOR, tmp_path / "samples.npy", name) < most_mib


@only_linux
@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "most_mib"), [(60, 150), (300, 230)])
def test_recognising_a_long_recording_takes_little_memory(long_sound, tmp_path, seconds, most_mib):
    soundfile.write(tmp_path / "long.wav", long_sound(seconds), RATE)
    assert printed_by(PREDICTION, tmp_path / "long.wav") < most_mib


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("frames", [64, 512])
def test_blocks_change_no_value(long_sound, monkeypatch, name, frames):
    samples = long_sound(15)
    monkeypatch.setattr(blocks, "FRAMES", frames)
    by_blocks = feature(name).functionals(samples)
    monkeypatch.setattr(blocks, "FRAMES", samples.size)
    np.testing.assert_allclose(by_blocks, feature(name).functionals(samples), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", SETS)
def test_spectra_that_are_not_kept_change_no_value(long_sound, monkeypatch, name):
    samples = long_sound(10)
    kept = feature(name).functionals(samples)
    monkeypatch.setattr(spectrum, "_KEPT_BYTES", 0)
    np.testing.assert_array_equal(feature(name).functionals(samples), kept)


def test_what_is_small_is_kept_and_what_is_large_is_not(monkeypatch):
    signal = spectrum.Signal(np.ones(RATE, np.float32), RATE)
    assert signal.magnitude() is signal.magnitude()
    monkeypatch.setattr(spectrum, "_KEPT_BYTES", 1000)
    large = spectrum.Signal(np.ones(RATE, np.float32), RATE)
    assert large.magnitude() is not large.magnitude()
    assert large.keep("few", lambda: np.ones(3)) is large.keep("few", lambda: np.zeros(3))
    assert not large.magnitude().flags.writeable


@pytest.mark.parametrize("n_frames", [0, 1, 511, 512, 1023, 1024, 1025, 30_001])
def test_every_frame_is_in_one_block(n_frames):
    cut = blocks.blocks(n_frames)
    assert [index for block in cut for index in range(n_frames)[block]] == list(range(n_frames))
    assert max(block.stop - block.start for block in cut) < 2 * blocks.FRAMES
