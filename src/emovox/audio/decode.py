"""The one way in: a file of any kind to mono samples at the wanted rate, or one clear error."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from ..errors import InputError
from .container import DECODABLE, ENDINGS, container, looks_like
from .opening import open_regular

Samples = npt.NDArray[np.float32]

SAMPLE_RATE = 16_000
"""Rate at which emovox works, Hz."""

MAX_BYTES = 4 * 2**30
RATES = (4_000, 384_000)
CHANNELS = (1, 64)
MAX_DURATION_S = 12 * 3600.0
MIN_DURATION_S = 0.1
SHORT_S = 1.0
MAX_NON_FINITE = 0.01
MAX_PEAK = 4.0
MAX_MEAN = 0.05
MAX_PAST_END_S = 0.05
MIN_CLIPPED = 0.001
MAX_EXPANSION = 5_000.0
EXPANSION_AFTER_S = 600.0


MISLEADING = ("File does not exist", "System error")
"""Beginnings of libsndfile's sentences for contents that it cannot use in a file that is there."""


class Stopped(Exception):  # noqa: N818 -- no error: nobody wants the answer any more
    """Decoding was told to stop."""


@dataclass(frozen=True)
class InputWarning:
    """Something about a recording that its user should know; the result is given all the same.

    Parameters
    ----------
    code : str
        One of the published codes, such as ``"short"`` or ``"truncated"``.
    details : mapping
        The numbers that belong to it.
    """

    code: str
    details: Mapping[str, float | str] = field(default_factory=dict)

    def as_json(self) -> dict[str, float | str]:
        """Return the form in which JSON output shows it."""
        return {"code": self.code, **self.details}


@dataclass(frozen=True)
class Recording:
    """Decoded speech.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
        Mono, full scale 1.0.
    sample_rate, source_rate : int, Hz
    duration_s : float
    warnings : tuple of InputWarning
    """

    samples: Samples
    sample_rate: int
    source_rate: int
    duration_s: float
    warnings: tuple[InputWarning, ...] = ()


def read(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    sample_rate: int = SAMPLE_RATE,
    start: float | None = None,
    end: float | None = None,
    max_duration_s: float = MAX_DURATION_S,
) -> Recording:
    """Decode a recording: mono, float32, at the wanted rate.

    Parameters
    ----------
    source : path or seekable binary file
    sample_rate : int, Hz
    start, end : float, optional
        Seconds of the file to take.
    max_duration_s : float
        More decoded sound than this is an error.

    Returns
    -------
    Recording

    Raises
    ------
    InputError
        With one of the codes of a recording: ``file-missing``, ``empty-file``, ``not-audio``,
        ``too-short``, ``not-finite``, ...
    """
    with OpenRecording(
        source, sample_rate=sample_rate, start=start, end=end, max_duration_s=max_duration_s
    ) as recording:
        samples = condition(np.concatenate(list(recording.blocks())), recording.warnings)
        return Recording(
            samples=samples,
            sample_rate=sample_rate,
            source_rate=recording.source_rate,
            duration_s=samples.size / sample_rate,
            warnings=tuple(recording.warnings),
        )


