from __future__ import annotations

import numpy as np
import pytest

from emovox.errors import SignalError
from emovox.features.deltas import deltas, regression_deltas


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("width", [3, 5, 9, 39])
def test_deltas_equal_librosa(frames, width, order):
    librosa = pytest.importorskip("librosa")
    if order >= width:
        pytest.skip("a polynomial needs more points than its degree")
    expected = librosa.feature.delta(frames.T, width=width, order=order).T
    np.testing.assert_allclose(deltas(frames, width=width, order=order), expected, atol=1e-5)


def test_too_few_frames_for_a_window_are_refused(frames):
    with pytest.raises(SignalError, match="9 frames") as caught:
        deltas(frames[:8])
    assert caught.value.code == "too-short"


def test_regression_is_the_formula_with_edges_repeated(frames):
    at = [max(0, min(39, t)) for t in range(-2, 42)]
    for t in (0, 1, 20, 38, 39):
        x = frames[at[t : t + 5]].astype(float)
        expected = (x[3] - x[1] + 2 * (x[4] - x[0])) / 10
        np.testing.assert_allclose(regression_deltas(frames)[t], expected, atol=1e-6)


def test_one_frame_has_no_slope():
    assert not regression_deltas(np.ones((1, 3), np.float32)).any()
