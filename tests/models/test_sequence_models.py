"""Model folders of networks whose input is a sequence of frames."""

from __future__ import annotations

import numpy as np
import pytest

from emovox.errors import ModelError, SignalError
from emovox.models import Model, read
from emovox.models.domain import training_statistics
from emovox.models.model import softmax
from emovox.models.runtime import Runtime
from emovox.models.screening import screen
from emovox.models.sequences import statistics, windows
from models.networks import folder
from models.sequence_networks import (
    WIDTH,
    convolution,
    mean_over_time,
    sequence_folder,
)

WEIGHTS = np.array([[3.0, 0.0, -3.0], [0.0, 2.0, 0.0]])
RNG = np.random.default_rng(5)
UNEQUAL = [RNG.standard_normal((length, WIDTH)).astype(np.float32) for length in (4, 9, 4, 31, 1)]


def expected(frames: np.ndarray) -> np.ndarray:
    """What the network of `mean_over_time` gives for one sequence or window."""
    return softmax(frames.astype(np.float64).mean(axis=0) @ WEIGHTS, 1.0)


@pytest.fixture
def any_length(tmp_path) -> Model:
    return read(sequence_folder(tmp_path / "m"))


def test_sequences_of_any_length_get_the_scores_that_each_gets_by_itself(any_length):
    scores = any_length.scores(UNEQUAL)
    assert scores.dtype == np.float64
    assert np.allclose(scores.sum(axis=1), 1.0)
    assert np.allclose(scores, [expected(frames) for frames in UNEQUAL], atol=1e-6)
    for frames, together in zip(UNEQUAL, scores, strict=True):
        assert np.allclose(any_length.scores(frames)[0], together, atol=1e-7)


def test_a_padded_array_is_never_made_of_unequal_lengths(any_length, monkeypatch):
    seen = []
    run = any_length.runtime.run
    monkeypatch.setattr(
        any_length.runtime, "run", lambda rows: seen.append(rows.shape) or run(rows)
    )
    any_length.scores(UNEQUAL)
    assert sorted(seen) == [(1, 1, WIDTH), (1, 9, WIDTH), (1, 31, WIDTH), (2, 4, WIDTH)]


def test_one_array_of_equal_lengths_is_as_many_sequences(any_length):
    rows = RNG.standard_normal((3, 7, WIDTH))
    assert np.array_equal(any_length.scores(rows), any_length.scores(list(rows)))
    assert any_length.scores([]).shape == (0, 3)
    objects = np.empty(2, dtype=object)
    objects[:] = UNEQUAL[:2]
    assert np.array_equal(any_length.scores(objects), any_length.scores(UNEQUAL[:2]))


def test_runs_of_equal_lengths_stay_within_the_rows_and_frames_of_one_run(tmp_path, monkeypatch):
    given = {"dim": WIDTH, "form": "frames", "rows_at_once": 4}
    model = read(sequence_folder(tmp_path / "m", input=given))
    seen = []
    run = model.runtime.run
    monkeypatch.setattr(model.runtime, "run", lambda rows: seen.append(rows.shape) or run(rows))
    short, long = np.zeros((10, 5, WIDTH)), np.zeros((3, 4000, WIDTH))
    model.scores([*short, *long])
    assert seen == [(4, 5, 2), (4, 5, 2), (2, 5, 2), (2, 4000, 2), (1, 4000, 2)]


def test_a_network_of_a_fixed_length_takes_that_length_only(tmp_path):
    model = read(sequence_folder(tmp_path / "m", frames=4))
    assert np.allclose(model.scores(UNEQUAL[0])[0], expected(UNEQUAL[0]), atol=1e-6)
    with pytest.raises(ModelError, match=r"sequences of 4 frames of 2 numbers, .* \(9, 2\)"):
        model.scores(UNEQUAL)


@pytest.mark.parametrize("fixed", [None, 8])
def test_the_scores_of_a_long_input_are_the_mean_over_its_windows(tmp_path, fixed):
    window = {"frames": 8, "hop": 4, "pad": "tile"}
    model = read(sequence_folder(tmp_path / "m", frames=fixed, window=window))
    long, short = RNG.standard_normal((21, WIDTH)), RNG.standard_normal((3, WIDTH))
    parts = [long[start : start + 8] for start in (0, 4, 8, 12, 13)]
    repeated = np.concatenate([short, short, short])[:8]
    found = model.scores([long, short, long[:8]])
    assert np.allclose(found[0], np.mean([expected(part) for part in parts], axis=0), atol=1e-6)
    assert np.allclose(found[1], expected(repeated), atol=1e-6)
    assert np.allclose(found[2], expected(long[:8]), atol=1e-6)
    assert not np.allclose(found[0], expected(long), atol=1e-4)


