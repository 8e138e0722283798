"""`emovox predict` as its users call it: what it prints, and the status it leaves with."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.made_voices import RATE, voice

from emovox.cli import main
from emovox.cli.predict import _write_text
from emovox.inference import Result

EMOVOX = [sys.executable, "-m", "emovox"]


@pytest.fixture
def predict(model_folder):
    def run(*arguments: object, stdin: bytes = b"", **options) -> subprocess.CompletedProcess:
        command = [*EMOVOX, "predict", "--model", str(model_folder), *map(os.fspath, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=60, **options)

    return run


def lines(done: subprocess.CompletedProcess) -> list[dict]:
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_json_is_one_object_a_line_in_order_and_an_error_is_a_line(predict, recordings, tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    paths = [recordings["anger"], tmp_path / "text.wav", recordings["sadness"]]
    done = predict("--json", *paths)
    found = lines(done)
    assert [item["path"] for item in found] == [str(path) for path in paths]
    assert [item["ok"] for item in found] == [True, False, True]
    assert found[0]["emotion"] == "anger"
    assert found[1]["error"]["code"] == "not-audio"
    assert set(found[0]) == {"path", "ok", "start", "end", "emotion", "scores", "warnings", "model"}
    assert done.returncode == 1
    assert done.stderr == b""


def test_json_follows_the_published_schema(predict, recordings, tmp_path, repository):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((repository / "docs" / "result-schema.json").read_text())
    (tmp_path / "empty.wav").write_bytes(b"")
    for item in lines(predict("--json", *recordings.values(), tmp_path / "empty.wav")):
        jsonschema.validate(item, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"path": "a.wav", "ok": True}, schema)


def test_text_names_the_file_the_time_and_the_top_scores(predict, recordings):
    done = predict(recordings["neutral"])
    assert done.returncode == 0
    assert done.stdout.decode().startswith(f"{recordings['neutral']}  0.00-2.00 s  neutral ")


def test_text_says_what_is_wrong_with_a_file_in_one_sentence(predict, recordings, tmp_path):
    done = predict(recordings["anger"], tmp_path / "none.wav")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.decode() == f"emovox: {tmp_path / 'none.wav'}: there is no such file\n"


def test_csv_has_a_column_for_each_emotion(predict, recordings):
    rows = list(csv.DictReader(io.StringIO(predict("--csv", *recordings.values()).stdout.decode())))
    assert [row["emotion"] for row in rows] == list(recordings)
    for row in rows:
        assert sum(float(row[name]) for name in recordings) == pytest.approx(1, abs=2e-4)


def test_a_folder_is_walked_in_order_without_side_files(predict, recordings, tmp_path):
    (tmp_path / "._anger.wav").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("x")
    found = lines(predict("--json", tmp_path))
    assert [Path(item["path"]).name for item in found] == [
        "anger.wav",
        "neutral.wav",
        "sadness.wav",
    ]


def test_names_come_from_a_file_or_from_stdin(predict, recordings, tmp_path):
    names = "".join(f"{path}\n" for path in recordings.values())
    (tmp_path / "names").write_text(names)
    listed = lines(predict("--json", "--files-from", tmp_path / "names"))
    piped = lines(predict("--json", "--files-from", "-", stdin=names.encode()))
    closed = lines(
        predict("--json", "--files-from", "-", "-0", stdin=names.encode().replace(b"\n", b"\0"))
    )
    assert listed == piped == closed
    assert len(listed) == 3


def test_a_recording_comes_from_stdin(predict, recordings):
    (found,) = lines(predict("--json", "-", stdin=recordings["anger"].read_bytes()))
    assert found["path"] == "-"
    assert found["emotion"] == "anger"
    nothing = predict("--json", "-", stdin=b"")
    assert lines(nothing)[0]["error"]["code"] == "empty-file"
    assert nothing.returncode == 1


def test_segments_are_one_line_each(predict, recordings):
    found = lines(predict("--json", "--segments", recordings["anger"]))
    assert len(found) == 1
    assert found[0]["end"] <= 2.0


def test_strict_makes_a_warning_a_failure(predict, recordings, tmp_path):
    wrong = recordings["anger"].rename(tmp_path / "anger.mp3")
    assert predict("--json", wrong).returncode == 0
    assert predict("--json", "--strict", wrong).returncode == 1


def test_the_page_is_written_whole(predict, recordings, tmp_path):
    page = tmp_path / "page.html"
    done = predict(*recordings.values(), "--html", page)
    assert done.returncode == 0
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>") or text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert "anger.wav" in text


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["--json", "--csv", "a.wav"],
        ["--no-such-flag", "a.wav"],
        ["--files-from", "nowhere"],
    ],
)
def test_wrong_usage_ends_with_2_and_one_sentence(predict, arguments):
    done = predict(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode().startswith("emovox: ")
    assert len(done.stderr.decode().splitlines()) == 1


def test_a_folder_without_recordings_is_no_input(predict, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    done = predict("--json", tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode() == f"emovox: there is no recording in {tmp_path}\n"


def test_the_longest_duration_can_be_set(predict, recordings):
    (found,) = lines(predict("--json", "--max-duration", "1.5", recordings["anger"]))
    assert found["error"]["code"] == "too-long"
    assert "1.5 s" in found["error"]["message"]
    assert predict("--max-duration", "2.5", recordings["anger"]).returncode == 0


def two_voices(tmp_path) -> Path:
    """Write a recording of two voices with a pause of two seconds between them."""
    parts = [voice("anger"), np.zeros(2 * RATE, np.float32), voice("sadness")]
    soundfile.write(tmp_path / "two.wav", np.concatenate(parts), RATE)
    return tmp_path / "two.wav"


def test_segments_become_a_label_track_of_audacity(predict, tmp_path):
    done = predict("--labels", "audacity", two_voices(tmp_path))
    assert done.returncode == 0
    found = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert [label.split()[0] for _, _, label in found] == ["anger", "sadness"]
    assert float(found[0][1]) < float(found[1][0])


def test_segments_become_a_textgrid_whose_intervals_touch(predict, tmp_path):
    parselmouth = pytest.importorskip("parselmouth")
    done = predict("--labels", "textgrid", two_voices(tmp_path))
    (tmp_path / "two.TextGrid").write_bytes(done.stdout)
    grid = parselmouth.read(str(tmp_path / "two.TextGrid"))
    ask = parselmouth.praat.call
    labels = [
        ask(grid, "Get label of interval", 1, place + 1)
        for place in range(int(ask(grid, "Get number of intervals", 1)))
    ]
    assert [label.split()[0] for label in labels if label] == ["anger", "sadness"]
    assert "" in labels


@pytest.mark.parametrize("flags", [["--labels", "srt"], ["--labels", "audacity", "b.wav"]])
def test_labels_are_of_one_recording_and_a_known_form(predict, flags):
    done = predict(*flags, "a.wav")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("emovox: ")


def test_the_page_shows_scores_over_time_where_there_are_pauses(predict, recordings, tmp_path):
    page = tmp_path / "page.html"
    assert predict(recordings["anger"], "--html", page).returncode == 0
    assert "Scores over time" not in page.read_text()
    assert predict(two_voices(tmp_path), "--html", page).returncode == 0
    assert re.search(r"Scores over time of \S*two.wav", page.read_text())


def test_dimensions_are_printed_in_the_place_of_emotions(capsys):
    _write_text(Result("a.wav", 0.0, 1.0, dimensions={"arousal": 0.7, "valence": 0.2}))
    assert capsys.readouterr().out == "a.wav  0.00-1.00 s  arousal 0.70  valence 0.20\n"


def test_a_fault_of_emovox_is_one_line_and_a_traceback_only_when_asked(monkeypatch, capsys):
    def broken(arguments):
        raise RuntimeError("planted")

    monkeypatch.setattr(main, "_invoke", broken)
    assert main.status(["doctor"]) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "RuntimeError: planted" in said
    assert main.status(["--debug", "doctor"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_warnings_are_lines_each_once(monkeypatch, capsys):
    def warned(arguments):
        for text in ("odd\nthing", "odd\nthing", "other"):
            warnings.warn(text, UserWarning, stacklevel=1)
        return 0

    monkeypatch.setattr(main, "_invoke", warned)
    assert main.status([]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said == ["emovox: warning: odd\\nthing", "emovox: warning: other"]


def test_a_missing_model_ends_with_3(recordings):
    done = subprocess.run(
        [*EMOVOX, "predict", "--model", "nobody", recordings["anger"]], capture_output=True
    )
    assert done.returncode == 3
    assert b"nobody" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_hostile_name_cannot_forge_a_line_or_drive_the_terminal(predict, recordings, tmp_path):
    hostile = recordings["anger"].rename(tmp_path / "a\nsadness.wav  \x1b[31m.wav")
    done = predict(hostile)
    assert len(done.stdout.splitlines()) == 1
    assert b"\x1b" not in done.stdout
    (found,) = lines(predict("--json", hostile))
    assert found["path"] == str(hostile)


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes only on Linux")
def test_a_name_that_is_not_utf8_travels_in_base64(predict, recordings, tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff.wav"
    os.rename(recordings["anger"], name)
    (found,) = lines(predict("--json", os.fsdecode(name)))
    assert found["ok"]
    assert "path_bytes" in found


def test_names_after_two_dashes_are_files(predict, recordings, tmp_path):
    odd = recordings["anger"].rename(tmp_path / "--help.wav")
    done = predict("--json", "--", odd.name, cwd=tmp_path)
    assert lines(done)[0]["emotion"] == "anger"


@pytest.mark.skipif(os.name == "nt", reason="no pipes that break there")
def test_a_reader_that_has_gone_is_no_traceback(model_folder, recordings, tmp_path):
    names = tmp_path / "names"
    names.write_text(f"{recordings['anger']}\n" * 3000)
    command = [
        *EMOVOX,
        "predict",
        "--model",
        str(model_folder),
        "--json",
        "--files-from",
        str(names),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_what_was_printed(model_folder, recordings, tmp_path, sent, status):
    names = tmp_path / "names"
    names.write_text(f"{recordings['anger']}\n" * 20000)
    command = [
        *EMOVOX,
        "predict",
        "--model",
        str(model_folder),
        "--json",
        "--files-from",
        str(names),
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A suite that runs in the background is deaf to SIGINT, and so would be its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        first = process.stdout.readline()
        process.send_signal(sent)
        rest = process.stdout.read()
        assert process.wait(timeout=60) == status
        assert b"Traceback" not in process.stderr.read()
    for line in [first, *rest.splitlines()]:
        json.loads(line)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_said(model_folder, recordings):
    command = [*EMOVOX, "predict", "--model", str(model_folder), "--json", str(recordings["anger"])]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert done.stderr.decode().startswith("emovox: ")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(("closed", "status"), [(">&-", 3), ("2>&-", 0)])
def test_a_closed_stream_is_neither_a_traceback_nor_silence(
    model_folder, recordings, closed, status
):
    words = [*EMOVOX, "predict", "--model", str(model_folder), str(recordings["anger"])]
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *words], capture_output=True)
    assert done.returncode == status
    if status:
        assert done.stderr == b"emovox: standard output: is closed\n"
    else:
        assert b"anger" in done.stdout


def test_help_needs_no_heavy_package():
    code = (
        "import sys; from emovox.cli.main import status; status(['--help']);"
        "heavy = {'numpy','torch','sklearn','scipy','pandas','onnxruntime','librosa'};"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="plants its fault by a function of glibc")
def test_what_goes_wrong_after_the_end_changes_no_exit_status(model_folder, recordings):
    planted = (
        "import ctypes, sys; libc = ctypes.CDLL(None);"
        "libc.__cxa_atexit(ctypes.cast(libc.abort, ctypes.c_void_p), None, None);"
        "from emovox.cli.main import run; run()"
    )
    arguments = ["predict", "--json", "--model", str(model_folder), str(recordings["anger"])]
    ended = subprocess.run([sys.executable, "-c", planted, *arguments], capture_output=True)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["ok"]
