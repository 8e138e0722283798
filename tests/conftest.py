"""What all tests share: the folder of the real corpora, where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def corpora_root() -> Path:
    """Folder that EMOVOX_CORPORA names; the test is skipped where it names none."""
    root = os.environ.get("EMOVOX_CORPORA", "")
    if not root or not Path(root).is_dir():
        pytest.skip("EMOVOX_CORPORA names no folder of corpora")
    return Path(root)
