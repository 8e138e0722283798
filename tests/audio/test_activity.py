"""Speech detection, level and segments."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from emovox.audio.activity import speech_segments, trim
from emovox.audio.level import active_level_db, normalise
from emovox.audio.segments import segments

from .test_decode import RATE, voice


def silence(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(1)
    return (1e-4 * rng.normal(size=int(seconds * RATE))).astype(np.float32)


def test_speech_between_silences_is_found():
    samples = np.concatenate([silence(1), voice(1.5), silence(1.2), voice(1), silence(1)])
    found = speech_segments(samples, sample_rate=RATE)
    assert len(found) == 2
    assert found[0][0] == pytest.approx(1.0, abs=0.08)
    assert found[1][1] == pytest.approx(4.5, abs=0.2)


@pytest.mark.parametrize("level", [4.0, 0.1, 1e-2])
def test_the_level_does_not_change_what_is_found(level):
    samples = np.concatenate([silence(0.5), voice(1.5), silence(0.5)])
    assert speech_segments(samples * np.float32(level), sample_rate=RATE) == speech_segments(
        samples, sample_rate=RATE
    )


def test_silence_tone_and_steady_noise_hold_no_speech():
    t = np.arange(3 * RATE) / RATE
    rng = np.random.default_rng(0)
    for samples in (np.zeros(3 * RATE), 0.3 * np.sin(2 * np.pi * 440 * t), rng.normal(size=t.size)):
        assert speech_segments(samples.astype(np.float32), sample_rate=RATE) == []


def test_trimming_cuts_both_ends_and_keeps_what_has_no_speech():
    samples = np.concatenate([silence(1), voice(2), silence(1)])
    assert trim(samples, sample_rate=RATE).size == pytest.approx(2 * RATE, abs=0.3 * RATE)
    assert trim(silence(1), sample_rate=RATE).size == RATE


def test_levels_become_equal_and_silence_stays_silent():
    samples = np.concatenate([silence(0.5), voice(2)])
    for gain in (0.03, 1, 3):
        levelled = normalise(samples * np.float32(gain), sample_rate=RATE)
        assert active_level_db(levelled, sample_rate=RATE) == pytest.approx(-26, abs=0.05)
    assert not normalise(np.zeros(RATE, np.float32), sample_rate=RATE).any()


def test_segments_of_a_long_recording_do_not_depend_on_how_it_is_cut_into_blocks():
    part = np.concatenate([voice(3), silence(2)])
    samples = np.tile(part, 30)  # 150 s
    expected = None
    for size in (RATE, 7 * RATE, samples.size):
        blocks = [samples[i : i + size] for i in range(0, samples.size, size)]
        spans = [(s.start, s.end) for s in segments(blocks, sample_rate=RATE, warnings=[])]
        assert all(end - start <= 5.01 for start, end in spans)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
        covered = sum(end - start for start, end in spans)
        assert covered == pytest.approx(90, rel=0.1)
        if size != samples.size:
            assert expected is None or spans == expected
            expected = spans
