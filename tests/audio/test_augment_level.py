"""Noise, rooms, gain and clipping, each measured from outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.audio.augment import Arrays, Clipping, Clips, Gain, Noise, Reverberation
from emovox.audio.augment.coloured import NOISES, coloured_noise
from emovox.audio.augment.reverberation import decaying_response
from emovox.audio.level import active_level_db
from emovox.errors import UsageError

from .voices import RATE, energy_db, voice


def rms_db(samples: np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64))))


def rain(seed: int = 0, duration_s: float = 1.0) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_normal(round(duration_s * RATE))


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 12.0, 30.0])
@pytest.mark.parametrize("of", [*NOISES, Arrays([rain()], sample_rate=RATE)], ids=[*NOISES, "rain"])
def test_added_noise_has_the_wanted_ratio_to_the_active_speech(of, snr_db: float) -> None:
    speech = np.concatenate([np.zeros(RATE, np.float32), voice()])  # a third of it is silence
    noisy = Noise(snr_db=(snr_db, snr_db), of=of).draw(np.random.default_rng(1))(
        speech, sample_rate=RATE
    )
    found = active_level_db(speech, sample_rate=RATE) - rms_db(noisy - speech)
    assert found == pytest.approx(snr_db, abs=0.1)


def test_pink_noise_falls_by_three_decibels_an_octave_and_white_does_not() -> None:
    levels = {}
    for kind in ("pink", "white"):
        noise = coloured_noise(kind, 2**17, sample_rate=RATE, rng=np.random.default_rng(0))
        levels[kind] = [energy_db(noise, low, 2 * low) for low in (125, 250, 500, 1000, 2000)]
    # Octaves are twice as wide each: white rises by 3 dB, pink stays.
    np.testing.assert_allclose(np.diff(levels["white"]), 3.0, atol=0.7)
    np.testing.assert_allclose(np.diff(levels["pink"]), 0.0, atol=0.7)


def test_babble_rises_and_falls_more_than_steady_noise_and_is_low() -> None:
    def swing(kind: str) -> float:
        noise = coloured_noise(kind, 10 * RATE, sample_rate=RATE, rng=np.random.default_rng(0))
        assert np.mean(noise**2) == pytest.approx(1.0, rel=0.2)
        return float(np.std([rms_db(part) for part in noise.reshape(-1, RATE // 10)]))

    assert swing("babble") > 2 * swing("white")
    noise = coloured_noise("babble", RATE, sample_rate=RATE, rng=np.random.default_rng(0))
    assert energy_db(noise, 100, 1000) > energy_db(noise, 2000, 8000) + 15


def test_a_pause_in_a_noise_is_not_lifted_to_a_roar() -> None:
    barks = np.concatenate([rain(duration_s=0.2) * 100, rain(duration_s=20.0) * 1e-4])
    noise = Noise(snr_db=(10, 10), of=Arrays([barks], sample_rate=RATE))
    speech = voice()
    ratios = []
    for seed in range(20):
        noisy = noise.draw(np.random.default_rng(seed))(speech, sample_rate=RATE)
        ratios.append(active_level_db(speech, sample_rate=RATE) - rms_db(noisy - speech))
    assert max(ratios) > 40
    assert min(ratios) > 9.9


def test_several_voices_are_added_up() -> None:
    tones = [np.sin(2 * np.pi * hz * np.arange(RATE) / RATE) for hz in (500, 1500, 2500)]
    source = Arrays(tones, sample_rate=RATE)
    speech = voice()
    applied = Noise(snr_db=(0, 0), of=source, voices=12).draw(np.random.default_rng(0))
    assert {index for index, _ in applied.places} == {0, 1, 2}
    added = applied(speech, sample_rate=RATE) - speech
    assert all(energy_db(added, hz - 50, hz + 50) > 20 for hz in (500, 1500, 2500))


def decay_s(sound: np.ndarray) -> float:
    """Seconds from -5 to -25 dB of Schroeder's backward integral, times three."""
    left = np.cumsum(np.square(sound[::-1], dtype=np.float64))[::-1]
    curve = 10 * np.log10(left / left[0] + 1e-20)
    return 3 * float(np.argmax(curve < -25) - np.argmax(curve < -5)) / RATE


@pytest.mark.parametrize("rt60_s", [0.2, 0.5, 1.0])
def test_a_synthetic_response_decays_in_the_wanted_time(rt60_s: float) -> None:
    rng = np.random.default_rng(0)
    response = decaying_response(rt60_s, direct_db=0.0, sample_rate=RATE, rng=rng)
    assert decay_s(response[1:]) == pytest.approx(rt60_s, rel=0.15)
    assert rms_db(response[:1]) - 10 * np.log10(np.sum(response[1:] ** 2)) == pytest.approx(0.0)


