"""What is on disk is the old or the new, never half."""

from __future__ import annotations

import errno

import pytest

from emovox.atomic import check_folder, replacing, unwritable, write_text
from emovox.errors import OutputError


def test_a_file_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "a.txt", "new\n")
    assert (tmp_path / "a.txt").read_bytes() == b"new\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("failure", [ValueError("a fault"), KeyboardInterrupt()])
def test_a_block_that_fails_leaves_the_old_file_alone(tmp_path, failure):
    write_text(tmp_path / "a.txt", "old")

    def half() -> None:
        with replacing(tmp_path / "a.txt") as handle:
            handle.write(b"half")
            raise failure

    with pytest.raises(type(failure)):
        half()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_the_target_does_not_change_before_the_block_has_ended(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with replacing(tmp_path / "a.txt") as handle:
        handle.write(b"new")
        handle.flush()
        assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_missing_folder_is_named(tmp_path):
    for attempt in (write_text, lambda path, _: check_folder(path)):
        with pytest.raises(OutputError, match=r"there is no folder .*none; make it") as caught:
            attempt(tmp_path / "none" / "a.txt", "text")
        assert (caught.value.code, caught.value.exit_status) == ("output-unwritable", 3)
    check_folder(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk-full"), (errno.EDQUOT, "disk-full"), (errno.EROFS, "output-unwritable")],
)
def test_a_full_disk_has_its_own_code(tmp_path, number, code):
    error = unwritable(tmp_path / "a.txt", OSError(number, "the system's words"))
    assert error.code == code
    assert str(error) == f"{tmp_path / 'a.txt'}: the system's words; nothing was overwritten"
