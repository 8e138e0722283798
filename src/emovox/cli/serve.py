"""`emovox serve`: the service and its page."""

from __future__ import annotations

import os
import re
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .. import registry
from ..errors import CorpusError, UsageError, need
from ..models.lookup import MODELS_VARIABLE, find
from ..server.settings import MEBIBYTE, Limits, Settings
from ..visible import visible

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+")


def command(
    host: Annotated[
        str, typer.Option(help="Address to listen at; another than loopback needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8321,
    model: Annotated[
        str | None, typer.Option(help="A model's name or folder; the default is shipped.")
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            "--corpus",
            metavar="NAME=DIR",
            help="A corpus, a table or an audformat folder for the page; may come again.",
        ),
    ] = None,
    records: Annotated[
        Path,
        typer.Option(help="Folder of experiments: records of emovox bench, the page's and others."),
    ] = Path("emovox-runs"),
    models: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the models that experiments are saved as; by default "
            f"${MODELS_VARIABLE}, else emovox-models."
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that recognise: recordings at once.")
    ] = 2,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the token that clients must know; or set EMOVOX_TOKEN."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let in whoever reaches the address.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name or address under which clients call the server; may come again."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A site whose pages may ask the service, as https://NAME; may come again."
        ),
    ] = None,
    max_stream: Annotated[
        float, typer.Option(min=1.0, help="Longest live stream (seconds).")
    ] = Limits.stream_s,
    max_duration: Annotated[
        float, typer.Option(min=1.0, help="Longest recording (seconds).")
    ] = Limits.duration_s,
    max_body: Annotated[
        int, typer.Option(min=1, max=4096, help="Largest upload (MiB).")
    ] = Limits.body_bytes // MEBIBYTE,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
) -> int:
    """Serve the page and the HTTP and WebSocket service until Ctrl-C."""
    for package in ("starlette", "uvicorn", "python_multipart", "websockets"):
        need(package, extra="serve", for_what="`emovox serve`")
    from ..server.application import application
    from ..server.guard import WILDCARDS
    from ..server.serving import are_loopback, listen, serve
    from ..server.token import TOKEN_VARIABLE, choose

    find(model)
    settings = Settings(
        model=model, host=host, port=port, workers=workers, corpora=_corpora(corpus or ()),
        allow_hosts=frozenset(map(_host, allow_host or ())),
        allow_origins=frozenset(map(_origin, allow_origin or ())),
        records=records, models=models or Path(os.environ.get(MODELS_VARIABLE) or "emovox-models"),
        limits=replace(Limits(), stream_s=max_stream, duration_s=max_duration,
                       body_bytes=max_body * MEBIBYTE),
    )  # fmt: skip
    sockets = listen(host, port)
    try:
        token = choose(
            file=token_file, environment=os.environ, no_auth=no_auth,
            is_loopback=are_loopback(sockets),
        )  # fmt: skip
        # Whatever the server starts has no use for it.
        os.environ.pop(TOKEN_VARIABLE, None)

        def ready(settled: Settings) -> None:
            address = _address(settled)
            typer.echo(f"emovox: the page is at {address} (Ctrl-C stops it)", err=True)
            if token.is_new:
                typer.echo(f"emovox: its token, shown only now: {token.value}", err=True)
            elif token.value is None and not are_loopback(sockets):
                typer.echo("emovox: warning: whoever reaches this address is let in", err=True)
            if host in WILDCARDS and not allow_host:
                typer.echo(
                    "emovox: warning: clients on other machines are refused; say by --allow-host "
                    "under which name or address they call this one",
                    err=True,
                )
            if open_browser:
                # Some browsers return only when they are closed.
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

        ended_by = serve(application, replace(settings, token=token.value), sockets, ready=ready)
    finally:
        for each in sockets:
            each.close()
    return 128 + ended_by if ended_by else 0


def _corpora(texts: Sequence[str]) -> dict[str, Path]:
    """Name -> folder or table, each of which is there."""
    found: dict[str, Path] = {}
    known = registry.names("corpus")
    for text in texts:
        name, sign, place = text.partition("=")
        if not sign or not place or not _NAME.fullmatch(name):
            raise UsageError(
                "usage",
                f"--corpus {text!r} is no NAME=DIR; names are of letters, digits, . _ and -",
            )
        if name in found:
            raise UsageError("usage", f"--corpus names {name!r} twice")
        path = Path(place)
        is_table = path.is_file() or (path / "db.yaml").is_file()
        if not path.exists():
            raise CorpusError("corpus-missing", "there is no such folder or table", name=place)
        if name in known and not path.is_dir():
            raise CorpusError("corpus-missing", f"is no folder of {name}", name=place)
        if name not in known and not is_table:
            raise CorpusError(
                "corpus-missing",
                "is neither a table nor an audformat folder; folders of recordings go "
                f"by the name of their corpus: {', '.join(known)}",
                name=place,
            )
        found[name] = path
    return found


def _host(text: str) -> str:
    """Name of a host, without a scheme."""
    if "/" in text or not text.strip() or text.strip() == "*":
        raise UsageError("usage", f"--allow-host {text!r} is no name; give one such as pc.example")
    return text.strip().lower()


def _origin(text: str) -> str:
    """Origin of a site: scheme, name, port, and nothing else."""
    if not _ORIGIN.fullmatch(text.rstrip("/")):
        raise UsageError(
            "usage", f"--allow-origin {text!r} is no site; give one such as https://pc.example"
        )
    return text.rstrip("/").lower()


def _address(settings: Settings) -> str:
    """Where a browser of this machine finds the page."""
    from ..server.guard import WILDCARDS

    host = "127.0.0.1" if settings.host in WILDCARDS else settings.host
    return visible(f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/")
