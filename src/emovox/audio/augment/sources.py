"""Where noises and room responses come from: a folder of recordings, or arrays."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr

from ...errors import UsageError
from ..decode import Samples, read

ENDINGS = (".wav", ".flac", ".ogg", ".opus")
KEPT_BYTES = 64 << 20


class Source(Protocol):
    """A numbered collection of recordings."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def name(self, index: int) -> str:
        """Return the name of one, for the log."""
        ...

    def samples(self, index: int, *, sample_rate: int) -> Samples:
        """Return one, float32 (samples,), at the wanted rate; read-only."""
        ...


class Clips:
    """The recordings below a folder, sorted by their path, read when they are asked for.

    Parameters
    ----------
    folder : path
        Files that end in .wav, .flac, .ogg or .opus, in sub-folders too.
    kept_bytes : int
        Recordings that were read are kept up to this size, the latest first; 0 keeps none.

    Attributes
    ----------
    folder : Path
    paths : tuple of Path

    Raises
    ------
    UsageError
        If the folder holds none.
    """

    def __init__(self, folder: str | os.PathLike[str], *, kept_bytes: int = KEPT_BYTES) -> None:
        self.folder = Path(folder)
        found = (path for path in self.folder.rglob("*") if path.suffix.lower() in ENDINGS)
        self.paths = tuple(
            sorted(
                (path for path in found if path.is_file()),
                key=lambda path: path.relative_to(self.folder).as_posix(),
            )
        )
        if not self.paths:
            sentence = f"holds no recording; recordings end in {', '.join(ENDINGS)}"
            raise UsageError("usage", sentence, name=str(self.folder))
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[tuple[int, int], Samples] = OrderedDict()

    def __len__(self) -> int:
        """Return how many recordings there are."""
        return len(self.paths)

    def name(self, index: int) -> str:
        """Path of a recording below the folder, with slashes."""
        return self.paths[index].relative_to(self.folder).as_posix()

    def samples(self, index: int, *, sample_rate: int) -> Samples:
        """Decode a recording, or return it as it was decoded lately.

        Parameters
        ----------
        index : int
        sample_rate : int, Hz

        Returns
        -------
        float32 array, shape (samples,), read-only

        Raises
        ------
        InputError
            If it cannot be decoded.
        """
        key = (index, sample_rate)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        samples = read(self.paths[index], sample_rate=sample_rate).samples
        samples.setflags(write=False)
        self._kept[key] = samples
        while self._kept and sum(each.nbytes for each in self._kept.values()) > self._kept_bytes:
            self._kept.popitem(last=False)
        return samples


class Arrays:
    """Recordings that are in memory already.

    Parameters
    ----------
    arrays : sequence of float arrays, each of shape (samples,)
    sample_rate : int, Hz

    Raises
    ------
    UsageError
        If there is none, or one is empty, has several channels or holds NaN.

    Examples
    --------
    >>> hum = np.sin(np.arange(8000) * 0.04)
    >>> Arrays([hum], sample_rate=8000).samples(0, sample_rate=16000).shape
    (16000,)
    """

    def __init__(self, arrays: Sequence[np.ndarray], *, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._arrays = tuple(np.array(each, dtype=np.float32) for each in arrays)
        if not self._arrays:
            raise UsageError("usage", "there is no array; give at least one")
        for index, each in enumerate(self._arrays):
            if each.ndim != 1 or each.size == 0 or not np.isfinite(each).all():
                sentence = f"array {index} has the shape {each.shape}; give finite (samples,)"
                raise UsageError("usage", sentence)
            each.setflags(write=False)

    def __len__(self) -> int:
        """Return how many recordings there are."""
        return len(self._arrays)

    def name(self, index: int) -> str:
        """Return the name of a recording, which is its number."""
        return f"array {index}"

    def samples(self, index: int, *, sample_rate: int) -> Samples:
        """See `Clips.samples`."""
        samples = self._arrays[index]
        if sample_rate == self.sample_rate:
            return samples
        resampled: Samples = soxr.resample(samples, self.sample_rate, sample_rate)
        return resampled if resampled.size else np.zeros(1, np.float32)
