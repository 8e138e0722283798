"""Functionals over time against numpy, scipy and contours of known shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from emovox.features import functionals as statistics
from emovox.features.functionals import functionals


@pytest.fixture
def contours():
    return np.random.default_rng(3).gamma(2.0, size=(137, 4)) * [1.0, 10.0, 0.01, 5.0]


def value(contour, name, **options):
    return float(functionals(np.asarray(contour, float)[:, None], chosen=(name,), **options)[0, 0])


def test_moments_equal_scipy(contours):
    mean, sd, skewness, kurtosis = functionals(contours, chosen=statistics.MOMENTS)
    np.testing.assert_allclose(mean, contours.mean(axis=0))
    np.testing.assert_allclose(sd, contours.std(axis=0))
    np.testing.assert_allclose(skewness, stats.skew(contours))
    np.testing.assert_allclose(kurtosis, stats.kurtosis(contours, fisher=False))


@pytest.mark.parametrize("n", [1, 2, 20, 137])
def test_percentiles_equal_numpy(contours, n):
    found = functionals(contours[:n], chosen=statistics.PERCENTILES)
    truth = np.percentile(contours[:n], [5, 25, 50, 75, 95], axis=0)
    np.testing.assert_allclose(found[:5], truth)
    np.testing.assert_allclose(found[5], truth[2] - truth[1])
    np.testing.assert_allclose(found[6], truth[3] - truth[2])
    np.testing.assert_allclose(found[7], truth[3] - truth[1])
    np.testing.assert_allclose(found[8], truth[4] - truth[0])


def test_regression_equals_polyfit_on_uneven_times(contours):
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.05, len(contours)))
    slope, linear_error, curvature, quadratic_error = functionals(
        contours, times=times, chosen=statistics.REGRESSION
    )
    line = np.polyfit(times, contours, 1)
    bend = np.polyfit(times, contours, 2)
    left = contours - np.outer(times, line[0]) - line[1]
    left2 = contours - np.outer(times**2, bend[0]) - np.outer(times, bend[1]) - bend[2]
    np.testing.assert_allclose(slope, line[0], rtol=1e-6)
    np.testing.assert_allclose(linear_error, np.sqrt((left**2).mean(axis=0)))
    np.testing.assert_allclose(curvature, 2.0 * bend[0], rtol=1e-6)
    np.testing.assert_allclose(quadratic_error, np.sqrt((left2**2).mean(axis=0)))


def test_positions_and_shares_of_a_triangle():
    triangle = np.concatenate([np.arange(11.0), np.arange(9.0, -1.0, -1.0)])
    assert value(triangle, "max_position") == 0.5
    assert value(triangle, "time_centroid") == pytest.approx(0.5)
    assert value(triangle, "rising") == 0.5
    assert value(triangle, "above_half") == pytest.approx(9 / 21)
    assert value(triangle + np.arange(21) * 1e-6, "min_position") == 0.0


def test_peaks_of_a_sine():
    time = np.arange(300) * 0.01
    sine = np.sin(2 * np.pi * 4.0 * time)
    assert value(sine, "peak_rate") == pytest.approx(4.0)
    assert value(sine, "peak_distance_sd") == pytest.approx(0.0, abs=1e-9)
    assert value(sine, "peak_height") == pytest.approx(1.0, abs=0.01)
    # a sine rises by 2 in half its period
    assert value(sine, "rise_slope") == pytest.approx(16.0, rel=0.05)
    assert value(sine, "fall_slope") == pytest.approx(-16.0, rel=0.05)


def test_uneven_peaks_have_a_spread_of_distances():
    contour = np.zeros(100)
    contour[[10, 20, 50]] = 1.0
    assert value(contour, "peak_distance_sd") == pytest.approx(0.1)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("constant", [0.0, 7.0, -1e-12, 1e6])
def test_constant_and_short_contours_give_finite_numbers(n, constant):
    with np.errstate(all="raise", under="ignore"):
        found = functionals(np.full((n, 2), constant))
    assert np.isfinite(found).all()
    named = dict(zip(statistics.ALL, found[:, 0], strict=True))
    assert named["mean"] == pytest.approx(constant)
    for name in ("sd", "skewness", "kurtosis", "slope", "curvature", "peak_rate", "range90"):
        assert named[name] == pytest.approx(0.0, abs=1e-6)


def test_chosen_ones_come_in_the_order_asked_for(contours):
    every = dict(zip(statistics.ALL, functionals(contours), strict=True))
    chosen = ("slope", "mean", "peak_rate")
    for name, found in zip(chosen, functionals(contours, chosen=chosen), strict=True):
        np.testing.assert_array_equal(found, every[name])
