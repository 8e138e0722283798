"""`model.json`: what a model folder says about its network, and how it is checked."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ModelError
from .domain import weights

FORMAT = 1
SETTINGS_FILE = "model.json"
NETWORK_FILE = "network.onnx"
CARD_FILE = "README.md"
TASKS = ("classification", "regression")
SCORES = ("probabilities", "softmax", "values")
"""What the network gives: probabilities; logits, of which a softmax is taken; values of
dimensions (regression)."""
PADS = ("tile", "none")
"""How an input that is shorter than a window is made as long: by its own repetition, or not."""
MAX_SHORTEST = 4096
"""Frames that a network may need at least: an encoder of samples makes a frame of 400."""
MAX_LABELS = 1000
MAX_LABEL_LENGTH = 64
MAX_NETWORK_BYTES = 1 << 30
MAX_DIM = 1_000_000
MAX_ROWS_AT_ONCE = 65_536
MAX_FRAMES = 100_000
MAX_INPUT = 16_000_000
"""Numbers in one input of a fixed number of frames."""
MAX_OVERLAP = 16
"""Windows that may lie over one frame: more would make a long recording endless."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check(document: Mapping[str, Any], *, name: str) -> None:
    """Say what is wrong with the settings of a model, if anything is.

    Parameters
    ----------
    document : mapping
        What ``model.json`` holds.
    name : str
        The file, for the errors.

    Raises
    ------
    ModelError
        ``model-too-new`` if its format is newer than `FORMAT`; else ``model-invalid``, naming
        the field, its value and what is allowed.
    """
    field = _Fields(document, name)
    version = field.whole("format", low=1)
    if version > FORMAT:
        raise ModelError(
            "model-too-new",
            f"needs model folder format {version}, this emovox reads up to {FORMAT}; "
            "upgrade emovox",
            name=name,
        )
    field.text("name", _NAME, "letters, digits, '.', '_' and '-'")
    task = field.choice("task", TASKS)
    labels = field.labels("labels")
    if task == "classification" and len(labels) < 2:
        raise field.invalid("labels", labels, "at least two")
    front_end = field.mapping("front_end")
    if not isinstance(front_end.get("feature"), str):
        raise field.invalid("front_end.feature", front_end.get("feature"), "a feature's name")
    dim = field.inside("input").whole("dim", low=1, high=MAX_DIM)
    if "rows_at_once" in document["input"]:
        field.inside("input").whole("rows_at_once", low=1, high=MAX_ROWS_AT_ONCE)
    is_sequence = _check_form(field, dim)
    scores = field.inside("scores")
    kind = scores.choice("kind", SCORES)
    if (kind == "values") != (task == "regression"):
        raise field.invalid("scores.kind", kind, "'values' for regression and only for it")
    scores.real("temperature", above=0.0)
    if document.get("out_of_domain") is not None:
        domain = field.inside("out_of_domain")
        n_statistics = 2 * dim if is_sequence else dim
        domain.reals("mean", n_statistics)
        domain.reals("inverse_sd", n_statistics)
        domain.real("threshold", above=0.0)
        if domain.values.get("directions") is not None:
            _check_directions(domain.inside("directions"), n_statistics)
    for key in ("calibration", "method", "training", "export"):
        if key in document:
            field.mapping(key)
    if not isinstance(document.get("figures", []), list):
        raise field.invalid("figures", document["figures"], "a list")
    _check_files(field)


