"""Scores of a search, written as they come, so that a killed search goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...atomic import unwritable


class Ledger:
    """A JSON-lines file with one line for each score.

    Parameters
    ----------
    folder : path, optional
        Where the file lies; None keeps the scores in memory only.
    key : str
        What the scores belong to: equal data and settings have an equal key.
    """

    def __init__(self, folder: str | os.PathLike[str] | None, *, key: str) -> None:
        self._scores: dict[str, float] = {}
        self._path = None if folder is None else Path(folder) / f"search-{key[:32]}.jsonl"
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists():
                self._read(self._path)
        except OSError as error:
            raise unwritable(self._path, error) from error

    def _read(self, path: Path) -> None:
        """Take the whole lines; a line that a kill cut short is cut off."""
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with open(path, "r+b") as handle:
                handle.truncate(whole)
        for line in data[:whole].splitlines():
            try:
                entry = json.loads(line)
                self._scores[str(entry["entry"])] = float(entry["score"])
            except (ValueError, KeyError, TypeError):
                continue  # A damaged line is one score that is computed again.

    def get(self, entry: str) -> float | None:
        """Score of `entry`, or None if it is not known yet."""
        return self._scores.get(entry)

    def add(self, entry: str, score: float) -> None:
        """Keep the score of `entry`, on disk before this returns."""
        self._scores[entry] = score
        if self._path is None:
            return
        line = json.dumps({"entry": entry, "score": score}, allow_nan=False) + "\n"
        try:
            with open(self._path, "ab") as handle:
                handle.write(line.encode())
                handle.flush()
                os.fsync(handle.fileno())
        except OSError as error:
            raise unwritable(self._path, error) from error


def data_key(settings: Mapping[str, Any], *arrays: npt.NDArray[np.generic] | None) -> str:
    """SHA-256 of settings and arrays.

    Parameters
    ----------
    settings : mapping that JSON can hold
    *arrays : arrays or None
        Their type, shape and bytes count; of texts, the texts.

    Returns
    -------
    str, 64 hexadecimal digits
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, allow_nan=False).encode())
    for array in arrays:
        if array is None:
            digest.update(b"none")
            continue
        plain = array.astype(str) if array.dtype.kind in "OU" else array
        digest.update(f"{plain.dtype.str}{plain.shape}".encode())
        digest.update(np.ascontiguousarray(plain).tobytes())
    return digest.hexdigest()
