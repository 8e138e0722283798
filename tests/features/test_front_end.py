"""From recordings to vectors: settings, the cache, many at once."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox.audio.augment import Copy
from emovox.corpora.utterance import Utterance
from emovox.errors import UsageError
from emovox.features import feature
from emovox.features.cache import Cache, default_cache
from emovox.features.front_end import CacheWarning, FrontEnd, extract_many

RATE = 16_000
FRONT_END = FrontEnd("mfcc")
FRAMES = FrontEnd("chroma+mel+mfcc", form="frames")


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


@pytest.mark.parametrize("form", ["functionals", "frames"])
def test_settings_make_the_same_front_end_again(form):
    front_end = FrontEnd("mfcc+chroma", level_db=-20.0, trim=True, form=form)
    assert FrontEnd.from_settings(front_end.settings()) == front_end


def test_the_form_is_named_only_where_it_is_frames_so_that_older_keys_stay_the_same(utterances):
    assert FrontEnd("mfcc", level_db=-26.0).settings() == {
        "feature": "mfcc",
        "level_db": -26.0,
        "trim": False,
        "sample_rate": 16000,
        "version": "1",
    }
    assert FrontEnd("mfcc", form="frames").settings()["form"] == "frames"
    digest = hashlib.sha256(utterances[0].path.read_bytes()).hexdigest()
    described = (
        f'["{digest}", null, null, {{"feature": "mfcc", "level_db": null, '
        '"sample_rate": 16000, "trim": false, "version": "1"}]'
    )
    key = Cache("unused").key(utterances[0].path, FRONT_END.settings())
    assert key == hashlib.sha256(described.encode()).hexdigest()


def test_another_form_is_refused_with_the_two_that_there_are():
    with pytest.raises(UsageError, match="there is no form 'frame'; known: functionals, frames"):
        FrontEnd("mfcc", form="frame")
    with pytest.raises(UsageError, match="there is no form"):
        FrontEnd.from_settings({**FRONT_END.settings(), "form": "images"})


def test_frames_are_a_sequence_of_named_dimensions(utterances):
    frames, _ = FRAMES.extract(utterances[0].path)
    assert frames.shape == (1 + len(voice()) // 512, 180)
    assert frames.dtype == np.float32
    assert FRAMES.names == (*feature("chroma").names, *feature("mel").names, *feature("mfcc").names)
    vector, _ = FrontEnd("chroma+mel+mfcc").extract(utterances[0].path)
    np.testing.assert_allclose(frames.mean(axis=0), vector, rtol=1e-4, atol=1e-4)
    assert FrontEnd("logmel").names[-1] == "logmel_127_sd"
    assert FrontEnd("logmel", form="frames").names[-1] == "logmel_127"


def test_many_sequences_keep_their_own_lengths_and_failures_are_none(utterances, tmp_path):
    soundfile.write(utterances[0].path, voice(2.5), RATE)
    utterances[1].path.write_bytes(b"")
    cache = Cache(tmp_path / "cache")
    found = extract_many(FRAMES, utterances, cache=cache)
    assert found.vectors.shape == (4,)
    assert found.vectors[1] is None
    assert [index for index, _ in found.failures] == [1]
    assert [len(found.vectors[index]) for index in (0, 2, 3)] == [79, 47, 47]
    again = extract_many(FRAMES, utterances, cache=cache)
    for index in (0, 2, 3):
        assert again.vectors[index].dtype == np.float32
        np.testing.assert_array_equal(again.vectors[index], found.vectors[index])
        np.testing.assert_array_equal(
            found.vectors[index], FRAMES.extract(utterances[index].path)[0]
        )


def test_sequences_of_one_length_are_not_stacked(utterances):
    found = extract_many(FRAMES, utterances)
    assert found.vectors.shape == (4,)
    assert {frames.shape for frames in found.vectors} == {(47, 180)}


def test_frames_and_functionals_of_one_feature_do_not_meet_in_the_cache(utterances, tmp_path):
    cache = Cache(tmp_path / "cache")
    extract_many(FrontEnd("mfcc", form="frames"), utterances, cache=cache)
    assert extract_many(FRONT_END, utterances, cache=cache).vectors.shape == (4, 40)


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


def test_an_entry_that_an_earlier_release_wrote_is_found(tmp_path):
    cache = Cache(tmp_path)
    body = struct.pack("<dI3f", 0.25, 3, 1.0, -2.0, 3.5)
    (tmp_path / "ab").mkdir()
    entry = tmp_path / "ab" / "cd.feature"
    entry.write_bytes(b"emovox1\n" + hashlib.sha256(body).digest() + body)
    kept = cache.get("abcd")
    assert kept is not None
    assert (kept.vector.tolist(), kept.seconds) == ([1.0, -2.0, 3.5], 0.25)
    cache.put("abce", kept.vector, seconds=0.25)
    assert (tmp_path / "ab" / "ce.feature").read_bytes() == entry.read_bytes()


@pytest.mark.parametrize("form", ["functionals", "frames"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_entry_is_noticed_and_computed_again(utterances, tmp_path, damage, form):
    cache = Cache(tmp_path / "cache")
    front_end = FrontEnd("mfcc", form=form)
    expected = extract_many(front_end, utterances[:1], cache=cache).vectors[0]
    (entry,) = (tmp_path / "cache").rglob("*.feature")
    data = entry.read_bytes()
    flipped = data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]
    entry.write_bytes(
        {"cut": data[:-4], "flipped": flipped, "empty": b"", "foreign": b"x" * 99}[damage]
    )
    with pytest.warns(CacheWarning, match="cache-repaired: 1 "):
        again = extract_many(front_end, utterances[:1], cache=cache)
    np.testing.assert_array_equal(again.vectors[0], expected)
    assert cache.repaired == 1
    assert entry.read_bytes()[-40:] == data[-40:]


@pytest.mark.parametrize("form", ["functionals", "frames"])
def test_features_of_a_copy_are_those_of_the_changed_samples(utterances, form):
    front_end, copy = FrontEnd("mfcc", form=form, level_db=-26.0), Copy("speakers", 2)
    found, warnings = front_end.extract(utterances[0].path, copy=copy)
    samples, _ = soundfile.read(utterances[0].path, dtype="float32")
    changed = copy.of(samples, sample_rate=RATE)
    np.testing.assert_array_equal(found, front_end.vector(changed))
    assert not np.array_equal(found, front_end.vector(samples))
    assert warnings == ()


def test_copies_are_kept_apart_from_each_other_and_from_the_recordings(utterances, tmp_path):
    cache = Cache(tmp_path / "cache")
    asked = [None, Copy("speakers", 1), Copy("speakers", 2)]
    first = [extract_many(FRONT_END, utterances, cache=cache, copy=copy) for copy in asked]
    entries = sorted((tmp_path / "cache").rglob("*.feature"))
    assert len(entries) == 3 * len(utterances)
    assert len({one.vectors.tobytes() for one in first}) == 3
    for expected, copy in zip(first, asked, strict=True):
        alone = extract_many(FRONT_END, utterances, copy=copy)
        again = extract_many(FRONT_END, utterances, cache=cache, copy=copy)
        np.testing.assert_array_equal(alone.vectors, expected.vectors)
        np.testing.assert_array_equal(again.vectors, expected.vectors)
    assert sorted((tmp_path / "cache").rglob("*.feature")) == entries


def test_copies_do_not_change_the_keys_of_recordings(utterances, tmp_path):
    cache = Cache(tmp_path / "cache")
    extract_many(FRONT_END, utterances[:1], cache=cache)
    (entry,) = (tmp_path / "cache").rglob("*.feature")
    assert cache.key(utterances[0].path, FRONT_END.settings()).endswith(entry.stem)


def test_copies_made_in_several_processes_are_the_same(utterances):
    pytest.importorskip("joblib")
    copy = Copy("speakers", 1)
    alone = extract_many(FRONT_END, utterances, copy=copy)
    together = extract_many(FRONT_END, utterances, copy=copy, jobs=2)
    np.testing.assert_array_equal(alone.vectors, together.vectors)


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
