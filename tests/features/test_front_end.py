"""From recordings to vectors: settings, the cache, many at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.corpora.utterance import Utterance
from emovox.errors import UsageError
from emovox.features import feature
from emovox.features.cache import Cache, default_cache
from emovox.features.front_end import CacheWarning, FrontEnd, extract_many

RATE = 16_000
FRONT_END = FrontEnd("mfcc")


def voice(seconds: float = 1.5, pitch: float = 120.0) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 12))
    return (0.2 * buzz * np.maximum(np.sin(2 * np.pi * 3 * t), 0)).astype(np.float32)


@pytest.fixture
def utterances(tmp_path) -> list[Utterance]:
    folder = tmp_path / "speech"
    folder.mkdir()
    items = []
    for index in range(4):
        path = folder / f"u{index}.wav"
        soundfile.write(path, voice(pitch=100 + 20 * index), RATE)
        items.append(Utterance(id=f"c/u{index}", corpus="c", path=path))
    return items


def test_the_vector_is_the_feature_of_the_decoded_samples(utterances):
    vector, warnings = FRONT_END.extract(utterances[0].path)
    samples, _ = soundfile.read(utterances[0].path, dtype="float32")
    np.testing.assert_array_equal(vector, feature("mfcc").functionals(samples))
    assert warnings == ()


def test_levelling_makes_the_vector_independent_of_the_gain(tmp_path):
    vectors = []
    for gain in (0.05, 1.0):
        soundfile.write(tmp_path / "a.wav", gain * voice(), RATE, subtype="FLOAT")
        vectors.append(FrontEnd("mfcc", level_db=-26.0).extract(tmp_path / "a.wav")[0])
    np.testing.assert_allclose(vectors[0], vectors[1], rtol=1e-3, atol=1e-2)


def test_trimming_makes_the_vector_independent_of_silence_around(tmp_path):
    rng = np.random.default_rng(0)
    quiet = (1e-4 * rng.normal(size=RATE)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", voice(), RATE)
    soundfile.write(tmp_path / "b.wav", np.concatenate([quiet, voice(), quiet]), RATE)
    bare, padded = (
        [FrontEnd("mfcc", trim=trim).extract(tmp_path / name)[0] for name in ("a.wav", "b.wav")]
        for trim in (True, False)
    )
    assert np.abs(bare[0] - bare[1]).max() < 0.3 * np.abs(padded[0] - padded[1]).max()


def test_settings_make_the_same_front_end_again():
    front_end = FrontEnd("mfcc+chroma", level_db=-20.0, trim=True)
    assert FrontEnd.from_settings(front_end.settings()) == front_end


def test_settings_of_another_version_of_the_feature_are_refused():
    with pytest.raises(UsageError, match="version"):
        FrontEnd.from_settings({**FRONT_END.settings(), "version": "another"})


def test_the_second_extraction_is_a_look_up(utterances, tmp_path, monkeypatch):
    cache = Cache(tmp_path / "cache")
    first = extract_many(FRONT_END, utterances, cache=cache)
    monkeypatch.setattr(FrontEnd, "extract", lambda *_, **__: pytest.fail("computed again"))
    second = extract_many(FRONT_END, utterances, cache=cache)
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert second.seconds_per_file == pytest.approx(first.seconds_per_file)


def test_a_renamed_recording_is_found_and_a_changed_one_or_setting_is_not(utterances, tmp_path):
    cache = Cache(tmp_path / "cache")
    settings = FRONT_END.settings()
    path = utterances[0].path
    key = cache.key(path, settings)
    moved = path.rename(path.with_name("other.wav"))
    assert cache.key(moved, settings) == key
    assert cache.key(moved, settings, start=0.5) != key
    assert cache.key(moved, FrontEnd("mfcc", trim=True).settings()) != key
    soundfile.write(moved, voice(pitch=99), RATE)
    assert cache.key(moved, settings) != key


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_entry_is_noticed_and_computed_again(utterances, tmp_path, damage):
    cache = Cache(tmp_path / "cache")
    expected = extract_many(FRONT_END, utterances[:1], cache=cache).vectors
    (entry,) = (tmp_path / "cache").rglob("*.feature")
    data = entry.read_bytes()
    flipped = data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]
    entry.write_bytes(
        {"cut": data[:-4], "flipped": flipped, "empty": b"", "foreign": b"x" * 99}[damage]
    )
    with pytest.warns(CacheWarning, match="cache-repaired: 1 "):
        again = extract_many(FRONT_END, utterances[:1], cache=cache)
    np.testing.assert_array_equal(again.vectors, expected)
    assert cache.repaired == 1
    assert entry.read_bytes()[-40:] == data[-40:]


def test_a_cache_that_cannot_be_written_changes_no_result(utterances, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    cache = Cache(tmp_path / "cache")
    with pytest.warns(CacheWarning, match="cache-off: .*going on without a cache"):
        found = extract_many(FRONT_END, utterances, cache=cache)
    np.testing.assert_array_equal(found.vectors, extract_many(FRONT_END, utterances).vectors)
    assert "going on without a cache" in (cache.off or "")


def test_recordings_that_fail_cost_no_other_and_are_named(utterances, tmp_path):
    utterances[1].path.write_bytes(b"")
    utterances[2].path.unlink()
    found = extract_many(FRONT_END, utterances, cache=Cache(tmp_path / "cache"))
    assert [(index, error.code) for index, error in found.failures] == [
        (1, "empty-file"),
        (2, "file-missing"),
    ]
    assert np.isnan(found.vectors[[1, 2]]).all()
    assert np.isfinite(found.vectors[[0, 3]]).all()


def test_several_processes_give_the_same_vectors_in_order(utterances):
    pytest.importorskip("joblib")
    alone = extract_many(FRONT_END, utterances)
    seen: list[tuple[int, int]] = []
    together = extract_many(
        FRONT_END, utterances, jobs=2, progress=lambda done, total: seen.append((done, total))
    )
    np.testing.assert_array_equal(alone.vectors, together.vectors)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_user_s_cache_lies_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("EMOVOX_CACHE", str(tmp_path))
    assert default_cache().folder == Path(tmp_path) / "features"


def test_without_joblib_several_jobs_are_done_by_one_process(utterances, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = extract_many(FRONT_END, utterances, jobs=4)
    np.testing.assert_array_equal(found.vectors, extract_many(FRONT_END, utterances).vectors)
