"""The model folder: written whole, verified when read, run by ONNX Runtime alone."""

from .folder import read
from .lookup import DEFAULT_MODEL, MODELS_VARIABLE, find, installed, load
from .model import Model
from .writing import write

__all__ = [
    "DEFAULT_MODEL",
    "MODELS_VARIABLE",
    "Model",
    "find",
    "installed",
    "load",
    "read",
    "write",
]
