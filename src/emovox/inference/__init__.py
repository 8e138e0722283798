"""Recognition: one recording or many, whole or by segments, and a stream while it lasts."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .recogniser import Recogniser, load, predict
    from .result import Result
    from .rolling import RollingWindow, Window
    from .stream import Stream

__all__ = ["Recogniser", "Result", "RollingWindow", "Stream", "Window", "load", "predict"]

_LAZY = {
    "Recogniser": "recogniser",
    "Result": "result",
    "RollingWindow": "rolling",
    "Stream": "stream",
    "Window": "rolling",
    "load": "recogniser",
    "predict": "recogniser",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: windows need neither decoders nor the runtime."""
    if name not in _LAZY:
        raise AttributeError(f"module 'emovox.inference' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
