"""Recognition of sound that is still coming."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
import soundfile
from tests.made_voices import RATE, voice

from emovox.audio import decode, read
from emovox.audio.samples import from_samples
from emovox.errors import SignalError, UsageError
from emovox.inference import RollingWindow, Stream, load, rolling
from emovox.inference.stream import as_pcm


@pytest.fixture(scope="session")
def recogniser(model_folder):
    return load(model_folder)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def test_an_answer_comes_every_quarter_second_about_the_last_three():
    window = RollingWindow(RATE)
    found = list(window.windows(as_pcm(voice("anger", seconds=5))))
    assert [each.end for each in found] == [0.25 * n for n in range(1, 21)]
    assert [each.start for each in found] == [max(0.25 * n - 3, 0) for n in range(1, 21)]


@pytest.mark.parametrize("rate", [4_000, 11_025, 44_100, 384_000])
@pytest.mark.parametrize("piece", [2, 1_234, 100_000])
def test_windows_hold_the_same_sound_however_it_is_cut_into_pieces(rate, piece):
    rng = np.random.default_rng(0)
    samples = rng.integers(-32768, 32768, size=round(2.3 * rate), dtype=np.int16)
    pcm = samples.astype("<i2").tobytes()
    if piece == 2:
        pcm = pcm[: 2 * rate]
    window, found = RollingWindow(rate, window_s=0.7), []
    for place in range(0, len(pcm), piece):
        found += window.windows(pcm[place : place + piece])
    assert len(found) == int(len(pcm) / 2 / rate / 0.25)
    for each in found:
        assert each.pcm == pcm[2 * round(each.start * rate) : 2 * round(each.end * rate)]


def test_only_the_newest_of_several_due_windows_is_told_to_who_is_late():
    window = RollingWindow(RATE)
    assert not window.feed(as_pcm(silence(0.2)))
    assert window.feed(as_pcm(silence(1.7)))
    assert (window.newest().start, window.newest().end) == (0.0, 1.75)
    assert not window.feed(as_pcm(silence(0.05)))
    assert window.feed(as_pcm(silence(0.051)))


def test_hours_of_sound_are_held_in_the_memory_of_one_window():
    window = RollingWindow(48_000)
    minute = bytes(2 * 48_000 * 60)
    window.feed(minute)
    tracemalloc.start()
    for _ in range(3 * 60):
        window.feed(minute)
        assert len(window.newest().pcm) == 3 * 2 * 48_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_500_000
    assert window.duration_s == 181 * 60


def test_an_hour_of_speech_and_silence_is_answered_in_steady_memory(recogniser):
    stream = Stream(recogniser, sample_rate=RATE)
    minute = as_pcm(np.concatenate([voice("anger", seconds=20), silence(40)]))

    def listen(minutes: int) -> int:
        for _ in range(minutes):
            assert len(stream.feed(minute, newest_only=True)) == 1
            stream.feed(as_pcm(voice("anger", seconds=0.25)))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    begun = listen(5)
    ended = listen(60)
    tracemalloc.stop()
    assert ended - begun < 200_000


def test_answers_are_those_of_the_windows_themselves(recogniser):
    samples = voice("sadness", seconds=4)
    results = Stream(recogniser, sample_rate=RATE).feed(samples)
    pcm = np.frombuffer(as_pcm(samples), "<i2")
    for result in results:
        part = pcm[round(result.start * RATE) : round(result.end * RATE)]
        whole = recogniser.predict_window(part, sample_rate=RATE)
        assert result.scores == whole.scores
        assert result.warnings == whole.warnings
    assert results[-1].emotion == "sadness"
    assert (results[-1].start, results[-1].end) == (1.0, 4.0)
    assert results[-1].path == "<stream>"


def test_windows_without_speech_have_no_emotion_and_the_emotion_follows_the_voice(recogniser):
    stream = Stream(recogniser, sample_rate=RATE)
    results = stream.feed(
        np.concatenate([silence(2), voice("anger"), silence(4), voice("sadness"), silence(4)])
    )
    by_end = {result.end: result for result in results}
    for quiet in (2.0, 8.0, 14.0):
        assert by_end[quiet].emotion is None
        assert by_end[quiet].scores is None
        assert "no-speech" in [warning.code for warning in by_end[quiet].warnings]
    assert by_end[4.0].emotion == by_end[4.75].emotion == "anger"
    assert by_end[5.25].emotion is None  # nobody has spoken for a second
    assert by_end[10.0].emotion == "sadness"


@pytest.mark.parametrize("lead_s", [0.0, 0.61, 1.13, 2.0])
def test_the_first_answer_needs_at_most_half_a_second_of_speech(recogniser, lead_s):
    stream = Stream(recogniser, sample_rate=RATE)
    results = stream.feed(np.concatenate([silence(lead_s), voice("anger")]))
    first = next(result for result in results if result.emotion is not None)
    assert first.end - lead_s <= 0.5


def test_silence_around_speech_changes_no_answer(recogniser):
    speech = voice("sadness", seconds=1.5)
    alone = recogniser.predict_window(speech, sample_rate=RATE)
    for before, after in ((1.0, 0.5), (0.6, 0.9), (1.5, 0.0)):
        padded = np.concatenate([silence(before), speech, silence(after)])
        found = recogniser.predict_window(padded, sample_rate=RATE)
        assert found.scores == pytest.approx(alone.scores, abs=0.05)
        assert found.end == 3.0


def test_a_window_with_two_stretches_is_answered_with_their_mean(recogniser):
    first, second = voice("anger", seconds=1), voice("sadness", seconds=1)
    alone = [recogniser.predict_window(part, sample_rate=RATE) for part in (first, second)]
    both = np.concatenate([first, silence(1), second])
    found = recogniser.predict_window(both, sample_rate=RATE)
    for emotion in recogniser.labels:
        mean = (alone[0].scores[emotion] + alone[1].scores[emotion]) / 2
        assert found.scores[emotion] == pytest.approx(mean, abs=0.05)
    assert sum(found.scores.values()) == pytest.approx(1)


def test_an_answer_about_little_speech_says_so(recogniser):
    padded = np.concatenate([silence(2.2), voice("anger", seconds=0.8)])
    found = recogniser.predict_window(padded, sample_rate=RATE)
    assert [warning.code for warning in found.warnings if warning.code == "short"]
    assert found.warnings[0].details["seconds"] < 0.95


def test_bytes_integers_and_floats_give_the_same_answers(recogniser):
    integers = np.frombuffer(as_pcm(voice("anger")), "<i2").astype(np.int16)
    forms = (integers, integers.tobytes(), integers / 32768.0, (integers / 32768).astype("f4"))
    told = [Stream(recogniser, sample_rate=RATE).feed(form) for form in forms]
    assert told[0] == told[1] == told[2] == told[3]


def test_samples_in_memory_are_recognised_like_the_file_that_holds_them(recogniser, tmp_path):
    for rate in (8_000, 16_000, 44_100):
        samples = voice("neutral", seconds=3)[:: RATE // rate or 1]
        soundfile.write(tmp_path / "a.wav", samples, rate, subtype="FLOAT")
        of_file = recogniser.predict(tmp_path / "a.wav")
        of_samples = recogniser.predict_samples(samples, sample_rate=rate)
        assert of_samples.warnings == of_file.warnings
        assert of_samples.scores == pytest.approx(of_file.scores, abs=1e-3)
        sound = from_samples(samples, sample_rate=rate)
        assert np.abs(sound.samples - read(tmp_path / "a.wav").samples).max() < 1e-5


@pytest.mark.parametrize(
    ("samples", "rate", "code"),
    [
        (silence(1), 3_999, "rate-out-of-range"),
        (silence(0.09), RATE, "too-short"),
        (np.full(RATE, np.nan), RATE, "not-finite"),
        (np.zeros((2, RATE)), RATE, "usage"),
        (np.zeros(RATE, np.int32), RATE, "usage"),
    ],
)
def test_samples_that_cannot_be_used_are_said(recogniser, samples, rate, code):
    with pytest.raises((SignalError, UsageError)) as caught:
        recogniser.predict_samples(samples, sample_rate=rate)
    assert caught.value.code == code


def test_what_cannot_be_fed_is_said_and_takes_nothing_in(recogniser):
    stream = Stream(recogniser, sample_rate=RATE)
    for bad in (b"abc", np.zeros((2, 8)), np.zeros(4, np.int64)):
        with pytest.raises(UsageError):
            stream.feed(bad)
    with pytest.raises(SignalError):
        stream.feed(np.array([0.0, np.nan]))
    assert stream.rolling.duration_s == 0


@pytest.mark.parametrize("times", [{"window_s": 0.1}, {"window_s": 61}, {"hop_s": 0.01}])
def test_windows_that_cannot_be_are_refused(times):
    with pytest.raises(UsageError):
        RollingWindow(RATE, **times)
    for rate in (0, 3_999, 384_001):
        with pytest.raises(UsageError):
            RollingWindow(rate)


def test_windows_take_the_rates_that_recordings_may_have():
    assert rolling.RATES == decode.RATES


def test_a_window_is_answered_well_within_its_hop(recogniser):
    stream = Stream(recogniser, sample_rate=48_000)
    stream.feed(np.repeat(voice("anger", seconds=3), 3))
    began = time.process_time()
    stream.feed(np.repeat(voice("anger", seconds=2), 3))
    assert (time.process_time() - began) / 8 < 0.2


def test_a_process_that_passes_windows_on_imports_neither_decoders_nor_runtime():
    code = (
        "import sys; from emovox.inference import RollingWindow; "
        "sys.exit(bool({'soundfile', 'soxr', 'onnxruntime'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
