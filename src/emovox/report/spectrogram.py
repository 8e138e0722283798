"""Spectrogram of a recording on the mel or the linear scale, as a picture inside the page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import png, svg
from .figures import duration
from .palette import sequential
from .waveform import LEFT, RIGHT
from .wording import say

RANGE_DB = 70.0
"""What lies further below the loudest place is drawn as silence."""
SCALES = ("mel", "linear")
"""How frequencies are laid out from bottom to top."""
_ROWS = 96
_COLUMNS = 720
_HEIGHT = 120
_WINDOW_S = 0.032
_MARKS_HZ = (500, 1000, 2000, 4000, 8000)


def spectrogram(
    samples: NDArray[np.float32],
    *,
    sample_rate: int,
    title: str,
    language: str = "en",
    scale: str = "mel",
) -> str:
    """Drawing of the level over time and frequency.

    Parameters
    ----------
    samples : float array, shape (samples,)
    sample_rate : int, Hz
    title : str
    language : str
        One of `wording.LANGUAGES`.
    scale : str
        One of `SCALES`.

    Returns
    -------
    str, HTML with one inline SVG that holds a PNG
    """
    signal = np.nan_to_num(np.asarray(samples, dtype=np.float32))
    top_hz = min(sample_rate / 2, 8000.0)
    levels = mel_levels(signal, sample_rate=sample_rate, top_hz=top_hz, scale=scale)
    shades = np.clip(255 * (1 + levels / RANGE_DB), 0, 255).astype(np.uint8)
    picture = png.data_uri(png.encode(shades[:, ::-1].T, sequential(256)))
    parts = [
        svg.element("image", href=picture, x=0.0, y=0.0, width="100%", height=float(_HEIGHT),
                    preserveAspectRatio="none", class_="picture")
    ]  # fmt: skip
    for mark in (hz for hz in _MARKS_HZ if hz <= top_hz):
        share = mark / top_hz if scale == "linear" else _mel(mark) / _mel(top_hz)
        if scale == "linear" and mark < 2000:
            continue  # the lowest marks would lie on one another
        y = _HEIGHT * (1 - share)
        label = f"{mark // 1000} kHz" if mark >= 1000 else f"{mark} Hz"
        parts.append(svg.line(x1=-5.0, x2=0.0, y1=y, y2=y, class_="axis"))
        parts.append(svg.text(label, x=-8.0, y=max(y + 4, 9.0), class_="tiny end soft"))
    length = duration(signal.size / sample_rate)
    plot = svg.drawing(
        parts,
        height=_HEIGHT,
        title=title,
        description=say(
            "Spectrogram of {length} up to {top} kHz on the {scale} scale; light is loud, the "
            "scale spans {range} dB.",
            language,
            scale=say(scale, language),
            length=length,
            top=f"{top_hz / 1000:g}",
            range=f"{RANGE_DB:.0f}",
        ),
    )
    return svg.figure(plot, left=LEFT, right=RIGHT)


def mel_levels(
    signal: NDArray[np.float32], *, sample_rate: int, top_hz: float, scale: str = "mel"
) -> NDArray[np.float64]:
    """Levels for the eye, not for measuring: Hann windows, read off at frequencies of a scale.

    Parameters
    ----------
    signal : float array, shape (samples,)
    sample_rate : int, Hz
    top_hz : float
    scale : str
        One of `SCALES`.

    Returns
    -------
    float array, shape (columns, rows), decibels below the loudest place; low frequencies first
    """
    size = max(16, round(_WINDOW_S * sample_rate))
    padded = np.pad(signal, (size // 2, size - size // 2))
    columns = int(min(_COLUMNS, max(1, signal.size // (size // 8))))
    starts = (np.arange(columns) * signal.size / columns).astype(int)
    window = np.hanning(size)
    frequencies = np.fft.rfftfreq(2 * size, 1 / sample_rate)
    places = (
        np.linspace(0, top_hz, _ROWS)
        if scale == "linear"
        else _hertz(np.linspace(0, _mel(top_hz), _ROWS))
    )
    levels = np.empty((columns, _ROWS))
    for column, start in enumerate(starts):
        power = np.abs(np.fft.rfft(padded[start : start + size] * window, 2 * size)) ** 2
        levels[column] = np.interp(places, frequencies, power)
    loudest = levels.max(initial=0.0)
    if loudest <= 0:
        return np.full_like(levels, -RANGE_DB)
    decibels: NDArray[np.float64] = 10 * np.log10(np.maximum(levels / loudest, 1e-12))
    return decibels


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 700 * (10 ** (mel / 2595) - 1)
    return result
