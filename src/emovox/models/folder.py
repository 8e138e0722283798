"""Reading a model folder: everything is verified before anything is used."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, ModelError
from . import strict_json
from .model import Model
from .runtime import Runtime
from .screening import screen
from .sequences import time_axis
from .settings import CARD_FILE, NETWORK_FILE, SETTINGS_FILE, check

SIDE_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file browsers leave in a folder; never opened."""
TRIED_LENGTHS = (8, 61)
"""Frames of the sequences on which a network that takes any number is tried out."""


def read(folder: str | os.PathLike[str], *, threads: int = 1, timeout_s: float = 60.0) -> Model:
    """Model of a folder, after its files, its settings and its network have been checked.

    Parameters
    ----------
    folder : path
    threads : int
        Threads inside one run of the network.
    timeout_s : float
        A run that takes longer is stopped.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        ``model-missing``: no such folder, or no ``model.json`` in it. ``model-unsafe``: a file
        that is not listed, a link, a network of operators that are not allowed.
        ``model-tampered``: a file's SHA-256 is another. ``model-too-new``, ``model-invalid``,
        ``model-misfit``: see `emovox.models.settings.check` and `screen`.
    """
    place = Path(folder)
    document, sha256, files = verify(place)
    network_name = str(place / NETWORK_FILE)
    network = files[NETWORK_FILE]
    screen(network, name=network_name)
    runtime = Runtime(
        network,
        dim=document["input"]["dim"],
        outputs=len(document["labels"]),
        name=network_name,
        threads=threads,
        timeout_s=timeout_s,
        rows_at_once=document["input"].get("rows_at_once", 1024),
        time=time_axis(document["input"]),
    )
    model = Model(folder=place, settings=document, sha256=sha256, runtime=runtime)
    _try_out(model)
    return model


def verify(folder: Path) -> tuple[dict[str, Any], str, dict[str, bytes]]:
    """Return the settings, their SHA-256, and the bytes of each listed file, all as listed.

    Raises
    ------
    ModelError
        As `read`, for all that can be seen without loading the network.
    """
    names = _entries(folder)
    settings_path = folder / SETTINGS_FILE
    if SETTINGS_FILE not in names:
        raise ModelError(
            "model-missing", f"there is no {SETTINGS_FILE} in this folder", name=str(folder)
        )
    data = _regular_file(settings_path, limit=strict_json.MAX_BYTES)
    document = strict_json.parse(data, name=str(settings_path))
    check(document, name=str(settings_path))
    listed: dict[str, dict[str, Any]] = document["files"]
    for name in sorted(names - {SETTINGS_FILE} - set(listed) - SIDE_FILES):
        raise ModelError(
            "model-unsafe",
            f"is not listed in {SETTINGS_FILE} and not allowed in a model folder",
            name=str(folder / name),
        )
    for name in sorted(set(listed) - names):
        raise ModelError(
            "model-invalid", f"is listed in {SETTINGS_FILE} but missing", name=str(folder / name)
        )
    files = {name: _listed_file(folder / name, listed[name]) for name in sorted(listed)}
    return document, hashlib.sha256(data).hexdigest(), files


def _entries(folder: Path) -> set[str]:
    """Names of what lies in `folder`."""
    try:
        return set(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError(
            "model-missing",
            f"there is no such model folder; a model folder holds {SETTINGS_FILE}, "
            f"{NETWORK_FILE} and {CARD_FILE}",
            name=str(folder),
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(
            "model-missing", f"the folder cannot be read: {error}", name=str(folder)
        ) from error


def _listed_file(path: Path, entry: dict[str, Any]) -> bytes:
    """Bytes of a file that is as long as listed and has the SHA-256 that is listed."""
    data = _regular_file(path, limit=entry["bytes"])
    if len(data) != entry["bytes"]:
        raise ModelError(
            "model-invalid",
            f"has {len(data)} bytes, {SETTINGS_FILE} says {entry['bytes']}",
            name=str(path),
        )
    found = hashlib.sha256(data).hexdigest()
    if found != entry["sha256"]:
        raise ModelError(
            "model-tampered",
            f"has SHA-256 {found}, {SETTINGS_FILE} says {entry['sha256']}",
            name=str(path),
        )
    return data


def _regular_file(path: Path, *, limit: int) -> bytes:
    """Bytes of a regular file of at most `limit` bytes; links and devices are refused."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if path.is_symlink():
            raise ModelError(
                "model-unsafe", "is a link; a model folder holds files", name=str(path)
            )
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as handle:
            status = os.fstat(handle.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ModelError("model-unsafe", "is not a regular file", name=str(path))
            if status.st_size > limit:
                raise ModelError(
                    "model-invalid",
                    f"has {status.st_size} bytes; at most {limit} are expected",
                    name=str(path),
                )
            return handle.read(limit + 1)
    except OSError as error:
        unsafe = path.is_dir() or path.is_symlink()
        raise ModelError(
            "model-unsafe" if unsafe else "model-invalid",
            f"cannot be read as a file: {error.strerror or error}",
            name=str(path),
        ) from error


def _try_out(model: Model) -> None:
    """Run the network on zeros and on the middle of the training data."""
    domain = model.settings.get("out_of_domain")
    middle = np.asarray(domain["mean"])[: model.dim] if domain else np.ones(model.dim)
    try:
        if model.is_sequence:
            for length in _tried_lengths(model):
                shape = length, model.dim
                model.scores(np.stack([np.zeros(shape), np.broadcast_to(middle, shape)]))
        else:
            model.scores(np.stack([np.zeros(model.dim), middle]))
            model.scores(middle)
    except InputError as error:
        raise ModelError("model-invalid", error.sentence, name=model.runtime.name) from error


def _tried_lengths(model: Model) -> tuple[int, ...]:
    """Numbers of frames that a network must be able to take."""
    given = model.settings["input"]
    window = given.get("window")
    if given.get("frames") is not None:
        return (given["frames"],)
    if window and window["pad"] != "none":
        return (window["frames"],)
    shortest = int(given.get("shortest") or 1)
    return tuple(length * shortest for length in TRIED_LENGTHS)