def test_windows_hold_every_frame_and_only_the_last_one_is_moved():
    for n_frames in range(1, 40):
        frames = np.arange(float(n_frames))[:, np.newaxis]
        found = windows(frames, length=8, hop=3)
        assert {len(window) for window in found} == {8}
        assert set(np.concatenate(found)[:, 0]) == set(range(n_frames))
        starts = [window[0, 0] for window in found]
        assert starts[:-1] == [3.0 * place for place in range(len(found) - 1)]
        assert len(set(starts)) == len(starts)


@pytest.mark.parametrize(
    "inputs", [np.zeros((5, WIDTH + 1)), np.zeros(WIDTH), [np.zeros((0, WIDTH))], [np.zeros(3)]]
)
def test_inputs_of_another_shape_do_not_fit(any_length, inputs):
    with pytest.raises(ModelError, match="any number of frames of 2 numbers") as caught:
        any_length.scores(inputs)
    assert caught.value.code == "model-misfit"


def test_frames_that_are_not_finite_are_an_error_of_the_recording(any_length):
    broken = UNEQUAL[1].copy()
    broken[3, 1] = np.nan
    for question in (any_length.scores, any_length.out_of_domain):
        with pytest.raises(SignalError) as caught:
            question([UNEQUAL[0], broken])
        assert caught.value.code == "not-finite"


