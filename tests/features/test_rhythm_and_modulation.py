"""Rates, pauses and modulation of contours whose rates are known."""

from __future__ import annotations

import numpy as np
import pytest

from emovox.features import modulation, rhythm


def test_rates_and_lengths_of_regular_bursts():
    flags = np.arange(300) % 50 < 30
    level = np.where(flags, 0.0, -40.0)
    values = dict(zip(rhythm.NAMES, rhythm.rhythm(level, voiced=flags, active=flags), strict=True))
    assert values["duration_s"] == pytest.approx(3.0)
    assert values["voiced_rate"] == pytest.approx(2.0)
    assert values["voiced_mean_s"] == pytest.approx(0.3)
    assert values["voiced_share"] == pytest.approx(0.6)
    assert values["pause_mean_s"] == pytest.approx(0.2)
    assert values["pause_sd_s"] == pytest.approx(0.0)
    assert values["active_max_s"] == pytest.approx(0.3)


@pytest.mark.parametrize("rate", [2.0, 4.0, 6.0])
def test_syllables_are_counted(rate):
    level = 8.0 * np.cos(2 * np.pi * rate * (np.arange(400) * 0.01 - 0.05)) - 8.0
    flags = np.ones(400, dtype=bool)
    values = dict(zip(rhythm.NAMES, rhythm.rhythm(level, voiced=flags, active=flags), strict=True))
    assert values["syllable_rate"] == pytest.approx(rate, rel=0.05)
    assert values["syllable_distance_s"] == pytest.approx(1.0 / rate, rel=0.02)


def test_faint_peaks_are_no_syllables():
    level = -30.0 + 5.0 * np.sin(np.arange(200) * 0.3)
    assert len(rhythm.syllable_peaks(level)) == 0


def test_one_frame_has_a_rhythm():
    one = np.ones(1, dtype=bool)
    assert np.isfinite(rhythm.rhythm(np.zeros(1), voiced=~one, active=one)).all()


@pytest.mark.parametrize(
    ("hz", "band"),
    [
        (1.6, "1_2hz"), (3.0, "2_4hz"), (6.0, "4_8hz"), (12.0, "8_16hz"), (25.0, "16_32hz"),
        (40.0, "32_50hz"),
    ],
)  # fmt: skip
def test_modulation_power_lies_at_the_rate_of_the_contour(hz, band):
    contour = np.sin(2 * np.pi * hz * np.arange(500) * 0.01)[:, None]
    powers = modulation.modulation_spectrum(contour)[:, 0]
    assert modulation.NAMES[int(powers.argmax())] == band


def test_ten_times_deeper_modulation_is_twenty_decibels_more():
    contour = 10.0 * np.sin(2 * np.pi * 6.0 * np.arange(500) * 0.01)[:, None]
    step = modulation.modulation_spectrum(10 * contour) - modulation.modulation_spectrum(contour)
    assert step[2, 0] == pytest.approx(np.log(100.0), rel=0.01)


def test_constant_and_short_contours_have_a_modulation_spectrum():
    for contour in (np.zeros((1, 2)), np.full((250, 2), -60.0), np.ones((99, 2))):
        powers = modulation.modulation_spectrum(contour)
        np.testing.assert_allclose(powers, np.log(modulation.FLOOR))
