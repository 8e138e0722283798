"""Statistics over time: what turns a contour of any length into a few numbers.

A table of contours, shape (frames, contours), becomes one number for each pair of functional
and contour. All are finite for any number of frames, one included.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.floating]

MOMENTS: tuple[str, ...] = ("mean", "sd", "skewness", "kurtosis")
"""Mean, standard deviation, and the third and fourth standardised moments (3 for a normal law)."""

PERCENTILES: tuple[str, ...] = (
    "p05", "p25", "p50", "p75", "p95", "iqr12", "iqr23", "iqr13", "range90",
)  # fmt: skip
"""Percentiles; differences between the quartiles; 95th minus 5th percentile."""

REGRESSION: tuple[str, ...] = ("slope", "linear_error", "curvature", "quadratic_error")
"""Straight line and parabola by least squares: slope per second, second derivative per square
second, and the root of the mean square residuals."""

SHAPE: tuple[str, ...] = (
    "max_position", "min_position", "time_centroid", "above_q25", "above_half", "above_q75",
    "rising",
)  # fmt: skip
"""Relative positions of the extremes, and of the centre of what lies above the minimum; shares
of frames above a quarter, half and three quarters of the range; share of rising steps."""

PEAKS: tuple[str, ...] = (
    "peak_rate", "peak_distance_sd", "peak_height", "peak_height_sd", "rise_slope", "fall_slope",
)  # fmt: skip
"""Local maxima that stand out by a tenth of the range: their number per second, the spread of
their distances in seconds, their mean height above the mean and its spread; the mean slopes
per second of the rising and of the falling steps."""

ALL: tuple[str, ...] = (*MOMENTS, *PERCENTILES, *REGRESSION, *SHAPE, *PEAKS)
"""Every functional, in the order of `functionals`."""

TINY = 1e-9


def functionals(
    contours: Table,
    *,
    times: Table | None = None,
    hop_s: float = 0.01,
    chosen: tuple[str, ...] = ALL,
) -> NDArray[np.float64]:
    """Functionals of each contour.

    Parameters
    ----------
    contours : float array, shape (frames, contours), at least one frame
    times : float array, shape (frames,), seconds, optional
        When frames were left out (pauses, unvoiced ones); evenly spaced by `hop_s` otherwise.
    hop_s : float, seconds
    chosen : tuple of str
        Whole groups are computed, the chosen ones returned, in this order.

    Returns
    -------
    float64 array, shape (functionals, contours)

    Examples
    --------
    >>> ramp = np.arange(11.0)[:, None]
    >>> functionals(ramp, hop_s=0.5, chosen=("mean", "p50", "slope"))[:, 0].round(6)
    array([5., 5., 2.])
    """
    contours = np.asarray(contours, dtype=np.float64)
    if times is None:
        times = np.arange(len(contours)) * hop_s
    wanted = set(chosen)
    found: dict[str, Table] = {}
    for group, compute in (
        (MOMENTS, moments), (PERCENTILES, percentiles), (REGRESSION, regression),
        (SHAPE, shape), (PEAKS, peaks),
    ):  # fmt: skip
        if wanted.intersection(group):
            found.update(zip(group, compute(contours, times), strict=True))
    return np.stack([found[name] for name in chosen])


def moments(contours: Table, times: Table) -> list[Table]:
    """`MOMENTS` of each contour."""
    mean = contours.mean(axis=0)
    centred = contours - mean
    square = centred * centred
    variance = square.mean(axis=0)
    sd = np.sqrt(variance)
    # a contour that is constant but for rounding has no shape
    real = sd > 1e-6 * (1e-6 + np.abs(mean))
    safe = np.where(real, variance, 1.0)
    skewness = np.where(real, (square * centred).mean(axis=0) / safe**1.5, 0.0)
    kurtosis = np.where(real, (square * square).mean(axis=0) / safe**2, 0.0)
    return [mean, sd, skewness, kurtosis]


def percentiles(contours: Table, times: Table) -> list[Table]:
    """`PERCENTILES` of each contour, interpolated linearly."""
    ordered = np.sort(contours, axis=0)
    place = np.array([0.05, 0.25, 0.5, 0.75, 0.95]) * (len(ordered) - 1)
    below = place.astype(int)
    above = np.minimum(below + 1, len(ordered) - 1)
    share = (place - below)[:, None]
    p05, p25, p50, p75, p95 = ordered[below] * (1 - share) + ordered[above] * share
    return [p05, p25, p50, p75, p95, p50 - p25, p75 - p50, p75 - p25, p95 - p05]


def regression(contours: Table, times: Table) -> list[Table]:
    """`REGRESSION` of each contour on time."""
    middle = times - times.mean()
    width = max(float(np.abs(middle).max()), TINY)
    x = middle / width
    straight = x / max(float(np.sqrt(x @ x)), TINY)
    bend = x * x - (x * x).mean()
    bend = bend - (bend @ straight) * straight
    length = float(np.sqrt(bend @ bend))
    bend = bend / length if length > 1e-6 else np.zeros_like(bend)
    centred = contours - contours.mean(axis=0)
    by_line, by_bend = straight @ centred, bend @ centred
    total = (centred * centred).sum(axis=0)
    line_left = np.maximum(total - by_line**2, 0.0)
    bend_left = np.maximum(line_left - by_bend**2, 0.0)
    slope = by_line / max(float(np.sqrt(middle @ middle)), TINY)
    curvature = 2.0 * by_bend / max(length, 1e-6) / width**2
    if len(contours) < 3:
        curvature = np.zeros_like(curvature)
    n = len(contours)
    return [slope, np.sqrt(line_left / n), curvature, np.sqrt(bend_left / n)]


def shape(contours: Table, times: Table) -> list[Table]:
    """`SHAPE` of each contour; positions from 0 (start) to 1 (end)."""
    n = len(contours)
    last = max(n - 1, 1)
    low, high = contours.min(axis=0), contours.max(axis=0)
    raised = contours - low
    height = high - low
    flat = height <= TINY
    weight = raised.sum(axis=0)
    centroid = np.where(flat, 0.5, (np.arange(n) / last) @ raised / np.where(flat, 1.0, weight))
    relative = raised / np.where(flat, 1.0, height)
    above = [np.where(flat, 0.0, (relative > level).mean(axis=0)) for level in (0.25, 0.5, 0.75)]
    rising = (np.diff(contours, axis=0) > 0).mean(axis=0) if n > 1 else np.zeros(contours.shape[1])
    positions = [contours.argmax(axis=0) / last, contours.argmin(axis=0) / last]
    return [*positions, centroid, *above, rising]


def peaks(contours: Table, times: Table) -> list[Table]:
    """`PEAKS` of each contour."""
    n, width = contours.shape
    if n < 3:
        return [np.zeros(width)] * 6
    mean = contours.mean(axis=0)
    height = contours.max(axis=0) - contours.min(axis=0)
    step = np.diff(contours, axis=0)
    is_peak = (step[:-1] > 0) & (step[1:] <= 0) & (contours[1:-1] > mean + 0.1 * height)
    count = is_peak.sum(axis=0)
    some = np.maximum(count, 1)
    above = np.where(is_peak, contours[1:-1] - mean, 0.0)
    peak_height = above.sum(axis=0) / some
    spread = np.where(is_peak, (contours[1:-1] - mean - peak_height) ** 2, 0.0).sum(axis=0) / some
    duration = max(float(times[-1] - times[0]), TINY) + float(times[1] - times[0])
    columns, places = np.nonzero(is_peak.T)
    gap = np.diff(times[places + 1])
    inside = columns[1:] == columns[:-1]
    gap, owner = gap[inside], columns[1:][inside]
    n_gaps = np.maximum(np.bincount(owner, minlength=width), 1)
    mean_gap = np.bincount(owner, weights=gap, minlength=width) / n_gaps
    spread_gap = np.bincount(owner, weights=(gap - mean_gap[owner]) ** 2, minlength=width) / n_gaps
    speed = step / np.maximum(np.diff(times), TINY)[:, None]
    slopes = []
    for way in (speed > 0, speed < 0):
        slopes.append(np.where(way, speed, 0.0).sum(axis=0) / np.maximum(way.sum(axis=0), 1))
    return [count / duration, np.sqrt(spread_gap), peak_height, np.sqrt(spread), *slopes]
