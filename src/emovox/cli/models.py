"""`emovox models`: which models there are, what one of them says, whether it is whole."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import models
from ..errors import ModelError
from ..models.folder import verify
from ..visible import visible
from .progress import counter

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, show, verify and fetch model folders.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Named = Annotated[str, typer.Argument(metavar="NAME|DIR", help="A name, or a model folder.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the shipped models and those in the folder that EMOVOX_MODELS names."""
    found = [_described(path, name) for name, path in models.installed().items()]
    if as_json:
        _print_json(found)
        return
    if not found:
        print("no models are installed")
        return
    width = max(len(str(model["name"])) for model in found)
    for model in found:
        mark = " (default)" if model["default"] else ""
        labels = model.get("error", {}).get("message") or ", ".join(model.get("labels", []))
        print(visible(f"{model['name']:{width}}  {labels}{mark}"))


@app.command("show")
def show(name: Named = models.DEFAULT_MODEL, as_json: AsJson = False) -> None:
    """Show what a model is: labels, features, training data, figures; checks its files first."""
    folder = models.find(name)
    settings, sha256, files = verify(folder)
    settings.pop("out_of_domain", None)
    if as_json:
        _print_json({**settings, "sha256": sha256, "folder": str(folder)})
        return
    front_end, training = settings["front_end"], settings.get("training", {})
    of_each = "a frame" if settings["input"].get("form") == "frames" else "an utterance"
    lines = {
        "model": settings["name"],
        "folder": str(folder),
        "sha256": sha256,
        "size": f"{sum(map(len, files.values())) / 1e6:.2f} MB",
        "created": settings.get("created", "not recorded"),
        "task": settings["task"],
        "labels": ", ".join(settings["labels"]),
        "method": settings.get("method", {}).get("name", "not recorded"),
        "features": f"{front_end['feature']}, {settings['input']['dim']} numbers {of_each}",
        "trained on": ", ".join(
            f"{corpus['name']} ({corpus['licence']})" for corpus in training.get("corpora", [])
        )
        or "not recorded",
    }
    for title, text in lines.items():
        print(visible(f"{title:<11} {text}"))
    for figure in settings.get("figures", []):
        interval = figure.get("interval")
        between = f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
        print(
            visible(
                f"{'figure':<11} {figure.get('corpus', '')}, {figure.get('protocol', '')}: "
                f"{figure.get('measure', '')} {figure['value']:.3f}{between}"
            )
        )
    print(f"{'card':<11} {visible(str(folder / 'README.md'))}")


@app.command("verify")
def check(name: Named = models.DEFAULT_MODEL, as_json: AsJson = False) -> None:
    """Check every file of a model folder, its network included, and run it once."""
    model = models.load(name)
    found = {"name": model.name, "sha256": model.sha256, "folder": str(model.folder), "ok": True}
    if as_json:
        _print_json(found)
    else:
        print(visible(f"{model.name}: whole; SHA-256 {model.sha256}"))


@app.command("fetch")
def fetch_model(
    name: Annotated[
        str, typer.Argument(metavar="ENCODER", help="An encoder with a head of ours.")
    ] = "whisper-base",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The model folder to write; default: its name, in EMOVOX_MODELS or here."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing model.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch the weights of a large encoder and put a head of ours on them.

    The encoder is taken from this machine where it is here (EMOVOX_ENCODERS, or what the hub's
    library has fetched), else from the hub (HF_ENDPOINT, HF_HUB_OFFLINE): only the tensors that
    are used. A download that broke off goes on when the same command is given again.
    """
    from ..models import fetching

    chosen = fetching.head(name)
    folder = out or Path(os.environ.get(models.MODELS_VARIABLE) or ".") / chosen.name
    source = fetching.source_of(chosen)
    if not as_json:
        print(
            f"emovox: weights of {chosen.repository} from {visible(source.name)}", file=sys.stderr
        )
    written = fetching.fetch(chosen, source, folder, force=force, progress=counter("tensors"))
    if as_json:
        _print_json({"name": chosen.name, "folder": str(written), "from": source.name})
        return
    print(f"model folder   {visible(str(written))}")
    print(f"use it         emovox predict FILE --model {shlex.quote(visible(str(written)))}")


def _described(folder: Path, name: str) -> dict[str, Any]:
    """What `list` says of one model, damaged ones included."""
    found: dict[str, Any] = {
        "name": name,
        "folder": str(folder),
        "default": name == models.DEFAULT_MODEL,
    }
    try:
        settings, sha256, _ = verify(folder)
    except ModelError as error:
        return {**found, "ok": False, "error": {"code": error.code, "message": error.sentence}}
    return {
        **found,
        "ok": True,
        "sha256": sha256,
        "task": settings["task"],
        "labels": settings["labels"],
        "feature": settings["front_end"]["feature"],
    }


def _print_json(found: object) -> None:
    print(json.dumps(found, ensure_ascii=False, allow_nan=False))
