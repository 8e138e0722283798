"""Writing a model folder: it is there whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..atomic import check_folder, unwritable
from ..errors import OutputError
from .exchange import exchange
from .folder import read
from .settings import CARD_FILE, FORMAT, NETWORK_FILE, SETTINGS_FILE, check

STALE_AFTER_S = 24 * 3600.0


def write(
    folder: str | os.PathLike[str],
    *,
    network: bytes,
    settings: Mapping[str, Any],
    card: str,
    force: bool = False,
) -> Path:
    """Write a model folder, which is read back before it takes its place.

    Parameters
    ----------
    folder : path
        Its parent folder must exist.
    network : bytes
        ``network.onnx``.
    settings : mapping
        What ``model.json`` is to hold; ``format``, ``created`` and ``files`` are added.
    card : str
        ``README.md``.
    force : bool
        Replace an existing model folder. Anything else is never replaced.

    Returns
    -------
    path of the folder

    Raises
    ------
    OutputError
        ``output-unwritable``, ``disk-full``; what was there before is untouched.
    ModelError
        If what was to be written could not be read back.
    """
    target = Path(os.path.abspath(folder))
    files = {NETWORK_FILE: network, CARD_FILE: card.encode("utf-8")}
    document = {
        "format": FORMAT,
        **settings,
        "created": settings.get("created", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in sorted(files.items())
        },
    }
    check(document, name=str(target / SETTINGS_FILE))
    files[SETTINGS_FILE] = _json_bytes(document)
    check_target(target, force=force)
    return write_folder(target, files, check=read)


def write_folder(
    target: Path, files: Mapping[str, bytes], *, check: Callable[[Path], object]
) -> Path:
    """Write a folder of files, which takes its place when it is whole.

    Parameters
    ----------
    target : path, absolute
        What is there already is replaced.
    files : mapping
        Name -> bytes.
    check : callable
        Called with the folder before it takes its place; what it raises is passed on.

    Returns
    -------
    path of the folder

    Raises
    ------
    OutputError
        ``output-unwritable``, ``disk-full``; what was there before is untouched.
    """
    try:
        _remove_stale(target)
        beside = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        beside.mkdir()
        try:
            for name, data in files.items():
                _write_file(beside / name, data)
            check(beside)
            _sync_folder(beside)
            _take_place(beside, target)
            _sync_folder(target.parent)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise unwritable(target, error) from error
    return target


def check_target(
    folder: str | os.PathLike[str], *, force: bool, marker: str = SETTINGS_FILE
) -> None:
    """Refuse a place where no model folder can be written.

    Parameters
    ----------
    folder : path
    force : bool
        Whether a model folder that is there may be replaced; anything else never is.
    marker : str
        The file by which one is known.

    Raises
    ------
    OutputError
        ``output-unwritable``.
    """
    target = Path(os.path.abspath(folder))
    check_folder(target)
    if not os.path.lexists(target):
        return
    if not force:
        raise OutputError(
            "output-unwritable",
            "exists already; nothing was overwritten; name another folder or replace it with "
            "--force",
            name=str(target),
        )
    is_model = target.is_dir() and not target.is_symlink() and (target / marker).is_file()
    if not is_model:
        raise OutputError(
            "output-unwritable",
            "is no model folder, so it is not replaced; nothing was overwritten",
            name=str(target),
        )


def _json_bytes(document: Mapping[str, Any]) -> bytes:
    """JSON with one field a line; lists of numbers stay on theirs."""
    lines = [
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for key, value in document.items()
    ]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8")


def _write_file(path: Path, data: bytes) -> None:
    """Write and flush one file inside the temporary folder."""
    with open(path, "xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _take_place(beside: Path, target: Path) -> None:
    """Rename `beside` to `target`; a folder that was there goes only after the new one is in.

    Where two folders cannot change places in one step, a kill between the two renames leaves
    no folder of this name, but both beside it.
    """
    if not target.exists():
        os.rename(beside, target)
        return
    if exchange(beside, target):
        return
    old = beside.with_name(f"{beside.name.removesuffix('.tmp')}-old.tmp")
    os.rename(target, old)
    try:
        os.rename(beside, target)
    except OSError:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    """Flush a folder's entries, where the system has that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_stale(target: Path) -> None:
    """Remove what killed writers of this folder left beside it more than a day ago."""
    for path in target.parent.glob(f".{_escaped(target.name)}.*.tmp"):
        if time.time() - path.lstat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(path, ignore_errors=True)


def _escaped(name: str) -> str:
    """`name` for a glob pattern, each character for itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
