"""Two folders change places in one step, where the system can do that."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # Linux: renameat2(2)
_RENAME_SWAP = 2  # macOS: renamex_np(2)


def exchange(one: Path, other: Path) -> bool:
    """Let two existing folders of one file system change places.

    Parameters
    ----------
    one, other : path

    Returns
    -------
    bool
        False where this system or file system has no such step; then nothing has changed.
    """
    names = os.fsencode(one), os.fsencode(other)
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return int(system.renamex_np(*names, ctypes.c_uint(_RENAME_SWAP))) == 0
        if sys.platform.startswith("linux"):
            here = ctypes.c_int(_AT_FDCWD)
            flag = ctypes.c_uint(_RENAME_EXCHANGE)
            return int(system.renameat2(here, names[0], here, names[1], flag)) == 0
    except (AttributeError, OSError, TypeError):
        return False
    return False
