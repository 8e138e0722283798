"""Voice quality against pulse trains of known irregularity, known harmonics, and Praat."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.features.contours import contours
from emovox.features.prosody import f0
from emovox.features.spectrum import Signal
from emovox.features.voice_quality import (
    cepstral_peak_prominence_db,
    harmonic_levels_db,
    harmonics_to_noise_db,
    jitter,
    pulses,
    shimmer_db,
)

SAMPLE_RATE = 16000


def pulse_voice(*, period_s=0.008, jitter_share=0.0, shimmer_by_db=0.0, n=150, seed=0):
    """A resonance struck by pulses: the voice, its true periods (s) and heights."""
    rng = np.random.default_rng(seed)
    periods = period_s * (1.0 + jitter_share * rng.standard_normal(n))
    heights = 10.0 ** (shimmer_by_db * rng.standard_normal(n) / 20.0)
    times = np.cumsum(periods)
    moment = np.arange(int((times[-1] + 0.05) * SAMPLE_RATE)) / SAMPLE_RATE
    voice = np.zeros(len(moment))
    for time, height in zip(times, heights, strict=True):
        # a smooth pulse, so that its peak may lie between two samples
        voice += height * np.exp(-0.5 * ((moment - time) / 2e-4) ** 2)
    return (0.3 * voice).astype(np.float32), periods[1:], heights


def found_pulses(voice):
    f0_hz, _ = f0(voice, sample_rate=SAMPLE_RATE)
    return pulses(voice, f0_hz, sample_rate=SAMPLE_RATE)


@pytest.mark.parametrize(("share", "tolerance"), [(0.005, 0.1), (0.01, 0.1), (0.03, 0.2)])
def test_jitter_of_a_pulse_train_is_its_own(share, tolerance):
    voice, periods, _ = pulse_voice(jitter_share=share)
    truth = np.abs(np.diff(periods)).mean() / periods.mean()
    assert jitter(found_pulses(voice)).mean() == pytest.approx(truth, rel=tolerance)


@pytest.mark.parametrize("by_db", [0.2, 0.5, 1.0])
def test_shimmer_of_a_pulse_train_is_its_own(by_db):
    voice, _, heights = pulse_voice(shimmer_by_db=by_db)
    truth = np.abs(np.diff(20.0 * np.log10(heights))).mean()
    assert shimmer_db(found_pulses(voice)).mean() == pytest.approx(truth, rel=0.1)


def test_a_regular_voice_has_hardly_any_jitter_or_shimmer():
    found = found_pulses(pulse_voice()[0])
    assert sum(len(stretch.times_s) for stretch in found) > 140
    assert jitter(found).mean() < 5e-4
    assert shimmer_db(found).mean() < 0.02


def test_the_pulses_of_an_inverted_voice_are_the_same():
    voice = pulse_voice(jitter_share=0.01)[0]
    one, other = found_pulses(voice)[0], found_pulses(-voice)[0]
    np.testing.assert_array_equal(one.times_s, other.times_s)


def test_unvoiced_sound_has_no_pulses():
    assert pulses(np.ones(1000), np.zeros(7), sample_rate=SAMPLE_RATE) == []
    assert jitter([]).size == 0
    assert shimmer_db([]).size == 0


def test_jitter_and_shimmer_equal_praat():
    parselmouth = pytest.importorskip("parselmouth")
    praat = pytest.importorskip("parselmouth.praat")
    voice = pulse_voice(jitter_share=0.01, shimmer_by_db=0.5, seed=4)[0]
    sound = parselmouth.Sound(voice.astype(float), SAMPLE_RATE)
    marks = praat.call(sound, "To PointProcess (periodic, cc)", 60, 400)
    options = (0, 0, 1e-4, 0.02, 1.3)
    theirs = praat.call(marks, "Get jitter (local)", *options)
    found = found_pulses(voice)
    assert jitter(found).mean() == pytest.approx(theirs, rel=0.1)
    theirs = praat.call([sound, marks], "Get shimmer (local_dB)", *options, 1.6)
    assert shimmer_db(found).mean() == pytest.approx(theirs, rel=0.1)


def harmonic_voice(levels_db, *, f0_hz=150.0, noise=0.0, seconds=1.0):
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = sum(
        10.0 ** (level / 20.0) * np.cos(2 * np.pi * f0_hz * (k + 1) * time + k * k)
        for k, level in enumerate(levels_db)
    )
    return (0.05 * (wave + noise * np.random.default_rng(0).standard_normal(len(time)))).astype(
        np.float32
    )


def long_power(voice):
    return Signal(voice, SAMPLE_RATE).power(2048, 160, win_length=960)[10:-10]


@pytest.mark.parametrize("f0_hz", [90.0, 150.0, 310.0])
def test_harmonics_have_their_levels(f0_hz):
    levels = np.array([0.0, -6.0, 3.0, -12.0, -9.0, -20.0])
    power = long_power(harmonic_voice(levels, f0_hz=f0_hz))
    found = harmonic_levels_db(power, np.full(len(power), f0_hz), bin_hz=SAMPLE_RATE / 2048)
    np.testing.assert_allclose(
        np.median(found - found[:, :1], axis=0), levels - levels[0], atol=0.5
    )


def test_noise_lowers_the_cepstral_peak():
    levels = -1.0 * np.arange(25)
    prominences = []
    for noise in (0.01, 0.3, 3.0):
        power = long_power(harmonic_voice(levels, noise=noise))
        prominences.append(np.median(cepstral_peak_prominence_db(power, bin_hz=SAMPLE_RATE / 2048)))
    assert prominences[0] > 1.2 * prominences[1] > 1.5 * prominences[2]


def test_the_ratio_of_harmonics_to_noise_is_boersmas():
    np.testing.assert_allclose(
        harmonics_to_noise_db(np.array([0.5, 0.9, 0.99])), [0.0, 9.542425, 19.956352]
    )
    assert np.isfinite(harmonics_to_noise_db(np.array([0.0, 1.0]))).all()


@pytest.mark.corpora
def test_voice_quality_and_formants_follow_praat_on_real_speech():
    parselmouth = pytest.importorskip("parselmouth")
    praat = pytest.importorskip("parselmouth.praat")
    root = Path(os.environ.get("EMOVOX_CORPORA", "no corpora"))
    paths = [path for path in sorted(root.glob("emodb/**/*b0*")) if path.suffix == ".flac"][::6]
    if not paths:
        pytest.skip("EMOVOX_CORPORA holds no emodb")
    ours, theirs = [], []
    for path in paths:
        wave, _ = soundfile.read(path, dtype="float32")
        kept = contours(Signal(wave, SAMPLE_RATE))
        ours.append([
            jitter(pulses(wave, kept.f0_hz, sample_rate=SAMPLE_RATE)).mean(),
            np.median(kept.voice[:, 0]),
            *np.exp(np.median(kept.formants[:, :3], axis=0)),
        ])  # fmt: skip
        sound = parselmouth.Sound(wave.astype(float), SAMPLE_RATE)
        marks = praat.call(sound, "To PointProcess (periodic, cc)", 60, 600)
        pitch = sound.to_pitch_ac(time_step=0.01, pitch_floor=60.0, pitch_ceiling=600.0)
        strength = pitch.selected_array["strength"][pitch.selected_array["frequency"] > 0]
        burg = sound.to_formant_burg(time_step=0.01, maximum_formant=5000.0)
        times = kept.voiced * 0.01
        values = [[burg.get_value_at_time(n, time) for time in times] for n in (1, 2, 3)]
        theirs.append([
            praat.call(marks, "Get jitter (local)", 0, 0, 1e-4, 0.02, 1.3),
            np.median(10.0 * np.log10(strength / (1.0 - strength))),
            *np.nanmedian(values, axis=1),
        ])  # fmt: skip
    ours, theirs = np.array(ours), np.array(theirs)
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(ours.T, theirs.T, strict=True)]
    assert correlations[0] > 0.85
    assert correlations[1] > 0.98
    assert (np.array(correlations[2:]) > [0.95, 0.8, 0.7]).all()
    assert np.median(np.abs(ours[:, 2:] / theirs[:, 2:] - 1.0), axis=0).max() < 0.1


def test_the_work_grows_in_proportion_to_the_stretches_of_voice(monkeypatch):
    voice, _, _ = pulse_voice(n=60)
    counted = []
    correlate = np.correlate
    monkeypatch.setattr(np, "correlate", lambda *args: counted.append(1) or correlate(*args))

    def comparisons(n):
        counted.clear()
        found = found_pulses(np.tile(np.append(voice, np.zeros(4000, np.float32)), n))
        assert len(found) == n
        return len(counted)

    assert comparisons(12) < 3.5 * comparisons(4)
