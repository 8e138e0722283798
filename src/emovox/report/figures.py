"""How figures are written: the same digits in every table, drawing and page."""

from __future__ import annotations

import math
from typing import TypeGuard

MISSING = "-"
"""Written where a figure is not known."""


def percentage(share: float | None) -> str:
    """Share as a percentage with one decimal, without the sign.

    Examples
    --------
    >>> percentage(0.7714), percentage(None)
    ('77.1', '-')
    """
    return f"{100 * share:.1f}" if _known(share) else MISSING


def interval(bounds: tuple[float, float] | None) -> str:
    """Interval of a share, in percent.

    Examples
    --------
    >>> interval((0.731, 0.809))
    '[73.1, 80.9]'
    """
    if bounds is None or not all(_known(bound) for bound in bounds):
        return MISSING
    return f"[{percentage(bounds[0])}, {percentage(bounds[1])}]"


def mean_and_deviation(mean: float | None, deviation: float | None) -> str:
    """Mean and standard deviation over folds, in percent.

    Examples
    --------
    >>> mean_and_deviation(0.768, 0.061)
    '76.8 ± 6.1'
    """
    if not _known(mean):
        return MISSING
    spread = f" ± {percentage(deviation)}" if _known(deviation) else ""
    return percentage(mean) + spread


def quantity(value: float | None) -> str:
    """Count with three digits and k, M, G or T.

    Examples
    --------
    >>> quantity(812), quantity(12_345), quantity(999_600), quantity(0)
    ('812', '12.3 k', '1.00 M', '0')
    """
    if not _known(value):
        return MISSING
    size = float(value)
    for unit in ("", " k", " M", " G", " T"):
        rounded = float(f"{size:.3g}")
        if abs(rounded) < 1000 or unit == " T":
            return f"{_three_digits(size)}{unit}" if unit else f"{rounded:g}"
        size /= 1000
    return MISSING


def seconds(value: float | None) -> str:
    """Time with two digits that count.

    Examples
    --------
    >>> seconds(0.01234), seconds(12.3), seconds(0.0000012)
    ('0.012', '12', '1.2e-06')
    """
    if not _known(value):
        return MISSING
    return f"{value:.0f}" if value >= 10 else f"{value:#.2g}"


def p_value(value: float | None) -> str:
    """Probability as the field writes it.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.0002), p_value(1.0), p_value(None)
    ('.031', '< .001', '1', '-')
    """
    if not _known(value):
        return MISSING
    if value < 0.001:
        return "< .001"
    written = f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
    return "1" if float(written) == 1 else written.removeprefix("0")


def duration(value: float) -> str:
    """Length of a recording.

    Examples
    --------
    >>> duration(3.456), duration(75.2), duration(3700)
    ('3.46 s', '1:15', '1:01:40')
    """
    if value < 60:
        return f"{value:.2f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def ticks(largest: float, *, most: int = 8) -> list[float]:
    """Round places from 0 to `largest` for an axis.

    Examples
    --------
    >>> ticks(3.4)
    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    """
    if not largest > 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(largest / most))
    step = next(f * power for f in (1, 2, 5, 10) if largest / (f * power) <= most)
    return [round(i * step, 10) for i in range(int(largest / step + 1e-9) + 1)]


def _three_digits(size: float) -> str:
    rounded = float(f"{size:.3g}")
    return f"{rounded:.{2 if rounded < 10 else 1 if rounded < 100 else 0}f}"


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and not math.isnan(value)
