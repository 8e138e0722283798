"""The large sets of statistics: complete, named, finite, independent of level and edges."""

from __future__ import annotations

import numpy as np
import pytest

from emovox import registry
from emovox.features import feature
from emovox.features.contours import HOP_S, contours, deltas
from emovox.features.paralinguistic import (
    FAMILIES,
    FRAME_NAMES,
    PARALINGUISTIC,
    PARALINGUISTIC_NARROW,
)
from emovox.features.spectrum import Signal

SAMPLE_RATE = 16000
NAMES = ("modulation", "paralinguistic", "paralinguistic-narrow", "prosody", "spectral",
         "voice-quality")  # fmt: skip


def speech_like(*, seconds=2.0, f0_hz=160.0, seed=0):
    """Syllables of a gliding voice with a little noise: float32 samples."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    curve = f0_hz * 2.0 ** (0.3 * np.sin(2 * np.pi * 1.0 * time))
    phase = 2 * np.pi * np.cumsum(curve) / SAMPLE_RATE
    wave = sum(np.cos(k * phase + k * k) / k for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 3.0 * time), 0.0, None) ** 0.5
    return (0.05 * (syllables * wave + 0.003 * rng.standard_normal(len(time)))).astype(np.float32)


def named(samples, chosen=PARALINGUISTIC):
    return dict(zip(chosen.names, chosen.functionals(samples).tolist(), strict=True))


def test_every_family_has_as_many_names_as_values():
    signal = Signal(speech_like(), SAMPLE_RATE)
    kept = contours(signal)
    for family, (names, compute) in FAMILIES.items():
        assert compute(kept, signal).shape == (len(names),), family
    assert PARALINGUISTIC.frames(signal).shape[1] == len(FRAME_NAMES)


def test_known_values_stand_under_their_names():
    values = named(speech_like(f0_hz=160.0))
    assert values["f0_semitones__p50"] == pytest.approx(12 * np.log2(160 / 27.5), abs=1.0)
    assert values["f0_semitones__range90"] == pytest.approx(0.6 * 12, rel=0.2)
    assert values["rhythm__duration_s"] == pytest.approx(2.0, abs=0.2)
    assert values["rhythm__voiced_rate"] == pytest.approx(3.0, abs=0.6)
    assert values["rhythm__syllable_rate"] == pytest.approx(3.0, abs=0.6)
    # the loudness follows the syllables at 3 Hz
    bands = {name: value for name, value in values.items() if name.startswith("level_db__modul")}
    assert max(bands, key=bands.get) == "level_db__modulation_2_4hz"


@pytest.mark.parametrize("name", NAMES)
def test_it_is_finite_for_any_sound(name):
    chosen = registry.get("feature", name)
    rng = np.random.default_rng(0)
    sounds = [
        np.zeros(160), np.zeros(1), np.zeros(48000), np.full(8000, 0.5), np.eye(1, 8000, 4000)[0],
        speech_like(seconds=0.01), 0.1 * rng.standard_normal(15 * SAMPLE_RATE),
        np.sign(rng.standard_normal(5000)), 1e-7 * speech_like(),
    ]  # fmt: skip
    with np.errstate(all="raise", under="ignore"):
        for samples in sounds:
            vector = chosen.functionals(samples.astype(np.float32))
            assert vector.dtype == np.float32
            assert np.isfinite(vector).all()
            assert np.abs(vector).max() < 1e5


def test_the_level_does_not_matter():
    samples = speech_like()
    loud, quiet = (PARALINGUISTIC.functionals(samples * gain) for gain in (1.0, 0.01))
    np.testing.assert_allclose(loud, quiet, rtol=2e-3, atol=2e-3)


def test_silence_at_the_ends_hardly_matters():
    samples = speech_like()
    silence = np.zeros(SAMPLE_RATE, dtype=np.float32)
    bare, padded = named(samples), named(np.concatenate([silence, samples, silence]))
    for name in ("rhythm__duration_s", "f0_semitones__mean", "band_05__mean", "level_db__slope"):
        assert padded[name] == pytest.approx(bare[name], rel=0.05, abs=0.2), name


def test_the_narrow_set_does_not_hear_what_lies_above_its_band():
    samples = speech_like()
    time = np.arange(len(samples)) / SAMPLE_RATE
    whistle = samples + (0.003 * np.sin(2 * np.pi * 7000.0 * time)).astype(np.float32)
    for chosen, expected in ((PARALINGUISTIC, False), (PARALINGUISTIC_NARROW, True)):
        pure, whistled = named(samples, chosen), named(whistle, chosen)
        same = [
            abs(pure[name] - whistled[name]) < 0.5
            for name in pure
            if name.startswith("band_") and name.endswith("__p50")
        ]
        assert all(same) == expected


def test_sets_of_one_signal_share_what_they_have_in_common(monkeypatch):
    from emovox.features import contours as module

    calls = []
    tracked = module.f0
    monkeypatch.setattr(module, "f0", lambda *a, **k: calls.append(1) or tracked(*a, **k))
    combined = feature("modulation+paralinguistic+paralinguistic-narrow+voice-quality")
    vector = combined.functionals(speech_like())
    assert vector.shape == (len(combined.names),)
    assert len(calls) == 1


def test_parts_equal_their_place_in_the_whole():
    signal = Signal(speech_like(), SAMPLE_RATE)
    whole = dict(zip(PARALINGUISTIC.names, PARALINGUISTIC.functionals(signal), strict=True))
    for name in ("prosody", "voice-quality", "spectral", "modulation"):
        part = registry.get("feature", name)
        for dimension, value in zip(part.names, part.functionals(signal), strict=True):
            assert whole[dimension] == value


def test_settings_say_what_the_values_depend_on():
    assert PARALINGUISTIC.settings()["top_hz"] != PARALINGUISTIC_NARROW.settings()["top_hz"]
    assert PARALINGUISTIC.settings()["version"] == PARALINGUISTIC.version


def test_deltas_are_slopes_by_regression():
    ramp = np.stack([np.arange(20.0), -3.0 * np.arange(20.0)], axis=1)
    np.testing.assert_allclose(deltas(ramp)[2:-2], np.tile([1.0, -3.0], (16, 1)))


def test_contours_are_on_the_frames_of_the_short_time_spectra():
    signal = Signal(speech_like(seconds=1.234), SAMPLE_RATE)
    kept = contours(signal)
    n_frames = 1 + len(signal.samples) // round(HOP_S * SAMPLE_RATE)
    assert len(kept.level_db) == len(kept.f0_hz) == len(kept.bands) == n_frames
    assert kept.everywhere(kept.voice).shape == (n_frames, kept.voice.shape[1])
