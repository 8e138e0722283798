"""`emovox doctor` says what is there without importing it."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from emovox.cli import doctor
from emovox.cli.main import status


def test_core_packages_are_listed_with_their_versions() -> None:
    packages = doctor.findings()["packages"]
    assert packages["numpy"] == importlib.metadata.version("numpy")
    assert {"soundfile", "soxr", "onnxruntime", "typer"} <= set(packages)


def test_every_extra_is_listed_and_says_what_it_brings() -> None:
    offered = importlib.metadata.metadata("emovox").get_all("Provides-Extra")
    extras = doctor.findings()["extras"]
    assert set(extras) == set(offered)
    assert all(each["for"] for each in extras.values())


def test_missing_package_comes_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "scipy" else "1.0")
    bench = doctor.findings()["extras"]["bench"]
    assert bench["missing"] == ["scipy"]
    assert bench["install"] == 'pip install "emovox[bench]"'


def test_nobody_is_told_to_install_what_nothing_uses_yet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    extras = {
        name: {"for": "", "packages": {"x": None}, "missing": ["x"], "install": f"pip {name}"}
        for name in doctor.BRINGS
    }
    monkeypatch.setattr(doctor, "_extras", lambda packages: extras)
    status(["doctor"])
    said = capsys.readouterr().out
    assert {name for name in extras if f"pip {name}" not in said} == set(doctor.LATER)


def test_missing_core_package_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "soxr" else "1.0")
    assert status(["doctor"]) == 1
    assert "pip install soxr" in capsys.readouterr().out


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["python"] == sys.version.split()[0]
    assert "WAV" in found["decoders"]["formats"]


def test_folder_of_corpora_is_named_with_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "emodb").mkdir()
    monkeypatch.setenv("EMOVOX_CORPORA", str(tmp_path))
    assert status(["doctor"]) == 0
    assert f"{tmp_path}: emodb" in capsys.readouterr().out


def test_folder_that_does_not_exist_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOVOX_CORPORA", "/nowhere/at/all")
    assert status(["doctor"]) == 0
