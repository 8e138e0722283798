"""The drawings: well-formed, in words for who does not see them, true to their numbers."""

import re
import struct
import zlib
from xml.etree.ElementTree import XML

import numpy as np
import pytest

from emovox.evaluation.row import Reliability
from emovox.report import palette, png
from emovox.report.bars import Bar, bar_chart
from emovox.report.calibration import reliability_diagram
from emovox.report.confusion import confusion_matrix
from emovox.report.heatmap import Cell, heat_map
from emovox.report.intervals import interval_axis, interval_strip
from emovox.report.matrix import share_matrix
from emovox.report.probability_bars import probability_bars
from emovox.report.spectrogram import mel_levels, spectrogram
from emovox.report.strip import dot_strip
from emovox.report.timeline import Stretch, timeline
from emovox.report.waveform import envelope, time_axis, waveform

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '<b>&"\u202e'


def _pixels(data: bytes) -> tuple[np.ndarray, bytes]:
    """Decode a PNG of palette colours by hand."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + body)
        chunks[kind] = body
        place += 12 + length
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, rest) == (8, 3, [0, 0, 0])
    assert list(chunks)[-1] == b"IEND"
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:], chunks[b"PLTE"]


def test_a_png_decodes_to_the_pixels_it_was_made_from():
    pixels = np.random.default_rng(0).integers(0, 256, (37, 61)).astype(np.uint8)
    scale = palette.sequential(256)
    found, colours = _pixels(png.encode(pixels, scale))
    assert np.array_equal(found, pixels)
    assert colours == bytes(v for colour in scale for v in colour)


def test_on_the_linear_scale_a_tone_lies_at_its_share_of_the_height():
    tone = np.sin(2 * np.pi * 2000 * np.arange(16_000) / 16_000).astype(np.float32)
    levels = mel_levels(tone, sample_rate=16_000, top_hz=8000, scale="linear")
    assert abs(levels.mean(axis=0).argmax() / 95 - 0.25) < 0.02
    assert mel_levels(tone, sample_rate=16_000, top_hz=8000).mean(axis=0).argmax() / 95 > 0.5


def test_the_sequential_scale_rises_in_lightness_at_every_step():
    light = [palette.luminance(colour) for colour in palette.sequential(256)]
    assert np.all(np.diff(light) > -1e-3)
    assert light[-1] - light[0] > 0.7


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_in_cells_are_readable_on_every_fill(dark):
    for step in range(palette.STEPS):
        fill = palette.cell_fill(step, dark=dark)
        assert palette.contrast(palette.ink(fill), fill) >= 4.5


def _drawings():
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.1, 8000).astype(np.float32)
    bars = [Bar("03", 0.8, 49, "male"), Bar(EVIL, 0.0, 5, "female"), Bar("x", 1.0, 1, None)]
    yield confusion_matrix([[5, 1], [0, 0]], ["anger", EVIL], title=EVIL)
    yield bar_chart(bars, title=EVIL, chance=0.25, mean=0.7)
    yield bar_chart([], title="none")
    yield dot_strip(bars, title=EVIL, chance=0.25, mean=0.7)
    yield heat_map(
        {("a", EVIL): Cell(0.5, 10, 4, (0.2, 0.8))}, train=["a"], test=["a", EVIL], title=EVIL
    )
    yield share_matrix([[0.5, float("nan")]], rows=[EVIL], columns=["a", "b"], title=EVIL)
    yield reliability_diagram([Reliability(0.5, 0.4, 9), Reliability(0.9, 1, 0)], title=EVIL)
    yield reliability_diagram([], title="none")
    yield interval_strip(0.5, (0.4, 0.6), chance=0.25)
    yield interval_strip(float("nan"), (float("nan"), float("nan")), chance=float("nan"))
    yield interval_strip(0.5, None, chance=None)
    yield interval_axis()
    yield probability_bars({"anger": 0.75, EVIL: 0.25}, title=EVIL)
    yield timeline(
        [Stretch(0, 1, {"anger": 0.9, EVIL: 0.1}), Stretch(1, 2, None)], length_s=2.0, title=EVIL
    )
    yield timeline([], length_s=0.0, title="none")
    yield waveform(noise, sample_rate=16_000, title=EVIL)
    yield waveform(np.zeros(0, np.float32), sample_rate=16_000, title="none")
    yield waveform(np.full(100, np.nan, np.float32), sample_rate=16_000, title="nan")
    yield spectrogram(noise, sample_rate=16_000, title=EVIL)
    yield spectrogram(np.zeros(5, np.float32), sample_rate=8_000, title="silence")
    yield time_axis(0.0)
    yield time_axis(4000.0)


@pytest.mark.parametrize("markup", list(_drawings()))
def test_every_drawing_is_well_formed_and_said_in_words(markup):
    svg = XML(markup).find(f".//{SVG}svg")
    assert svg is not None
    if svg.get("aria-hidden") != "true":
        assert svg.get("role") == "img"
        assert svg.find(f"{SVG}title").text
        assert svg.find(f"{SVG}desc").text
    assert not re.search(r'="[^"]*\bnan\b', re.sub(r'aria-label="[^"]*"', "", markup))


def test_a_confusion_matrix_shows_the_counts_it_was_given():
    markup = confusion_matrix([[30, 10], [5, 15]], ["anger", "sadness"], title="t")
    tips = [element.text for element in XML(markup).iter(f"{SVG}title")]
    assert "anger recognised as sadness: 10 of 40 (25.0 %)" in tips
    shown = [element.text for element in XML(markup).iter(f"{SVG}text")]
    assert shown[-1] == "75.0"
    assert {"30", "10", "5", "15", "25"} <= set(shown)


def test_bars_are_as_long_as_their_shares():
    markup = bar_chart([Bar("03", 0.625, 8)], title="t")
    (bar,) = [r for r in XML(markup).iter(f"{SVG}rect") if r.get("class") == "bar"]
    assert bar.get("width") == "62.5%"


def test_a_heat_map_says_where_the_interval_reaches_down_to_chance():
    low = heat_map({("a", "b"): Cell(0.3, 9, 4, (0.2, 0.4))}, train=["a"], test=["b"], title="t")
    high = heat_map({("a", "b"): Cell(0.6, 9, 4, (0.5, 0.7))}, train=["a"], test=["b"], title="t")
    assert "≈ chance" in low
    assert "≈ chance" not in high


def test_the_envelope_holds_the_lowest_and_highest_sample():
    signal = np.random.default_rng(0).normal(size=10_007).astype(np.float32)
    ranges = envelope(signal, columns=900)
    assert ranges.shape == (900, 2)
    assert ranges[:, 0].min() == signal.min()
    assert ranges[:, 1].max() == signal.max()


def test_a_tone_is_loudest_at_its_own_place_on_the_mel_scale():
    t = np.arange(16_000) / 16_000
    tone = np.sin(2 * np.pi * 1000 * t).astype(np.float32)
    levels = mel_levels(tone, sample_rate=16_000, top_hz=8000)
    mel = 2595 * np.log10(1 + np.array([1000, 8000]) / 700)
    assert abs(levels[100].argmax() / (levels.shape[1] - 1) - mel[0] / mel[1]) < 0.02
    assert levels.max() == 0
