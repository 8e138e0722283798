"""Names are looked up without importing what they stand for; other packages may add some."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

from emovox import registry
from emovox.errors import UsageError


def test_the_registry_lists_without_importing():
    code = (
        "import sys; from emovox import registry;"
        "[registry.names(kind) for kind in ('corpus', 'feature', 'method', 'protocol')];"
        "sys.exit(str([name for name in sys.modules if name.startswith('emovox.')"
        " and name.split('.')[1] not in ('registry', 'errors')] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_other_packages_add_entries_but_replace_none(monkeypatch):
    def brought(*, group):
        if group != "emovox.features":
            return []
        entry = importlib.metadata.EntryPoint
        return [
            entry(name="theirs", value="emovox.features.sets:MFCC", group=group),
            entry(name="mel", value="emovox.features.sets:MFCC", group=group),
        ]

    monkeypatch.setattr(importlib.metadata, "entry_points", brought)
    assert "theirs" in registry.names("feature")
    assert registry.get("feature", "theirs").name == "mfcc"
    assert registry.get("feature", "mel").name == "mel"
    with pytest.raises(UsageError, match=r"there is no feature 'mfc'; known: .*theirs"):
        registry.get("feature", "mfc")
