"""Checkpoints of a training: tensors in safetensors, the rest in JSON, each whole or not there.

A folder holds ``training.json``, which names the file of tensors and its SHA-256. The file of
tensors is written first, under a name of its own epoch; ``training.json`` then takes the place
of the one before: killed at any moment, the folder holds one complete checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..atomic import unwritable, write_bytes, write_text
from ..errors import ModelError, need
from ..models.strict_json import MAX_BYTES, parse

FORMAT = 1
FILE = "training.json"


@dataclass(frozen=True)
class Checkpoint:
    """A training after a whole epoch.

    Parameters
    ----------
    state : dict
        What JSON holds: ``identity``, ``epoch``, ``best_epoch``, ``history``.
    tensors : dict
        Name -> tensor on the CPU.
    """

    state: dict[str, Any]
    tensors: dict[str, torch.Tensor]


def save(folder: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint in the place of the one before.

    Raises
    ------
    OutputError
        If the folder cannot be written; the checkpoint before is untouched.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error
    data = _bytes_of(checkpoint.tensors)
    file = f"epoch-{checkpoint.state['epoch']:05d}.safetensors"
    write_bytes(target / file, data)
    described = {
        "format": FORMAT,
        **checkpoint.state,
        "tensors": {"file": file, "sha256": hashlib.sha256(data).hexdigest()},
    }
    write_text(target / FILE, json.dumps(described, ensure_ascii=False, allow_nan=False) + "\n")
    for pattern in ("epoch-*.safetensors", ".epoch-*.tmp", f".{FILE}.*.tmp"):
        for old in target.glob(pattern):
            if old.name != file:
                # What cannot be removed is only in the way: nothing names it.
                with suppress(OSError):
                    old.unlink()


def load(folder: str | os.PathLike[str]) -> Checkpoint | None:
    """Read the checkpoint of a folder; None where there is none.

    Raises
    ------
    ModelError
        ``model-invalid`` or ``model-tampered`` if it is not what was written.
    """
    described = state(folder)
    if described is None:
        return None
    said = described["tensors"]
    file = said["file"]
    try:
        data = (Path(folder) / file).read_bytes()
    except OSError as error:
        raise _damaged(folder, f"{file} cannot be read ({error.strerror})") from error
    if hashlib.sha256(data).hexdigest() != said["sha256"]:
        raise ModelError(
            "model-tampered",
            f"{file} is not what {FILE} names; delete the folder to train anew",
            name=str(folder),
        )
    return Checkpoint(described, _tensors_of(data, folder, file))


def state(folder: str | os.PathLike[str]) -> dict[str, Any] | None:
    """What the checkpoint of a folder says, without its tensors; None where there is none.

    Raises
    ------
    ModelError
        ``model-invalid``.
    """
    path = Path(folder) / FILE
    try:
        with open(path, "rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _damaged(folder, f"{FILE} cannot be read ({error.strerror})") from error
    try:
        described = parse(data, name=FILE)
    except ModelError as error:
        raise _damaged(folder, str(error)) from error
    if described.get("format") != FORMAT:
        raise _damaged(folder, f"{FILE} is not of format {FORMAT}")
    if not _is_whole(described):
        raise _damaged(folder, f"{FILE} does not describe a training")
    return described


def sent(checkpoint: Checkpoint | None) -> bytes:
    """A checkpoint as it travels to the other processes; empty for none."""
    if checkpoint is None:
        return b""
    return json.dumps(checkpoint.state).encode() + b"\n" + _bytes_of(checkpoint.tensors)


def received(data: bytes) -> Checkpoint | None:
    """What `sent` was given."""
    if not data:
        return None
    described, _, tensors = data.partition(b"\n")
    known = parse(described, name=FILE)
    return Checkpoint(known, _tensors_of(tensors, "", FILE))


def _is_whole(described: Mapping[str, Any]) -> bool:
    """Whether all is there that going on reads."""
    said, history, best = (described.get(name) for name in ("tensors", "history", "best_epoch"))
    if not isinstance(said, Mapping) or not isinstance(history, list):
        return False
    file = said.get("file")
    return (
        isinstance(file, str)
        and Path(file).name == file
        and isinstance(said.get("sha256"), str)
        and isinstance(described.get("identity"), str)
        and described.get("epoch") == len(history)
        and all(isinstance(entry, dict) for entry in history)
        and (best is None or (type(best) is int and 1 <= best <= len(history)))
        and (best is None or isinstance(history[best - 1].get("watched"), dict))
    )


def _bytes_of(tensors: Mapping[str, torch.Tensor]) -> bytes:
    safetensors = need("safetensors.torch", extra="train", for_what="writing checkpoints")
    data: bytes = safetensors.save({name: one.contiguous() for name, one in tensors.items()})
    return data


def _tensors_of(data: bytes, folder: str | os.PathLike[str], file: str) -> dict[str, torch.Tensor]:
    safetensors = need("safetensors", extra="train", for_what="reading checkpoints")
    reader = need("safetensors.torch", extra="train", for_what="reading checkpoints")
    try:
        found: dict[str, torch.Tensor] = reader.load(data)
    except safetensors.SafetensorError as error:
        raise _damaged(folder, f"{file} is not in the form of safetensors ({error})") from error
    return found


def _damaged(folder: str | os.PathLike[str], what: str) -> ModelError:
    return ModelError("model-invalid", f"{what}; delete the folder to train anew", name=str(folder))
