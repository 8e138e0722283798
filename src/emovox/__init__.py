"""emovox: speech emotion recognition with figures that can be believed.

>>> import emovox
>>> emovox.load().labels
('anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .errors import EmovoxError

if TYPE_CHECKING:
    from .corpora import read_corpus
    from .evaluation import bench
    from .inference import Recogniser, Result, load, predict

__version__ = "0.1.0"

__all__ = [
    "EmovoxError",
    "Recogniser",
    "Result",
    "__version__",
    "bench",
    "load",
    "predict",
    "read_corpus",
]

_LAZY = {
    "Recogniser": "inference",
    "Result": "inference",
    "bench": "evaluation",
    "load": "inference",
    "predict": "inference",
    "read_corpus": "corpora",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import emovox` is instant."""
    if name not in _LAZY:
        raise AttributeError(f"module 'emovox' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
