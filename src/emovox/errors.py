"""Every error of emovox: one root, few kinds, each with a stable code and one sentence.

EmovoxError                 code, sentence, name, exit_status
├── InputError              one recording cannot be used; the others go on (exit 1)
│   └── SignalError         the samples themselves cannot be used (also a ValueError)
├── UsageError              wrong names or arguments (exit 2; also a ValueError)
├── ModelError              a model folder cannot be used (exit 3)
├── CorpusError             a corpus or table cannot be used (exit 3)
├── ProtocolError           folds that are impossible, leak or cannot be trusted (exit 3)
├── TrainingError           a training cannot go on (exit 3)
├── OutputError             results cannot be written (exit 3)
└── MissingExtra            an optional package is not installed (exit 3)
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

CODES: dict[str, int] = {
    # one recording
    "file-missing": 1, "not-a-file": 1, "no-permission": 1, "bad-path": 1, "read-failed": 1,
    "file-changed": 1, "empty-file": 1, "not-audio": 1, "unsupported-format": 1,
    "no-audio-stream": 1, "damaged": 1, "too-short": 1, "too-long": 1, "rate-out-of-range": 1,
    "channels-out-of-range": 1, "expands-too-much": 1, "too-slow": 1, "out-of-memory": 1,
    "decoder-crashed": 1, "not-finite": 1,
    # usage
    "usage": 2, "name-unknown": 2,
    # the run as a whole
    "output-unwritable": 3, "disk-full": 3, "port-in-use": 3,
    "model-missing": 3, "model-tampered": 3, "model-too-new": 3, "model-invalid": 3,
    "model-unsafe": 3, "model-misfit": 3,
    "corpus-missing": 3, "table-invalid": 3, "labels-unknown": 3, "archive-unsafe": 3,
    "archive-damaged": 3, "download-failed": 3, "download-mismatch": 3,
    "extra-missing": 3, "leak-refused": 3, "protocol-impossible": 3, "training-diverged": 3,
    "records-damaged": 3,
}  # fmt: skip
"""Code -> exit status of the command line. Codes are stable; sentences may be reworded."""


class EmovoxError(Exception):
    """The root of all errors that emovox raises on purpose.

    Parameters
    ----------
    code : str
        One of `CODES`; never reused for another meaning.
    sentence : str
        What is wrong, with the value, and what is allowed or what to do.
    name : str, optional
        The file, table, folder or argument that it is about.
    """

    def __init__(self, code: str, sentence: str, *, name: str | None = None) -> None:
        if code not in CODES:
            raise KeyError(f"error code {code!r} is not listed in emovox.errors.CODES")
        self.code = code
        self.sentence = sentence
        self.name = name
        super().__init__(f"{name}: {sentence}" if name else sentence)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes whole (joblib sends errors of workers back)."""
        return (_rebuild, (type(self), self.code, self.sentence, self.name))

    @property
    def exit_status(self) -> int:
        """Exit status of the command line when this error ends it."""
        return CODES[self.code]


def _rebuild(kind: type[EmovoxError], code: str, sentence: str, name: str | None) -> EmovoxError:
    return kind(code, sentence, name=name)


class InputError(EmovoxError):
    """One recording cannot be used; the others are not affected."""


class SignalError(InputError, ValueError):
    """An array of samples cannot be used (empty, too short, not finite)."""


class UsageError(EmovoxError, ValueError):
    """A name or an argument is wrong."""


class ModelError(EmovoxError):
    """A model folder is missing, damaged, unsafe or too new."""


class CorpusError(EmovoxError):
    """A corpus or a table of the user's own cannot be used."""


class ProtocolError(EmovoxError, ValueError):
    """Folds that are impossible, that leak under `--strict`, or records that cannot be read."""


class TrainingError(EmovoxError, ArithmeticError):
    """A training cannot go on: its loss is no longer a number."""


class OutputError(EmovoxError):
    """Results cannot be written."""


class MissingExtra(EmovoxError, ImportError):  # noqa: N818 -- named for what it says
    """A package of one of the extras is not installed."""


def need(module: str, *, extra: str, for_what: str) -> ModuleType:
    """Import an optional package, or say in one sentence how to install it.

    Parameters
    ----------
    module : str
        The module to import, such as ``"sklearn.svm"``.
    extra : str
        The extra of emovox that brings it.
    for_what : str
        What needs it, for the sentence.

    Returns
    -------
    module

    Raises
    ------
    MissingExtra
        If it cannot be imported.

    Examples
    --------
    >>> need("json", extra="bench", for_what="this example").dumps(1)
    '1'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtra(
            "extra-missing",
            f'{for_what} needs {package}; pip install "emovox[{extra}]"',
        ) from error


def unknown_name(kind: str, name: str, known: list[str] | tuple[str, ...]) -> UsageError:
    """Error for a name that no registry has, listing those that are known."""
    return UsageError("name-unknown", f"there is no {kind} {name!r}; known: {', '.join(known)}")
