"""The log of a training: one JSON line an epoch, and TensorBoard's files where they are wanted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..atomic import unwritable, write_text
from ..errors import need

FILE = "history.jsonl"


class Log:
    """A file that grows by one line an epoch.

    Parameters
    ----------
    folder : path
        Made where it is missing.
    history : sequence of dict
        Epochs that a training which goes on has behind it; what else the file held is dropped.
    tensorboard : bool
        Needs the extra ``tensorboard``.

    Raises
    ------
    OutputError
    """

    def __init__(
        self, folder: Path, history: Sequence[Mapping[str, Any]], *, tensorboard: bool = False
    ) -> None:
        self.path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error
        write_text(self.path, "".join(_line(entry) for entry in history))
        self._board = None
        if tensorboard:
            what = "writing for TensorBoard"
            need("tensorboard", extra="tensorboard", for_what=what)
            board = need("torch.utils.tensorboard", extra="tensorboard", for_what=what)
            self._board = board.SummaryWriter(folder / "tensorboard", purge_step=len(history) + 1)

    def add(self, entry: Mapping[str, Any]) -> None:
        """Add an epoch.

        Raises
        ------
        OutputError
        """
        try:
            with open(self.path, "a", encoding="utf-8", newline="\n") as handle:
                handle.write(_line(entry))
        except OSError as error:
            raise unwritable(self.path, error) from error
        if self._board is not None:
            for name, value in _scalars(entry).items():
                self._board.add_scalar(name, value, entry["epoch"])

    def close(self) -> None:
        """Write what is waiting."""
        if self._board is not None:
            self._board.close()


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n"


def _scalars(entry: Mapping[str, Any], start: str = "") -> dict[str, float]:
    """Numbers of an epoch, nested names joined by a slash."""
    found: dict[str, float] = {}
    for name, value in entry.items():
        if isinstance(value, Mapping):
            found |= _scalars(value, f"{start}{name}/")
        elif name != "epoch":
            found[f"{start}{name}"] = float(value)
    return found
