"""F0 and voicing against known synthetic periods, Praat and librosa."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.errors import SignalError
from emovox.features.prosody import centred_frames, f0, fast_length

SAMPLE_RATE = 16000


def harmonics(f0_hz, *, duration_s=1.0, n_harmonics=10, noise=0.0, seed=0):
    """A voice-like sum of harmonics with falling levels, F0 constant or one value per sample."""
    n = int(duration_s * SAMPLE_RATE)
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0_hz, n)) / SAMPLE_RATE
    rng = np.random.default_rng(seed)
    starts = rng.uniform(0, 2 * np.pi, n_harmonics)
    wave = sum(np.cos(k * phase + starts[k - 1]) / k for k in range(1, n_harmonics + 1))
    return (wave + noise * rng.standard_normal(n)).astype(np.float32) * 0.1


def inside(values, margin=5):
    return values[margin:-margin]


@pytest.mark.parametrize("hz", [65.0, 101.3, 180.0, 247.7, 391.0])
def test_f0_of_steady_harmonics_is_right_to_a_thousandth(hz):
    f0_hz, voicing = f0(harmonics(hz), sample_rate=SAMPLE_RATE)
    assert np.abs(inside(f0_hz) / hz - 1).max() < 1e-3
    assert inside(voicing).min() > 0.99


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_f0_does_not_depend_on_the_sample_rate(rate):
    time = np.arange(rate) / rate
    wave = sum(np.cos(2 * np.pi * 150 * k * time + k) / k for k in range(1, 8))
    f0_hz, _ = f0(wave.astype(np.float32), sample_rate=rate)
    assert np.abs(inside(f0_hz) / 150.0 - 1).max() < 1e-3


def test_f0_follows_a_glide():
    n = SAMPLE_RATE
    curve = 120.0 * 2.0 ** (np.arange(n) / n)
    f0_hz, _ = f0(harmonics(curve), sample_rate=SAMPLE_RATE)
    truth = curve[:: SAMPLE_RATE // 100]
    assert np.abs(inside(f0_hz)[: len(truth) - 10] / inside(truth) - 1).max() < 0.01


def test_a_missing_fundamental_is_found():
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    wave = sum(np.cos(2 * np.pi * 100 * k * time) for k in (3, 4, 5, 6))
    f0_hz, _ = f0(wave.astype(np.float32), sample_rate=SAMPLE_RATE)
    assert np.abs(inside(f0_hz) / 100.0 - 1).max() < 1e-3


@pytest.mark.parametrize(("snr_db", "tolerance_db"), [(5.0, 1.0), (15.0, 1.0), (25.0, 1.0)])
def test_voicing_tells_the_harmonics_to_noise_ratio(snr_db, tolerance_db):
    clean = harmonics(150.0, duration_s=3.0)
    noise = np.random.default_rng(1).standard_normal(clean.size)
    noise *= np.sqrt(np.mean(clean**2) / np.mean(noise**2) / 10 ** (snr_db / 10))
    _, voicing = f0(clean + noise, sample_rate=SAMPLE_RATE)
    ratio = np.median(10 * np.log10(voicing / (1 - voicing)))
    assert abs(ratio - snr_db) < tolerance_db


def test_noise_and_silence_are_unvoiced():
    noise = 0.1 * np.random.default_rng(0).standard_normal(SAMPLE_RATE)
    assert np.mean(f0(noise, sample_rate=SAMPLE_RATE)[0] > 0) < 0.05
    for samples in (np.zeros(SAMPLE_RATE), np.full(SAMPLE_RATE, 0.3), np.zeros(1)):
        f0_hz, voicing = f0(samples, sample_rate=SAMPLE_RATE)
        assert not f0_hz.any()
        assert np.isfinite(voicing).all()


def test_level_does_not_matter():
    wave = harmonics(170.0, noise=0.05)
    loud, quiet = (f0(wave * gain, sample_rate=SAMPLE_RATE) for gain in (1.0, 1e-3))
    np.testing.assert_allclose(loud[0], quiet[0], rtol=1e-4)
    np.testing.assert_allclose(loud[1], quiet[1], atol=1e-4)


def test_frames_are_centred_on_every_hop():
    for n in (1, 159, 160, 1600, 16001):
        assert len(f0(np.ones(n), sample_rate=SAMPLE_RATE)[0]) == 1 + n // 160
    frames = centred_frames(np.arange(1, 1001, dtype=np.float32), length=41, hop=100)
    assert frames.shape == (11, 41)
    assert frames[3, 20] == 301


def test_what_is_not_a_signal_is_refused():
    with pytest.raises(SignalError, match="NaN"):
        f0(np.array([0.0, np.nan]), sample_rate=SAMPLE_RATE)
    with pytest.raises(SignalError, match="one channel"):
        f0(np.zeros((2, 100)), sample_rate=SAMPLE_RATE)


def test_fast_lengths_have_small_factors():
    for n in (2, 7, 480, 801, 1069, 5000):
        length = fast_length(n)
        assert length >= n
        assert length % 2 == 0
        for factor in (2, 3, 5):
            while length % factor == 0:
                length //= factor
        assert length == 1


def test_f0_equals_librosa_yin_on_steady_voices():
    librosa = pytest.importorskip("librosa")
    wave = harmonics(211.0, noise=0.02)
    theirs = librosa.yin(wave, fmin=60, fmax=400, sr=SAMPLE_RATE, hop_length=160)
    ours, _ = f0(wave, sample_rate=SAMPLE_RATE)
    assert np.abs(inside(ours, 10) / inside(theirs, 10) - 1).max() < 0.01


def praat_pitch(wave):
    """Praat's frequency and strength, and our samples shifted so that frame times coincide."""
    parselmouth = pytest.importorskip("parselmouth")
    pitch = parselmouth.Sound(wave.astype(float), SAMPLE_RATE).to_pitch_ac(
        time_step=0.01, pitch_floor=60.0, pitch_ceiling=400.0, very_accurate=False
    )
    times = pitch.xs()
    cut = round((times[0] % 0.01) * SAMPLE_RATE)
    frames = np.round((times - cut / SAMPLE_RATE) / 0.01).astype(int)
    selected = pitch.selected_array
    return selected["frequency"], selected["strength"], wave[cut:], frames