class OpenRecording:
    """A recording that is being decoded block by block, in bounded memory.

    Parameters
    ----------
    source : path or seekable binary file
        A path is opened once, without blocking; only a regular file goes on.
    sample_rate : int, Hz
        Rate of the blocks.
    start, end : float, optional
        Seconds of the file to take.
    max_duration_s : float
    stop : callable, optional
        Asked before each second of sound is decoded; once it says True, `Stopped` is raised.

    Attributes
    ----------
    source_rate : int, Hz
    channels : int
    declared_s : float
        Length that the file declares, of all of it.
    duration_s : float
        Seconds taken; known, like `warnings`, when all blocks have been.
    warnings : list of InputWarning

    Raises
    ------
    InputError
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | BinaryIO,
        *,
        sample_rate: int = SAMPLE_RATE,
        start: float | None = None,
        end: float | None = None,
        max_duration_s: float = MAX_DURATION_S,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.sample_rate = sample_rate
        self.duration_s = 0.0
        self.warnings: list[InputWarning] = []
        self._max_duration_s = max_duration_s
        self._told_to_stop = stop or (lambda: False)
        is_path = isinstance(source, (str, os.PathLike))
        self.name = (
            os.fspath(source) if is_path else str(getattr(source, "name", "<sound>"))  # type: ignore[arg-type]
        )
        self._file: BinaryIO = open_regular(self.name) if is_path else source  # type: ignore[assignment]
        self._owns_file = is_path
        try:
            self._size = self._file.seek(0, io.SEEK_END)
            self._file.seek(0)
            self._sound = self._open_sound(Path(self.name).suffix.lower() if is_path else "")
            self.source_rate = int(self._sound.samplerate)
            self.channels = int(self._sound.channels)
            self._check_bounds()
            self.declared_s = self._sound.frames / self.source_rate
            self._first = int((start or 0.0) * self.source_rate)
            self._stop = None if end is None else round(end * self.source_rate)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> OpenRecording:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened here."""
        sound = getattr(self, "_sound", None)
        if sound is not None:
            sound.close()
        if self._owns_file:
            self._file.close()

    def blocks(self) -> Iterator[Samples]:
        """Mono blocks of about one second at `sample_rate`, in order; may be taken once.

        Raises
        ------
        InputError
            Also at the end: ``empty-file``, ``too-short`` and ``not-finite`` are known only then.
        """
        weights = self._channel_weights()
        resampler = (
            soxr.ResampleStream(self.source_rate, self.sample_rate, 1, dtype="float32")
            if self.source_rate != self.sample_rate
            else None
        )
        n_in = n_bad = 0
        for block in self._raw_blocks():
            n_in += block.shape[0]
            finite = np.isfinite(block)
            if not finite.all():
                n_bad += int((~finite.all(axis=1)).sum())
                block = np.where(finite, block, np.float32(0))
            mono = block[:, 0] if block.shape[1] == 1 else block @ weights
            yield mono if resampler is None else resampler.resample_chunk(mono)
        if resampler is not None:
            yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        self._finish(n_in, n_bad)

    def _finish(self, n_in: int, n_bad: int) -> None:
        """Judge what is known only when all has been decoded."""
        if n_in == 0 and self._first > 0:
            raise self._error(
                "too-short",
                f"lasts {self._sound.frames / self.source_rate:.3f} s; "
                f"nothing is left from {self._first / self.source_rate:g} s on",
            )
        if n_in == 0:
            raise self._error("empty-file", "is empty (a header without audio)")
        duration_s = self.duration_s = n_in / self.source_rate
        if duration_s < MIN_DURATION_S:
            raise self._error(
                "too-short", f"lasts {duration_s:.3f} s; at least {MIN_DURATION_S} s is needed"
            )
        wanted = n_in if self._stop is None else self._stop - self._first
        if (wanted - n_in) / self.source_rate > MAX_PAST_END_S and not self._is_truncated():
            self._truncated(n_in, wanted)
        if n_bad > MAX_NON_FINITE * n_in:
            raise self._error(
                "not-finite", f"holds {n_bad} of {n_in} samples that are NaN or infinite"
            )
        if n_bad:
            self.warnings.append(InputWarning("non-finite-samples", {"samples": n_bad}))
        if duration_s < SHORT_S:
            self.warnings.append(InputWarning("short", {"seconds": round(duration_s, 3)}))
        if self.source_rate < SAMPLE_RATE:
            self.warnings.append(InputWarning("narrowband", {"hz": self.source_rate}))

    def _truncated(self, n_found: int, n_declared: int) -> None:
        """Warn that there is less sound than the file, or a table, says."""
        found, declared = n_found / self.source_rate, n_declared / self.source_rate
        details = {"seconds_found": round(found, 3), "seconds_declared": round(declared, 3)}
        self.warnings.append(InputWarning("truncated", details))

    def _is_truncated(self) -> bool:
        return any(warning.code == "truncated" for warning in self.warnings)

    def _raw_blocks(self) -> Iterator[npt.NDArray[np.float32]]:
        """Blocks (frames, channels) at the source's rate, within the bounds."""
        began, done = time.monotonic(), 0
        try:
            self._sound.seek(min(self._first, self._sound.frames))
        except soundfile.LibsndfileError as error:
            raise self._damaged(error) from error
        wanted = None if self._stop is None else max(self._stop - self._first, 0)
        while wanted is None or done < wanted:
            if self._told_to_stop():
                raise Stopped
            n_frames = self.source_rate if wanted is None else min(self.source_rate, wanted - done)
            try:
                block = self._sound.read(n_frames, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                if done == 0:
                    raise self._damaged(error) from error
                self._truncated(done, self._sound.frames)
                return
            if block.shape[0] == 0:
                return
            done += block.shape[0]
            self._check_progress(done, block.shape[1], time.monotonic() - began)
            yield block

    def _check_progress(self, n_frames: int, n_channels: int, elapsed_s: float) -> None:
        """Stop what grows or lasts without measure."""
        duration_s = n_frames / self.source_rate
        if duration_s > self._max_duration_s:
            raise self._error(
                "too-long",
                f"lasts more than {self._max_duration_s:g} s; cut it, or raise the limit with "
                "`emovox predict --max-duration`",
            )
        expansion = 4 * n_frames * n_channels / max(self._size, 1)
        if duration_s > EXPANSION_AFTER_S and expansion > MAX_EXPANSION:
            raise self._error("expands-too-much", f"decodes to {expansion:.0f} times its size")
        limit_s = min(60.0 + 0.05 * duration_s, 1800.0)
        if elapsed_s > limit_s:
            raise self._error("too-slow", f"took longer than {limit_s:.0f} s to decode")

    def _channel_weights(self) -> npt.NDArray[np.float32]:
        """Weights by which the channels become one, known when all has been heard once.

        Their mean without silent ones; the louder one where they cancel each other.
        """
        n_channels = self._sound.channels
        if n_channels == 1:
            return np.ones(1, np.float32)
        energy, mixed = np.zeros(n_channels), 0.0
        warnings = list(self.warnings)
        for block in self._raw_blocks():
            block = np.where(np.isfinite(block), block, 0.0)
            energy += np.square(block, dtype=np.float64).sum(axis=0)
            mixed += float(np.square(block.mean(axis=1), dtype=np.float64).sum())
        self.warnings[:] = warnings
        heard = energy > 1e-6 * energy.max()
        if not heard.any():
            heard[:] = True
        if heard.sum() > 1 and mixed < 1e-3 * energy.max():
            self.warnings.append(InputWarning("antiphase"))
            heard = np.arange(n_channels) == int(energy.argmax())
        weights: npt.NDArray[np.float32] = (heard / heard.sum()).astype(np.float32)
        return weights

    def _open_sound(self, ending: str) -> soundfile.SoundFile:
        """Name the format by its first bytes, then let libsndfile open it."""
        head = self._file.read(4096)
        self._file.seek(0)
        if not head:
            raise self._error("empty-file", "is empty (0 bytes)")
        kind = container(head)
        if kind is None:
            raise self._error("not-audio", f"is not a recording: it begins like {looks_like(head)}")
        if kind not in DECODABLE:
            raise self._error(
                "unsupported-format",
                f"is {kind}, which this installation cannot decode; convert it to WAV or FLAC",
            )
        if self._size > MAX_BYTES:
            raise self._error("too-long", f"is {self._size} bytes; at most {MAX_BYTES} are read")
        known = frozenset().union(*ENDINGS.values())
        if ending in known and ending not in ENDINGS[kind]:
            self.warnings.append(InputWarning("wrong-extension", {"format": kind}))
        try:
            return soundfile.SoundFile(self._descriptor(), closefd=False)
        except soundfile.LibsndfileError as error:
            raise self._damaged(error) from error

    def _descriptor(self) -> int | BinaryIO:
        """The file's descriptor where it has one, else the file.

        libsndfile reads a file object through a callback, and an exception that a signal raises
        in there is lost: Ctrl-C would now and then do nothing.
        """
        try:
            descriptor = self._file.fileno()
        except OSError:
            return self._file
        os.lseek(descriptor, 0, os.SEEK_SET)  # a buffered file's own seek may leave it elsewhere
        return descriptor

    def _check_bounds(self) -> None:
        """Refuse declared numbers that nothing sensible declares."""
        if not RATES[0] <= self.source_rate <= RATES[1]:
            raise self._error(
                "rate-out-of-range",
                f"declares {self.source_rate} Hz; {RATES[0]} to {RATES[1]} are accepted",
            )
        if not CHANNELS[0] <= self._sound.channels <= CHANNELS[1]:
            raise self._error(
                "channels-out-of-range",
                f"declares {self._sound.channels} channels; "
                f"{CHANNELS[0]} to {CHANNELS[1]} are accepted",
            )

    def _damaged(self, error: soundfile.LibsndfileError) -> InputError:
        reason = error.error_string.rstrip(".")
        if reason.startswith(MISLEADING):
            reason = "the decoder found none in it"
        return self._error("damaged", f"no usable sound could be decoded: {reason}")

    def _error(self, code: str, sentence: str) -> InputError:
        return InputError(code, sentence, name=self.name)


def condition(samples: Samples, warnings: list[InputWarning]) -> Samples:
    """Bring samples to full scale 1.0 and zero mean where they are far from it.

    Adds ``out-of-scale``, ``dc-offset`` and ``clipped`` to `warnings`.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    warnings : list of InputWarning

    Returns
    -------
    float32 array, shape (samples,)
    """
    if samples.size == 0:
        return samples
    peak = float(np.abs(samples).max())
    if peak > MAX_PEAK:
        warnings.append(InputWarning("out-of-scale", {"peak": peak}))
        scale = 32768.0 if 0.001 < peak / 32768.0 <= 1.0 else peak
        samples = (samples / np.float32(scale)).astype(np.float32)
        peak /= scale
    mean = float(samples.mean(dtype=np.float64))
    if abs(mean) > MAX_MEAN:
        warnings.append(InputWarning("dc-offset", {"value": round(mean, 4)}))
        samples = samples - np.float32(mean)
    elif peak >= 0.99:
        at_peak = np.abs(samples) >= 0.9995 * peak
        # Runs of three: a normalised file touches full scale with single samples.
        share = (
            float((at_peak[2:] & at_peak[1:-1] & at_peak[:-2]).mean()) if at_peak.size > 2 else 0
        )
        if share > MIN_CLIPPED:
            warnings.append(InputWarning("clipped", {"percent": round(100 * share, 3)}))
    return samples
