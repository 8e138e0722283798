"""`emovox methods`: which methods there are, and what one of them is."""

from __future__ import annotations

import json
import textwrap
from typing import Annotated, Any

import typer

from .. import registry
from ..errors import need

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List methods, or show one.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.command("list")
def list_methods(as_json: AsJson = False) -> None:
    """List the methods with the feature that each needs."""
    found = [_described(name) for name in registry.names("method")]
    if as_json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return
    width = max(len(method["name"]) for method in found)
    for method in found:
        print(f"{method['name']:{width}}  {method['title']}")
        grid = f", grid of {method['grid_size']}" if method["grid_size"] else ""
        print(f"{'':{width}}  on {method['needs']['feature']}; {', '.join(method['tasks'])}{grid}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `methods list`.")],
    as_json: AsJson = False,
) -> None:
    """Show one method: source, feature, parameters, grid."""
    method = _described(name, whole=True)
    if as_json:
        print(json.dumps(method, ensure_ascii=False, allow_nan=False))
        return
    print(f"{method['name']}: {method['title']}")
    _paragraph("source", method["source"])
    if method["note"]:
        _paragraph("note", method["note"])
    _paragraph("feature", method["needs"]["feature"])
    _paragraph("tasks", ", ".join(method["tasks"]))
    _paragraph("estimator", method["estimator"])
    for title in ("options", "steps", "parameters"):
        _settings(title, method[title])
    print(f"  grid        {method['grid_size']} candidates")
    for part in method["grid"][:3]:
        for key, values in part.items():
            _paragraph("", f"{key}: {', '.join(str(value) for value in values)}")
    if len(method["grid"]) > 3:
        _paragraph("", f"and {len(method['grid']) - 3} parts more (--json shows them)")


def _described(name: str, *, whole: bool = False) -> dict[str, Any]:
    """What is said about a method, as JSON has it."""
    need("sklearn", extra="bench", for_what="classic methods")
    method = registry.get("method", name)
    found: dict[str, Any] = {
        "name": method.name,
        "title": method.title,
        "source": method.source,
        "note": method.note,
        "needs": {"feature": method.needs.feature},
        "tasks": list(method.tasks),
        "grid_size": method.grid_size,
    }
    if whole:
        from ..methods.classic.deferred import written

        estimator = method()
        steps = estimator.get_params(deep=False)
        inner = steps.pop("estimator")
        grid = steps.pop("grid") or []
        steps["estimators"] = list(steps["estimators"] or {})
        parts = grid if isinstance(grid, list) else [grid]
        found |= {
            "estimator": type(inner).__name__,
            "options": written(method.options),
            "steps": written(steps),
            "parameters": written(inner.get_params(deep=False)),
            "grid": [written(part) for part in parts],
        }
    return found


def _settings(title: str, settings: dict[str, Any]) -> None:
    if settings:
        _paragraph(title, ", ".join(f"{key}={value}" for key, value in settings.items()))


def _paragraph(title: str, text: str) -> None:
    """Print `text` beside its title, wrapped."""
    lines = textwrap.wrap(text, 84, break_long_words=False, break_on_hyphens=False) or [""]
    print(f"  {title:<10}  {lines[0]}")
    for line in lines[1:]:
        print(f"{'':14}{line}")
