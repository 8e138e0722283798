"""Speed, tempo and pitch: durations, and fundamental frequencies by autocorrelation."""

from __future__ import annotations

import numpy as np
import pytest

from emovox.audio.augment import Pitch, Speed, Tempo

from .voices import RATE, f0_of, steady_voice, voice


@pytest.mark.parametrize("factor", [0.8, 0.9, 1.1, 1.5])
def test_speed_changes_pitch_and_duration_by_one_factor(factor: float) -> None:
    samples = steady_voice()
    changed = Speed(factor=(factor, factor)).draw(np.random.default_rng(0))(
        samples, sample_rate=RATE
    )
    assert len(changed) / len(samples) == pytest.approx(1 / factor, rel=1e-3)
    assert f0_of(changed) / f0_of(samples) == pytest.approx(factor, rel=0.005)


@pytest.mark.parametrize("f0_hz", [90.0, 140.0, 230.0])
@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_tempo_changes_duration_and_keeps_pitch(factor: float, f0_hz: float) -> None:
    samples = steady_voice(f0_hz=f0_hz, duration_s=1.5)
    changed = Tempo(factor=(factor, factor)).draw(np.random.default_rng(0))(
        samples, sample_rate=RATE
    )
    assert len(changed) / len(samples) == pytest.approx(1 / factor, rel=1e-3)
    assert f0_of(changed) / f0_of(samples) == pytest.approx(1.0, rel=0.005)


@pytest.mark.parametrize("f0_hz", [90.0, 140.0, 230.0])
@pytest.mark.parametrize("semitones", [-4.0, -1.0, 2.0, 5.0])
def test_pitch_moves_the_fundamental_and_keeps_duration(semitones: float, f0_hz: float) -> None:
    samples = steady_voice(f0_hz=f0_hz, duration_s=1.5)
    changed = Pitch(semitones=(semitones, semitones)).draw(np.random.default_rng(0))(
        samples, sample_rate=RATE
    )
    assert len(changed) == len(samples)
    assert 12 * np.log2(f0_of(changed) / f0_of(samples)) == pytest.approx(semitones, abs=0.1)


def envelope(samples: np.ndarray) -> np.ndarray:
    """Level of each hundredth of the duration."""
    parts = np.array_split(samples.astype(np.float64), 100)
    return np.array([np.sqrt(np.mean(part**2)) for part in parts])


@pytest.mark.parametrize("kind", [Tempo(factor=(0.8, 0.8)), Pitch(semitones=(3, 3))])
def test_syllables_stay_where_they_were(kind) -> None:
    samples = voice()
    changed = kind.draw(np.random.default_rng(0))(samples, sample_rate=RATE)
    assert np.corrcoef(envelope(samples), envelope(changed))[0, 1] > 0.98
    assert np.mean(envelope(changed) ** 2) == pytest.approx(
        np.mean(envelope(samples) ** 2), rel=0.1
    )


def test_nothing_drawn_changes_nothing() -> None:
    samples = voice()
    for kind in (Tempo(factor=(1, 1)), Pitch(semitones=(0, 0)), Speed(factor=(1, 1))):
        same = kind.draw(np.random.default_rng(0))(samples, sample_rate=RATE)
        np.testing.assert_allclose(same, samples, atol=1e-5)
