"""A taught network imitates its teacher, from recordings alone, and goes on where it was."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from emovox.cli.main import status
from emovox.corpora import Utterance
from emovox.encoders.finding import find
from emovox.encoders.speech import load
from emovox.engine.imitation import ByLength, Imitation, Lessons, Pupil, Spoken
from emovox.errors import CorpusError, OutputError, UsageError
from emovox.features import FrontEnd, extract_many
from emovox.inference import load as load_model
from emovox.methods.taught import Settings, _soft_labels, teach_student
from emovox.methods.teaching import Task

from .tiny import write

EMOTIONS = ("anger", "fear", "neutral")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Eighteen short clips of three kinds of noise by six speakers, and a long one."""
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(0)
    found = []
    for place in range(19):
        kind = place % 3
        samples = rng.standard_normal(200_000 if place == 18 else 9_000 + 300 * place)
        samples = np.convolve(samples, np.ones(1 + 3 * kind) / (1 + 3 * kind), mode="same")
        samples *= np.clip(np.sin(np.arange(len(samples)) / 1500), 0, 1)  # like syllables
        path = folder / f"{place:02}.wav"
        soundfile.write(path, 0.1 * samples, 16_000)
        found.append(
            Utterance(f"made/{place:02}", "made", path, speaker=str(place // 3),
                      emotion=EMOTIONS[kind])
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "tiny"
    write(folder, "whisper")
    return f"{folder}@1-2"


def small(teacher, **other) -> Settings:
    return Settings(
        teacher=teacher, width=16, blocks=2, kernel=5, copies=None, masks=None, epochs=4,
        batch_size=6, threads=1, precision="float32", **other,
    )  # fmt: skip


def test_it_learns_what_its_teacher_says_of_speakers_that_it_was_not_taught(
    tmp_path, recordings, teacher
):
    unlabelled = [replace(one, emotion=None) for one in recordings]
    found = teach_student(
        unlabelled, settings=replace(small(teacher), epochs=25, learning_rate=5e-3),
        folder=tmp_path,
    )  # fmt: skip
    watched = [entry["watched"]["frames"] for entry in found.history]
    assert found.held_out
    assert watched[-1] < 0.75 * watched[0] < 1.2
    # A recording over 10 s is taught in pieces.
    assert [one.id for one in found.utterances[-2:]] == ["made/18#0", "made/18#1"]


def test_what_is_written_is_an_encoder_like_others(tmp_path, recordings, teacher):
    lesson = teach_student(recordings[:6], settings=small(teacher), folder=tmp_path / "kept")
    folder = lesson.write(tmp_path / "mine", command="emovox train taught made")
    read = load(find(str(folder)))
    inputs = torch.randn(1, 40, 80)
    with torch.inference_mode():
        for one, other in zip(
            read(inputs, torch.tensor([40]))[0],
            lesson.student(inputs, torch.tensor([40]))[0],
            strict=True,
        ):
            assert torch.equal(one, other)
    told = json.loads((folder / "config.json").read_text())["taught"]
    assert told["teacher"]["layers"] == [1, 2]
    assert len(told["teacher"]["sha256"]) == 64
    card = (folder / "README.md").read_text()
    assert "made" in card
    assert "No label was used." in card
    with pytest.raises(OutputError, match="exists already"):
        lesson.write(folder)
    lesson.write(folder, force=True)


def test_one_that_was_killed_ends_with_the_same_bits(tmp_path, recordings, teacher):
    def stop(entry, total):
        if entry["epoch"] == 2:
            raise KeyboardInterrupt

    settings = replace(small(teacher), copies="channels:1", masks=(4, 4))
    whole = teach_student(recordings[:9], settings=settings, folder=tmp_path / "one")
    with pytest.raises(KeyboardInterrupt):
        teach_student(recordings[:9], settings=settings, folder=tmp_path / "two", epochs=stop)
    seen = []
    again = teach_student(
        recordings[:9], settings=settings, folder=tmp_path / "two",
        epochs=lambda entry, total: seen.append(entry["epoch"]),
    )  # fmt: skip
    assert seen == [3, 4]
    for name, one in whole.student.state_dict().items():
        assert torch.equal(one, again.student.state_dict()[name]), name


def test_the_teacher_hears_the_recording_and_the_student_its_copies(tmp_path, recordings, teacher):
    settings = replace(small(teacher), copies="channels:2", epochs=1)
    lesson = teach_student(recordings[:4], settings=settings, folder=tmp_path)
    (kept,) = tmp_path.glob("teacher-*.float16")
    front_end = FrontEnd(teacher, level_db=-26.0, form="frames")
    wanted = np.concatenate(list(extract_many(front_end, recordings[:4]).vectors))
    frames = np.fromfile(kept, "<f2").reshape(wanted.shape)
    assert np.abs(frames - wanted).max() < 2e-3 * np.abs(wanted).max()
    assert len(lesson.utterances) == 4


def test_copies_and_changes_depend_on_seed_epoch_and_row_alone():
    arrays = [np.full((10, 80), value, np.float32) for value in range(6)]
    versions = [arrays, [10 + one for one in arrays], [20 + one for one in arrays]]
    spoken = Spoken.of(np.ones((30, 4), np.float16), np.arange(0, 31, 5), np.arange(6))
    lessons = Lessons(versions, spoken, np.arange(6))
    one = lessons.training_batch(np.array([3, 1]), seed=0, epoch=2)
    other = lessons.training_batch(np.array([1, 5, 3]), seed=0, epoch=2)
    assert torch.equal(one.inputs[0], other.inputs[2])
    drawn = {
        float(lessons.training_batch(np.array([3]), seed=0, epoch=epoch).inputs[0, 0, 0])
        for epoch in range(30)
    }
    assert drawn == {3.0, 13.0, 23.0}
    assert float(next(lessons.batches(6)).inputs[3, 0, 0]) == 3.0


def test_losses_are_shares_of_the_variance():
    rng = np.random.default_rng(0)
    frames = (3.0 + 2.0 * rng.standard_normal((400, 4))).astype(np.float16)
    starts = np.arange(0, 401, 20)
    spoken = Spoken.of(frames, starts, np.arange(20))
    assert np.allclose(spoken.mean, 3.0, atol=0.3)
    rows = [spoken.standardised(row) for row in range(20)]
    assert np.allclose(np.concatenate(rows).std(), 1.0, atol=0.01)

    class Parrot(torch.nn.Module):
        """Gives the teacher's own frames, or nothing of them."""

        def __init__(self, share):
            super().__init__()
            self.share = share

        def forward(self, inputs, lengths):
            return [self.share * inputs], lengths

    lessons = Lessons([rows], spoken, np.arange(20))
    batch = next(lessons.batches(20))
    exact = Imitation().losses(Pupil(Parrot(1.0), spoken), batch)
    blind = Imitation().losses(Pupil(Parrot(0.0), spoken), batch)
    assert float(exact["frames"]) == pytest.approx(0.0, abs=1e-6)
    assert float(exact["means"]) == pytest.approx(0.0, abs=1e-5)
    assert float(blind["frames"]) == pytest.approx(1.0, abs=0.02)
    assert float(blind["means"]) == pytest.approx(1.0, abs=0.05)


def test_how_frames_are_distributed_is_measured_on_what_is_taught():
    frames = np.zeros((40, 2), np.float16)
    frames[:20] = np.random.default_rng(0).standard_normal((20, 2))
    frames[20:] = 1000.0
    spoken = Spoken.of(frames, np.arange(0, 41, 10), np.array([0, 1]))
    assert np.abs(spoken.mean).max() < 1.0
    assert spoken.standardised(3).min() > 100.0


def test_votes_of_hearers_are_soft_labels(recordings):
    voted = replace(recordings[0], votes={"anger": 3.0, "fear": 1.0, "boredom": 9.0})
    soft = _soft_labels([voted, recordings[1], replace(recordings[2], emotion=None)], Task())
    assert soft.tolist() == [[0.75, 0.25], [0.0, 1.0], [0.0, 0.0]]


def test_labels_can_be_taught_too(tmp_path, recordings, teacher):
    lesson = teach_student(recordings[:12], settings=small(teacher, labels=0.5), folder=tmp_path)
    losses = [entry["losses"]["labels"] for entry in lesson.history]
    assert losses[-1] < losses[0] < 3.0


def test_batches_hold_every_utterance_once_and_of_about_one_length():
    lengths = np.repeat([10, 100, 1000], 20)
    batches = ByLength(lengths, 20)(1, 2)
    assert sorted(np.concatenate(batches).tolist()) == list(range(60))
    assert all(np.ptp(lengths[batch]) == 0 for batch in batches)


def test_wrong_settings_and_nothing_to_hear_are_told(tmp_path, recordings, teacher):
    with pytest.raises(UsageError, match="no setting 'depth'; known: batch_size"):
        Settings.of({"depth": 3})
    with pytest.raises(CorpusError, match="no recording can be used"):
        teach_student(
            [replace(recordings[0], path=tmp_path / "nothing.wav")],
            settings=small(teacher), folder=tmp_path,
        )  # fmt: skip


def test_one_command_makes_the_network_and_a_recogniser(
    tmp_path, recordings, teacher, monkeypatch, capsys
):
    monkeypatch.setenv("EMOVOX_CACHE", str(tmp_path / "cache"))
    table = tmp_path / "mine.csv"
    lines = [f"{one.path},{one.emotion},{one.speaker}" for one in recordings[:12]]
    table.write_text("\n".join(["path,emotion,speaker", *lines]))
    out = tmp_path / "taught"
    sets = [f"teacher={teacher}", "width=16", "blocks=2", "kernel=5", "copies=none", "epochs=2",
            "threads=1", "batch_size=6"]  # fmt: skip
    command = ["train", "taught", str(table), "--out", str(out), "--allow-outside"]
    assert status([*command, *(word for one in sets for word in ("--set", one))]) == 0
    said = capsys.readouterr().out
    assert f"--features {out}@all" in said
    assert not (tmp_path / "taught.training").exists()
    model = load_model(out / "recogniser")
    assert "learned from what" in (out / "recogniser" / "README.md").read_text()
    assert set(model.predict(recordings[0].path).scores) == set(EMOTIONS)
    assert status([*command, "--force", "--features", "mfcc"]) == 2
    assert "--features means nothing" in capsys.readouterr().err


def test_a_comparison_says_how_a_taught_network_is_measured(capsys):
    assert status(["bench", "taught", "--corpora", "emodb"]) == 2
    assert "--features FOLDER@all" in capsys.readouterr().err