def speech_like(seed: int, *, shift: float = 0.0, length: int = 60) -> np.ndarray:
    """Frames of which each dimension swings about a level of its own."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.standard_normal((length, WIDTH)), axis=0) * 0.3
    return walk - walk.mean(axis=0) + rng.standard_normal(WIDTH) + [5.0 + shift, -3.0]


def zero_padded(frames: np.ndarray, *, to: int = 200) -> np.ndarray:
    """Frames of a recording in the middle of silence, whose frames are all alike."""
    padded = np.full((to, WIDTH), -10.0)
    begin = (to - len(frames)) // 2
    padded[begin : begin + len(frames)] = frames
    return padded


@pytest.mark.parametrize("prepared", [np.asarray, zero_padded])
def test_sequences_unlike_the_training_data_are_told_however_short(tmp_path, prepared):
    lengths = np.random.default_rng(1).integers(40, 180, size=600)
    usual = [prepared(speech_like(i, length=n)) for i, n in enumerate(lengths)]
    rows = np.stack([statistics(frames) for frames in usual])
    model = read(sequence_folder(tmp_path / "m", out_of_domain=training_statistics(rows)))
    assert (model.out_of_domain(usual) > 1).mean() <= 0.01
    others = [prepared(speech_like(9000 + i, shift=9.0, length=n)) for i, n in enumerate(lengths)]
    assert (model.out_of_domain(others) > 1).mean() > 0.95
    fresh = [prepared(speech_like(5000 + i, length=n)) for i, n in enumerate(lengths)]
    assert (model.out_of_domain(fresh) > 1).mean() < 0.02


def test_padding_does_not_change_the_statistics_of_what_it_surrounds():
    frames = speech_like(3)
    padded = zero_padded(frames)
    assert np.allclose(statistics(frames), statistics(padded), rtol=0, atol=1e-12)
    assert abs(padded.mean(axis=0) - frames.mean(axis=0)).max() > 5.0


def test_a_sequence_of_equal_frames_has_statistics_too():
    assert statistics(np.ones((9, WIDTH))).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert statistics(np.ones((1, WIDTH))).tolist() == [1.0, 1.0, 0.0, 0.0]


BAD_FIELDS = {
    "another form": ({"form": "waves"}, "input.form is 'waves'"),
    "no frames": ({"frames": 0}, "input.frames is 0"),
    "frames as a word": ({"frames": "all"}, "input.frames is 'all'"),
    "more numbers than memory": ({"dim": 1_000_000, "frames": 17}, "input.frames is 17"),
    "no hop": ({"window": {"frames": 8, "hop": 0, "pad": "tile"}}, "input.window.hop is 0"),
    "gaps": ({"window": {"frames": 8, "hop": 9, "pad": "tile"}}, "input.window.hop is 9"),
    "too many windows": ({"window": {"frames": 320, "hop": 19, "pad": "tile"}}, "20 to 320"),
    "other pad": ({"window": {"frames": 8, "hop": 4, "pad": "zero"}}, "input.window.pad is 'zero'"),
    "no length": ({"window": {"hop": 4, "pad": "tile"}}, "input.window.frames is None"),
    "a list": ({"window": [8, 4]}, "input.window is [8, 4]; allowed: an object"),
    "other window": (
        {"frames": 8, "window": {"frames": 9, "hop": 4, "pad": "tile"}},
        "input.window.frames is 9; allowed: 8",
    ),
    "truth": ({"frames": True}, "input.frames is True"),
}


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_each_field_of_a_sequence_is_checked(tmp_path, name):
    changes, sentence = BAD_FIELDS[name]
    given = {"dim": WIDTH, "form": "frames", **changes}
    with pytest.raises(ModelError) as caught:
        sequence_folder(tmp_path / "m", input=given)
    assert caught.value.code == "model-invalid"
    assert sentence in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_what_the_front_end_gives_and_what_the_network_takes_must_be_of_one_form(tmp_path):
    plain = {"feature": "mfcc", "version": 1, "sample_rate": 16000}
    with pytest.raises(ModelError, match=r"front_end\.form is None; allowed: the same"):
        sequence_folder(tmp_path / "m", front_end=plain)
    with pytest.raises(ModelError, match=r"front_end\.form is 'frames'"):
        folder(tmp_path / "m", front_end={**plain, "form": "frames"})
    with pytest.raises(ModelError, match=r"input\.window is .*; allowed: only where"):
        folder(tmp_path / "m", input={"dim": 3, "window": {"frames": 1}})


def test_statistics_of_a_sequence_are_two_numbers_a_dimension(tmp_path):
    domain = {"mean": [0.0] * WIDTH, "inverse_sd": [1.0] * WIDTH, "threshold": 4.0}
    with pytest.raises(ModelError, match=r"out_of_domain\.mean .* a list of 4 numbers"):
        sequence_folder(tmp_path / "m", out_of_domain=domain)


MISFITS = {
    "a fixed length where any is declared": (mean_over_time(frames=4), {}, r"\(n, any, 2\)"),
    "any length where one is declared": (mean_over_time(), {"frames": 4}, r"\(n, 4, 2\)"),
    "another length": (mean_over_time(frames=5), {"frames": 4}, r"\(n, 4, 2\)"),
    "another width": (mean_over_time(np.eye(3), dim=3), {}, r"\(n, any, 2\)"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_network_of_other_axes_does_not_fit(tmp_path, name):
    network, changes, declared = MISFITS[name]
    with pytest.raises(ModelError, match=rf"declared: {declared}") as caught:
        sequence_folder(tmp_path / "m", network=network, **changes)
    assert caught.value.code == "model-misfit"


HOSTILE = {
    "far padding": ({"pads": [0, 2**40]}, "has pads of 1099511627776 in 'Conv'"),
    "negative padding": ({"pads": [-3, 0]}, "has pads of -3"),
    "far dilation": ({"dilations": [5000], "pads": [4096, 4096]}, "has dilations of 5000"),
    "far stride": ({"strides": [4097]}, "has strides of 4097"),
    "much padding": ({"pads": [4096, 4096], "times": 2}, "pads by more than 8192 in all"),
    "padding that it chooses": ({"auto_pad": "SAME_UPPER"}, "choose its padding"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_convolution_that_would_fill_the_memory_is_refused_unseen(tmp_path, name):
    attributes, sentence = HOSTILE[name]
    with pytest.raises(ModelError, match=sentence) as caught:
        sequence_folder(tmp_path / "m", network=convolution(**attributes))
    assert caught.value.code == "model-unsafe"


def test_no_damaged_convolution_raises_anything_but_a_listed_error():
    good, rng = convolution(pads=[4, 4], dilations=[4], strides=[2]), np.random.default_rng(0)
    outcomes = set()
    for _ in range(500):
        data = bytearray(good)
        for _ in range(rng.integers(1, 5)):
            data[rng.integers(len(data))] = rng.integers(256)
        try:
            screen(bytes(data), name="network.onnx")
            runtime = Runtime(bytes(data), dim=WIDTH, outputs=3, name="", time=(None,))
            outcomes.add(runtime.run(np.zeros((2, 30, WIDTH))).shape)
        except ModelError as error:
            outcomes.add(error.code)
    assert {(2, 3), "model-invalid", "model-unsafe"} <= outcomes


def test_convolutions_with_modest_padding_are_read(tmp_path):
    place = sequence_folder(tmp_path / "m", network=convolution(pads=[4, 4], dilations=[4]))
    assert read(place).scores(UNEQUAL).shape == (5, 3)
