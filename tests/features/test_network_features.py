"""The front ends of the field's compact networks, by their published settings.

TIM-Net's are those of librosa 0.11; the others are compared with plain sums over the formulas.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from emovox.audio import read
from emovox.corpora import read_corpus
from emovox.errors import UsageError
from emovox.features import FrontEnd, extract_many, feature
from emovox.features.fixed_length import centre_cropped, centre_padded
from emovox.features.light_sernet import cepstra, levelled, mel_weights
from emovox.features.replknet import standardised_log_mel
from emovox.features.spectrum import Signal

TIM_NET = {
    "tim-net-casia": (88_000, 172),
    "tim-net-emodb": (96_000, 188),
    "tim-net-iemocap": (310_000, 606),
    "tim-net-ravdess": (110_000, 215),
    "tim-net-savee": (130_000, 254),
}
FIXED = {
    **{name: (frames, 39) for name, (_, frames) in TIM_NET.items()},
    "light-sernet": (184, 40),
    "light-sernet-7s": (434, 40),
}


def centred(samples: np.ndarray, length: int) -> np.ndarray:
    """Middle of the samples, or the samples between zeros, one sample after the other."""
    start = (
        -((length - len(samples)) // 2) if len(samples) < length else (len(samples) - length) // 2
    )
    return np.array(
        [samples[i] if 0 <= i < len(samples) else 0 for i in range(start, start + length)],
        np.float32,
    )


def tim_net_by_librosa(librosa, samples: np.ndarray, n_samples: int) -> np.ndarray:
    return librosa.feature.mfcc(y=centred(samples, n_samples), sr=22050, n_mfcc=39).T


def light_sernet_by_formulas(librosa, samples: np.ndarray, seconds: int) -> np.ndarray:
    scipy_fft = pytest.importorskip("scipy.fft")
    length = 16_000 * seconds
    clip = centred(samples, length) if len(samples) > length else samples
    clip = centred(np.clip(clip / np.percentile(np.abs(clip), 99.9), -1, 1), length)
    spectra = np.abs(librosa.stft(clip, n_fft=1024, hop_length=256, center=False))
    mel = np.log(triangles() @ spectra.astype(float) + 1e-6)
    # scipy's transform is twice the plain sum.
    terms = scipy_fft.dct(mel, type=2, axis=0)[:40] / 2 * np.sqrt(2 / 128)
    return np.clip(terms, -10, 10).T


def triangles() -> np.ndarray:
    """Weights of each bin in each band: HTK's mels, unit peaks, nothing at 0 Hz."""

    def mel(frequency: float) -> float:
        return 1127.0 * np.log(1.0 + frequency / 700.0)

    step = (mel(7600.0) - mel(80.0)) / 129
    weights = np.zeros((128, 513))
    for band in range(128):
        peak = mel(80.0) + step * (band + 1)
        for bin_ in range(1, 513):
            weights[band, bin_] = max(0.0, 1.0 - abs(mel(bin_ * 16_000 / 1024) - peak) / step)
    return weights


def replknet_by_librosa(librosa, samples: np.ndarray) -> np.ndarray:
    mel = librosa.feature.melspectrogram(
        y=samples, sr=16_000, n_fft=1024, win_length=400, hop_length=160, window="hann",
        center=True, pad_mode="reflect", power=2.0, n_mels=128, fmin=50.0, fmax=8000.0, htk=True,
        norm=None,
    )  # fmt: skip
    values = np.log(mel.astype(float) + 1e-6).T[:-1]
    return (values - values.mean()) / values.std()


@pytest.fixture(scope="module")
def librosa():
    return pytest.importorskip("librosa", reason="librosa is the reference")


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("seconds", [0.001, 1.0, 3.0, 8.0])
def test_a_fixed_length_gives_the_sheet_s_shape(speech_like, name, seconds):
    chosen = feature(name)
    frames = chosen.frames(speech_like(seconds, chosen.sample_rate))
    assert frames.shape == FIXED[name]
    assert frames.dtype == np.float32
    assert len(chosen.frame_names) == FIXED[name][1]


@pytest.mark.parametrize("name", [*FIXED, "replknet"])
def test_features_with_frames_only_say_so_when_functionals_are_asked_for(speech_like, name):
    chosen = feature(name)
    assert chosen.names == ()
    with pytest.raises(UsageError, match=f"{name} has frames only"):
        FrontEnd(name).vector(speech_like(0.5, chosen.sample_rate))


def test_combinations_with_frames_only_have_frames_only():
    assert feature("light-sernet+mfcc").names == ()
    assert len(feature("light-sernet+mfcc").frame_names) == 80