def _check_form(field: _Fields, dim: int) -> bool:
    """Check what the network takes besides `dim`; whether that is a sequence of frames."""
    given, front_end = field.inside("input"), field.inside("front_end")
    forms = given.values.get("form"), front_end.values.get("form")
    if forms[0] not in (None, "frames"):
        raise field.invalid("input.form", forms[0], "'frames', or no such field")
    if forms[0] is None:
        for key in ("frames", "window"):
            if given.values.get(key) is not None:
                raise field.invalid(
                    f"input.{key}", given.values[key], "only where input.form is 'frames'"
                )
    if (forms[1] == "frames") != (forms[0] == "frames"):
        raise field.invalid("front_end.form", forms[1], "the same as input.form")
    if forms[0] is None:
        return False
    most = max(1, min(MAX_FRAMES, MAX_INPUT // dim))
    frames = None
    if given.values.get("frames") is not None:
        frames = given.whole("frames", low=1, high=most)
    if given.values.get("window") is not None:
        window = given.inside("window")
        # Where short inputs stay short, a window is a limit and not a size.
        longest = MAX_INPUT // dim if window.values.get("pad") == "none" else most
        length = window.whole("frames", low=1, high=max(1, longest))
        if frames is not None and length != frames:
            raise field.invalid(
                "input.window.frames", length, f"{frames}, as the network takes; or no input.frames"
            )
        window.whole("hop", low=-(-length // MAX_OVERLAP), high=length)
        window.choice("pad", PADS)
        if window.values["pad"] == "none" and frames is not None:
            raise field.invalid("input.frames", frames, "null where windows are not padded")
    if given.values.get("shortest") is not None:
        given.whole("shortest", low=1, high=MAX_SHORTEST)
    return True


def _check_directions(directions: _Fields, dim: int) -> None:
    """Check the directions along which an input is compared with the training data."""
    given = directions.values.get("mean")
    count = len(given) if isinstance(given, list) else 0
    if not 1 <= count <= dim:
        raise directions.invalid(f"{directions.path}.mean", given, f"a list of 1 to {dim} numbers")
    directions.reals("mean", count)
    directions.reals("inverse_sd", count)
    directions.real("threshold", above=0.0)
    coded = directions.values.get("weights")
    try:
        weights(directions.values, dim)
    except (TypeError, ValueError) as error:
        allowed = f"base64 of {count} x {dim} signed bytes"
        raise directions.invalid(f"{directions.path}.weights", coded, allowed) from error


def _check_files(field: _Fields) -> None:
    """Check the table of files: the network, a card, and nothing else."""
    files = field.mapping("files")
    if NETWORK_FILE not in files or not set(files) <= {NETWORK_FILE, CARD_FILE}:
        raise field.invalid("files", sorted(files), f"{NETWORK_FILE} and {CARD_FILE}")
    for file in files:
        entry = _Fields(files, field.name, "files").inside(file)
        entry.text("sha256", _SHA256, "64 hexadecimal digits")
        entry.whole("bytes", low=0, high=MAX_NETWORK_BYTES)


def names_sha256(names: Sequence[str]) -> str:
    """SHA-256 of the names of a feature's dimensions, in their order.

    Examples
    --------
    >>> names_sha256(["mfcc_0.mean", "mfcc_1.mean"])[:8]
    'e37b48ec'
    """
    return hashlib.sha256("\n".join(names).encode("utf-8")).hexdigest()


class _Fields:
    """Fields of one object of the document, each checked as it is taken."""

    def __init__(self, values: Mapping[str, Any], name: str, path: str = "") -> None:
        self.values = values
        self.name = name
        self.path = path

    def invalid(self, key: str, value: object, allowed: str) -> ModelError:
        shown = repr(value)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        return ModelError("model-invalid", f"{key} is {shown}; allowed: {allowed}", name=self.name)

    def _of(self, key: str) -> tuple[str, Any]:
        return (f"{self.path}.{key}" if self.path else key), self.values.get(key)

    def mapping(self, key: str) -> dict[str, Any]:
        where, value = self._of(key)
        if not isinstance(value, dict):
            raise self.invalid(where, value, "an object")
        return value

    def inside(self, key: str) -> _Fields:
        where, _ = self._of(key)
        return _Fields(self.mapping(key), self.name, where)

    def whole(self, key: str, *, low: int, high: int | None = None) -> int:
        where, value = self._of(key)
        allowed = f"{low} to {high}" if high is not None else f"{low} or more"
        if type(value) is not int or value < low or (high is not None and value > high):
            raise self.invalid(where, value, f"a whole number, {allowed}")
        return value

    def real(self, key: str, *, above: float) -> float:
        where, value = self._of(key)
        if type(value) not in (int, float) or not math.isfinite(value) or value <= above:
            raise self.invalid(where, value, f"a finite number over {above:g}")
        return float(value)

    def reals(self, key: str, length: int) -> None:
        where, value = self._of(key)
        if not isinstance(value, list) or len(value) != length:
            raise self.invalid(where, value, f"a list of {length} numbers")
        for item in value:
            if type(item) not in (int, float) or abs(item) > 1e300:
                raise self.invalid(where, item, "finite numbers")

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        where, value = self._of(key)
        if value not in allowed:
            raise self.invalid(where, value, ", ".join(allowed))
        return str(value)

    def text(self, key: str, pattern: re.Pattern[str], allowed: str) -> None:
        where, value = self._of(key)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.invalid(where, value, allowed)

    def labels(self, key: str) -> list[str]:
        where, value = self._of(key)
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_LABELS:
            raise self.invalid(where, value, f"a list of 1 to {MAX_LABELS} names")
        for label in value:
            fits = isinstance(label, str) and 0 < len(label) <= MAX_LABEL_LENGTH
            if not fits or not label.isprintable() or label != label.strip():
                raise self.invalid(where, label, "short printable names")
        if len(set(value)) != len(value):
            raise self.invalid(where, value, "each name once")
        return value
