"""Spectral shape against librosa, openSMILE and spectra of known shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from emovox.features import spectral_shape
from emovox.features.spectral_shape import NAMES
from emovox.features.spectrum import Signal, fft_frequencies

SAMPLE_RATE = 16000
FREQUENCIES = fft_frequencies(SAMPLE_RATE, 512)[1:]


def columns(power):
    found = spectral_shape.spectral_shape(np.atleast_2d(power), FREQUENCIES)
    return dict(zip(NAMES, found.T, strict=True))


def changing_noise(seconds=3.0):
    """Noise whose colour and level change slowly: float32 samples."""
    rng = np.random.default_rng(1)
    n = int(seconds * SAMPLE_RATE)
    white = rng.standard_normal(n)
    red = lfilter([1.0], [1.0, -0.95], white)
    mix = 0.5 + 0.5 * np.sin(2 * np.pi * 0.7 * np.arange(n) / SAMPLE_RATE)
    return (0.05 * (mix * red + (1 - mix) * white)).astype(np.float32)


def test_a_spectrum_of_known_fall_has_its_slope():
    levels = -12.0 * FREQUENCIES / 1000.0
    found = columns(10.0 ** (levels / 10.0))
    for name in ("slope_0_500", "slope_500_1500", "slope_1000_5000"):
        assert found[name][0] == pytest.approx(-12.0, abs=0.05)


def test_one_line_has_its_place_and_no_entropy():
    found = columns((np.arange(256) == 63).astype(float))
    for name in ("log_centroid", "log_rolloff25", "log_rolloff90"):
        assert np.exp(found[name][0]) == pytest.approx(2000.0, rel=1e-3)
    assert found["entropy"][0] < 0.01


def test_alpha_ratio_and_hammarberg_index_of_known_bands():
    power = np.zeros(256)
    power[FREQUENCIES == 500.0] = 100.0
    power[FREQUENCIES == 3000.0] = 1.0
    found = columns(power)
    assert found["alpha_ratio"][0] == pytest.approx(20.0, abs=1e-3)
    assert found["hammarberg_index"][0] == pytest.approx(20.0, abs=1e-3)
    assert found["low_share"][0] == pytest.approx(10.0 * np.log10(100 / 101), abs=1e-3)


def test_flux_is_the_distance_of_neighbouring_spectra():
    power = np.zeros((3, 256))
    power[[0, 1, 2], [10, 10, 200]] = 1.0
    flux = columns(power)["log_flux"]
    assert flux[1] == pytest.approx(np.log(1e-3), abs=1e-3)
    assert np.exp(flux[2]) == pytest.approx(np.sqrt(2.0), rel=2e-3)


def test_the_level_does_not_matter():
    power = np.random.default_rng(0).gamma(1.0, size=(20, 256))
    a, b = (spectral_shape.spectral_shape(power * gain, FREQUENCIES) for gain in (1.0, 1e-6))
    np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_silence_gives_finite_numbers():
    assert all(np.isfinite(column).all() for column in columns(np.zeros((4, 256))).values())


def test_centroid_spread_and_rolloff_equal_librosa():
    librosa = pytest.importorskip("librosa")
    power = np.asarray(Signal(changing_noise(), SAMPLE_RATE).power(512, 160)[:, 1:], np.float64)
    found = columns(power)
    options = {"S": power.T, "freq": FREQUENCIES}
    centroid = librosa.feature.spectral_centroid(**options)[0]
    np.testing.assert_allclose(np.exp(found["log_centroid"]), centroid, rtol=1e-4)
    spread = librosa.feature.spectral_bandwidth(**options)[0]
    np.testing.assert_allclose(np.exp(found["log_spread"]), spread, rtol=1e-4)
    rolloff = librosa.feature.spectral_rolloff(**options, roll_percent=0.75)[0]
    np.testing.assert_allclose(np.exp(found["log_rolloff75"]), rolloff)


def test_ratios_and_slopes_follow_opensmile():
    opensmile = pytest.importorskip("opensmile")
    samples = changing_noise()
    theirs = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.LowLevelDescriptors,
    ).process_signal(samples, SAMPLE_RATE)
    power = Signal(samples, SAMPLE_RATE).power(512, 160, win_length=400, window="hamming")
    found = columns(power[:, 1:])
    n = min(len(theirs), len(power)) - 10
    for ours, name, sign in (
        ("alpha_ratio", "alphaRatio_sma3", -1.0),
        ("hammarberg_index", "hammarbergIndex_sma3", 1.0),
        ("slope_500_1500", "slope500-1500_sma3", 1.0),
    ):
        smooth = np.convolve(found[ours], np.ones(3) / 3, mode="same")[5:n]
        best = max(
            sign * np.corrcoef(smooth, theirs[name].to_numpy()[5 + shift : n + shift])[0, 1]
            for shift in (-2, -1, 0, 1)
        )
        assert best > 0.9, (ours, best)
