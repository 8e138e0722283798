"""A content-addressed cache of features: the second extraction is a look-up.

An entry is addressed by the SHA-256 of the recording's bytes, the stretch of it, and the
settings of the front end, so that a renamed file is found and a changed one is not. An entry
carries its own hash: a damaged one is noticed and computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..atomic import replacing
from ..audio.opening import open_regular
from ..errors import EmovoxError

_VECTOR, _FRAMES = b"emovox1\n", b"emovox2\n"
"""First bytes of an entry, by the number of its dimensions: a vector, or frames over time."""
_HEADS = {_VECTOR: struct.Struct("<dI"), _FRAMES: struct.Struct("<dII")}
"""Seconds, then the shape."""


@dataclass(frozen=True)
class Kept:
    """One entry of the cache: the vector (or frames) and the seconds that computing it took."""

    vector: npt.NDArray[np.float32]
    seconds: float


class Cache:
    """A folder of feature vectors and of frames over time.

    Parameters
    ----------
    folder : path
        Made when the first entry is written. Where it cannot be written the cache is off:
        nothing is kept, and no result changes.

    Attributes
    ----------
    repaired : int
        Damaged entries that this object met (each is computed again).
    off : str or None
        Why nothing can be kept, once that is known.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.repaired = 0
        self.off: str | None = None

    def key(
        self,
        path: str | os.PathLike[str],
        settings: Mapping[str, Any],
        *,
        start: float | None = None,
        end: float | None = None,
    ) -> str:
        """Address of what `settings` make of a recording.

        Raises
        ------
        InputError
            If the recording cannot be read.
        """
        with open_regular(os.fspath(path)) as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        described = json.dumps([digest, start, end, settings], sort_keys=True)
        return hashlib.sha256(described.encode()).hexdigest()

    def get(self, key: str) -> Kept | None:
        """Return the entry, or None where there is none or it is damaged."""
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        head = _HEADS.get(data[: len(_VECTOR)])
        checked, body = data[len(_VECTOR) : len(_VECTOR) + 32], data[len(_VECTOR) + 32 :]
        if head is None or hashlib.sha256(body).digest() != checked:
            self.repaired += 1
            return None
        seconds, *shape = head.unpack_from(body)
        values = np.frombuffer(body, dtype="<f4", offset=head.size).reshape(shape)
        return Kept(values.astype(np.float32), seconds)

    def put(self, key: str, vector: npt.NDArray[np.float32], *, seconds: float) -> None:
        """Keep a vector, shape (dim,), or frames, shape (time, dim).

        Where that is impossible, turn the cache off and say why in `off`.
        """
        if self.off is not None:
            return
        magic = _VECTOR if vector.ndim == 1 else _FRAMES
        body = _HEADS[magic].pack(seconds, *vector.shape) + vector.astype("<f4").tobytes()
        try:
            path = self._path(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            # No fsync: the hash inside tells a torn entry from a whole one.
            with replacing(path, sync=False) as handle:
                handle.write(magic + hashlib.sha256(body).digest() + body)
        except (OSError, EmovoxError) as error:
            self.off = f"{self.folder} cannot be written ({error}); going on without a cache"

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.feature"


def default_cache() -> Cache:
    """Return the user's cache: ``EMOVOX_CACHE``, else ``emovox`` in the system's place for caches.

    Examples
    --------
    >>> default_cache().folder.name
    'features'
    """
    named = os.environ.get("EMOVOX_CACHE")
    if named:
        return Cache(Path(named) / "features")
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    cache = Cache(Path(base) / "emovox" / "features")
    if not os.path.isabs(base):
        cache.off = "no home folder is known; going on without a cache"
    return cache
