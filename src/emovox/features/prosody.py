"""Fundamental frequency and voicing: autocorrelation candidates and the best path through them.

The candidates are those of Boersma (1993), "Accurate short-term analysis of the fundamental
frequency and the harmonics-to-noise ratio of a sampled sound": peaks of the autocorrelation of
a Hann-windowed frame divided by that of the window. The path is found by dynamic programming
over all frames, with costs for octaves, for jumps, and for changing between voiced and unvoiced.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import SignalError
from .blocks import blocks, blockwise

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

CANDIDATES = 7
"""Voiced candidates kept for each frame."""

VOICING_THRESHOLD = 0.45
"""Strength of the unvoiced candidate: weaker periodicity is unvoiced."""

SILENCE_THRESHOLD = 0.03
"""Frames whose peak is below this share of the clip's highest peak tend to be unvoiced."""

OCTAVE_COST = 0.01
"""Bonus per octave for higher candidates, so that a perfect period beats its multiples."""

OCTAVE_JUMP_COST = 0.35
"""Cost of a jump of one octave between neighbouring voiced frames 10 ms apart."""

VOICED_UNVOICED_COST = 0.14
"""Cost of changing between voiced and unvoiced in frames 10 ms apart."""

SINC_DEPTH = 8
"""Samples on either side by which the autocorrelation is interpolated."""


