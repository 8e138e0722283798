"""Who may ask: Host, Origin, token; the headers that every answer carries.

A page on another site can make a visitor's browser send requests to this machine. What it cannot
do is choose the Host header (a name that it lets point here, DNS rebinding, stands there), forge
Origin and Sec-Fetch-Site, or read the cookie. Each of these is asked before any handler runs.
"""

from __future__ import annotations

import asyncio
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .json_body import read_json
from .problems import Problem, answer
from .settings import Settings
from .token import cookie_value, is_same

HEADERS: dict[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "style-src 'self'; script-src 'self'; connect-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer, those of errors too."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 -- named to be left out
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SESSION = "/page/api/session"
COOKIE_AGE_S = 30 * 24 * 3600
WRONG_PER_S = 5
"""Wrong tokens that the form of the page may bring in a second, of all clients together."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::([0-9]{1,5}))?", re.IGNORECASE)
_OPEN = re.compile(r"/|/health|/static/.*")
_ALLOWED_METHODS = "GET, POST, DELETE"


class Dressing:
    """ASGI application around another one, whose every answer carries `HEADERS`.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def dressed(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, dressed)


class Guard:
    """ASGI application around another one.

    Parameters
    ----------
    app : ASGI application
    settings : Settings
        `host`, `token`, `allow_hosts`, `allow_origins` and the limits are used.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._token = settings.token
        self._json_bytes = settings.limits.json_bytes
        self._hosts = LOOPBACK_NAMES | {_name_of(name) for name in settings.allow_hosts}
        if settings.host not in WILDCARDS:
            self._hosts |= {_name_of(settings.host)}
        self._origins = frozenset(each.rstrip("/").lower() for each in settings.allow_origins)
        self._cookie = f"emovox-session-{settings.port}"
        self._expected = cookie_value(settings.token) if settings.token else ""
        self._wrong = _Allowance(WRONG_PER_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it through."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        is_listed = self._is_listed(scope, origin)

        has_begun = False

        async def permitted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                self._permit(message, origin if is_listed else None)
            await send(message)

        try:
            self._check(scope, headers)
            reply = await self._own_reply(scope, headers, receive)
        except Problem as problem:
            await refuse(scope, receive, permitted, answer(problem))
            return
        except ClientDisconnect:
            return
        if reply is not None:
            await reply(scope, receive, permitted)
            return
        try:
            await self._app(scope, receive, permitted)
        except ClientDisconnect:
            return  # nobody is left to answer to
        except asyncio.CancelledError:  # only when the server stops waiting for it
            if not has_begun:
                await refuse(scope, receive, permitted, answer(_stopping()))

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Raise `Problem` for a client that may not ask this."""
        self._check_host(headers)
        self._check_origin(scope, headers)
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Problem(415, "wrong-type", "bodies with a Content-Encoding are not taken")
        is_preflight = scope.get("method") == "OPTIONS"
        path = scope["path"]
        if self._token and not (is_preflight or path == SESSION or _OPEN.fullmatch(path)):
            self._check_token(headers)

    def _check_host(self, headers: Headers) -> None:
        said = headers.getlist("host")
        found = _HOST.fullmatch(said[0]) if len(said) == 1 else None
        if found is None or found[1].lower() not in self._hosts:
            raise Problem(
                421,
                "wrong-host",
                "this server is not called by that name; it is localhost, 127.0.0.1, [::1] and "
                "what --allow-host lists",
            )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origin = headers.get("origin")
        if self._is_listed(scope, origin):
            return
        method = scope.get("method", "")
        changes = scope["type"] == "websocket" or method in UNSAFE_METHODS or method == "OPTIONS"
        is_data = scope["path"].startswith(("/v1/", "/page/api/"))
        is_other_site = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        is_other_page = origin is not None and not _is_same_origin(origin, headers)
        if (changes and is_other_page) or ((changes or is_data) and is_other_site):
            raise Problem(
                403,
                "wrong-origin",
                "pages of other sites may not ask this; --allow-origin lists those that may",
            )

    def _is_listed(self, scope: Scope, origin: str | None) -> bool:
        """Whether the request is from a listed page; the page's own routes are for no other."""
        return (
            origin is not None
            and origin.lower() in self._origins
            and not scope["path"].startswith("/page/")
        )

    def _check_token(self, headers: Headers) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and is_same(given.strip(), self._token or ""):
            return
        # All of them: a page of another name here could set one that stands before ours.
        if any(is_same(given, self._expected) for given in _cookies_of(headers, self._cookie)):
            return
        raise _token_needed("this needs the server's token, as `Authorization: Bearer TOKEN`")

    async def _own_reply(self, scope: Scope, headers: Headers, receive: Receive) -> Response | None:
        """Answer to a preflight or to the form that brings the token."""
        if scope["type"] != "http":
            return None
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            return Response(status_code=204, headers={
                "Access-Control-Allow-Methods": _ALLOWED_METHODS,
                "Access-Control-Allow-Headers": "Authorization, Content-Type",
                "Access-Control-Max-Age": "600",
            })  # fmt: skip
        if scope["path"] != SESSION:
            return None
        request = Request(scope, receive)
        if request.method == "POST":
            return await self._open_session(request)
        if request.method == "DELETE":
            reply = Response(status_code=204)
            reply.delete_cookie(self._cookie, path="/", httponly=True, samesite="strict")
            return reply
        allow = {"Allow": "POST, DELETE"}
        raise Problem(405, "wrong-method", "this address takes POST, DELETE", headers=allow)

    async def _open_session(self, request: Request) -> Response:
        """Take the token that a person typed into the page; give the cookie that stands for it."""
        said = await read_json(request, limit=self._json_bytes)
        given = said.get("token")
        if set(said) != {"token"} or not isinstance(given, str):
            raise Problem(400, "bad-request", 'the body must be {"token": TEXT} and nothing else')
        reply = Response(status_code=204)
        if not self._token:
            return reply
        if self._wrong.is_spent():
            raise Problem(
                503, "busy", "too many wrong tokens came; try again", headers={"Retry-After": "1"}
            )
        if not is_same(given, self._token):
            self._wrong.take()
            raise _token_needed("this is not the server's token; it stands where it was started")
        is_secure = request.url.scheme == "https" or request.headers.get(
            "origin", ""
        ).lower().startswith("https://")
        reply.set_cookie(
            self._cookie, self._expected, max_age=COOKIE_AGE_S, path="/", secure=is_secure,
            httponly=True, samesite="strict",
        )  # fmt: skip
        return reply

    def _permit(self, message: Message, origin: str | None) -> None:
        """Tell the browser whether a page of another site may read an answer."""
        message.setdefault("headers", [])
        headers = MutableHeaders(scope=message)
        if self._origins:
            headers.add_vary_header("Origin")
        if origin is not None:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "Retry-After"


class _Allowance:
    """So many in a second, and no more."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._times: list[float] = []

    def is_spent(self) -> bool:
        now = time.monotonic()
        self._times = [each for each in self._times if now - each < 1.0]
        return len(self._times) >= self._per_second

    def take(self) -> None:
        self._times.append(time.monotonic())


async def refuse(scope: Scope, receive: Receive, send: Send, reply: Response) -> None:
    """Answer instead of the application; a WebSocket is refused in its handshake."""
    if scope["type"] == "http":
        await reply(scope, receive, send)
        return
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    start = {"type": "websocket.http.response.start", "status": reply.status_code}
    await send({**start, "headers": reply.raw_headers})
    await send({"type": "websocket.http.response.body", "body": reply.body, "more_body": False})


def _token_needed(sentence: str) -> Problem:
    return Problem(401, "token-needed", sentence, headers={"WWW-Authenticate": "Bearer"})


def _stopping() -> Problem:
    return Problem(503, "busy", "the server is stopping", headers={"Retry-After": "5"})


def _name_of(host: str) -> str:
    """Name of a host as it stands in a Host header, without a port.

    Examples
    --------
    >>> _name_of("Emovox.example:8321"), _name_of("::1"), _name_of("[fe80::1]:80")
    ('emovox.example', '[::1]', '[fe80::1]')
    """
    if host.count(":") > 1 and not host.startswith("["):
        return f"[{host.lower()}]"
    found = _HOST.fullmatch(host)
    return found[1].lower() if found else host.lower()


def _is_same_origin(origin: str, headers: Headers) -> bool:
    """Whether a page of `origin` came from the host that the request is for.

    The scheme is left out: behind a proxy that speaks TLS the page's is https and ours http.
    """
    scheme, sign, authority = origin.lower().partition("://")
    default = {"http": ":80", "https": ":443"}.get(scheme)
    if not sign or default is None:
        return False
    host = headers.get("host", "").lower()
    return authority.removesuffix(default) == host.removesuffix(default)


def _cookies_of(headers: Headers, name: str) -> list[str]:
    """Values of all cookies of a name."""
    pairs = [pair.strip() for line in headers.getlist("cookie") for pair in line.split(";")]
    return [value for found, _, value in (pair.partition("=") for pair in pairs) if found == name]