def test_longer_rooms_ring_longer_at_the_same_level_and_place() -> None:
    burst = np.zeros(2 * RATE, np.float32)
    burst[4000:4400] = np.random.default_rng(0).standard_normal(400)
    found = [decay_s(burst[4000:])]
    for rt60_s in (0.2, 0.5, 0.9):
        room = Reverberation(rt60_s=(rt60_s, rt60_s), direct_db=(0, 0))
        wet = room.draw(np.random.default_rng(2))(burst, sample_rate=RATE)
        found.append(decay_s(wet[4000:]))
        assert active_level_db(wet, sample_rate=RATE) == pytest.approx(
            active_level_db(burst, sample_rate=RATE), abs=0.01
        )
        assert np.abs(wet[:3999]).max() < 1e-6
    assert np.all(np.diff(found) > 0.1)


def test_the_direct_sound_of_a_recorded_response_stays_where_it_was() -> None:
    response = np.zeros(4000)
    response[700], response[900] = -0.8, 0.4
    click = np.zeros(3000, np.float32)
    click[1000] = 0.5
    room = Reverberation(of=Arrays([response], sample_rate=RATE))
    wet = room.draw(np.random.default_rng(0))(click, sample_rate=RATE)
    assert np.flatnonzero(np.abs(wet) > 1e-4).tolist() == [1000, 1200]
    assert wet[1200] / wet[1000] == pytest.approx(-0.5)


@pytest.mark.parametrize("db", [-20.0, 0.0, 6.0])
def test_gain_is_exact(db: float) -> None:
    samples = voice()
    louder = Gain(db=(db, db)).draw(np.random.default_rng(0))(samples, sample_rate=RATE)
    assert rms_db(louder) - rms_db(samples) == pytest.approx(db, abs=1e-5)


def test_clipping_cuts_at_its_level_and_nowhere_else() -> None:
    samples = voice()
    clipping = Clipping(below_peak_db=(6, 6)).draw(np.random.default_rng(0))
    clipped = clipping(samples, sample_rate=RATE)
    limit = np.abs(samples).max() * 10 ** (-6 / 20)
    assert np.abs(clipped).max() == pytest.approx(limit)
    inside = np.abs(samples) < limit
    assert not inside.all()
    np.testing.assert_array_equal(clipped[inside], samples[inside])


def test_clips_of_a_folder_are_sorted_and_brought_to_the_rate(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    soundfile.write(tmp_path / "b" / "1.wav", rain(1), 8000)
    soundfile.write(tmp_path / "a.flac", rain(2), 16000)
    (tmp_path / "notes.txt").write_text("none")
    clips = Clips(tmp_path)
    assert [clips.name(index) for index in range(len(clips))] == ["a.flac", "b/1.wav"]
    assert clips.samples(1, sample_rate=RATE).shape == (32000,)
    assert clips.samples(1, sample_rate=RATE) is clips.samples(1, sample_rate=RATE)
    drawn = Noise(of=clips).draw(np.random.default_rng(0)).as_json()
    assert drawn["clips"][0][0] in ("a.flac", "b/1.wav")


def test_kept_clips_stay_within_their_bound(tmp_path: Path) -> None:
    for number in range(3):
        soundfile.write(tmp_path / f"{number}.wav", rain(number), RATE)
    clips = Clips(tmp_path, kept_bytes=2 * 4 * RATE)
    held = [clips.samples(number, sample_rate=RATE) for number in range(3)]
    assert clips.samples(2, sample_rate=RATE) is held[2]
    assert clips.samples(0, sample_rate=RATE) is not held[0]
    none = Clips(tmp_path, kept_bytes=0)
    assert none.samples(0, sample_rate=RATE) is not none.samples(0, sample_rate=RATE)


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no recording"):
        Clips(tmp_path)


@pytest.mark.corpora
def test_real_noises_and_rooms_do_what_they_should(corpora_root: Path) -> None:
    speech = voice()
    noise, rooms = Clips(corpora_root / "noise"), Clips(corpora_root / "rir")
    assert (len(noise), len(rooms)) == (40, 7)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        applied = Noise(snr_db=(5, 5), of=noise).draw(rng)
        found = active_level_db(speech, sample_rate=RATE) - rms_db(
            applied(speech, sample_rate=RATE) - speech
        )
        assert found > 4.9
        if applied.as_json()["clips"][0][0].startswith(("rain", "sea_waves", "helicopter")):
            assert found == pytest.approx(5, abs=0.5)
        wet = Reverberation(of=rooms).draw(rng)(speech, sample_rate=RATE)
        assert active_level_db(wet, sample_rate=RATE) == pytest.approx(
            active_level_db(speech, sample_rate=RATE), abs=0.5
        )
