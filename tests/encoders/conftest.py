"""Encoders are tested where their libraries are."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
# Loaded before a test puts a stand-in in the place of the hub's library, which it needs.
pytest.importorskip("transformers.models.whisper.modeling_whisper")
