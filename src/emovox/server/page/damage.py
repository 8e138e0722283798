"""What is said of records that were damaged or crafted."""

from __future__ import annotations

from ...errors import EmovoxError
from ..problems import without_paths

DAMAGED = (
    KeyError, TypeError, IndexError, AttributeError, MemoryError, OverflowError, RecursionError,
    ValueError,
)  # fmt: skip
"""What comes of records whose settings are whole and whose results are not."""


def told(error: Exception) -> dict[str, str]:
    """Code and sentence of an error.

    Examples
    --------
    >>> told(KeyError("emotion"))["code"]
    'records-damaged'
    """
    if isinstance(error, EmovoxError):
        return {"code": error.code, "message": without_paths(error.sentence)}
    # Of half a character, only the escape can be written.
    said = f"{type(error).__name__}: {error}".encode("ascii", "backslashreplace").decode()
    what = f"the records hold what no run writes ({said})"
    return {"code": "records-damaged", "message": without_paths(what)}
