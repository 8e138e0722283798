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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..atomic import write_bytes, write_text
from ..errors import ModelError, OutputError, need

FORMAT = 1
FILE = "training.json"
MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class Checkpoint:
    """A training after a whole epoch.

    Parameters
    ----------
    state : dict
        What JSON holds: settings, epochs done, history.
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
    safetensors = need("safetensors.torch", extra="train", for_what="writing checkpoints")
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            "output-unwritable", f"cannot be made: {error}", name=str(folder)
        ) from error
    data = safetensors.save({name: one.contiguous() for name, one in checkpoint.tensors.items()})
    file = f"epoch-{checkpoint.state['epoch']:05d}.safetensors"
    write_bytes(target / file, data)
    described = {
        "format": FORMAT,
        **checkpoint.state,
        "tensors": {"file": file, "sha256": hashlib.sha256(data).hexdigest()},
    }
    write_text(target / FILE, json.dumps(described, ensure_ascii=False, allow_nan=False) + "\n")
    for old in target.glob("epoch-*.safetensors"):
        if old.name != file:
            old.unlink(missing_ok=True)


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
    safetensors = need("safetensors.torch", extra="train", for_what="reading checkpoints")
    said = described.get("tensors")
    file = said.get("file") if isinstance(said, Mapping) else None
    if not isinstance(file, str) or Path(file).name != file:
        raise _damaged(folder, "it does not name its file of tensors")
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
    return Checkpoint(described, safetensors.load(data))


def state(folder: str | os.PathLike[str]) -> dict[str, Any] | None:
    """What the checkpoint of a folder says, without its tensors; None where there is none."""
    path = Path(folder) / FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _damaged(folder, f"{FILE} is larger than {MAX_BYTES >> 20} MiB")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(folder, f"{FILE} cannot be read: {error}") from error
    try:
        described = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, f"{FILE} is not JSON: {error}") from error
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise _damaged(folder, f"{FILE} is not of format {FORMAT}")
    return described


def _damaged(folder: str | os.PathLike[str], what: str) -> ModelError:
    return ModelError("model-invalid", f"{what}; delete the folder to train anew", name=str(folder))
