"""The token that a client must know: where it comes from, and what stands for it in a cookie."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError

TOKEN_VARIABLE = "EMOVOX_TOKEN"  # noqa: S105 -- the variable's name
"""Environment variable that holds the token."""

SHORTEST, LONGEST = 16, 256
"""Characters of a token; a shorter one could be guessed."""

_CONTEXT = b"emovox session cookie"


@dataclass(frozen=True)
class Token:
    """What a client must know, if anything.

    Parameters
    ----------
    value : str or None
        None lets everybody in.
    is_new : bool
        Whether it was made just now, so that it has to be told to the user.
    """

    value: str | None
    is_new: bool = False

    def __repr__(self) -> str:
        """Neither a log nor a traceback shows the value."""
        return f"Token({'set' if self.value else 'none'}, is_new={self.is_new})"


def choose(
    *,
    file: str | os.PathLike[str] | None,
    environment: Mapping[str, str],
    no_auth: bool,
    is_loopback: bool,
) -> Token:
    """Token of a server.

    Parameters
    ----------
    file : path, optional
        Holds the token; it wins over the environment.
    environment : mapping of str to str
        Where `TOKEN_VARIABLE` is looked for.
    no_auth : bool
        Whether the user said that nobody shall be asked.
    is_loopback : bool
        Whether only this machine can reach the server.

    Returns
    -------
    Token
        Made from 192 random bits where another machine can reach the server and none was given;
        none where only this machine can, or `no_auth`.

    Raises
    ------
    UsageError
        ``usage``: `no_auth` beside a token, or a token that is too short, too long or not of
        visible ASCII characters, or a file that cannot be read.

    Examples
    --------
    >>> choose(file=None, environment={}, no_auth=False, is_loopback=True).value is None
    True
    """
    said = environment.get(TOKEN_VARIABLE)
    if no_auth:
        if file is not None or said:
            given = "--token-file" if file is not None else TOKEN_VARIABLE
            raise UsageError("usage", f"--no-auth and {given} contradict each other; give one")
        return Token(None)
    if file is not None:
        return Token(_checked(_read(Path(file)), source="--token-file"))
    if said:
        return Token(_checked(said.strip(), source=TOKEN_VARIABLE))
    if is_loopback:
        return Token(None)
    return Token(secrets.token_urlsafe(24), is_new=True)


def is_same(given: str, token: str) -> bool:
    """Whether a client's text is the token; how long it takes tells nothing about either.

    Examples
    --------
    >>> is_same("the token of this page", "the token of this page")
    True
    """
    return hmac.compare_digest(_digest(given), _digest(token))


def cookie_value(token: str) -> str:
    """What stands for the token in a cookie: the token cannot be told from it.

    It follows from the token alone, so that a restarted server knows its visitors again and a new
    token shuts them all out.

    Examples
    --------
    >>> cookie_value("a") == cookie_value("a") != cookie_value("b")
    True
    """
    return hmac.new(_digest(token), _CONTEXT, hashlib.sha256).hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _read(path: Path) -> str:
    """Content of a small regular file; warns where others may read it."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise UsageError("usage", "is no regular file; give a file that holds the token",
                                 name=str(path))  # fmt: skip
            content = os.read(handle, 4096)
        finally:
            os.close(handle)
    except OSError as error:
        raise UsageError(
            "usage", f"the token cannot be read from it: {error.strerror}", name=str(path)
        ) from error
    if os.name == "posix" and found.st_mode & 0o077:
        warnings.warn(
            f"{path}: other users may read the token (mode {stat.S_IMODE(found.st_mode):04o}); "
            "chmod 600 keeps it to you",
            stacklevel=2,
        )
    return content.decode("utf-8", "replace").strip()


def _checked(token: str, *, source: str) -> str:
    if not SHORTEST <= len(token) <= LONGEST:
        raise UsageError(
            "usage",
            f"the token of {source} has {len(token)} characters; "
            f"{SHORTEST} to {LONGEST} are accepted",
        )
    if not all("!" <= character <= "~" for character in token):
        raise UsageError(
            "usage",
            f"the token of {source} holds a space or a character beyond ASCII; only visible ASCII "
            "characters are accepted",
        )
    return token
