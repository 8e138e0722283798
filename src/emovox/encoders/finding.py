"""Where the weights of an encoder lie: a folder, EMOVOX_ENCODERS, or the hub."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ModelError, need
from .names import SHORT

FOLDER_VARIABLE = "EMOVOX_ENCODERS"
CONFIGURATION = "config.json"
PREPROCESSING = "preprocessor_config.json"
_INDEX = "model.safetensors.index.json"
_WEIGHTS = ("model.safetensors", _INDEX, "pytorch_model.bin")
"""Files of weights, in the order in which they are preferred."""
_MAX_BYTES = 4_000_000
"""Of a JSON file; the longest index of weights has a few hundred thousand."""
_MAX_BLOCKS = 256
STUDENT = "emovox-student"
"""``model_type`` of a network that an encoder has taught: `emovox.encoders.student`."""


@dataclass(frozen=True)
class Found:
    """An encoder on this machine.

    Parameters
    ----------
    name : str
        As it was asked for.
    folder : path
    configuration, preprocessing : mapping
        Of ``config.json`` and ``preprocessor_config.json`` (empty where there is none).
    """

    name: str
    folder: Path
    configuration: Mapping[str, Any] = field(hash=False)
    preprocessing: Mapping[str, Any] = field(hash=False)

    @property
    def n_layers(self) -> int:
        """Number of its last hidden state: blocks of the encoder."""
        least = 0 if self.configuration.get("model_type") == STUDENT else 1
        return self._number("encoder_layers", "num_hidden_layers", least=least, most=_MAX_BLOCKS)

    @property
    def dim(self) -> int:
        """Width of a hidden state."""
        return self._number("d_model", "hidden_size", least=1, most=65_536)

    def _number(self, *names: str, least: int, most: int) -> int:
        """Number of the configuration, under the first of its names."""
        given = [self.configuration[name] for name in names if name in self.configuration]
        value = given[0] if given else None
        if type(value) is not int or not least <= value <= most:
            raise ModelError(
                "model-invalid",
                f"{names[0]} is {value!r}; expected a number from {least} to {most}",
                name=str(self.folder / CONFIGURATION),
            )
        return value

    @property
    def weights(self) -> tuple[Path, ...]:
        """Files of weights: one, or the parts that an index lists."""
        name = next((name for name in _WEIGHTS if (self.folder / name).is_file()), None)
        if name is None:
            raise ModelError(
                "model-missing",
                f"no weights lie in it; looked for {', '.join(_WEIGHTS)}",
                name=str(self.folder),
            )
        if name != _INDEX:
            return (self.folder / name,)
        index = _json(self.folder / _INDEX)
        parts = sorted({str(part) for part in dict(index.get("weight_map", {})).values()})
        if any(Path(part).name != part for part in parts):
            raise ModelError(
                "model-unsafe", "its index names files outside of it", name=str(self.folder)
            )
        return tuple(self.folder / part for part in parts)

    def sha256(self) -> str:
        """Hash of the configuration and of all weights: what its hidden states depend on."""
        found = hashlib.sha256()
        for path in (self.folder / CONFIGURATION, *self.weights):
            with open(path, "rb") as handle:
                found.update(hashlib.file_digest(handle, "sha256").digest())
        return found.hexdigest()


def origin(found: Found, layers: Sequence[int]) -> dict[str, Any]:
    """What the card of a model says of the encoder whose weights it holds.

    Returns
    -------
    dict
        ``name`` (of a folder its last part), ``layers``, ``sha256``; of a network that an encoder
        has taught also ``taught_by`` and ``corpora``, with which that was done.
    """
    said: dict[str, Any] = {
        "name": found.folder.name if Path(found.name).is_dir() else found.name,
        "layers": list(layers),
        "sha256": found.sha256(),
    }
    taught = found.configuration.get("taught")
    if found.configuration.get("model_type") == STUDENT and isinstance(taught, Mapping):
        said["taught_by"] = str(dict(taught.get("teacher") or {}).get("name", "another encoder"))
        said["corpora"] = list(taught.get("corpora") or [])
    return said


def find(name: str) -> Found:
    """Find an encoder, and fetch it from the hub where it is nowhere here.

    Parameters
    ----------
    name : str
        A folder, a name on the hub (``openai/whisper-base``), or a short one (``whisper-base``).

    Returns
    -------
    Found

    Raises
    ------
    ModelError
        ``model-missing`` where it is not here and cannot be fetched, in one sentence with what
        to do; ``model-invalid`` where its files cannot be read.
    """
    for folder in _places(name):
        if (folder / CONFIGURATION).is_file():
            return _read(name, folder)
    from .hub import fetched

    return _read(name, fetched(SHORT.get(name, name)))


def is_here(name: str) -> bool:
    """Whether an encoder can be had without the network."""
    if any((folder / CONFIGURATION).is_file() for folder in _places(name)):
        return True
    from .hub import kept

    return kept(SHORT.get(name, name)) is not None


def _places(name: str) -> Iterator[Path]:
    """Folders in which an encoder of that name would lie."""
    yield Path(name)
    root = os.environ.get(FOLDER_VARIABLE)
    if not root:
        return
    for one in dict.fromkeys((name, SHORT.get(name, name))):
        for short in dict.fromkeys((one, one.rpartition("/")[2])):
            yield Path(root) / short
            yield Path(root) / f"{short}-encoder"


def _read(name: str, folder: Path) -> Found:
    preprocessing = folder / PREPROCESSING
    return Found(
        name=name,
        folder=folder.resolve(),
        configuration=_json(folder / CONFIGURATION),
        preprocessing=_json(preprocessing) if preprocessing.is_file() else {},
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as handle:
            text = handle.read(_MAX_BYTES + 1)
        found = json.loads(text) if len(text) <= _MAX_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError("model-invalid", f"cannot be read: {error}", name=str(path)) from error
    if not isinstance(found, dict):
        raise ModelError("model-invalid", "is not a JSON object of 4 MB at most", name=str(path))
    return found


def read_weights(found: Found) -> dict[str, Any]:
    """Tensors of an encoder's files by name, never by unpickling code.

    Returns
    -------
    dict, name -> torch tensor

    Raises
    ------
    ModelError
        ``model-invalid`` where they cannot be read.
    MissingExtra
    """
    torch = need("torch", extra="ssl", for_what=f"the encoder {found.name}")
    safetensors = need("safetensors.torch", extra="ssl", for_what=f"the encoder {found.name}")
    tensors: dict[str, Any] = {}
    for path in found.weights:
        try:
            if path.suffix == ".bin":
                tensors |= torch.load(path, map_location="cpu", weights_only=True)
            else:
                tensors |= safetensors.load_file(path)
        except Exception as error:
            raise ModelError(
                "model-invalid", f"its weights cannot be read: {error}", name=str(path)
            ) from error
    return tensors
