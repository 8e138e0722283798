from __future__ import annotations

import numpy as np
import pytest

from emovox import registry
from emovox.errors import UsageError
from emovox.features import Signal, feature, sets, spectrum

DIMS = {"chroma": 12, "contrast": 7, "mel": 128, "mfcc": 40, "tonnetz": 6}


@pytest.fixture(scope="module")
def samples(speech_like):
    return speech_like(1.0, 16000)


@pytest.mark.parametrize(("name", "dim"), DIMS.items())
def test_features_have_the_sheet_s_dimensions(name, dim):
    assert len(feature(name).names) == dim


def test_three_features_make_180_and_all_five_193_dimensions():
    assert len(feature("mfcc+chroma+mel").names) == 180
    assert len(feature("mfcc+chroma+mel+contrast+tonnetz").names) == 193


def test_no_two_features_name_a_dimension_alike():
    # The paralinguistic sets hold one another: what is the same there has the same name.
    apart = [each for each in registry.names("feature") if not each.startswith("paralinguistic")]
    names = [name for each in apart for name in feature(each).names]
    assert len(apart) >= 11
    assert len(names) == len(set(names))


def test_names_are_sorted_and_each_taken_once(samples):
    combined = feature(" mfcc+chroma + mfcc")
    assert combined.name == "chroma+mfcc"
    assert combined.names[0] == "chroma_C"
    assert combined.names[-1] == "mfcc_39"
    assert feature("mfcc+mfcc") is feature("mfcc")
    assert feature("mfcc+mel+mfcc").functionals(samples).shape == (168,)


@pytest.mark.parametrize("names", ["mfc", "mfcc+mfc", "", "mfcc+"])
def test_an_unknown_name_is_told_with_the_known_ones(names):
    with pytest.raises(UsageError, match=r"known: .*chroma, contrast") as caught:
        feature(names)
    assert caught.value.code == "name-unknown"


def test_the_vector_is_the_mean_over_frames(samples):
    for name in DIMS:
        frames = feature(name).frames(samples)
        np.testing.assert_array_equal(feature(name).functionals(samples), frames.mean(axis=0))


def test_log_mel_vectors_hold_mean_and_deviation(samples):
    chosen = feature("logmel")
    frames = chosen.frames(samples)
    expected = np.concatenate([frames.mean(axis=0), frames.std(axis=0)])
    np.testing.assert_allclose(chosen.functionals(samples), expected, rtol=1e-6)
    assert chosen.names[128] == "logmel_0_sd"


def test_combined_features_share_one_stft(samples, monkeypatch):
    computed = []

    def counted(samples, **settings):
        computed.append(settings)
        return original(samples, **settings)

    original = spectrum.stft
    monkeypatch.setattr(spectrum, "stft", counted)
    feature("chroma+contrast+mel+mfcc").functionals(samples)
    assert len(computed) == 1


def test_frames_of_features_with_one_hop_combine(samples):
    assert feature("chroma+mfcc").frames(samples).shape == (32, 52)


def test_frames_of_features_with_other_hops_do_not_combine(samples):
    with pytest.raises(UsageError, match=r"fbank 98, mfcc 32"):
        feature("fbank+mfcc").frames(samples)


def test_features_of_other_sampling_rates_do_not_combine(monkeypatch):
    other = sets.SpectralFeature("other", "1", ("a",), lambda signal: signal, {}, sample_rate=8000)
    known = {"mfcc": sets.MFCC, "other": other}
    monkeypatch.setattr(sets.registry, "get", lambda kind, name: known[name])
    with pytest.raises(UsageError, match="8000 Hz"):
        feature("mfcc+other")


def test_settings_of_a_combination_hold_those_of_its_parts():
    settings = feature("chroma+mfcc").settings()
    assert [part["name"] for part in settings["parts"]] == ["chroma", "mfcc"]


def test_a_signal_at_another_rate_is_refused(samples):
    with pytest.raises(UsageError, match="8000 Hz"):
        feature("mfcc").functionals(Signal(samples, 8000))