def test_f0_and_voicing_equal_praat_on_a_noisy_glide():
    n = 2 * SAMPLE_RATE
    curve = 140.0 + 60.0 * np.sin(2 * np.pi * 1.5 * np.arange(n) / SAMPLE_RATE)
    wave = harmonics(curve, duration_s=2.0, noise=0.1)
    frequency, strength, cut, frames = praat_pitch(wave)
    ours, voicing = f0(cut, sample_rate=SAMPLE_RATE)
    assert (frequency > 0).all()
    assert np.abs(ours[frames] / frequency - 1).max() < 0.002
    assert np.abs(voicing[frames] - strength).max() < 0.01


@pytest.mark.corpora
@pytest.mark.parametrize("pattern", ["emodb/**/*a01*", "emovo/**/*-b1*"])
def test_f0_equals_praat_on_real_speech(pattern):
    root = Path(os.environ.get("EMOVOX_CORPORA", "no corpora"))
    paths = sorted(path for path in root.glob(pattern) if path.suffix == ".flac")
    if not paths:
        pytest.skip(f"EMOVOX_CORPORA holds no {pattern}")
    same_voicing, close, n_both, n_frames = 0, 0, 0, 0
    for path in paths[:30]:
        wave, _ = soundfile.read(path, dtype="float32")
        frequency, _, cut, frames = praat_pitch(wave)
        ours = f0(cut, sample_rate=SAMPLE_RATE)[0][frames]
        both = (ours > 0) & (frequency > 0)
        same_voicing += np.sum((ours > 0) == (frequency > 0))
        close += np.sum(np.abs(ours[both] / frequency[both] - 1) < 0.01)
        n_both += both.sum()
        n_frames += len(frames)
    assert same_voicing / n_frames > 0.95
    assert close / n_both > 0.99
