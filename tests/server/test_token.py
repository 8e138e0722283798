"""Where the token comes from."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from emovox.errors import UsageError
from emovox.server.token import Token, choose, is_same

GIVEN = "sixteen-letters-and-more"


def chosen(
    *, file: Path | None = None, variable: str = "", no_auth: bool = False, loopback: bool = False
) -> Token:
    environment = {"EMOVOX_TOKEN": variable} if variable else {}
    return choose(file=file, environment=environment, no_auth=no_auth, is_loopback=loopback)


def written(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_another_address_gets_a_new_token_each_time() -> None:
    first, second = chosen(), chosen()
    assert first.is_new
    assert first.value
    assert second.value
    assert first.value != second.value
    assert len(first.value) >= 32


def test_this_machine_alone_needs_none_unless_one_is_given(tmp_path: Path) -> None:
    assert chosen(loopback=True).value is None
    assert chosen(loopback=True, variable=GIVEN).value == GIVEN
    assert chosen(loopback=True, file=written(tmp_path, f"{GIVEN}\n")).value == GIVEN


def test_the_file_wins_over_the_environment(tmp_path: Path) -> None:
    token = chosen(file=written(tmp_path, GIVEN), variable="another-" * 4)
    assert (token.value, token.is_new) == (GIVEN, False)


def test_no_auth_and_a_token_contradict_each_other(tmp_path: Path) -> None:
    assert chosen(no_auth=True).value is None
    with pytest.raises(UsageError, match="EMOVOX_TOKEN"):
        chosen(no_auth=True, variable=GIVEN)
    with pytest.raises(UsageError, match="--token-file"):
        chosen(no_auth=True, file=tmp_path / "token")


@pytest.mark.parametrize(
    "text",
    ["", "short", "a" * 300, "sixteen letters with spaces", "sechzehn-zeichen-mit-ä", b"\xff" * 20],
)
def test_a_token_that_can_be_guessed_or_mistyped_is_refused(
    tmp_path: Path, text: str | bytes
) -> None:
    with pytest.raises(UsageError, match="character") as caught:
        chosen(file=written(tmp_path, text))
    assert caught.value.code == "usage"
    if len(text) > 6:
        assert str(text) not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="modes and pipes of POSIX")
def test_a_token_file_is_a_regular_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="chmod 600"):
        chosen(file=written(tmp_path, GIVEN, 0o644))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen(file=written(tmp_path, GIVEN, 0o600))
    with pytest.raises(UsageError, match="regular file"):
        chosen(file=tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="regular file"):
        chosen(file=tmp_path / "pipe")
    with pytest.raises(UsageError, match="cannot be read"):
        chosen(file=tmp_path / "nowhere")


def test_a_token_hides_when_it_is_shown() -> None:
    assert GIVEN not in repr(chosen(variable=GIVEN))


def test_whatever_a_client_sends_can_be_compared() -> None:
    assert is_same(GIVEN, GIVEN)
    for other in ("", "\udcff", "é" * 100, GIVEN + "\0", GIVEN.upper()):
        assert not is_same(other, GIVEN)
