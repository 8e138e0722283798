"""The one form of every error of the server: problem+json (RFC 9457) with a code of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..errors import CODES, EmovoxError

SERVER_CODES: dict[str, int] = {
    "bad-request": 400, "token-needed": 401, "wrong-origin": 403, "not-found": 404,
    "wrong-method": 405, "too-slow": 408, "conflict": 409, "too-large": 413, "wrong-type": 415,
    "wrong-host": 421, "head-too-large": 431, "internal": 500, "busy": 503,
}  # fmt: skip
"""Code of the server itself -> status. A recording that takes its worker too long is also
``too-slow``, but 422: the request came in time. ``too-fast`` is told on a WebSocket only."""

_OTHERS: dict[str, int] = {
    "usage": 400, "name-unknown": 404, "model-missing": 404, "corpus-missing": 404,
    "table-invalid": 422, "labels-unknown": 422, "leak-refused": 422, "protocol-impossible": 422,
    "training-diverged": 422, "records-damaged": 422, "extra-missing": 501, "disk-full": 507,
}  # fmt: skip
"""Code that is not of one recording -> status; whatever is not here is the server's fault, 500."""

_BY_STATUS = {status: code for code, status in SERVER_CODES.items()}
_PATH = re.compile(r"(?<![\w/.\\])(?:[A-Za-z]:)?(?:[/\\][^/\\\s'\",;:]+)+[/\\]([^/\\\s'\",;:]+)")


class Problem(Exception):  # noqa: N818 -- named for the form of its answer
    """A request that cannot be answered as it was asked.

    Parameters
    ----------
    status : int
        Of HTTP.
    code : str
        One of `SERVER_CODES`, of `emovox.errors.CODES`, or ``"too-fast"``.
    sentence : str
        What is wrong, with the value, and what is allowed or what to do; never a path.
    headers : mapping, optional
        Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.sentence = sentence
        self.headers = dict(headers or {})
        super().__init__(sentence)

    def as_json(self) -> dict[str, str | int]:
        """Return the object that the answer holds.

        Examples
        --------
        >>> Problem(404, "not-found", "there is no page /a").as_json()["code"]
        'not-found'
        """
        return {
            "type": f"urn:emovox:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.sentence,
            "code": self.code,
        }


def status_of(code: str) -> int:
    """Status with which the code of an `EmovoxError` is answered.

    Examples
    --------
    >>> status_of("not-audio"), status_of("model-missing"), status_of("model-tampered")
    (422, 404, 500)
    """
    return 422 if CODES.get(code) == 1 else _OTHERS.get(code, SERVER_CODES.get(code, 500))


def problem_of(error: EmovoxError | HTTPException) -> Problem:
    """Problem that tells an error of the library, or of starlette, without a path of the server.

    Examples
    --------
    >>> from emovox.errors import ModelError
    >>> problem_of(ModelError("model-invalid", "/srv/m/model.json is cut")).sentence
    'model.json is cut'
    """
    if isinstance(error, EmovoxError):
        return Problem(status_of(error.code), error.code, without_paths(error.sentence))
    code = _BY_STATUS.get(error.status_code, "bad-request")
    return Problem(error.status_code, code, _said(error), headers=error.headers)


def without_paths(sentence: str) -> str:
    """Sentence in which of each absolute path only the last part is left.

    Examples
    --------
    >>> without_paths("no 'x' in /srv/voices/models/b; see /v1")
    "no 'x' in b; see /v1"
    """
    return _PATH.sub(r"\1", sentence)


def shown(value: object) -> str:
    """Value that a client has given, as a sentence shows it.

    Examples
    --------
    >>> shown("a"), len(shown("a" * 200))
    ("'a'", 80)
    """
    said = repr(value)
    return said if len(said) <= 80 else f"{said[:77]}..."


def answer(problem: Problem) -> Response:
    """Answer that tells a problem."""
    return Response(
        json.dumps(problem.as_json(), ensure_ascii=False) + "\n",
        problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


async def on_error(_: Request, error: Exception) -> Response:
    """Answer for everything that is raised on purpose, as starlette's handlers take it."""
    if isinstance(error, Problem):
        return answer(error)
    if isinstance(error, EmovoxError | HTTPException):
        return answer(problem_of(error))
    raise error


def _said(error: HTTPException) -> str:
    """Sentence for an error of the router."""
    if error.status_code == 404:
        return "there is nothing at this address; /openapi.json lists what there is"
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "other methods")
        return f"this address takes {allowed}"
    return error.detail or HTTPStatus(error.status_code).phrase
