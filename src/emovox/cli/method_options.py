"""The flags by which every command sets a method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ..errors import UsageError
from .settings import settings_of, value_of

Scaler = Annotated[str | None, typer.Option(help="standard, minmax, robust, quantile or none.")]
Select = Annotated[
    str | None, typer.Option(help="Keep so many features by mutual information; or none.")
]
Pca = Annotated[
    str | None, typer.Option(help="Principal components: a number, a share, mle or none.")
]
Balance = Annotated[
    str | None, typer.Option(help="undersample, undersample-random, class_weight or none.")
]
SearchFlag = Annotated[
    str | None,
    typer.Option(help="exhaustive, halving, random or none, inside the training part."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any other setting of a method, such as C=10; may come again."),
]


def method_settings(texts: Sequence[str] | None, **flags: str | None) -> dict[str, Any]:
    """Settings of a method: of the flags that were given, and of ``--set``.

    Parameters
    ----------
    texts : sequence of str, optional
        Of ``--set``, each ``NAME=VALUE``.
    **flags : str, optional
        Numbers become numbers, ``none`` becomes None.

    Raises
    ------
    UsageError
        ``usage`` where both name the same setting.

    Examples
    --------
    >>> method_settings(["C=10"], pca="0.9", scaler="none", select=None)
    {'pca': 0.9, 'scaler': None, 'C': 10}
    """
    said = {name: value_of(text) for name, text in flags.items() if text is not None}
    others = settings_of(texts, flag="--set")
    for name in others:
        if name in said:
            raise UsageError("usage", f"--{name} and --set {name}=... both say it; give one")
    return {**said, **others}
