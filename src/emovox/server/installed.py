"""The models that a server knows by name: shipped, the user's own, those its page trained."""

from __future__ import annotations

from pathlib import Path

from ..models import DEFAULT_MODEL, find, installed
from .settings import Settings


def models_of(settings: Settings) -> dict[str, Path]:
    """Name -> folder of every model that a request may name, sorted by name.

    Parameters
    ----------
    settings : Settings
        The model named at the start goes by the name of its folder and wins over others of that
        name; then come those that are shipped or in EMOVOX_MODELS, then those of
        ``settings.models``.
    """
    found = installed(also=[settings.models])
    name = default_of(settings)
    if settings.model is not None and settings.model not in found:
        found[name] = find(settings.model)
    return dict(sorted(found.items()))


def default_of(settings: Settings) -> str:
    """Name of the model that answers when a request names none."""
    if settings.model is None or settings.model in installed(also=[settings.models]):
        return settings.model or DEFAULT_MODEL
    return Path(settings.model).resolve().name
