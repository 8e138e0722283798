"""The one short-time Fourier transform, and a signal that keeps its spectra for all features.

Every spectrum of emovox has time first: shape (frames, bins). Conventions are librosa's:
centred frames, zero padding at both ends, periodic windows, power without scaling.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Literal, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import SignalError, UsageError
from .blocks import blocks

Floats: TypeAlias = NDArray[np.float32]
Window: TypeAlias = Literal["hann", "hamming", "ones"]
Kept = TypeVar("Kept")
Real = TypeVar("Real", bound=NDArray[np.floating])
Array = TypeVar("Array", bound=np.ndarray)

# 32 frames of 2048 doubles and their transform stay inside a common second-level cache.
_BLOCK = 1 << 16
_KEPT_BYTES = 40 << 20
"""Larger arrays are computed anew for each who asks: magnitudes of five minutes at the usual
frames are kept, their complex spectra not."""

_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46), "ones": (1.0, 0.0)}


class Signal:
    """One channel of sound that remembers what was computed from it.

    Several features of one recording ask for the same spectrum; it is computed once and lives
    as long as the signal does, but for the very large. The arrays handed out are read-only,
    because they are shared.

    Parameters
    ----------
    samples : array, shape (samples,)
        Converted to float32.
    sample_rate : int, Hz

    Raises
    ------
    SignalError
        ``too-short`` if there is no sample, ``not-finite`` if one is NaN or infinite.

    Examples
    --------
    >>> signal = Signal(np.zeros(16000, "float32"), 16000)
    >>> signal.stft().shape
    (32, 1025)
    """

    def __init__(self, samples: NDArray[np.floating], sample_rate: int) -> None:
        samples = np.ascontiguousarray(samples, dtype=np.float32)
        if samples.ndim != 1:
            raise SignalError(
                "channels-out-of-range",
                f"a signal has one channel, shape (samples,), not shape {samples.shape}",
            )
        if samples.size == 0:
            raise SignalError("too-short", "the signal has no samples; give at least one")
        if not np.isfinite(samples).all():
            raise SignalError("not-finite", "the signal holds NaN or infinite samples")
        self.samples: Floats = frozen(samples.view())
        self.sample_rate = int(sample_rate)
        self._kept: dict[Hashable, object] = {}

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    def keep(self, key: Hashable, compute: Callable[[], Kept]) -> Kept:
        """Return what is kept under `key`, computing it the first time.

        Parameters
        ----------
        key : hashable
            Names the value and every setting that it depends on.
        compute : callable
            Returns the value; an array becomes read-only, and is not kept where it is so large
            that computing it again costs less than the memory.
        """
        if key in self._kept:
            return cast(Kept, self._kept[key])
        value = compute()
        if isinstance(value, np.ndarray):
            frozen(value)
            if value.nbytes > _KEPT_BYTES:
                return value
        self._kept[key] = value
        return value

    def stft(
        self,
        n_fft: int = 2048,
        hop_length: int = 512,
        *,
        win_length: int | None = None,
        window: Window = "hann",
        center: bool = True,
    ) -> NDArray[np.complex64]:
        """Short-time Fourier transform; see `stft`.

        Returns
        -------
        complex64 array, shape (frames, 1 + n_fft // 2), read-only
        """
        key = ("stft", n_fft, hop_length, win_length, window, center)
        return self.keep(
            key,
            lambda: stft(
                self.samples,
                n_fft=n_fft,
                hop_length=hop_length,
                win_length=win_length,
                window=window,
                center=center,
            ),
        )

    def magnitude(
        self,
        n_fft: int = 2048,
        hop_length: int = 512,
        *,
        win_length: int | None = None,
        window: Window = "hann",
        center: bool = True,
    ) -> Floats:
        """Absolute value of `stft`, float32, shape (frames, 1 + n_fft // 2), read-only."""
        key = ("magnitude", n_fft, hop_length, win_length, window, center)

        def compute() -> Floats:
            n_values = (len(self.samples) // hop_length + 1) * (n_fft // 2 + 1)
            if n_values * np.dtype(np.complex64).itemsize <= _KEPT_BYTES:
                return np.abs(
                    self.stft(
                        n_fft, hop_length, win_length=win_length, window=window, center=center
                    )
                )
            return magnitudes(
                *tapered_frames(
                    self.samples,
                    n_fft=n_fft,
                    hop_length=hop_length,
                    win_length=win_length,
                    window=window,
                    center=center,
                )
            )

        return self.keep(key, compute)

    def power(
        self,
        n_fft: int = 2048,
        hop_length: int = 512,
        *,
        win_length: int | None = None,
        window: Window = "hann",
        center: bool = True,
    ) -> Floats:
        """Square of `magnitude`, float32, shape (frames, 1 + n_fft // 2), read-only."""
        key = ("power", n_fft, hop_length, win_length, window, center)
        return self.keep(
            key,
            lambda: np.square(
                self.magnitude(
                    n_fft, hop_length, win_length=win_length, window=window, center=center
                )
            ),
        )


def as_signal(signal: Signal | NDArray[np.floating], sample_rate: int) -> Signal:
    """Return `signal` itself, or wrap samples at `sample_rate`.

    Raises
    ------
    UsageError
        If a `Signal` has another sampling rate.
    """
    if not isinstance(signal, Signal):
        return Signal(signal, sample_rate)
    if signal.sample_rate != sample_rate:
        raise UsageError(
            "usage",
            f"the signal has {signal.sample_rate} Hz, the feature works at {sample_rate} Hz; "
            "resample it first",
        )
    return signal


def stft(
    samples: Floats,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: Window = "hann",
    center: bool = True,
) -> NDArray[np.complex64]:
    """Short-time Fourier transform of one channel.

    Parameters
    ----------
    samples : float32 array, shape (samples,)
    n_fft, hop_length, win_length : int, samples
        A window shorter than `n_fft` stands in the middle of its frame.
    window : {"hann", "hamming", "ones"}
    center : bool
        Frame t is centred on sample t * hop_length, with zeros outside the signal; otherwise it
        begins there, and a signal shorter than one frame is padded to one.

    Returns
    -------
    complex64 array, shape (frames, 1 + n_fft // 2)
        Computed in double precision, kept in single.

    Examples
    --------
    >>> stft(np.ones(1000, "float32"), n_fft=256, hop_length=100).shape
    (11, 129)
    """
    framed, taper = tapered_frames(
        samples,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
    )
    return windowed_spectra(framed, taper, n_fft)


def tapered_frames(
    samples: Floats,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: Window = "hann",
    center: bool = True,
) -> tuple[Floats, NDArray[np.float64]]:
    """Frames of `stft`, and the window that each is multiplied by.

    Parameters
    ----------
    samples, n_fft, hop_length, win_length, window, center
        As for `stft`.

    Returns
    -------
    frames : float32 array, shape (frames, n_fft), a read-only view
    taper : float64 array, shape (n_fft,)
    """
    if center:
        samples = np.pad(samples, n_fft // 2)
    framed = frame(samples, frame_length=n_fft, hop_length=hop_length)
    return framed, _centred_window(window, win_length or n_fft, n_fft)


def magnitudes(framed: Floats, taper: NDArray[np.float64], *, bins: slice = slice(None)) -> Floats:
    """Magnitude spectra of frames, without their complex spectra in memory.

    Parameters
    ----------
    framed : float32 array, shape (frames, n_fft)
    taper : float64 array, shape (n_fft,)
    bins : slice
        Which of the 1 + n_fft // 2 bins are wanted.

    Returns
    -------
    float32 array, shape (frames, bins)
    """
    n_fft = framed.shape[1]
    found = np.empty((len(framed), len(range(1 + n_fft // 2)[bins])), np.float32)
    for block in blocks(len(framed)):
        np.abs(windowed_spectra(framed[block], taper, n_fft)[:, bins], out=found[block])
    return found


def windowed_spectra(
    framed: Floats, taper: NDArray[np.float64], n_fft: int
) -> NDArray[np.complex64]:
    """Fourier transform of each frame times `taper`, zero-padded to `n_fft`.

    Parameters
    ----------
    framed : float32 array, shape (frames, frame_length)
    taper : float64 array, shape (frame_length,)
    n_fft : int, at least frame_length

    Returns
    -------
    complex64 array, shape (frames, 1 + n_fft // 2)
    """
    # numpy's real transform is several times faster in double than in single precision.
    spectra = np.empty((len(framed), 1 + n_fft // 2), np.complex64)
    rows = min(max(1, _BLOCK // n_fft), len(framed))
    product = np.empty((rows, framed.shape[1]))
    for start in range(0, len(framed), rows):
        block = framed[start : start + rows]
        tapered = np.multiply(block, taper, out=product[: len(block)])
        spectra[start : start + rows] = np.fft.rfft(tapered, n_fft)
    return spectra


def istft(spectra: NDArray[np.complex64], *, length: int, hop_length: int = 512) -> Floats:
    """Signal of a centred Hann-window STFT, by overlap-add and division by the squared windows.

    Parameters
    ----------
    spectra : complex64 array, shape (frames, bins)
        As `stft` returns it, with 2 * (bins - 1) samples a frame.
    length : int, samples
    hop_length : int, samples
        Must divide the frame length.

    Returns
    -------
    float32 array, shape (length,)

    Examples
    --------
    >>> samples = np.sin(np.arange(5000) / 9).astype("float32")
    >>> bool(np.abs(istft(stft(samples), length=5000) - samples).max() < 1e-5)
    True
    """
    n_fft = 2 * (spectra.shape[1] - 1)
    taper = window_of("hann", n_fft).astype(np.float32)
    n_frames = min(len(spectra), -(-(length + n_fft) // hop_length))
    parts = n_fft // hop_length
    sums = np.zeros((n_frames + parts - 1, hop_length), np.float32)
    weights = np.zeros((n_frames + parts - 1, hop_length), np.float32)
    rows = max(1, _BLOCK // n_fft)
    for start in range(0, n_frames, rows):
        stop = min(start + rows, n_frames)
        frames = np.fft.irfft(spectra[start:stop], n_fft)
        frames *= taper
        pieces = frames.reshape(stop - start, parts, hop_length)
        for part in range(parts):
            sums[start + part : stop + part] += pieces[:, part]
    squares = np.square(taper).reshape(parts, hop_length)
    for part in range(parts):
        weights[part : n_frames + part] += squares[part]
    np.divide(sums, weights, out=sums, where=weights > np.finfo(np.float32).tiny)
    samples = np.zeros(length, np.float32)
    inside = sums.ravel()[n_fft // 2 :][:length]
    samples[: len(inside)] = inside
    return samples


def frame(samples: Floats, *, frame_length: int, hop_length: int) -> Floats:
    """Overlapping frames as a read-only view, whole frames only, at least one (zero-padded).

    Returns
    -------
    float32 array, shape (frames, frame_length)

    Examples
    --------
    >>> frame(np.arange(6, dtype="float32"), frame_length=4, hop_length=2)
    array([[0., 1., 2., 3.],
           [2., 3., 4., 5.]], dtype=float32)
    """
    if len(samples) < frame_length:
        samples = np.pad(samples, (0, frame_length - len(samples)))
    return np.lib.stride_tricks.sliding_window_view(samples, frame_length)[::hop_length]


@lru_cache(maxsize=32)
def window_of(name: Window, length: int) -> NDArray[np.float64]:
    """Periodic (for Fourier analysis) window: a0 - a1 cos(2 pi k / length).

    Examples
    --------
    >>> window_of("hann", 4)
    array([0. , 0.5, 1. , 0.5])
    """
    constant, cosine = _WINDOWS[name]
    turns = np.arange(length) / length
    return frozen(constant - cosine * np.cos(2 * np.pi * turns))


@lru_cache(maxsize=32)
def _centred_window(name: Window, win_length: int, n_fft: int) -> NDArray[np.float64]:
    """Window in the middle of `n_fft` samples."""
    before = (n_fft - win_length) // 2
    padding = (before, n_fft - win_length - before)
    return frozen(np.pad(window_of(name, win_length), padding))


def fft_frequencies(sample_rate: float, n_fft: int) -> NDArray[np.float64]:
    """Frequencies of the bins of a real transform in Hz, shape (1 + n_fft // 2,)."""
    return np.fft.rfftfreq(n_fft, 1.0 / sample_rate).astype(np.float64)


def power_to_db(
    power: Real, *, ref: float = 1.0, amin: float = 1e-10, top_db: float | None = 80.0
) -> Real:
    """Power in decibels: 10 log10(max(amin, power) / ref).

    Parameters
    ----------
    power : array
    ref : float
        The power that is 0 dB.
    amin : float
        Powers below it count as it.
    top_db : float, optional
        Nothing lies further than this below the largest value of the whole array.

    Returns
    -------
    array of the same shape and type

    Examples
    --------
    >>> power_to_db(np.array([1.0, 0.1, 0.0]))
    array([  0., -10., -80.])
    """
    floored = np.maximum(power.dtype.type(amin), power)
    decibels = cast(Real, 10.0 * np.log10(floored) - 10.0 * math.log10(max(amin, ref)))
    if top_db is not None:
        np.maximum(decibels, decibels.max() - top_db, out=decibels)
    return decibels


def frozen(array: Array) -> Array:
    """Make read-only what several callers share."""
    array.setflags(write=False)
    return array
