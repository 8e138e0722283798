"""What the page asks for in the query of its addresses, checked."""

from __future__ import annotations

from starlette.requests import Request

from ...report.spectrogram import SCALES
from ...report.wording import LANGUAGES
from ..problems import Problem, shown


def language_of(request: Request) -> str:
    """Language of the drawings that are asked for; English unless it is said.

    Raises
    ------
    Problem
        ``bad-request`` (400).
    """
    return one_of("language", request.query_params.get("language", "en"), LANGUAGES)


def scale_of(request: Request) -> str:
    """Scale of the spectrogram that is asked for; mel unless it is said.

    Raises
    ------
    Problem
        ``bad-request`` (400).
    """
    return one_of("scale", request.query_params.get("scale", SCALES[0]), SCALES)


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """`value`, if it is one of those that are allowed.

    Raises
    ------
    Problem
        ``bad-request`` (400), listing them.

    Examples
    --------
    >>> one_of("drawings", "1", ("0", "1"))
    '1'
    """
    if not isinstance(value, str) or value not in allowed:
        sentence = f"{name} is {shown(value)}; allowed: {', '.join(allowed)}"
        raise Problem(400, "bad-request", sentence)
    return value


def needed(request: Request, name: str) -> str:
    """Value of the query's `name`.

    Raises
    ------
    Problem
        ``bad-request`` (400) where it is missing.
    """
    value = request.query_params.get(name)
    if value is None:
        raise Problem(400, "bad-request", f"the address lacks ?{name}=")
    return value
