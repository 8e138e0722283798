"""Colours by calculation: sequential scales of even lightness, and the ink that reads on them.

All scales run through OKLCH (lightness, chroma, hue; Björn Ottosson, "A perceptual color space
for image processing", 2020). Lightness rises evenly, so that they also read in grey and for
people who see fewer colours.
"""

from __future__ import annotations

import math

Colour = tuple[int, int, int]

STEPS = 21
"""Steps of the scale by which cells are filled (5 percentage points each)."""


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """Return the sRGB colour of a place in OKLCH, its chroma reduced until sRGB holds it.

    Parameters
    ----------
    lightness : float, 0 (black) to 1 (white)
    chroma : float, 0 (grey) to about 0.3
    hue : float, degrees

    Returns
    -------
    tuple of three int, 0 to 255

    Examples
    --------
    >>> oklch(1.0, 0.0, 0.0), oklch(0.0, 0.2, 90.0)
    ((255, 255, 255), (0, 0, 0))
    """
    low, high = 0.0, chroma
    if not _fits(_linear(lightness, high, hue)):
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if _fits(_linear(lightness, middle, hue)) else (low, middle)
        chroma = low
    red, green, blue = (round(255 * _gamma(v)) for v in _linear(lightness, chroma, hue))
    return red, green, blue


def sequential(steps: int = 256) -> list[Colour]:
    """Dark violet over teal to light yellow, for pictures such as spectrograms.

    Examples
    --------
    >>> scale = sequential(3)
    >>> luminance(scale[0]) < luminance(scale[1]) < luminance(scale[2])
    True
    """
    places = [i / (steps - 1) for i in range(steps)]
    return [
        oklch(0.14 + 0.82 * t, 0.05 + 0.1 * math.sin(math.pi * t), 300 - 195 * t) for t in places
    ]


def cell_fill(step: int, *, dark: bool = False) -> Colour:
    """Fill of a cell: step 0 is (nearly) the page, the last step is the strongest.

    Parameters
    ----------
    step : int, 0 to `STEPS` - 1
    dark : bool
        On a dark page, where strong is light.
    """
    t = step / (STEPS - 1)
    lightness = 0.25 + 0.6 * t if dark else 0.975 - 0.565 * t
    return oklch(lightness, 0.008 + 0.105 * t, 255 - 35 * t if dark else 225 + 25 * t)


def ink(fill: Colour) -> Colour:
    """Black or white, whichever reads better on `fill`: always at least 4.5 to 1."""
    dark, light = (0, 0, 0), (255, 255, 255)
    return dark if contrast(dark, fill) >= contrast(light, fill) else light


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours (WCAG 2.1), 1 to 21.

    Examples
    --------
    >>> round(contrast((0, 0, 0), (255, 255, 255)))
    21
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: Colour) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.1), 0 to 1."""
    red, green, blue = (
        v / 12.92 if (v := c / 255) <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for c in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def hexadecimal(colour: Colour) -> str:
    """Colour as CSS writes it.

    Examples
    --------
    >>> hexadecimal((255, 0, 16))
    '#ff0010'
    """
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Linear sRGB of a place in OKLCH; outside 0..1 where sRGB does not hold it."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _fits(colour: tuple[float, float, float]) -> bool:
    return all(-1e-6 <= value <= 1 + 1e-6 for value in colour)


def _gamma(value: float) -> float:
    value = min(max(value, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