def f0(
    samples: Floats,
    *,
    sample_rate: int,
    hop_s: float = 0.01,
    fmin: float = 60.0,
    fmax: float = 400.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fundamental frequency and voicing of each frame.

    Parameters
    ----------
    samples : float array, shape (samples,)
    sample_rate : int, Hz
    hop_s : float, seconds
        Frame `i` is centred on sample ``round(i * hop_s * sample_rate)``.
    fmin, fmax : float, Hz
        The search range; frames are three periods of `fmin` long.

    Returns
    -------
    f0_hz : float32 array, shape (frames,), frames = 1 + samples // hop
        0 where the frame is unvoiced.
    voicing : float32 array, shape (frames,), in [0, 1]
        Normalised autocorrelation at the chosen period; in unvoiced frames, at the best one.
        ``10 * log10(voicing / (1 - voicing))`` is the harmonics-to-noise ratio in decibels.

    Raises
    ------
    SignalError
        ``not-finite`` or ``empty-file`` where there is nothing to analyse.

    Notes
    -----
    On steady synthetic periods the error is below 0.1 %. On real speech, against Praat 6.1 with
    the same settings, voicing agrees in at least 95 % of the frames and F0 lies within 1 % in at
    least 99 % of the frames that both call voiced (tests/features/test_prosody.py).

    Examples
    --------
    >>> tone = np.sign(np.sin(2 * np.pi * 200.0 * np.arange(8000) / 16000 + 0.1))
    >>> f0_hz, voicing = f0(tone, sample_rate=16000)
    >>> len(f0_hz), round(float(np.median(f0_hz)))
    (51, 200)
    """
    samples = checked(samples)
    samples = samples - np.float32(samples.mean(dtype=np.float64))
    hop = round(hop_s * sample_rate)
    window_length = int(3.0 * sample_rate / fmin)
    longest = min(int(np.ceil(sample_rate / fmin)) + 1, window_length - SINC_DEPTH - 2)
    shortest = max(2, int(sample_rate / fmax))
    loudest = max(float(samples.max()), -float(samples.min()), 1e-12)
    frames = centred_frames(samples, length=window_length, hop=hop)
    del samples  # the frames are views of a copy of their own
    # how loud a frame is shows in its middle period: the rest may lie across a pause
    middle = frames[:, window_length // 3 : window_length - window_length // 3]

    def candidates(block: slice) -> tuple[Floats, Floats, Floats]:
        autocorrelation = _normalised_autocorrelation(
            frames[block], n_lags=longest + SINC_DEPTH + 2
        )
        lags, heights = _candidates(autocorrelation, shortest=shortest, longest=longest)
        return np.abs(middle[block]).max(axis=1), lags, heights

    peaks, lags, heights = blockwise(len(frames), candidates)
    frequency = np.where(lags > 0, sample_rate / np.maximum(lags, 1.0), 0.0)
    usable = (frequency >= fmin) & (frequency <= fmax)
    frequency = np.where(usable, frequency, 0.0)
    heights = np.where(usable, heights, 0.0)
    strength = np.where(
        usable, heights + OCTAVE_COST * np.log2(np.maximum(frequency, fmin) / fmin), -np.inf
    )
    relative = peaks / loudest * (1.0 + VOICING_THRESHOLD) / SILENCE_THRESHOLD
    unvoiced = VOICING_THRESHOLD + np.maximum(0.0, 2.0 - relative)
    chosen = _best_path(frequency, strength, unvoiced, hop_s=hop_s)
    rows = np.arange(len(chosen))
    voiced = chosen > 0
    column = np.where(voiced, chosen - 1, 0)
    f0_hz = np.where(voiced, frequency[rows, column], 0.0)
    voicing = np.where(voiced, heights[rows, column], heights.max(axis=1))
    return f0_hz.astype(np.float32), np.clip(voicing, 0.0, 1.0).astype(np.float32)


def checked(samples: Floats) -> NDArray[np.float32]:
    """Return `samples` as one float32 channel; SignalError where that is impossible."""
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.ndim != 1 or samples.size == 0:
        raise SignalError(
            "empty-file",
            f"samples must be one channel with at least one sample, not of shape {samples.shape}",
        )
    if not np.isfinite(samples).all():
        raise SignalError("not-finite", "the samples hold NaN or infinity; clean them first")
    return samples


def centred_frames(samples: NDArray[np.float32], *, length: int, hop: int) -> NDArray[np.float32]:
    """Frames of `length` samples centred on every `hop`-th sample, zeros beyond both ends.

    Returns
    -------
    float32 array, shape (1 + samples // hop, length), a read-only view
    """
    padded = np.pad(samples, (length // 2, length))
    windows = np.lib.stride_tricks.sliding_window_view(padded, length)
    return windows[: samples.size + 1 : hop][: 1 + samples.size // hop]


def fast_length(n: int) -> int:
    """Smallest even length of at least `n` whose only prime factors are 2, 3 and 5.

    Examples
    --------
    >>> fast_length(1069)
    1080
    """
    best = 1 << (n - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            length = three
            while length < n or length % 2:
                length *= 2
            best = min(best, length)
            three *= 3
        five *= 5
    return best


def _normalised_autocorrelation(frames: Floats, *, n_lags: int) -> Floats:
    """Autocorrelation of each Hann-windowed frame over that of the window, shape (frames, lags)."""
    length = frames.shape[1]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)
    n_fft = fast_length(length + n_lags)
    windowed = (frames - frames.mean(axis=1, keepdims=True)) * window
    spectrum = np.fft.rfft(windowed, n_fft, axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    raw = np.fft.irfft(power, n_fft, axis=1)[:, :n_lags]
    own = np.fft.irfft(np.square(np.abs(np.fft.rfft(window.astype(float), n_fft))), n_fft)[:n_lags]
    energy = raw[:, :1]
    # frames of rounding noise have no period
    safe = np.where(energy > 1e-12, energy, np.inf)
    result: Floats = raw / safe * (own[0] / own).astype(np.float32)
    return result


def _candidates(autocorrelation: Floats, *, shortest: int, longest: int) -> tuple[Floats, Floats]:
    """Lags and heights of the strongest local maxima, shape (frames, CANDIDATES); lag 0: none."""
    middle = autocorrelation[:, shortest : longest + 1]
    is_peak = (
        (middle > autocorrelation[:, shortest - 1 : longest])
        & (middle >= autocorrelation[:, shortest + 1 : longest + 2])
        & (middle > 0.5 * VOICING_THRESHOLD)
    )
    # the tiny preference for short lags is the octave cost; it only ranks here
    octaves = np.log2(np.arange(shortest, longest + 1, dtype=np.float32))
    ranked = np.where(is_peak, middle - OCTAVE_COST * octaves, -np.inf)
    n_kept = min(CANDIDATES, ranked.shape[1])
    best = np.argpartition(ranked, ranked.shape[1] - n_kept, axis=1)[:, -n_kept:]
    rows = np.arange(len(ranked))[:, None]
    found = np.isfinite(ranked[rows, best])
    lag = best + shortest
    before, at, after = (autocorrelation[rows, lag + step] for step in (-1, 0, 1))
    curvature = before - 2.0 * at + after
    offset = np.where(curvature < 0, 0.5 * (before - after) / np.minimum(curvature, -1e-12), 0.0)
    offset = np.clip(offset, -0.5, 0.5)
    height = _interpolated(autocorrelation, rows, lag, offset)
    height = np.where(height > 1.0, 1.0 / np.maximum(height, 1.0), height)
    return np.where(found, lag + offset, 0.0), np.where(found, height, 0.0)


def _interpolated(values: Floats, rows: Indices, lag: Indices, offset: Floats) -> Floats:
    """Value at ``lag + offset`` by a sinc under a Hann window of `SINC_DEPTH` samples a side."""
    steps = np.arange(-SINC_DEPTH, SINC_DEPTH + 1)
    distance = offset[..., None] - steps
    kernel = np.sinc(distance) * (0.5 + 0.5 * np.cos(np.pi * distance / (SINC_DEPTH + 1)))
    # the autocorrelation is even: what lies before lag 0 is its mirror image
    gathered = values[rows[..., None], np.abs(lag[..., None] + steps)]
    result: Floats = (gathered * kernel).sum(axis=-1)
    return result


def _best_path(
    frequency: Floats, strength: Floats, unvoiced: Floats, *, hop_s: float
) -> NDArray[np.intp]:
    """Chosen candidate of each frame: 0 unvoiced, k the k-th voiced one (Viterbi)."""
    correction = 0.01 / hop_s
    n_frames, n_voiced = frequency.shape
    octaves = np.log2(np.maximum(frequency, 1.0))
    gain = np.concatenate([unvoiced[:, None], strength], axis=1)
    back = np.zeros((n_frames, n_voiced + 1), dtype=np.intp)
    columns = np.arange(n_voiced + 1)
    score = gain[0]
    for block in blocks(n_frames - 1):
        before, after = octaves[block], octaves[1:][block]
        cost = np.full((len(after), n_voiced + 1, n_voiced + 1), VOICED_UNVOICED_COST * correction)
        cost[:, 0, 0] = 0.0
        cost[:, 1:, 1:] = (
            OCTAVE_JUMP_COST * correction * np.abs(before[:, :, None] - after[:, None, :])
        )
        for index, step in enumerate(cost, start=block.start + 1):
            total = score[:, None] - step
            arrived = total.argmax(axis=0)
            back[index] = arrived
            score = total[arrived, columns] + gain[index]
    path = np.empty(n_frames, dtype=np.intp)
    path[-1] = score.argmax()
    for index in range(n_frames - 1, 0, -1):
        path[index - 1] = back[index, path[index]]
    return path
