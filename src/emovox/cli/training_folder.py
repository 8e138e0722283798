"""Where the training of a network is kept until its model is written."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

_TRAINING = re.compile(r"[0-9a-f]{20}")
_TEACHER = re.compile(r"teacher-[0-9a-f]{20}\.float16")
"""What a teacher said: `emovox.methods.taught`."""


def training_folder(out: Path) -> Path:
    """Folder of checkpoints beside the model folder that is to be written.

    Examples
    --------
    >>> training_folder(Path("models/mine")).name
    'mine.training'
    """
    whole = Path(os.path.abspath(out))
    return whole.with_name(f"{whole.name}.training")


def remove(folder: Path) -> None:
    """Remove the trainings of a folder, and it where nothing else is in it."""
    try:
        for one in folder.iterdir():
            if _TRAINING.fullmatch(one.name) and one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, ignore_errors=True)
            elif _TEACHER.fullmatch(one.name) and one.is_file() and not one.is_symlink():
                one.unlink()
        folder.rmdir()
    except OSError:
        # What is left is only in the way, and the model is written.
        return
