"""What a recording holds: a hash of its samples, its length, level and bandwidth."""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from emovox.errors import InputError

_BLOCK_S = 10
_FRAME = 1024
_FLOOR = 1e-5
"""Mean power of a frequency below this share of the strongest counts as no sound (-50 dB)."""


@dataclass(frozen=True)
class Content:
    """Facts about the decoded samples of one file.

    Parameters
    ----------
    md5 : str
        MD5 of the samples as little-endian float32, channels interleaved: equal values mean
        identical audio.
    duration_s : float
        Of what was decoded.
    sample_rate, channels : int
    peak : float
        Largest absolute sample; 1.0 is full scale.
    bandwidth_hz : float or None
        Highest frequency within 50 dB of the strongest, over the first 10 s of the first
        channel; None for silence and for less than one frame.
    ends_early : bool
        The file says that it is longer than what it holds.
    """

    md5: str
    duration_s: float
    sample_rate: int
    channels: int
    peak: float
    bandwidth_hz: float | None
    ends_early: bool


def measure(path: str | os.PathLike[str]) -> Content:
    """Decode a file in blocks of ten seconds and describe its samples.

    Raises
    ------
    InputError
        ``empty-file``, ``read-failed`` or ``damaged``.
    """
    import soundfile

    name = os.fspath(path)
    try:
        with open(path, "rb") as handle:
            if os.fstat(handle.fileno()).st_size == 0:
                raise InputError("empty-file", "is empty (0 bytes)", name=name)
            short = _is_cut(handle)
            handle.seek(0)
            with soundfile.SoundFile(handle) as sound:
                return _measured(sound, short)
    except OSError as error:
        raise InputError("read-failed", f"{error.strerror or error}", name=name) from error
    except (soundfile.LibsndfileError, RuntimeError) as error:
        # The whole message of libsndfile names the open file with its folders.
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        raise InputError(
            "damaged", f"no usable sound could be decoded: {reason}", name=name
        ) from error


def content_hash(path: str | os.PathLike[str]) -> str:
    """MD5 of the decoded samples of a file; see `Content`."""
    return measure(path).md5


def _measured(sound: Any, short: bool) -> Content:
    """Facts about an opened sound file."""
    digest = hashlib.md5(usedforsecurity=False)
    peak, n_frames, bandwidth_hz = 0.0, 0, None
    for block in sound.blocks(blocksize=_BLOCK_S * sound.samplerate, dtype="<f4", always_2d=True):
        if n_frames == 0:
            bandwidth_hz = _bandwidth_hz(block[:, 0], sound.samplerate)
        n_frames += len(block)
        digest.update(np.ascontiguousarray(block).tobytes())
        if block.size:
            peak = max(peak, float(np.abs(block).max()))
    return Content(
        md5=digest.hexdigest(),
        duration_s=n_frames / sound.samplerate,
        sample_rate=sound.samplerate,
        channels=sound.channels,
        peak=peak,
        bandwidth_hz=bandwidth_hz,
        ends_early=short or n_frames < sound.frames,
    )


def _bandwidth_hz(samples: NDArray[np.float32], sample_rate: int) -> float | None:
    """Highest frequency whose mean power is within `_FLOOR` of the strongest."""
    n_frames = len(samples) // _FRAME
    if n_frames == 0:
        return None
    frames = samples[: n_frames * _FRAME].reshape(n_frames, _FRAME).astype(np.float64)
    power = (np.abs(np.fft.rfft(frames * np.hanning(_FRAME))) ** 2).mean(axis=0)
    strongest = power.max()
    if not np.isfinite(strongest) or strongest == 0.0:
        return None
    return float(np.flatnonzero(power >= _FLOOR * strongest)[-1] * sample_rate / _FRAME)


def _is_cut(handle: BinaryIO) -> bool:
    """Whether a WAV or Ogg file ends before its own end; decoders take what is there silently."""
    head = handle.read(12)
    size = os.fstat(handle.fileno()).st_size
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _wav_is_cut(handle, size)
    if head[:4] == b"OggS":
        handle.seek(max(0, size - (1 << 16)))
        tail = handle.read()
        last = tail.rfind(b"OggS")
        # The flag 4 in the sixth byte of a page's header marks the last page of a stream.
        return last < 0 or len(tail) < last + 6 or not tail[last + 5] & 4
    return False


def _wav_is_cut(handle: BinaryIO, size: int) -> bool:
    """Whether the data chunk of a WAV file declares more bytes than the file has."""
    while len(chunk := handle.read(8)) == 8:
        kind, length = struct.unpack("<4sI", chunk)
        if kind == b"data":
            # Writers to a pipe leave 0 or 2^32 - 1 here.
            return length not in (0, 0xFFFFFFFF) and handle.tell() + length > size
        handle.seek(length + length % 2, os.SEEK_CUR)
    return False
