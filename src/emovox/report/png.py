"""Writing a picture as PNG with the standard library alone."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .palette import Colour


def encode(pixels: NDArray[np.uint8], palette: Sequence[Colour]) -> bytes:
    """PNG of a picture of palette colours (colour type 3, 8 bit).

    Parameters
    ----------
    pixels : uint8 array, shape (height, width)
        Places in `palette`; the first row is the top.
    palette : sequence of at most 256 colours

    Returns
    -------
    bytes

    Examples
    --------
    >>> encode(np.zeros((1, 1), np.uint8), [(0, 0, 0)])[1:4]
    b'PNG'
    """
    height, width = pixels.shape
    # Every row begins with the number of its filter: 0, none.
    rows = np.hstack([np.zeros((height, 1), np.uint8), pixels.astype(np.uint8)]).tobytes()
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(value for colour in palette for value in colour)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def data_uri(png: bytes) -> str:
    """PNG as an address that holds the picture itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
