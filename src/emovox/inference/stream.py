"""Recognition of sound that is still coming: an answer a few times a second on the last seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SignalError, UsageError
from .recogniser import Recogniser
from .result import Result
from .rolling import HOP_S, WINDOW_S, RollingWindow, Window


class Stream:
    """A recogniser that listens: feed it sound as it comes, get answers as they are due.

    Every 0.25 s of sound one answer is due, about the last 3 s (at the beginning about less). It
    has no emotion where nobody has spoken for a second. Memory stays the same however long it
    lasts.

    Parameters
    ----------
    recogniser : Recogniser
    sample_rate : int, Hz
        Rate of the sound that will be fed, 4,000 to 384,000.
    window_s, hop_s : float
        How much sound an answer is about, and how much new sound makes the next one due.
    name : str
        What the results are called.

    Raises
    ------
    UsageError
        For a rate or times that cannot be.

    Examples
    --------
    >>> from emovox.audio import read
    >>> from emovox.demo.clips import clip_paths
    >>> from emovox.inference import load
    >>> sound = read(clip_paths()[0])
    >>> stream = Stream(load(), sample_rate=sound.sample_rate)
    >>> results = stream.feed(sound.samples[:24_000])
    >>> [result.end for result in results]
    [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
    >>> results[-1].emotion in stream.recogniser.labels
    True
    """

    def __init__(
        self,
        recogniser: Recogniser,
        *,
        sample_rate: int,
        window_s: float = WINDOW_S,
        hop_s: float = HOP_S,
        name: str = "<stream>",
    ) -> None:
        self.recogniser = recogniser
        self.name = name
        self.rolling = RollingWindow(sample_rate, window_s=window_s, hop_s=hop_s)

    def feed(
        self, sound: bytes | bytearray | memoryview | npt.NDArray[Any], *, newest_only: bool = False
    ) -> list[Result]:
        """Take the sound that has come since, and answer what has become due.

        Parameters
        ----------
        sound : array of shape (samples,), or bytes
            One channel: floats with full scale 1.0 or 16-bit integers; as bytes 16-bit
            little-endian integers. Any amount of it.
        newest_only : bool
            Answer only about the newest window: for who is late and wants to be no later.

        Returns
        -------
        list of Result
            `start` and `end` are seconds of the stream. Often empty.

        Raises
        ------
        UsageError
            For another shape or kind of number, or half a sample.
        SignalError
            If samples are NaN or infinite.
        """
        pcm = sound if not isinstance(sound, np.ndarray) else as_pcm(sound, name=self.name)
        if newest_only:
            windows = [self.rolling.newest()] if self.rolling.feed(pcm) else []
            return [self._answer(window) for window in windows]
        return [self._answer(window) for window in self.rolling.windows(pcm)]

    def _answer(self, window: Window) -> Result:
        return recognise_window(
            self.recogniser, window, sample_rate=self.rolling.sample_rate, name=self.name
        )


def recognise_window(
    recogniser: Recogniser, window: Window, *, sample_rate: int, name: str = "<stream>"
) -> Result:
    """Answer about one window of a stream.

    Parameters
    ----------
    recogniser : Recogniser
    window : Window
    sample_rate : int, Hz
    name : str

    Returns
    -------
    Result
        With the window's own start and end; no emotion where nobody has spoken for a
        second.
    """
    samples = np.frombuffer(window.pcm, dtype="<i2").astype(np.int16)
    result = recogniser.predict_window(samples, sample_rate=sample_rate, name=name)
    return replace(result, start=round(window.start, 3), end=round(window.end, 3))


def as_pcm(samples: npt.NDArray[Any], *, name: str = "<stream>") -> bytes:
    """16-bit little-endian bytes of samples.

    Parameters
    ----------
    samples : array, shape (samples,)
        Floats with full scale 1.0 (what is beyond is clipped), or 16-bit integers.
    name : str
        For the sentence of an error.

    Raises
    ------
    UsageError, SignalError

    Examples
    --------
    >>> as_pcm(np.array([0.0, 0.5, -2.0])).hex()
    '000000400080'
    """
    if samples.ndim != 1:
        raise UsageError("usage", f"samples have the shape {samples.shape}; give one channel, (n,)")
    if samples.dtype == np.int16:
        return samples.astype("<i2").tobytes()
    if samples.dtype.kind != "f":
        sentence = f"samples are {samples.dtype}; give floats with full scale 1.0, or int16"
        raise UsageError("usage", sentence)
    if not np.isfinite(samples).all():
        n_bad = int(samples.size - np.isfinite(samples).sum())
        sentence = f"{n_bad} of {samples.size} samples are NaN or infinite"
        raise SignalError("not-finite", sentence, name=name)
    scaled = np.rint(samples.astype(np.float64) * 32768.0)
    return np.clip(scaled, -32768, 32767).astype("<i2").tobytes()
