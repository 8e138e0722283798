"""Formants against vowels of known resonances and Praat."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from emovox.features.contours import contours
from emovox.features.formants import formants, predictor
from emovox.features.spectrum import Signal, fft_frequencies

SAMPLE_RATE = 16000
VOWELS = {
    "a": (730.0, 1090.0, 2440.0, 3500.0, 4500.0),
    "e": (530.0, 1840.0, 2480.0, 3500.0, 4500.0),
    "o": (500.0, 1000.0, 2500.0, 3500.0, 4500.0),
    "schwa": (500.0, 1500.0, 2500.0, 3500.0, 4500.0),
}


def vowel(resonances, *, f0_hz=110.0, bandwidth_hz=80.0, seconds=0.6):
    """Pulses through a falling source and two-pole resonances: a voice with known formants."""
    n = int(seconds * SAMPLE_RATE)
    source = np.zeros(n)
    source[np.arange(0, n, SAMPLE_RATE / f0_hz).astype(int)] = 1.0
    voice = lfilter([1.0], [1.0, -0.97], source)
    for hz in resonances:
        radius = np.exp(-np.pi * bandwidth_hz / SAMPLE_RATE)
        turn = 2.0 * np.pi * hz / SAMPLE_RATE
        voice = lfilter([1.0], [1.0, -2.0 * radius * np.cos(turn), radius**2], voice)
    return (0.3 * voice / np.abs(voice).max()).astype(np.float32)


@pytest.mark.parametrize("name", VOWELS)
@pytest.mark.parametrize("f0_hz", [100.0, 140.0])
def test_formants_of_synthetic_vowels_are_found(name, f0_hz):
    signal = Signal(vowel(VOWELS[name], f0_hz=f0_hz), SAMPLE_RATE)
    found = np.exp(np.median(contours(signal).formants[:, :3], axis=0))
    assert np.abs(found / VOWELS[name][:3] - 1.0).max() < 0.06


def test_formants_equal_praat_on_synthetic_vowels():
    parselmouth = pytest.importorskip("parselmouth")
    for resonances in VOWELS.values():
        voice = vowel(resonances, f0_hz=120.0)
        theirs = parselmouth.Sound(voice.astype(float), SAMPLE_RATE).to_formant_burg(
            time_step=0.01, max_number_of_formants=5, maximum_formant=5000.0
        )
        times = theirs.ts()[5:-5]
        truth = [np.median([theirs.get_value_at_time(n, t) for t in times]) for n in (1, 2, 3)]
        ours = np.exp(np.median(contours(Signal(voice, SAMPLE_RATE)).formants[:, :3], axis=0))
        assert np.abs(ours / truth - 1.0).max() < 0.06


def test_a_wider_resonance_has_a_wider_band():
    narrow, wide = (
        np.median(contours(Signal(vowel(VOWELS["a"], bandwidth_hz=hz), SAMPLE_RATE)).formants, 0)
        for hz in (50.0, 250.0)
    )
    assert wide[3] > narrow[3] + 0.5


def test_a_frame_without_formants_gets_the_middle_of_the_others():
    frequencies = fft_frequencies(SAMPLE_RATE, 512)
    clear = 1.0 / ((frequencies - 900.0) ** 2 + 60.0**2) / (frequencies + 30.0) ** 2
    flat = np.ones_like(frequencies)
    found, width = formants(np.stack([clear, clear, flat]), frequencies=frequencies)
    assert np.isfinite(found).all()
    assert np.isfinite(width).all()
    nothing, _ = formants(np.zeros((2, 257)), frequencies=frequencies)
    assert np.isfinite(nothing).all()


def test_the_predictor_solves_the_normal_equations():
    rng = np.random.default_rng(0)
    spectra = rng.gamma(1.0, size=(5, 65))
    autocorrelation = np.fft.irfft(spectra, axis=1)[:, :9]
    for row, coefficients in zip(autocorrelation, predictor(autocorrelation), strict=True):
        matrix = row[np.abs(np.subtract.outer(np.arange(8), np.arange(8)))]
        np.testing.assert_allclose(
            coefficients[1:], -np.linalg.solve(matrix, row[1:]), rtol=1e-3, atol=1e-4
        )
