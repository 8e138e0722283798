"""The processes that torchrun starts: one of them speaks and writes."""

from __future__ import annotations

import os

from ..errors import UsageError


def n_processes() -> int:
    """How many processes train together; 1 unless torchrun started this one."""
    try:
        return int(os.environ.get("WORLD_SIZE", "1"))
    except ValueError as error:
        said = os.environ["WORLD_SIZE"]
        raise UsageError("usage", f"WORLD_SIZE is {said!r}; torchrun sets a number") from error


def leads() -> bool:
    """Whether this process speaks and writes for all that train together."""
    return n_processes() == 1 or os.environ.get("RANK", "0") == "0"


def check_alone(what: str) -> None:
    """Refuse several processes for what runs in one.

    Raises
    ------
    UsageError
        ``usage``.

    Examples
    --------
    >>> check_alone("emovox bench")
    """
    if n_processes() > 1:
        raise UsageError(
            "usage",
            f"{what} is not for torchrun, which started {n_processes()} processes; only emovox "
            "train of a network is",
        )
