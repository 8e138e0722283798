"""Settings as they are typed: NAME=VALUE."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..errors import UsageError


def settings_of(texts: Sequence[str] | None, *, flag: str) -> dict[str, Any]:
    """Settings of a flag that may come again, each ``NAME=VALUE``.

    Raises
    ------
    UsageError
        ``usage`` for what is no such pair, or a name that comes twice.

    Examples
    --------
    >>> settings_of(["C=10", "hidden_layer_sizes=[200, 100]", "pca=none"], flag="--set")
    {'C': 10, 'hidden_layer_sizes': [200, 100], 'pca': None}
    """
    found: dict[str, Any] = {}
    for text in texts or ():
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not name:
            raise UsageError("usage", f"{flag} {text!r} is no NAME=VALUE")
        if name in found:
            raise UsageError("usage", f"{flag} names {name!r} twice")
        found[name] = value_of(value)
    return found


def value_of(text: str) -> Any:
    """Value of a text: JSON where it is, None for ``none``, else the text.

    Examples
    --------
    >>> value_of("0.9"), value_of("mle"), value_of("none"), value_of("true")
    (0.9, 'mle', None, True)
    """
    if text.lower() == "none":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
