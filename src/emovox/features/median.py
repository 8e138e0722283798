"""Sliding medians of 31 values, exact and fast: sorting that neighbouring windows share.

Sixteen windows of 31 values that follow each other have sixteen values in common. Those are
sorted once. Then the sixteen windows are halved again and again: each half shares more values,
which come as sorted blocks and are merged in, and whatever can no longer be a median is dropped.
All of it is minima and maxima of whole arrays (the separable sorting networks of A. Adams, "Fast
median filters using separable sorting networks", ACM Transactions on Graphics 40(4), 2021, along
one axis), some thirty a value instead of a partition of 31.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .spectrum import Floats

WINDOW = 31
_TILE = (WINDOW + 1) // 2
# One array of this many values for each of the 16 rows of a tile stays in the cache.
_COLUMNS = 3072
_SUPERBLOCKS = 48


def sliding_median(values: Floats) -> Floats:
    """Median over 31 rows around each row, column by column, the edges mirrored.

    Parameters
    ----------
    values : float32 array, shape (rows, columns)
        Without NaN.

    Returns
    -------
    float32 array, shape (rows, columns)
        Beyond an edge the rows are mirrored, the last one repeated (d c b a | a b c d | d c b a).

    Examples
    --------
    >>> ramp = np.arange(100, dtype="float32")[:, None]
    >>> sliding_median(ramp)[[0, 50, 99], 0].tolist()
    [7.0, 50.0, 92.0]
    """
    rows, columns = values.shape
    medians = np.empty_like(values, order="C")
    for first in range(0, rows, _SUPERBLOCKS * _TILE):
        last = min(first + _SUPERBLOCKS * _TILE, rows)
        n_tiles = -(-(last - first) // _TILE)
        sources = _sources(first, n_tiles, rows)
        step = max(1, _COLUMNS // (n_tiles + 2))
        for left in range(0, columns, step):
            part = values[:, left : left + step]
            tiles = _tile_medians(np.take(part, sources, axis=0))
            # (window in tile, tile, column) -> rows in order
            ordered = tiles.transpose(1, 0, 2).reshape(n_tiles * _TILE, part.shape[1])
            medians[first:last, left : left + step] = ordered[: last - first]
    return medians


def _sources(first: int, n_tiles: int, rows: int) -> NDArray[np.intp]:
    """Row that stands at each (place in tile, tile), the first tile's windows starting at `first`.

    One place is left free before the first window, so that what sixteen windows share is a tile.
    """
    place = np.arange(_TILE)[:, None] + _TILE * np.arange(n_tiles + 2)[None, :]
    wanted = (first - 1 - WINDOW // 2 + place) % (2 * rows)
    return np.where(wanted < rows, wanted, 2 * rows - 1 - wanted)


def _tile_medians(values: Floats) -> Floats:
    """Medians of the windows of each tile.

    `values` has shape (16 places, tiles + 2, columns); the result (16 windows, tiles, columns).
    """
    blocks = {1: values[None]}
    size = 1
    while size < _TILE:
        blocks[2 * size] = _merged(blocks[size][:, 0::2], blocks[size][:, 1::2])
        size *= 2
    # The windows of tile s share the values of tile s + 1.
    candidates = blocks[_TILE][:, :, 1:-1]
    while size > 1:
        size //= 2
        candidates = _halved(candidates, blocks[size])
    medians: Floats = candidates[0]
    return medians


def _merged(first: Floats, second: Floats) -> Floats:
    """Merge sorted blocks: two of shape (size, ...) into one of shape (2 size, ...)."""
    size = len(first)
    both = np.empty((2, *first.shape), np.float32)
    np.minimum(first, second[::-1], out=both[0])
    np.maximum(first, second[::-1], out=both[1])
    return _sorted_bitonic(both, size).reshape(2 * size, *first.shape[1:])


def _halved(candidates: Floats, blocks: Floats) -> Floats:
    """Candidates of the two halves of each group of windows.

    `candidates` (2 size, groups, tiles, columns) are sorted; each half shares one more block of
    `size` values: to the first half of group g belongs block 2 g + 1 of the same tile, to the
    second block 2 g of the tile after next. Of the 3 `size` values the lowest and the highest
    `size` are not medians of any window in the half.
    """
    size = len(blocks)
    low, high = candidates[:size, :, None], candidates[size:, :, None]
    tiles = candidates.shape[2]
    upper = np.empty((size, candidates.shape[1], 2, *candidates.shape[2:]), np.float32)
    np.maximum(low[:, :, 0], blocks[::-1, 1::2, :tiles], out=upper[:, :, 0])
    np.maximum(low[:, :, 0], blocks[::-1, 0::2, 2:], out=upper[:, :, 1])
    upper = _sorted_bitonic(upper[None], size)[0]
    kept = np.minimum(upper, high[::-1])
    kept = _sorted_bitonic(kept[None], size)[0]
    halved: Floats = kept.reshape(size, -1, *candidates.shape[2:])
    return halved


def _sorted_bitonic(values: Floats, size: int) -> Floats:
    """Sort axis 1, of length `size` and bitonic (first falling, then rising, or turned so)."""
    stride = size // 2
    while stride:
        pairs = values.reshape(values.shape[0], -1, 2, stride, *values.shape[2:])
        ordered = np.empty_like(pairs)
        np.minimum(pairs[:, :, 0], pairs[:, :, 1], out=ordered[:, :, 0])
        np.maximum(pairs[:, :, 0], pairs[:, :, 1], out=ordered[:, :, 1])
        values = ordered.reshape(values.shape)
        stride //= 2
    return values
