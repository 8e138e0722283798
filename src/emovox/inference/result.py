"""What prediction gives: one record a recording or segment, as object and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..audio import InputWarning
from ..errors import EmovoxError
from ..visible import json_name

SCHEMA_VERSION = 1
"""Version of the JSON form; docs/result-schema.json is its published schema."""


@dataclass(frozen=True)
class Result:
    """The answer for one recording or one segment of it.

    Parameters
    ----------
    path : str
        As it was given.
    start, end : float, optional
        Seconds; None where the recording could not be read.
    emotion : str, optional
        The top one; None where there is no speech or an error.
    scores : mapping, optional
        Emotion -> share, summing to 1, highest first.
    dimensions : mapping, optional
        Of a regression model: arousal, valence, dominance in 0..1.
    warnings : tuple of InputWarning
    model, sha256 : str, optional
        The model's name and hash.
    error : EmovoxError, optional
        Why there is no answer.
    segments : tuple of Result
        What the answer is the mean of, where a recording was too long for one; not in the JSON.
    """

    path: str
    start: float | None = None
    end: float | None = None
    emotion: str | None = None
    scores: Mapping[str, float] | None = None
    dimensions: Mapping[str, float] | None = None
    warnings: tuple[InputWarning, ...] = ()
    model: str | None = None
    sha256: str | None = None
    error: EmovoxError | None = None
    segments: tuple[Result, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the recording could be used (also where nobody speaks in it)."""
        return self.error is None

    @property
    def values(self) -> Mapping[str, float]:
        """Scores or dimensions, whichever the model gives; empty where there is no answer."""
        return self.scores or self.dimensions or {}

    def as_json(self) -> dict[str, Any]:
        """Return the published JSON object of one line.

        Examples
        --------
        >>> Result("a.wav", 0.0, 1.5, "neutral", {"neutral": 1.0}).as_json()["ok"]
        True
        """
        named: dict[str, Any] = dict(json_name(self.path))
        if self.error is not None:
            error = {"code": self.error.code, "message": self.error.sentence}
            return {**named, "ok": False, "error": error}
        values: dict[str, Any] = {"emotion": self.emotion, "scores": _rounded(self.scores)}
        if self.dimensions is not None:
            values["dimensions"] = _rounded(self.dimensions)
        return {
            **named,
            "ok": True,
            "start": self.start,
            "end": self.end,
            **values,
            "warnings": [warning.as_json() for warning in self.warnings],
            "model": {"name": self.model, "sha256": self.sha256},
        }


def _rounded(values: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if values is None else {name: round(value, 4) for name, value in values.items()}
