from __future__ import annotations

import numpy as np
import pytest

from emovox.features import feature, kurpukdee
from emovox.features.plp import _cepstra, bark_filterbank, linear_prediction, plp_cepstra
from emovox.features.spectrum import Signal

SETS = {
    "kurpukdee-fbank": 720,
    "kurpukdee-mfcc": 234,
    "kurpukdee-plp": 234,
    "kurpukdee-prosody": 37,
}


@pytest.fixture(scope="module")
def samples(speech_like):
    return speech_like(1.5, 16000, seed=2)


@pytest.mark.parametrize(("name", "dim"), SETS.items())
def test_sets_have_the_sheet_s_dimensions(samples, name, dim):
    chosen = feature(name)
    assert chosen.functionals(samples).shape == (dim,)
    assert len(set(chosen.names)) == dim


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("seconds", [0.01, 15.0])
def test_sets_are_finite_on_silence_and_on_very_short_and_long_clips(speech_like, name, seconds):
    chosen = feature(name)
    assert np.isfinite(chosen.functionals(np.zeros(int(16000 * seconds), np.float32))).all()
    assert np.isfinite(chosen.functionals(speech_like(seconds, 16000))).all()


@pytest.mark.parametrize("name", SETS)
def test_sets_are_the_same_to_the_bit_every_time(samples, name):
    first, second = (feature(name).functionals(samples) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_filter_banks_are_the_formula(samples):
    librosa = pytest.importorskip("librosa")
    emphasised = np.append(samples[0], samples[1:] - 0.97 * samples[:-1])
    start = 50 * 160
    taper = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(400) / 400)
    power = np.abs(np.fft.rfft(emphasised[start : start + 400] * taper, 512)) ** 2
    filters = librosa.filters.mel(
        sr=16000, n_fft=512, n_mels=40, fmin=20, fmax=8000, htk=True, norm=None
    )
    expected = np.log(np.maximum(filters @ power, 1e-10))
    found = kurpukdee.filter_banks(Signal(samples, 16000))
    assert len(found) == 1 + (len(samples) - 400) // 160
    np.testing.assert_allclose(found[50], expected, atol=1e-4)


def test_cepstra_are_the_cosine_transform_of_the_filter_banks(samples):
    fft = pytest.importorskip("scipy.fft")
    signal = Signal(samples, 16000)
    expected = fft.dct(kurpukdee.filter_banks(signal), norm="ortho")[:, :13]
    np.testing.assert_allclose(kurpukdee.cepstra(signal), expected, atol=1e-3)


def test_functionals_equal_scipy_feature_by_feature(samples):
    stats = pytest.importorskip("scipy.stats")
    chosen = feature("kurpukdee-mfcc")
    frames = chosen.frames(samples).astype(float)
    vector = dict(zip(chosen.names, chosen.functionals(samples), strict=True))
    for column, name in ((0, "cepstrum_0"), (13 + 4, "cepstrum_4_delta")):
        values = frames[:, column]
        expected = {
            "mean": values.mean(),
            "sd": values.std(),
            "min": values.min(),
            "max": values.max(),
            "skewness": stats.skew(values),
            "kurtosis": stats.kurtosis(values),
        }
        for functional, value in expected.items():
            assert vector[f"kurpukdee_{name}_{functional}"] == pytest.approx(
                value, rel=1e-4, abs=1e-5
            )


def test_constant_columns_have_no_shape():
    found = kurpukdee.six_functionals(np.full((7, 1), 0.1, np.float32))[0]
    np.testing.assert_allclose(found, [0.1, 0, 0.1, 0.1, 0, 0], atol=1e-8)


def test_linear_prediction_solves_the_normal_equations():
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(0)
    sound = rng.normal(size=(3, 200))
    lags = np.stack([(sound[:, : 200 - k] * sound[:, k:]).sum(axis=1) for k in range(13)], axis=1)
    coefficients, error = linear_prediction(lags)
    for row in range(3):
        expected = linalg.solve_toeplitz(lags[row, :12], -lags[row, 1:])
        np.testing.assert_allclose(coefficients[row, 1:], expected, atol=1e-10)
        assert error[row] == pytest.approx(lags[row] @ coefficients[row])


def test_perceptual_cepstra_describe_the_models_spectrum():
    rng = np.random.default_rng(1)
    power = rng.uniform(0.5, 2.0, (1, 257))
    cepstra = plp_cepstra(power, sample_rate=16000, n_cepstra=13)[0]
    # Twice the power is twice the loudness to the third root: only the gain changes.
    louder = plp_cepstra(8 * power, sample_rate=16000, n_cepstra=13)[0]
    np.testing.assert_allclose(louder[0] - cepstra[0], np.log(2), atol=1e-9)
    np.testing.assert_allclose(louder[1:], cepstra[1:], atol=1e-9)


def test_cepstra_of_a_model_are_the_transform_of_its_log_spectrum():
    coefficients = np.zeros((1, 13))
    coefficients[0, :3] = [1.0, -0.9, 0.4]
    spectrum = 2.0 / np.abs(np.fft.fft(coefficients[0], 4096)) ** 2
    expected = np.fft.ifft(np.log(spectrum)).real[:13]
    found = _cepstra(coefficients, np.array([2.0]), 13)[0]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_every_bin_is_heard_by_a_band():
    filters = bark_filterbank(16000, 512)
    assert filters.shape == (21, 257)
    assert (filters.max(axis=0) > 0.7).all()


def test_pitch_functionals_are_zero_without_voice():
    chosen = feature("kurpukdee-prosody")
    noise = np.random.default_rng(0).normal(size=16000).astype(np.float32) * 0.001
    silence = np.zeros(16000, np.float32)
    vector = dict(zip(chosen.names, chosen.functionals(silence), strict=True))
    assert all(value == 0 for name, value in vector.items() if name.startswith("kurpukdee_f0"))
    assert vector["kurpukdee_voiced_share"] == 0
    assert np.isfinite(chosen.functionals(noise)).all()


def test_pitch_derivatives_stay_inside_voiced_runs(monkeypatch):
    pitch = np.array([0, 100, 100, 100, 0, 200, 200, 0], np.float32)
    monkeypatch.setattr(kurpukdee, "f0", lambda *_, **__: (pitch, pitch > 0))
    chosen = feature("kurpukdee-prosody")
    vector = dict(zip(chosen.names, chosen.functionals(np.ones(1280, np.float32)), strict=True))
    assert vector["kurpukdee_f0_max"] == pytest.approx(np.log(200))
    assert vector["kurpukdee_f0_delta_max"] == vector["kurpukdee_f0_delta_min"] == 0
    assert vector["kurpukdee_voiced_share"] == pytest.approx(5 / 8)


def test_pitch_of_a_voice_is_found(speech_like):
    chosen = feature("kurpukdee-prosody")
    samples = speech_like(2.0, 16000, pitch_hz=160.0)
    vector = dict(zip(chosen.names, chosen.functionals(samples), strict=True))
    assert vector["kurpukdee_f0_mean"] == pytest.approx(np.log(160), abs=0.15)
    assert 0.2 < vector["kurpukdee_voiced_share"] < 0.95
