"""`check` compares what is there with what was published, and looks into every recording."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox import registry
from emovox.corpora import Corpus, Named, content_hash, measure
from emovox.corpora.check import _two_spellings, check, check_table
from emovox.errors import InputError

from .trees import TREES, SmallTree


def noise(seconds: float, rate: int, *, seed: int, peak: float = 0.3) -> np.ndarray:
    return peak * np.random.default_rng(seed).uniform(-1, 1, round(seconds * rate))


def sound(path: Path, samples: np.ndarray, rate: int = 16000, **more) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, **more)
    return path


@pytest.fixture
def emodb() -> Corpus:
    return registry.get("corpus", "emodb")


def fill(root: Path, name: str = "emodb", seconds: float = 1.0, rate: int = 16000) -> Path:
    for seed, recording in enumerate(TREES[name].recordings):
        sound(root / f"{recording}.wav", noise(seconds, rate, seed=seed), rate)
    return root


def test_counts_are_compared_with_those_published(emodb, tmp_path):
    report = check(emodb, TREES["emodb"].build(tmp_path), audio=False)
    assert (report.utterances.found, report.utterances.missing) == (7, 528)
    assert (report.emotions["anger"].found, report.emotions["anger"].missing) == (1, 126)
    assert report.speakers["11"].found == 0
    assert report.speakers["11"].missing == 55
    assert not report.audio_checked


def test_what_is_beyond_the_published_counts_is_extra(emodb, tmp_path):
    few = replace(emodb, card=replace(emodb.card, emotions={"anger": 0}))
    report = check(few, TREES["emodb"].build(tmp_path), audio=False)
    assert (report.emotions["anger"].extra, report.emotions["anger"].missing) == (1, 0)
    assert report.emotions["fear"].extra is None


def test_missing_recordings_are_named_where_the_design_is_known(tmp_path):
    report = check(registry.get("corpus", "emovo"), TREES["emovo"].build(tmp_path), audio=False)
    assert len(report.missing_names) == 588 - 4
    assert "f1/dis-f1-b1" not in report.missing_names


def test_recordings_of_other_corpora_and_second_copies_are_counted(tmp_path):
    TREES["ravdess"].build(tmp_path)
    TREES["ravdess"].build(tmp_path / "again")
    TREES["tess"].build(tmp_path / "tess")
    SmallTree.touch(tmp_path / "Actor_01" / "03-02-01-01-01-01-01.wav")
    SmallTree.touch(tmp_path / "holiday.mp3")
    SmallTree.touch(tmp_path / "._holiday.mp3")
    report = check(registry.get("corpus", "ravdess"), tmp_path, audio=False)
    assert report.foreign == {"tess": 6, "unknown": 1}
    assert report.left_out == 1
    assert report.extra_copies == 4
    assert report.side_files == 1


def test_unreadable_empty_silent_and_cut_recordings_are_told_apart(emodb, tmp_path):
    fill(tmp_path)
    names = [f"emodb/{name}" for name in TREES["emodb"].recordings]
    paths = [tmp_path / f"{name}.wav" for name in TREES["emodb"].recordings]
    paths[0].write_bytes(b"this is no recording")
    paths[1].write_bytes(b"")
    sound(paths[2], np.zeros(16000))
    paths[3].write_bytes(paths[3].read_bytes()[:-8000])
    sound(paths[4], noise(0.1, 16000, seed=9))
    sound(paths[5], np.zeros(0))
    seen = []
    report = check(emodb, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert set(report.unreadable) == {names[0]}
    assert "could be decoded" in report.unreadable[names[0]]
    assert str(tmp_path) not in report.unreadable[names[0]]
    assert set(report.empty) == {names[1], names[5]}
    assert report.silent == (names[2],)
    assert set(report.cut_short) == {names[3], names[4]}
    for counts in (report.emotions, report.speakers):
        assert sum(count.unreadable for count in counts.values()) == 3
        assert sum(count.cut_short for count in counts.values()) == 2
    first = registry.get("corpus", "emodb").parse(("wav", names[0].rpartition("/")[2]))
    assert report.emotions[first.emotion].unreadable == 1
    assert seen[-1] == (7, 7)


def test_identical_audio_is_found_in_any_lossless_format_and_its_labels_compared(tmp_path, emodb):
    samples = (noise(1.0, 16000, seed=1) * 32767).astype(np.int16)
    sound(tmp_path / "wav" / "03a01Fa.wav", samples)
    sound(tmp_path / "wav" / "03a01Wa.flac", samples)
    sound(tmp_path / "wav" / "08a01Na.wav", samples[::-1].copy())
    sound(tmp_path / "wav" / "08a01Nb.wav", samples[::-1].copy())
    report = check(emodb, tmp_path)
    same = ("emodb/wav/03a01Fa", "emodb/wav/03a01Wa")
    assert report.identical == (same, ("emodb/wav/08a01Na", "emodb/wav/08a01Nb"))
    assert report.conflicting == (same,)
    assert {name: count.identical for name, count in report.speakers.items() if count.found} == {
        "03": 2,
        "08": 2,
    }
    assert report.emotions["anger"].identical == 1


def test_the_copy_of_emodb_cut_to_two_seconds_is_known(emodb, tmp_path):
    report = check(emodb, fill(tmp_path / "cut", seconds=2.0, rate=22050))
    assert "2.0 s at 22,050 Hz" in report.altered[0]
    assert check(emodb, fill(tmp_path / "rate", seconds=2.0, rate=16000)).altered == ()
    mixed = fill(tmp_path / "mixed", seconds=2.0, rate=22050)
    sound(mixed / "wav" / "03a01Na.wav", noise(1.7, 22050, seed=3), 22050)
    assert check(emodb, mixed).altered == ()


@pytest.mark.parametrize(
    ("rate", "cutoff", "altered"), [(16000, 5512, True), (16000, None, False), (11025, None, True)]
)
def test_a_copy_of_crema_d_without_sound_above_five_kilohertz_is_known(
    tmp_path, rate, cutoff, altered
):
    for seed, name in enumerate(TREES["crema-d"].recordings):
        samples = noise(1.0, rate, seed=seed)
        if cutoff:
            spectrum = np.fft.rfft(samples)
            spectrum[np.fft.rfftfreq(len(samples), 1 / rate) > cutoff] = 0
            samples = np.fft.irfft(spectrum)
        sound(tmp_path / f"{name}.wav", samples, rate)
    report = check(registry.get("corpus", "crema-d"), tmp_path)
    assert bool(report.altered) == altered


def test_a_speaker_under_two_genders_is_told(emodb, tmp_path):
    def parse(parts: tuple[str, ...]) -> Named | None:
        said = emodb.parse(parts)
        return said and replace(said, speaker="x")

    report = check(replace(emodb, parse=parse), TREES["emodb"].build(tmp_path), audio=False)
    assert report.two_genders == ("x",)
    assert check(emodb, tmp_path, audio=False).two_genders == ()


@pytest.mark.parametrize(
    ("names", "alike"),
    [
        (("Anna", "anna", "bea"), (("Anna", "anna"),)),
        (("spk-01", "spk_1", "spk 10"), (("spk-01", "spk_1"),)),
        (("\uff211", "a1"), (("a1", "\uff211"),)),
        (("03", "08", "1_1", "11"), ()),
        (("张", "章"), ()),
    ],
)
def test_a_speaker_under_two_spellings_is_told(tmp_path, names, alike):
    rows = [f"{place}.wav,happy,{name}" for place, name in enumerate(names)]
    for place in range(len(names)):
        SmallTree.touch(tmp_path / f"{place}.wav")
    (tmp_path / "calls.csv").write_text("\n".join(["path,emotion,speaker", *rows, ""]))
    assert check_table(tmp_path / "calls.csv", audio=False).two_spellings == alike


def test_the_names_of_no_corpus_pass_for_two_spellings(tmp_path):
    for name in TREES:
        speakers = registry.get("corpus", name).card.speakers
        assert _two_spellings(speakers) == ()


def test_a_table_is_compared_with_its_recordings(tmp_path):
    first, second = ((noise(1.0, 16000, seed=seed) * 32767).astype(np.int16) for seed in (1, 2))
    sound(tmp_path / "a.wav", first)
    sound(tmp_path / "b.wav", second)
    sound(tmp_path / "copy.flac", first)
    table = tmp_path / "calls.csv"
    table.write_text(
        "path,start,end,label,speaker\n"
        "a.wav,0,0.5,happy,ann\n"
        "a.wav,0.5,1.04,sad,ann\n"
        "copy.flac,,0.5,sad,Ann\n"
        "b.wav,0.5,1.2,sad,bea\n"
        "b.wav,3,4,happy,bea\n"
        "nowhere.wav,,,happy,bea\n"
    )
    seen = []
    report = check_table(table, progress=lambda done, total: seen.append((done, total)))
    assert (report.utterances.found, report.utterances.published) == (5, 6)
    assert report.missing_names == ("calls/nowhere",)
    assert report.past_end == ("calls/b#0.5-1.2", "calls/b#3-4")
    assert report.cut_short == ("calls/b#3-4",)
    pair = ("calls/a#0-0.5", "calls/copy#0-0.5")
    assert (report.identical, report.conflicting) == ((pair,), (pair,))
    assert report.two_spellings == (("Ann", "ann"),)
    assert (report.speakers_found, report.speakers_published) == (3, None)
    assert seen[-1] == (5, 5)
    json.dumps(report.as_dict(), allow_nan=False)


def test_hash_is_of_the_samples_not_of_the_file(tmp_path):
    samples = (noise(0.5, 8000, seed=4) * 32767).astype(np.int16)
    wav = sound(tmp_path / "a.wav", samples, 8000)
    flac = sound(tmp_path / "a.flac", samples, 8000)
    assert content_hash(wav) == content_hash(flac)
    samples[100] += 1
    assert content_hash(sound(tmp_path / "b.wav", samples, 8000)) != content_hash(wav)


def test_measure_tells_length_level_and_bandwidth(tmp_path):
    time = np.arange(16000) / 16000
    tone = 0.5 * np.sin(2 * np.pi * 3000 * time)
    content = measure(sound(tmp_path / "tone.wav", np.stack([tone, tone], axis=1)))
    assert (content.duration_s, content.sample_rate, content.channels) == (1.0, 16000, 2)
    assert content.peak == pytest.approx(0.5, abs=1e-3)
    assert content.bandwidth_hz == pytest.approx(3000, abs=50)
    assert not content.ends_early


@pytest.mark.parametrize("ending", ["ogg", "wav"])
def test_a_file_cut_in_the_middle_ends_early(tmp_path, ending):
    path = sound(tmp_path / f"a.{ending}", noise(2.0, 16000, seed=5))
    assert not measure(path).ends_early
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert measure(path).ends_early


def test_a_missing_file_is_an_error_with_its_name(tmp_path):
    with pytest.raises(InputError, match="No such file") as caught:
        measure(tmp_path / "nowhere.wav")
    assert caught.value.name == str(tmp_path / "nowhere.wav")
