"""Hidden states as a feature like any other."""

from __future__ import annotations

import numpy as np
import pytest

from emovox import registry
from emovox.encoders.finding import find
from emovox.encoders.speech import input_feature
from emovox.errors import UsageError
from emovox.features import Cache, FrontEnd, Signal, extract_many, feature

from .tiny import CONFIGURATIONS, write

KINDS = ("hubert-layer", "wav2vec2-group", "wavlm-group", "whisper")


@pytest.fixture
def sound():
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal(20_000)).astype(np.float32)


@pytest.fixture(params=KINDS)
def folder(request, tmp_path):
    write(tmp_path, request.param)
    return tmp_path


def test_functionals_are_mean_and_deviation_of_the_frames_layer_after_layer(folder, sound):
    every = feature(f"{folder}@all")
    frames = every.frames(sound)
    assert frames.shape[1] == len(every.frame_names) == 4 * 32
    assert frames.dtype == np.float32
    vector = every.functionals(sound)
    assert vector.shape == (len(every.names),) == (4 * 64,)
    assert len(set(every.names)) == len(every.names)
    wanted = [
        part
        for layer in np.split(frames, 4, axis=1)
        for part in (layer.mean(axis=0), layer.std(axis=0))
    ]
    np.testing.assert_allclose(vector, np.concatenate(wanted), atol=1e-6)
    assert every.names[0] == "layer0_0000_mean"
    assert every.names[32] == "layer0_0000_sd"
    assert every.names[64] == "layer1_0000_mean"


def test_one_layer_is_the_same_as_among_all(folder, sound):
    every = np.split(feature(f"{folder}@all").frames(sound), 4, axis=1)
    for layer in (0, 2, 3):
        one = feature(f"{folder}@{layer}").frames(sound)
        np.testing.assert_allclose(one, every[layer], atol=2e-6)
    np.testing.assert_allclose(
        feature(f"{folder}@1-2").frames(sound), np.concatenate(every[1:3], axis=1), atol=2e-6
    )


def test_the_number_of_frames_is_that_of_the_formula(tmp_path, sound):
    write(tmp_path / "w", "whisper")
    write(tmp_path / "h", "hubert-group")
    assert len(feature(f"{tmp_path}/w@1").frames(sound)) == 63  # 125 log-mel frames
    assert len(feature(f"{tmp_path}/w@1:padded").frames(sound)) == 63
    assert len(feature(f"{tmp_path}/h@1").frames(sound)) == 62


def test_padded_to_30_s_gives_other_values_of_the_same_frames(tmp_path, sound):
    write(tmp_path)
    alone = feature(f"{tmp_path}@2").frames(sound)
    padded = feature(f"{tmp_path}@2:padded").frames(sound)
    assert alone.shape == padded.shape
    assert np.abs(alone - padded).max() > 0.01


def test_a_two_second_clip_is_100_frames_of_whisper_and_not_1500(tmp_path):
    write(tmp_path)
    two_seconds = np.random.default_rng(0).standard_normal(32_000).astype(np.float32)
    assert feature(f"{tmp_path}@2:padded").frames(two_seconds).shape == (100, 32)


def test_settings_and_version_follow_the_weights(tmp_path, sound):
    encoder = write(tmp_path / "one")
    encoder.model.conv1.weight.data.mul_(1.01)
    write(tmp_path / "other", encoder=encoder)
    one, other = feature(f"{tmp_path}/one@1"), feature(f"{tmp_path}/other@1")
    assert one.version != other.version
    front_end = FrontEnd(f"{tmp_path}/one@1")
    settings = front_end.settings()
    assert FrontEnd.from_settings(settings) == front_end
    with pytest.raises(UsageError, match="version"):
        FrontEnd.from_settings({**settings, "version": other.version})


def test_it_is_cached_like_any_feature(tmp_path, sound):
    import soundfile

    from emovox.corpora import Utterance

    write(tmp_path / "encoder")
    soundfile.write(tmp_path / "a.wav", sound, 16_000)
    item = Utterance("a/a", "a", tmp_path / "a.wav")
    front_end = FrontEnd(f"{tmp_path}/encoder@1")
    cache = Cache(tmp_path / "cache")
    first = extract_many(front_end, [item], cache=cache)
    kept = sorted((tmp_path / "cache").rglob("*"))
    again = extract_many(front_end, [item], cache=cache)
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert first.seconds_per_file == again.seconds_per_file > 0
    assert sorted((tmp_path / "cache").rglob("*")) == kept


@pytest.mark.parametrize(
    ("name", "preprocessing", "wanted"),
    [
        ("hubert-group", None, "waveform-standardised"),
        ("hubert-group", '{"do_normalize": false}', "waveform"),
        ("wavlm-group", None, "waveform"),
        ("wavlm-layer", '{"do_normalize": true}', "waveform-standardised"),
        ("whisper", None, "whisper-logmel"),
    ],
)
def test_what_an_encoder_hears_is_what_its_folder_says(tmp_path, name, preprocessing, wanted):
    write(tmp_path, name)
    if preprocessing:
        (tmp_path / "preprocessor_config.json").write_text(preprocessing)
    assert input_feature(find(str(tmp_path))) == wanted


def test_a_wrong_layer_is_told_when_the_name_is_looked_up(tmp_path):
    write(tmp_path)
    with pytest.raises(UsageError, match="known: 0 to 3"):
        feature(f"{tmp_path}@7")


def test_the_registry_gives_one_object_for_one_name(tmp_path):
    write(tmp_path)
    name = f"{tmp_path}@1"
    assert registry.get("feature", name) is registry.get("feature", name)


def test_the_shortest_signal_has_a_vector(folder):
    found = feature(f"{folder}@all").functionals(np.ones(10, np.float32))
    assert np.isfinite(found).all()


def test_log_mel_frames_are_those_of_transformers(sound):
    from transformers import WhisperFeatureExtractor

    theirs = WhisperFeatureExtractor(feature_size=80)
    for samples in (sound, sound[:7777], np.zeros(5000, np.float32), 0.001 * sound):
        wanted = theirs(samples, sampling_rate=16_000, return_tensors="np", padding=False)
        ours = feature("whisper-logmel").frames(Signal(samples, 16_000))
        np.testing.assert_allclose(ours, wanted.input_features[0].T, atol=3e-5)
    larger = WhisperFeatureExtractor(feature_size=128)
    wanted = larger(sound, sampling_rate=16_000, return_tensors="np", padding=False)
    ours = feature("whisper-logmel-128").frames(sound)
    np.testing.assert_allclose(ours, wanted.input_features[0].T, atol=3e-5)


def test_standardised_samples_are_those_of_transformers(sound):
    from transformers import Wav2Vec2FeatureExtractor

    theirs = Wav2Vec2FeatureExtractor(do_normalize=True)
    wanted = theirs(sound, sampling_rate=16_000, return_tensors="np").input_values[0]
    ours = feature("waveform-standardised").frames(sound)[:, 0]
    np.testing.assert_allclose(ours, wanted, atol=1e-5)


def test_all_configurations_are_features(tmp_path, sound):
    for name in CONFIGURATIONS:
        write(tmp_path / name, name)
        assert np.isfinite(feature(f"{tmp_path / name}@all").functionals(sound)).all()
