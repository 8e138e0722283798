from __future__ import annotations

import numpy as np
import pytest

from emovox.errors import SignalError, UsageError
from emovox.features import mel, spectrum
from emovox.features.cepstrum import dct_matrix
from emovox.features.spectrum import Signal


@pytest.fixture(scope="module")
def samples(speech_like):
    return speech_like(1.5, 16000, seed=1)


@pytest.mark.parametrize(
    "settings",
    [
        {"n_fft": 2048, "hop_length": 512},
        {"n_fft": 512, "hop_length": 160, "win_length": 400, "window": "hamming"},
        {"n_fft": 1024, "hop_length": 300, "window": "ones"},
        {"n_fft": 512, "hop_length": 160, "center": False},
    ],
)
def test_stft_equals_librosa(samples, settings):
    librosa = pytest.importorskip("librosa")
    expected = librosa.stft(samples, **settings).T
    found = spectrum.stft(samples, **settings)
    assert found.dtype == np.complex64
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


def test_istft_equals_librosa_on_changed_spectra(samples):
    librosa = pytest.importorskip("librosa")
    spectra = spectrum.stft(samples)
    spectra = spectra * np.random.default_rng(0).uniform(size=spectra.shape).astype("float32")
    found = spectrum.istft(spectra, length=len(samples))
    expected = librosa.istft(spectra.T, length=len(samples))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"sample_rate": 16000, "n_fft": 2048},
        {"sample_rate": 48000, "n_fft": 2048},
        {"sample_rate": 16000, "n_fft": 512, "n_mels": 40, "fmin": 20.0, "htk": True},
        {"sample_rate": 22050, "n_fft": 1024, "n_mels": 64, "fmax": 8000.0, "norm": None},
    ],
)
def test_mel_filters_equal_librosa(settings):
    librosa = pytest.importorskip("librosa")
    theirs = dict(settings, sr=settings["sample_rate"])
    del theirs["sample_rate"]
    np.testing.assert_allclose(
        mel.mel_filterbank(**settings), librosa.filters.mel(**theirs), atol=1e-7
    )


def test_decibels_equal_librosa(samples):
    librosa = pytest.importorskip("librosa")
    power = Signal(samples, 16000).power()
    np.testing.assert_allclose(
        spectrum.power_to_db(power), librosa.power_to_db(power), rtol=1e-5, atol=1e-4
    )
    np.testing.assert_allclose(
        spectrum.power_to_db(power, ref=2.0, top_db=None),
        librosa.power_to_db(power, ref=2.0, top_db=None),
        rtol=1e-5,
        atol=1e-4,
    )


def test_cosine_transform_is_orthonormal():
    matrix = dct_matrix(40, 40)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(40), atol=1e-5)


def test_signal_computes_a_spectrum_once(samples):
    signal = Signal(samples, 16000)
    assert signal.stft() is signal.stft()
    assert signal.power() is signal.power()
    assert signal.power(512, 128) is not signal.power()


def test_shared_spectra_cannot_be_written_to(samples):
    with pytest.raises(ValueError, match="read-only"):
        Signal(samples, 16000).power()[0, 0] = 1.0


def test_signal_leaves_the_samples_of_its_caller_writable(samples):
    own = samples.copy()
    Signal(own, 16000)
    own[0] = 1.0


def test_blocks_of_frames_do_not_show(samples):
    long = np.tile(samples, 4)
    whole = spectrum.stft(long)
    framed = spectrum.frame(np.pad(long, 1024), frame_length=2048, hop_length=512)
    expected = np.fft.rfft(framed * spectrum.window_of("hann", 2048))
    np.testing.assert_allclose(whole, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (np.zeros(0), "too-short"),
        (np.array([0.0, np.nan]), "not-finite"),
        (np.zeros((2, 100)), "channels-out-of-range"),
    ],
)
def test_unusable_samples_are_named(samples, code):
    with pytest.raises(SignalError) as caught:
        Signal(samples, 16000)
    assert caught.value.code == code


def test_another_sampling_rate_is_refused(samples):
    with pytest.raises(UsageError, match="22050 Hz"):
        spectrum.as_signal(Signal(samples, 22050), 16000)
