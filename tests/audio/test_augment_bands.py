"""Bands, curves and codecs, measured in the spectrum."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from emovox.audio.augment import TELEPHONE, BandLimit, Codec, Equalisation, available_codecs
from emovox.audio.augment import codec as codec_module
from emovox.audio.level import active_level_db
from emovox.errors import UsageError

from .voices import RATE, energy_db, voice

HISS = (0.1 * np.random.default_rng(0).standard_normal(2 * RATE)).astype(np.float32)


@pytest.mark.parametrize("cut_hz", [1000.0, 3400.0, 6000.0])
def test_nothing_is_left_above_the_cut_and_all_below_it(cut_hz: float) -> None:
    applied = BandLimit(high_hz=(cut_hz, cut_hz)).draw(np.random.default_rng(0))
    dull = applied(HISS, sample_rate=RATE)
    above, below = (1.07 * cut_hz, 8000), (0, 0.93 * cut_hz)
    assert energy_db(dull, *above) < energy_db(HISS, *above) - 60
    assert energy_db(dull, *below) == pytest.approx(energy_db(HISS, *below), abs=0.01)
    assert energy_db(dull, cut_hz - 5, cut_hz + 5) - energy_db(
        HISS, cut_hz - 5, cut_hz + 5
    ) == pytest.approx(-6, abs=0.7)


def test_a_telephone_line_keeps_its_band_only() -> None:
    call = TELEPHONE.draw(np.random.default_rng(0))(HISS, sample_rate=RATE)
    assert energy_db(call, 0, 275) < energy_db(HISS, 0, 275) - 40
    assert energy_db(call, 3650, 8000) < energy_db(HISS, 3650, 8000) - 40
    assert energy_db(call, 330, 3200) == pytest.approx(energy_db(HISS, 330, 3200), abs=0.01)


def test_a_band_without_delay() -> None:
    click = np.zeros(4000, np.float32)
    click[1500] = 1.0
    call = TELEPHONE.draw(np.random.default_rng(0))(click, sample_rate=RATE)
    assert int(np.argmax(call)) == 1500


def test_equalisation_follows_its_curve_and_keeps_the_level() -> None:
    applied = Equalisation(db=(-10, 10), points=5).draw(np.random.default_rng(3))
    coloured = applied(HISS, sample_rate=RATE)
    points_hz = 100.0 * 80.0 ** (np.arange(5) / 4)
    found = [
        energy_db(coloured, 0.95 * hz, 1.05 * hz) - energy_db(HISS, 0.95 * hz, 1.05 * hz)
        for hz in points_hz
    ]
    np.testing.assert_allclose(np.array(found) - found[0], np.array(applied.db) - applied.db[0],
                               atol=0.8)  # fmt: skip
    assert np.ptp(applied.db) > 5
    assert active_level_db(coloured, sample_rate=RATE) == pytest.approx(
        active_level_db(HISS, sample_rate=RATE), abs=0.01
    )


def test_the_curve_between_points_never_leaves_them() -> None:
    applied = Equalisation(points=4).draw(np.random.default_rng(0))
    gains_db = 20 * np.log10(applied.gain(np.linspace(0, 24000, 5000)))
    assert gains_db.min() >= min(applied.db) - 1e-9
    assert gains_db.max() <= max(applied.db) + 1e-9
    assert np.abs(np.diff(gains_db)).max() < 0.5


@pytest.mark.parametrize("name", available_codecs())
def test_a_codec_gives_back_something_alike_in_its_place_but_not_the_same(name: str) -> None:
    samples = voice()
    coded = Codec(names=(name,)).draw(np.random.default_rng(0))(samples, sample_rate=RATE)
    lags = range(-40, 41)
    alike = [np.corrcoef(samples[100:-100], np.roll(coded, lag)[100:-100])[0, 1] for lag in lags]
    assert abs(lags[int(np.argmax(alike))]) <= 1
    assert 0.9 < max(alike) < 0.999999
    assert active_level_db(coded, sample_rate=RATE) == pytest.approx(
        active_level_db(samples, sample_rate=RATE), abs=1.0
    )


@pytest.mark.parametrize("name", sorted({"a-law", "gsm", "mu-law"} & set(available_codecs())))
def test_codecs_of_the_telephone_leave_nothing_above_four_kilohertz(name: str) -> None:
    samples = voice()
    coded = Codec(names=(name,)).draw(np.random.default_rng(0))(samples, sample_rate=RATE)
    assert energy_db(samples, 4300, 7000) - energy_db(coded, 4300, 7000) > 40


@pytest.mark.parametrize("name", sorted({"mp3", "opus", "vorbis"} & set(available_codecs())))
def test_less_quality_is_less_alike(name: str) -> None:
    samples = voice()
    alike = []
    for quality in (0.0, 1.0):
        codec = Codec(names=(name,), quality=(quality, quality)).draw(np.random.default_rng(0))
        alike.append(np.corrcoef(samples, codec(samples, sample_rate=RATE))[0, 1])
    assert alike[0] < alike[1]


def test_a_codec_does_not_clip_what_is_over_full_scale() -> None:
    samples = 8 * voice()
    coded = Codec(names=("mu-law",)).draw(np.random.default_rng(0))(samples, sample_rate=RATE)
    assert np.abs(coded).max() > 3


def test_a_codec_that_libsndfile_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfile, "available_formats", lambda: {"WAV": "", "OGG": ""})
    assert "mp3" not in available_codecs()
    with pytest.raises(UsageError, match=r"libsndfile \S+ of this computer has no mp3; it has"):
        Codec(names=("mp3",))


def test_quality_with_an_old_soundfile_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(file, data, samplerate, subtype=None, endian=None, format=None, closefd=True):
        raise AssertionError

    monkeypatch.setattr(codec_module.soundfile, "write", write)
    with pytest.raises(UsageError, match=r"install 0\.13 or later"):
        Codec(names=("mu-law",), quality=(0.5, 0.5))
