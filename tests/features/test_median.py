from __future__ import annotations

import numpy as np
import pytest

from emovox.features.median import WINDOW, sliding_median


def direct(values):
    """The definition: mirror, cut every window out, take its median."""
    padded = np.pad(values, ((WINDOW // 2, WINDOW // 2), (0, 0)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=0)
    return np.median(windows, axis=-1)


@pytest.mark.parametrize(
    "shape", [(1, 3), (2, 1), (15, 4), (16, 5), (17, 40), (100, 7), (800, 3), (33, 3100)]
)
def test_medians_are_exact_for_every_length(shape):
    values = np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)
    np.testing.assert_array_equal(sliding_median(values), direct(values))


def test_medians_are_exact_where_values_repeat():
    values = np.random.default_rng(0).integers(0, 3, (200, 11)).astype(np.float32)
    np.testing.assert_array_equal(sliding_median(values), direct(values))


def test_columns_need_not_lie_side_by_side():
    values = np.random.default_rng(1).normal(size=(50, 60)).astype(np.float32)
    np.testing.assert_array_equal(sliding_median(values.T), direct(values.T))
