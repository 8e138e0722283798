"""Longer or shorter at the same pitch, and resampling: what speed, tempo and pitch are made of.

The stretch is WSOLA (Verhelst and Roelands 1993, "An overlap-add technique based on waveform
similarity (WSOLA) for high quality time-scale modification of speech", ICASSP): overlapping
windows of the signal are laid at another distance, each taken from where, near its place, it goes
on most like the one before would have.
"""

from __future__ import annotations

import numpy as np
import soxr

from .spectral_filter import Doubles

HOP_S = 0.015
"""Distance of windows in the result; each is twice as long."""
REACH_S = 0.009
"""How far from its place a window may be taken: half a period of the lowest voice, 55 Hz."""


def stretched(samples: Doubles, factor: float, *, sample_rate: int) -> Doubles:
    """Change the duration and keep the pitch.

    Parameters
    ----------
    samples : float64 array, shape (samples,)
    factor : float
        2 makes it twice as long.
    sample_rate : int, Hz

    Returns
    -------
    float64 array, shape (max(1, round(samples * factor)),)

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) * 0.1)
    >>> longer = stretched(tone, 1.25, sample_rate=16000)
    >>> len(longer), int(np.argmax(np.abs(np.fft.rfft(longer))) / 1.25)
    (20000, 254)
    """
    n_out = max(1, round(samples.size * factor))
    hop, reach = max(1, round(HOP_S * sample_rate)), round(REACH_S * sample_rate)
    window = 0.5 - 0.5 * np.cos(np.pi * np.arange(2 * hop) / hop)
    # One window begins a hop before the signal, so that all of it lies under two.
    before, n_windows = hop + reach, -(-n_out // hop) + 1
    after = round(n_windows * hop / factor) + 3 * hop + 2 * reach - samples.size
    padded = np.pad(samples, (before, max(after, 0)))
    peak = float(np.abs(padded).max())
    padded = padded / peak if peak > 0 else padded
    result = np.zeros((n_windows + 1) * hop)
    taken = reach
    for index in range(n_windows):
        if index > 0:
            place = round(index * hop / factor) + reach
            taken = place + _best_shift(padded, taken + hop, place, 2 * hop, reach)
        result[index * hop : (index + 2) * hop] += padded[taken : taken + 2 * hop] * window
    return result[hop : hop + n_out] * peak


def resampled(samples: Doubles, factor: float) -> Doubles:
    """Play `factor` times as fast: shorter by it, and higher by it.

    Returns
    -------
    float64 array, shape (max(1, round(samples / factor)),)
    """
    n_out = max(1, round(samples.size / factor))
    peak = float(np.abs(samples).max())
    if peak == 0.0:
        return np.zeros(n_out)
    # The resampler works in single precision where the largest numbers would overflow.
    changed = np.asarray(soxr.resample(samples / peak, factor, 1.0), dtype=np.float64)[:n_out]
    return np.pad(changed, (0, n_out - changed.size)) * peak


def _best_shift(padded: Doubles, natural: int, place: int, length: int, reach: int) -> int:
    """Shift from `place` at which the signal is most like what would have gone on by itself."""
    wanted = padded[natural : natural + length]
    region = padded[place - reach : place + reach + length]
    likeness = np.correlate(region, wanted, "valid")
    squares = np.concatenate([[0.0], np.cumsum(np.square(region))])
    energy = np.maximum(squares[length:] - squares[:-length], 0.0)
    # Where there is nothing to be like, as in silence, all places are alike.
    scale = np.sqrt((energy + 1e-9 * squares[-1]) * np.sum(np.square(wanted)))
    likeness = np.divide(likeness, scale, out=np.zeros_like(likeness), where=scale > 1e-30)
    # Among those that are alike, the one nearest to its place.
    likeness -= 1e-3 * np.abs(np.arange(-reach, reach + 1)) / reach
    return int(likeness.argmax()) - reach
