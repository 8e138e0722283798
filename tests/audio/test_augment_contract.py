"""What every augmentation of waveforms promises, whatever it does."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emovox.audio.augment import (
    Arrays,
    BandLimit,
    Chain,
    Clipping,
    Codec,
    Equalisation,
    Gain,
    Noise,
    Pitch,
    Reverberation,
    Speed,
    Tempo,
    available_codecs,
)
from emovox.errors import SignalError, UsageError

from .voices import RATE, voice

LOOP = np.sin(np.arange(3000) * 0.2) * np.linspace(0, 1, 3000)
SOURCE = Arrays([LOOP, LOOP[::-1]], sample_rate=RATE)
KINDS = {
    "white": Noise(of="white"),
    "pink": Noise(of="pink"),
    "babble": Noise(of="babble"),
    "recorded": Noise(of=SOURCE, voices=3),
    "synthetic room": Reverberation(),
    "recorded room": Reverberation(of=SOURCE),
    "gain": Gain(),
    "clipping": Clipping(),
    "speed": Speed(factor=(0.5, 2.0)),
    "tempo": Tempo(factor=(0.5, 2.0)),
    "pitch": Pitch(semitones=(-12, 12)),
    "band": BandLimit(low_hz=(100, 300)),
    "equalisation": Equalisation(),
    "chain": Chain([Noise(), Speed(), Codec(names=("mu-law",))], 0.5),
    **{name: Codec(names=(name,)) for name in available_codecs()},
}


@pytest.fixture(params=sorted(KINDS))
def kind(request):
    return KINDS[request.param]


def test_same_dice_give_the_same_samples_and_leave_the_given_as_they_are(kind) -> None:
    samples = voice(duration_s=0.5)
    before = samples.copy()
    samples.setflags(write=False)
    applied = kind.draw(np.random.default_rng(4))
    again = kind.draw(np.random.default_rng(4))
    assert applied == again
    first = applied(samples, sample_rate=RATE)
    np.testing.assert_array_equal(first, applied(samples, sample_rate=RATE))
    np.testing.assert_array_equal(first, again(samples, sample_rate=RATE))
    np.testing.assert_array_equal(samples, before)
    assert not np.shares_memory(first, samples)


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(available_codecs())))
def test_other_dice_give_other_samples(name: str) -> None:
    samples = voice(duration_s=0.5)
    seen = {
        KINDS[name].draw(np.random.default_rng(seed))(samples, sample_rate=RATE).tobytes()
        for seed in range(6)
    }
    assert len(seen) >= (2 if name == "recorded room" else 5)


def test_what_was_drawn_is_json(kind) -> None:
    drawn = kind.draw(np.random.default_rng(2)).as_json()
    again = json.loads(json.dumps(drawn, allow_nan=False))
    assert list(again) == list(drawn)
    assert set(again) > {"name"}


def test_one_line_of_json_tells_two_throws_apart(kind) -> None:
    drawn = {json.dumps(kind.draw(np.random.default_rng(seed)).as_json()) for seed in range(8)}
    assert len(drawn) > 1 or isinstance(kind, Codec)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 3, 15, 160, 401])
def test_short_and_silent_clips_pass(kind, n_samples: int) -> None:
    applied = kind.draw(np.random.default_rng(1))
    for samples in (np.zeros(n_samples, np.float32), np.ones(n_samples, np.float32)):
        changed = applied(samples, sample_rate=RATE)
        assert changed.dtype == np.float32
        assert changed.shape == (applied.length(n_samples),)
        assert np.isfinite(changed).all()
    assert not applied(np.zeros(n_samples, np.float32), sample_rate=RATE).any()


SOUNDS = arrays(
    np.float32,
    st.integers(1, 900),
    elements=st.one_of(
        st.floats(-1, 1, width=32),
        st.sampled_from([0.0, 3.4e38, -3.4e38, 1e-45, -1.0, 1.0]).map(np.float32),
    ),
)


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"opus"}))
@settings(max_examples=12, deadline=None)
@given(samples=SOUNDS, seed=st.integers(0, 99), rate=st.sampled_from([8000, 16000, 22050, 48000]))
def test_any_finite_sound_gives_finite_sound(
    name: str, samples: np.ndarray, seed: int, rate: int
) -> None:
    applied = KINDS[name].draw(np.random.default_rng(seed))
    changed = applied(samples, sample_rate=rate)
    assert changed.dtype == np.float32
    assert changed.shape == (applied.length(len(samples)),)
    assert np.isfinite(changed).all()


def test_samples_that_are_not_finite_or_not_one_channel_are_refused(kind) -> None:
    applied = kind.draw(np.random.default_rng(0))
    with pytest.raises(SignalError, match="NaN"):
        applied(np.array([0, np.nan], np.float32), sample_rate=RATE)
    with pytest.raises(SignalError, match=r"\(2, 3\)"):
        applied(np.zeros((2, 3), np.float32), sample_rate=RATE)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Noise(snr_db=(10, 0)), "snr_db is (10, 0)"),
        (lambda: Noise(of="brown"), "known: babble, pink, white"),
        (lambda: Noise(of=SOURCE, voices=0), "voices is 0"),
        (lambda: Reverberation(rt60_s=(0, 1)), "within 0.02 to 10"),
        (lambda: Gain(db=(0, np.inf)), "db is (0, inf)"),
        (lambda: Clipping(below_peak_db=(-3, 0)), "within 0 to 60"),
        (lambda: Speed(factor=(0, 1)), "within 0.25 to 4"),
        (lambda: Tempo(factor=(1, 9)), "within 0.25 to 4"),
        (lambda: Pitch(semitones=(-20, 0)), "within -12 to 12"),
        (lambda: BandLimit(high_hz=(0, 100)), "high_hz is (0, 100)"),
        (lambda: Equalisation(points=1), "points is 1"),
        (lambda: Codec(names=("amr",)), "there is no codec 'amr'"),
        (lambda: Codec(names=()), "names is empty"),
        (lambda: Codec(quality=(0, 2)), "within 0 to 1"),
        (lambda: Chain([Gain()], [0.5, 0.5]), "for 1 augmentations"),
        (lambda: Chain([Gain()], 1.5), "give one for each, 0 to 1"),
        (lambda: Arrays([], sample_rate=RATE), "give at least one"),
        (lambda: Arrays([np.zeros(0)], sample_rate=RATE), "array 0 has the shape (0,)"),
    ],
)
def test_a_setting_out_of_range_is_said_with_what_is_allowed(make, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert said in str(caught.value)


def test_a_chain_applies_each_step_as_often_as_it_should_and_in_order() -> None:
    chain = Chain([Gain(), Speed(), Clipping()], [0.2, 0.7, 1.0])
    rng = np.random.default_rng(0)
    drawn = [[step["name"] for step in chain.draw(rng).as_json()["steps"]] for _ in range(2000)]
    for name, wanted in (("gain", 0.2), ("speed", 0.7), ("clipping", 1.0)):
        assert np.mean([name in each for each in drawn]) == pytest.approx(wanted, abs=0.04)
    assert all(each == [n for n in ("gain", "speed", "clipping") if n in each] for each in drawn)


def test_a_chain_does_what_its_steps_do_one_after_the_other() -> None:
    samples = voice(duration_s=0.3)
    applied = Chain([Gain(), Clipping()]).draw(np.random.default_rng(3))
    wanted = samples
    for step in applied.steps:
        wanted = step(wanted, sample_rate=RATE)
    np.testing.assert_array_equal(applied(samples, sample_rate=RATE), wanted)
