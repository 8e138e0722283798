"""Finding a model: a folder, a shipped model's name, or one of the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import ModelError
from .folder import read
from .model import Model
from .settings import SETTINGS_FILE

DEFAULT_MODEL = "default"
"""The model that `emovox predict` uses when none is named."""

MODELS_VARIABLE = "EMOVOX_MODELS"
"""Environment variable: a folder of the user's own model folders."""

SHIPPED = Path(__file__).parent / "shipped"


def find(name_or_folder: str | os.PathLike[str] | None = None) -> Path:
    """Folder of a model.

    Parameters
    ----------
    name_or_folder : str or path, optional
        A model folder; or the name of one that is shipped or lies in the folder that the
        environment variable EMOVOX_MODELS names. None: `DEFAULT_MODEL`.

    Returns
    -------
    path

    Raises
    ------
    ModelError
        ``model-missing``, listing those that are known.
    """
    wanted = os.fspath(DEFAULT_MODEL if name_or_folder is None else name_or_folder)
    known = installed()
    # A bare name means the installed model; `./name` means the folder.
    if wanted in known:
        return known[wanted]
    if _is_model(Path(wanted)):
        return Path(wanted)
    raise ModelError(
        "model-missing",
        f"there is no model {wanted!r}; known: {', '.join(known) or 'none'}; give one of these "
        f"or a model folder",
    )


def installed(*, also: Iterable[Path] = ()) -> dict[str, Path]:
    """Name -> folder of the shipped models and the user's own, sorted by name.

    Parameters
    ----------
    also : iterable of path
        Further folders that hold model folders; of two models of one name the first is taken.
    """
    places = [SHIPPED]
    own = os.environ.get(MODELS_VARIABLE)
    if own:
        places.append(Path(own))
    found: dict[str, Path] = {}
    for place in (*places, *also):
        for folder in _folders(place):
            # One that begins with a dot is being written.
            if not folder.name.startswith(".") and _is_model(folder):
                found.setdefault(folder.name, folder)
    return dict(sorted(found.items()))


def _folders(place: Path) -> list[Path]:
    """What lies in a folder; nothing where it cannot be read."""
    try:
        return list(place.iterdir())
    except OSError:
        return []


def _is_model(folder: Path) -> bool:
    """Whether a folder holds the settings of a model, whole or damaged."""
    try:
        return (folder / SETTINGS_FILE).is_file()
    except (OSError, ValueError):
        return False


def load(name_or_folder: str | os.PathLike[str] | None = None, *, timeout_s: float = 60.0) -> Model:
    """Find a model and read it.

    Parameters
    ----------
    name_or_folder : str or path, optional
        As for `find`.
    timeout_s : float
        A run of the network that takes longer is stopped.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        As `find` and `emovox.models.read`.
    """
    return read(find(name_or_folder), timeout_s=timeout_s)
