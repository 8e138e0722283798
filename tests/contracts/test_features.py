"""What every registered feature promises."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from emovox import registry
from emovox.errors import SignalError, UsageError
from emovox.features import Signal, feature

FEATURES = registry.names("feature")
SECONDS = 1.3


def sound(seconds: float, sample_rate: int, *, seed: int = 0) -> np.ndarray:
    """A hoarse gliding tone with a pause: float32, shape (samples,)."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    phase = 2 * np.pi * np.cumsum(150 + 40 * np.sin(4 * time)) / sample_rate
    tone = sum(np.sin(k * phase) / k for k in range(1, 20))
    loudness = np.clip(np.sin(5 * time), 0, 1)
    return (0.1 * loudness * tone + 0.001 * rng.normal(size=len(time))).astype(np.float32)


FORMS = [
    (name, form)
    for name in FEATURES
    for form in ("functionals", "frames")
    if form == "frames" or registry.get("feature", name).names
]
"""All features have frames, most have functionals too."""


def pytest_generate_tests(metafunc):
    """Ask every feature; and in each form that it has where the test takes a `form`."""
    if "form" in metafunc.fixturenames:
        metafunc.parametrize(("chosen", "form"), FORMS, indirect=True)
    elif "chosen" in metafunc.fixturenames:
        metafunc.parametrize("chosen", FEATURES, indirect=True)


@pytest.fixture
def chosen(request):
    return registry.get("feature", request.param)


@pytest.fixture
def samples(chosen):
    return sound(SECONDS, chosen.sample_rate)


@pytest.fixture
def form(request, chosen):
    """What is asked of the feature, as a function of a signal."""
    return getattr(chosen, request.param)


def silently(function, *arguments):
    """Call with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return function(*arguments)


def test_its_name_is_its_name_in_the_registry(chosen):
    assert registry.get("feature", chosen.name) is chosen


def test_its_dimensions_have_names_of_their_own(chosen, samples):
    if not chosen.names:
        with pytest.raises(UsageError, match=f"{chosen.name} has frames only"):
            chosen.functionals(samples)
        return
    vector = chosen.functionals(samples)
    assert vector.dtype == np.float32
    assert vector.shape == (len(chosen.names),)
    assert len(set(chosen.names)) == len(chosen.names)
    assert all(name and name.isprintable() and "," not in name for name in chosen.names)


def test_its_frames_have_time_first_and_named_dimensions(chosen, samples):
    frames = chosen.frames(samples)
    assert frames.dtype == np.float32
    assert frames.ndim == 2
    assert len(frames) > 10
    assert np.isfinite(frames).all()
    assert frames.shape[1] == len(chosen.frame_names)
    assert len(set(chosen.frame_names)) == len(chosen.frame_names)
    assert all(name and name.isprintable() and "," not in name for name in chosen.frame_names)


def test_it_depends_on_the_sound(chosen, form):
    one = form(sound(SECONDS, chosen.sample_rate, seed=1))
    other = form(sound(SECONDS, chosen.sample_rate, seed=2)[::-1])
    assert not np.array_equal(one, other)


def test_it_is_the_same_to_the_bit_every_time(chosen, form, samples):
    assert form(samples).tobytes() == form(samples.copy()).tobytes()


def test_samples_and_their_signal_give_the_same(chosen, form, samples):
    signal = Signal(samples, chosen.sample_rate)
    signal.power()
    np.testing.assert_array_equal(form(signal), form(samples))


def test_it_leaves_the_samples_alone(chosen, form, samples):
    before = samples.copy()
    form(samples)
    np.testing.assert_array_equal(samples, before)


@pytest.mark.parametrize("seconds", [0.0001, 0.01, 0.1, 0.128])
def test_it_is_finite_on_very_short_clips(chosen, form, seconds):
    short = sound(SECONDS, chosen.sample_rate)[4000:][: max(1, round(seconds * chosen.sample_rate))]
    assert np.isfinite(silently(form, short)).all()


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_it_is_finite_on_silence_and_on_constant_samples(chosen, form, value):
    still = np.full(chosen.sample_rate, value, np.float32)
    assert np.isfinite(silently(form, still)).all()


@pytest.mark.parametrize("scale", [1e-20, 1e-6, 100.0])
def test_it_is_finite_on_faint_and_on_overloaded_clips(chosen, form, samples, scale):
    assert np.isfinite(silently(form, np.float32(scale) * samples)).all()


def test_it_is_finite_where_half_of_the_clip_is_digital_silence(chosen, form, samples):
    half = samples.copy()
    half[: len(half) // 2] = 0
    assert np.isfinite(silently(form, half)).all()


def test_it_refuses_samples_that_are_not_numbers(chosen, form, samples):
    broken = samples.copy()
    broken[100] = np.nan
    with pytest.raises(SignalError) as caught:
        form(broken)
    assert caught.value.code == "not-finite"


def test_it_refuses_another_sampling_rate(chosen, form, samples):
    with pytest.raises(UsageError, match="resample it first"):
        form(Signal(samples, chosen.sample_rate // 2))


def test_its_settings_are_json_and_name_it_and_its_version(chosen):
    settings = chosen.settings()
    assert json.loads(json.dumps(settings)) == settings
    assert settings["name"] == chosen.name
    assert settings["version"] == chosen.version
    assert settings["sample_rate"] == chosen.sample_rate


def test_its_settings_cannot_be_changed_from_outside(chosen):
    chosen.settings()["version"] = "another"
    assert chosen.settings()["version"] == chosen.version


def test_it_combines_with_others(chosen, samples):
    if not chosen.names:
        with pytest.raises(UsageError, match=r"has frames only|do not combine"):
            feature(f"{chosen.name}+mfcc").functionals(samples)
        return
    combined = feature(f"{chosen.name}+mfcc")
    parts = {part: feature(part) for part in {chosen.name, "mfcc"}}
    expected = np.concatenate([parts[name].functionals(samples) for name in sorted(parts)])
    np.testing.assert_array_equal(combined.functionals(samples), expected)
    assert len(combined.names) == len(expected)