@pytest.mark.parametrize("name", TIM_NET)
@pytest.mark.parametrize("seconds", [1.5, 5.3])
def test_tim_net_s_cepstra_equal_librosa(librosa, speech_like, name, seconds):
    samples = speech_like(seconds, 22_050, seed=3)[:-1]
    found = feature(name).frames(samples)
    expected = tim_net_by_librosa(librosa, samples, TIM_NET[name][0])
    assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()


@pytest.mark.parametrize(("name", "seconds"), [("light-sernet", 3), ("light-sernet-7s", 7)])
@pytest.mark.parametrize("length", [1.5, 3.0, 8.2])
def test_light_sernet_s_cepstra_equal_the_formulas(librosa, speech_like, name, seconds, length):
    samples = speech_like(length, 16_000, seed=4)[:-1]
    found = feature(name).frames(samples)
    expected = light_sernet_by_formulas(librosa, samples, seconds)
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert np.abs(found).max() <= 10.0


def test_ones_give_sixteen_in_the_zeroth_cepstrum_and_zero_in_the_others():
    found = cepstra(np.ones((2, 128), np.float32))
    assert found[:, 0] == pytest.approx(16.0, abs=1e-4)
    assert np.abs(found[:, 1:]).max() < 1e-5


def test_light_sernet_s_bands_are_triangles_in_mel():
    np.testing.assert_allclose(mel_weights(16_000), triangles(), atol=1e-5)
    assert not mel_weights(16_000)[:, 0].any()


def test_levelling_follows_the_percentile_and_does_not_divide_by_zero():
    rng = np.random.default_rng(0)
    samples = rng.normal(size=5000).astype(np.float32)
    loud = np.percentile(np.abs(samples.astype(float)), 99.9)
    np.testing.assert_allclose(levelled(samples), np.clip(samples / loud, -1, 1), rtol=1e-6)
    click = np.zeros(5000, np.float32)
    click[7] = 3.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not levelled(np.zeros(100, np.float32)).any()
        assert levelled(click).sum() == 1.0


def test_light_sernet_does_not_depend_on_the_gain(speech_like):
    samples = speech_like(2.0, 16_000)
    chosen = feature("light-sernet")
    np.testing.assert_allclose(
        chosen.frames(samples), chosen.frames(samples * np.float32(0.1)), atol=2e-2
    )


@pytest.mark.parametrize("seconds", [0.5, 3.0, 12.3])
def test_replknet_s_spectrogram_equals_librosa(librosa, speech_like, seconds):
    samples = speech_like(seconds, 16_000, seed=5)
    found = feature("replknet").frames(samples)
    expected = replknet_by_librosa(librosa, samples)
    assert found.shape == (int(seconds * 100), 128)
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert found.mean(dtype=float) == pytest.approx(0, abs=1e-4)
    assert found.std(dtype=float) == pytest.approx(1, abs=1e-4)


def test_replknet_s_spectrogram_of_silence_is_zero():
    assert not standardised_log_mel(Signal(np.zeros(16_000, np.float32), 16_000)).any()
    assert standardised_log_mel(Signal(np.zeros(1, np.float32), 16_000)).shape == (1, 128)


@pytest.mark.parametrize(("n", "length"), [(5, 8), (8, 5), (4, 4), (1, 6), (7, 4)])
def test_odd_samples_go_to_the_end(n, length):
    samples = np.arange(1, n + 1, dtype=np.float32)
    found = centre_padded(centre_cropped(samples, length), length)
    np.testing.assert_array_equal(found, centred(samples, length))


@pytest.mark.corpora
@pytest.mark.parametrize("corpus", ["emodb", "ravdess"])
def test_recordings_give_what_the_references_give(librosa, corpora_root, corpus):
    utterances = read_corpus(corpus, corpora_root / corpus)[::97]
    name = f"tim-net-{corpus}"
    found = extract_many(FrontEnd(name, form="frames"), utterances)
    assert not found.failures
    for one, frames in zip(utterances, found.vectors, strict=True):
        samples = read(one.path, sample_rate=22_050).samples
        expected = tim_net_by_librosa(librosa, samples, TIM_NET[name][0])
        assert np.abs(frames - expected).max() <= 1e-3 * np.abs(expected).max(), one.id
        samples = read(one.path, sample_rate=16_000).samples
        expected = light_sernet_by_formulas(librosa, samples, 3)
        np.testing.assert_allclose(feature("light-sernet").frames(samples), expected, atol=5e-3)
        expected = replknet_by_librosa(librosa, samples)
        np.testing.assert_allclose(feature("replknet").frames(samples), expected, atol=5e-3)
