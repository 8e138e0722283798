"""`emovox listen`: what a voice sounds like while it speaks."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from tests.made_voices import RATE, voice

from emovox.cli import live_sources, live_views
from emovox.cli.main import status
from emovox.inference import Result
from emovox.inference.stream import as_pcm

ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class FakeSoundDevice:
    """What `sounddevice` gives on a machine with two microphones, one of which talks."""

    class PortAudioError(Exception):
        pass

    def __init__(self, samples: np.ndarray | None = None) -> None:
        self.samples = samples
        self.default = SimpleNamespace(device=(2, 0))
        self.opened: dict[str, object] = {}

    def query_devices(self) -> list[dict[str, object]]:
        names = [("Speakers", 0), ("Line In", 2), ("Made\x1b[31m Microphone", 1)]
        return [
            {"index": index, "name": name, "max_input_channels": n, "default_samplerate": 16000.0}
            for index, (name, n) in enumerate(names)
        ]

    @contextlib.contextmanager
    def RawInputStream(self, *, callback, blocksize, **settings):  # noqa: N802 -- its name
        self.opened = settings
        if self.samples is None:
            raise self.PortAudioError("Device unavailable")
        pcm = as_pcm(self.samples)

        def talk() -> None:
            for place in range(0, len(pcm), 2 * blocksize):
                piece = pcm[place : place + 2 * blocksize]
                callback(memoryview(piece), len(piece) // 2, None, None)
                time.sleep(0.005)

        thread = threading.Thread(target=talk)
        thread.start()
        yield self
        thread.join()


@pytest.fixture
def fake(monkeypatch):
    def install(samples: np.ndarray | None = None) -> FakeSoundDevice:
        found = FakeSoundDevice(samples)
        monkeypatch.setitem(sys.modules, "sounddevice", found)
        return found

    return install


def listened(capsys, *arguments: str) -> tuple[int, list[str], str]:
    code = status(["listen", *arguments])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


def test_a_microphone_is_heard_until_the_duration_is_over(fake, capsys, model_folder):
    device = fake(np.concatenate([np.zeros(RATE, np.float32), voice("anger", seconds=3)]))
    code, lines, err = listened(capsys, "--model", str(model_folder), "--json", "--duration", "3.5")
    answers = [json.loads(line) for line in lines]
    assert code == 0
    assert device.opened["device"] == 2
    assert (device.opened["channels"], device.opened["dtype"]) == (1, "int16")
    assert answers[0]["emotion"] is None
    assert answers[-1]["emotion"] == "anger"
    assert answers[-1]["end"] == 3.5
    assert [each["end"] for each in answers] == sorted({each["end"] for each in answers})
    assert "not what a person feels" in err
    assert "3.5 s heard" in err
    assert "\x1b" not in err


def test_a_microphone_is_chosen_by_number_or_part_of_its_name(fake, capsys, model_folder):
    for device in ("1", "line"):
        found = fake(voice("anger"))
        arguments = ("--model", str(model_folder), "--device", device, "--duration", "1")
        assert listened(capsys, *arguments)[0] == 0
        assert found.opened["device"] == 1
    fake(voice("anger"))
    code, _, err = listened(capsys, "--device", "Studio")
    assert code == 2
    assert "known: 1 Line In, 2 Made" in err


def test_microphones_are_listed_and_the_default_is_marked(fake, capsys):
    fake()
    code, lines, _ = listened(capsys, "--list-devices")
    assert code == 0
    assert lines == ["    1   16000 Hz  Line In", "*   2   16000 Hz  Made\\x1b[31m Microphone"]
    _, lines, _ = listened(capsys, "--list-devices", "--json")
    assert [json.loads(line)["default"] for line in lines] == [False, True]


def test_a_microphone_that_cannot_be_opened_is_one_sentence(fake, capsys):
    fake()
    code, lines, err = listened(capsys)
    assert (code, lines) == (1, [])
    assert "cannot be opened: Device unavailable" in err


def test_a_microphone_that_falls_silent_is_said(fake, capsys, model_folder, monkeypatch):
    monkeypatch.setattr(live_sources, "PATIENCE_S", 0.2)
    fake(voice("anger", seconds=1))
    code, _, err = listened(capsys, "--model", str(model_folder))
    assert code == 1
    assert "gave no sound for 0.2 s" in err
    assert "1.0 s heard" in (err + "".join(_))


@pytest.mark.parametrize(
    ("missing", "words"),
    [(ImportError("no"), 'pip install "emovox[mic]"'), (OSError("PortAudio"), "libportaudio2")],
)
def test_what_is_missing_is_one_sentence_that_says_what_to_install(
    capsys, monkeypatch, missing, words
):
    def absent(*_: object, **__: object) -> None:
        raise missing

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr("emovox.errors.importlib.import_module", absent)
    with pytest.raises(live_sources.MissingExtra) as caught:
        live_sources.sounddevice()
    assert caught.value.code == "extra-missing"
    assert caught.value.exit_status == 3
    assert words in caught.value.sentence


def test_a_file_is_heard_in_real_time(capsys, model_folder, recordings):
    began = time.monotonic()
    code, lines, _ = listened(
        capsys, "--model", str(model_folder), "--file", str(recordings["sadness"]), "--json"
    )
    took = time.monotonic() - began
    answers = [json.loads(line) for line in lines]
    assert code == 0
    assert [each["end"] for each in answers][-1] == 2.0
    assert len(answers) >= 6
    assert answers[-1]["emotion"] == "sadness"
    assert answers[-1]["path"] == str(recordings["sadness"])
    assert 1.9 < took < 8


def test_plain_lines_come_each_second_where_there_is_no_terminal(capsys, model_folder, recordings):
    arguments = ("--file", str(recordings["anger"]), "--speed", "4")
    code, lines, _ = listened(capsys, "--model", str(model_folder), *arguments)
    assert code == 0
    assert 2 <= len(lines) <= 3
    assert re.fullmatch(r" +1\.\d\d s  anger [01]\.\d\d  \w+ 0\.\d\d  \w+ 0\.\d\d", lines[0])
    assert lines[-1].startswith("2.0 s heard, speech in ")
    assert "anger" in lines[-1]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--file", "missing.wav"), 1),
        (("--file", "a.wav", "--device", "1"), 2),
        (("--duration", "0"), 2),
        (("--duration", "nan"), 2),
        (("--file", "a.wav", "--speed", "-1"), 2),
    ],
)
def test_what_cannot_be_is_one_sentence(capsys, arguments, code):
    found, lines, err = listened(capsys, *arguments)
    assert (found, lines) == (code, [])
    assert err.startswith("emovox: ")
    assert err.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_with_a_summary_and_130(tmp_path, model_folder):
    soundfile.write(tmp_path / "a.wav", voice("neutral", seconds=30), RATE)
    command = ["listen", "--file", str(tmp_path / "a.wav"), "--model", str(model_folder), "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "emovox", *command],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    ) as process:  # fmt: skip
        assert json.loads(process.stdout.readline())["ok"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert re.search(r"\d\.\d s heard", err)
    assert "Traceback" not in err
    assert all(json.loads(line)["ok"] for line in out.splitlines())


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def answers(n: int, emotion: str | None = "anger") -> list[Result]:
    scores = {"anger": 0.7, "neutral": 0.2, "sadness": 0.1} if emotion else None
    return [
        Result("a", start=0.0, end=0.25 * k, emotion=emotion, scores=scores)
        for k in range(1, n + 1)
    ]


def terminal(*, colours: bool = False) -> tuple[live_views.Terminal, Tty]:
    out = Tty()
    return live_views.Terminal(["anger", "neutral", "sadness"], out=out, colours=colours), out


def test_a_terminal_shows_level_bars_and_the_last_minute(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    shown, out = terminal()
    for result in [*answers(8), *answers(12, None)[8:]]:
        shown.answer(result)
    shown.sound(-30.0, 3.0)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("0:03.0  ▮")
    assert lines[0].endswith(" -30 dB")
    assert lines[1] == "no speech"
    assert lines[4] == "aaaa··"
    shown.answer(answers(13)[-1])
    out.truncate(0)
    shown.sound(-30.0, 3.3)
    text = out.getvalue()
    assert text.lstrip("\0").startswith("\x1b[5A\r\x1b[J")
    assert re.search(r"anger   0\.70 █+\n", text)


@pytest.mark.parametrize("columns", [1, 12, 20, 40, 80, 300])
def test_no_line_is_wider_than_the_terminal(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown, out = terminal()
    for result in answers(400):
        shown.answer(result)
        shown.sound(-20.0, result.end)
    drawn = [ESCAPE.sub("", line).replace("\r", "") for line in out.getvalue().splitlines()]
    assert max(len(line) for line in drawn) <= max(columns - 1, 8)
    assert len(drawn[-1]) <= 120


def test_a_terminal_that_was_made_narrower_is_cleared_of_all_rows(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown, out = terminal()
    for result in answers(240):
        shown.answer(result)
    shown.sound(-20.0, 60.0)
    widths = [len(line) for line in out.getvalue().splitlines()]
    monkeypatch.setenv("COLUMNS", "30")
    out.truncate(0)
    shown.sound(-20.0, 60.1)
    rows = sum(max(-(-width // 30), 1) for width in widths)
    assert rows > 5
    assert f"\x1b[{rows}A" in out.getvalue()


def test_colours_are_only_for_terminals_that_want_them(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for variable, value, coloured in (("OTHER", "1", True), ("NO_COLOR", "1", False)):
        monkeypatch.setenv(variable, value)
        out = Tty()
        shown = live_views.view(["anger", "neutral", "sadness"], as_json=False, out=out)
        shown.answer(answers(1)[0])
        shown.sound(-20.0, 0.3)
        assert ("\x1b[7;31ma" in out.getvalue()) == coloured
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(live_views.view(["a"], as_json=False, out=Tty()), live_views.Lines)
    assert isinstance(live_views.view(["a"], as_json=False, out=io.StringIO()), live_views.Lines)


def test_labels_that_would_drive_the_terminal_are_escaped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = Tty()
    shown = live_views.Terminal(["\x1b[2Jboo", "b\nc"], out=out, colours=False)
    scores = {"\x1b[2Jboo": 0.6, "b\nc": 0.4}
    shown.answer(Result("a", start=0.0, end=0.25, emotion="\x1b[2Jboo", scores=scores))
    shown.sound(-20.0, 0.3)
    assert "\x1b[2J" not in out.getvalue()
    assert len(out.getvalue().splitlines()) == 5


def test_each_label_has_a_letter_of_its_own():
    labels = [f"calm{n}" for n in range(30)]
    assert len({letter for letter, _ in live_views.letters(labels).values()}) == 30


def test_the_summary_counts_answers_with_speech():
    assert live_views.summary(3.0, Counter()) == "3.0 s heard, no speech in them"
    assert live_views.summary(3.0, Counter({None: 2})) == "3.0 s heard, no speech in them"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_real_terminal_gets_the_moving_block(tmp_path, model_folder):
    import pty

    soundfile.write(tmp_path / "a.wav", voice("anger", seconds=2), RATE)
    ours, theirs = pty.openpty()
    command = ["listen", "--file", str(tmp_path / "a.wav"), "--speed", "3"]
    environment = {**os.environ, "PYTHONPATH": "src", "TERM": "xterm", "COLUMNS": "50"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "emovox", *command, "--model", str(model_folder)],
        stdout=theirs, stderr=subprocess.DEVNULL, env=environment,
    ) as process:  # fmt: skip
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):  # Linux says EIO when the other side has closed
            while piece := os.read(ours, 65536):
                text += piece
    os.close(ours)
    assert process.returncode == 0
    shown = text.decode()
    assert "\x1b[5A\r\x1b[J" in shown
    assert "\x1b[7;31ma\x1b[0m" in shown
    assert "2.0 s heard" in shown
