"""Changed copies of recordings: functions of their content and number; what wrong names say."""

from __future__ import annotations

import numpy as np
import pytest

from emovox.audio.augment import Copy, copies
from emovox.errors import UsageError

from .voices import RATE, voice


def test_a_copy_is_a_function_of_content_and_number():
    samples = voice()
    others = [Copy("speakers", number).of(samples, sample_rate=RATE) for number in range(1, 7)]
    again = Copy("speakers", 3).of(samples.copy(), sample_rate=RATE)
    np.testing.assert_array_equal(again, others[2])
    assert len({one.tobytes() for one in others}) == 6
    # Every copy is played faster or slower, as another recording under the same number is.
    assert all(len(one) != len(samples) for one in others)
    shifted = Copy("speakers", 3).of(np.roll(samples, 7), sample_rate=RATE)
    assert len(shifted) != len(again)


def test_a_copy_leaves_the_recording_and_the_global_dice_alone():
    samples = voice()
    before = samples.copy()
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    Copy("speakers", 1).of(samples, sample_rate=RATE)
    assert np.random.random() == expected
    np.testing.assert_array_equal(samples, before)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.zeros(400), np.ones(7)])
def test_a_copy_of_next_to_nothing_is_finite(samples):
    found = Copy("speakers", 1).of(samples.astype(np.float32), sample_rate=RATE)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_fewer_copies_are_the_first_of_more():
    assert copies("speakers:2") == copies("speakers:6")[:2]
    assert copies("speakers:1")[0].settings() == {
        "chain": "speakers", "number": 1, "version": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("singers:3", "no augmentation 'singers'; known: channels, speakers"),
        ("speakers", "'speakers' does not say how many copies; write it as speakers:6"),
        ("speakers:0", "with 1 to 100"),
        ("speakers:101", "with 1 to 100"),
        ("speakers:-1", "with 1 to 100"),
        ("speakers:1.5", "with 1 to 100"),
        ("speakers:²", "with 1 to 100"),
        ("", "known: channels, speakers"),
    ],
)
def test_a_wrong_augmentation_is_one_sentence(text, said):
    with pytest.raises(UsageError, match=said) as caught:
        copies(text)
    assert "\n" not in str(caught.value)
