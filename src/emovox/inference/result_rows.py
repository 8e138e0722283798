"""Results as rows of a table: what `emovox predict --csv` and the page's export write."""

from __future__ import annotations

from collections.abc import Sequence

from ..visible import table_cell
from .result import Result


def heading(labels: Sequence[str]) -> list[str]:
    """Names of the columns of `row`.

    Examples
    --------
    >>> heading(["anger", "neutral"])
    ['path', 'start', 'end', 'emotion', 'anger', 'neutral', 'warnings', 'error']
    """
    return ["path", "start", "end", "emotion", *labels, "warnings", "error"]


def row(result: Result, labels: Sequence[str]) -> list[str]:
    """One result as text, a cell for each column of `heading`.

    Parameters
    ----------
    result : Result
    labels : sequence of str
        Of the model, in the order of its columns.

    Examples
    --------
    >>> row(Result("a.wav", 0.0, 1.5, "neutral", {"neutral": 1.0}), ["anger", "neutral"])
    ['a.wav', '0.000', '1.500', 'neutral', '', '1.0000', '', '']
    """
    values = result.values
    return [
        table_cell(result.path),
        "" if result.start is None else f"{result.start:.3f}",
        "" if result.end is None else f"{result.end:.3f}",
        result.emotion or "",
        *(f"{values[label]:.4f}" if label in values else "" for label in labels),
        " ".join(warning.code for warning in result.warnings),
        result.error.code if result.error else "",
    ]
