"""`emovox methods`: which methods there are, and what one of them is."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from .. import registry
from ..errors import ModelError, UsageError, need

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List methods, or show one.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

UNKNOWN_COST = (
    "parameters and multiply-adds depend on the training data; emovox bench records them for each "
    "fold"
)
"""Why a classic method has no cost before it is fitted."""
COSTS = (
    "parameters", "trainable", "statistics", "macs", "flops", "macs_per_second", "flops_per_second",
)  # fmt: skip


@app.command("list")
def list_methods(as_json: AsJson = False) -> None:
    """List the methods with the feature that each needs."""
    found = [_listed(_method(name)) for name in registry.names("method")]
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
    classes: Annotated[
        int | None,
        typer.Option("--classes", help="Tell also what a network for so many emotions costs."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one method: source, feature, settings, grid, cost."""
    method = _method(name)
    if classes is not None and classes < 2:
        raise UsageError("usage", f"--classes is {classes}; a method tells at least 2 apart")
    found = {
        **_listed(method),
        **(_network(method, classes) if _is_network(method) else _classic(method)),
    }
    if as_json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return
    _print(found)


def _method(name: str) -> Any:
    """Method of the registry; a network is described without the packages that train it."""
    if not registry.METHODS.get(name, "").startswith("emovox.methods.networks."):
        need("sklearn", extra="bench", for_what="classic methods")
    return registry.get("method", name)


def _is_network(method: Any) -> bool:
    return hasattr(method, "network")


def _listed(method: Any) -> dict[str, Any]:
    """What the list says about a method, as JSON has it."""
    return {
        "name": method.name,
        "kind": "network" if _is_network(method) else "classic",
        "title": method.title,
        "source": method.source,
        "note": method.note,
        "needs": {
            "feature": method.needs.feature,
            "form": method.needs.form,
            "by_corpus": dict(method.needs.by_corpus),
        },
        "tasks": list(method.tasks),
        "grid_size": method.grid_size,
    }


def _classic(method: Any) -> dict[str, Any]:
    """What is said about a classic method alone; what it costs depends on the data."""
    from ..methods.classic.deferred import written

    estimator = method()
    steps = estimator.get_params(deep=False)
    inner = steps.pop("estimator")
    grid = steps.pop("grid") or []
    steps["estimators"] = list(steps["estimators"] or {})
    parts = grid if isinstance(grid, list) else [grid]
    return {
        **dict.fromkeys(COSTS),
        "cost_note": UNKNOWN_COST,
        "estimator": type(inner).__name__,
        "options": written(method.options),
        "steps": written(steps),
        "settings": written(inner.get_params(deep=False)),
        "grid": [written(part) for part in parts],
    }


def _network(method: Any, classes: int | None) -> dict[str, Any]:
    """What is said about a network alone; its cost only where the number of classes is given."""
    found: dict[str, Any] = dict.fromkeys(COSTS)
    note = "give --classes to have the network built and its cost counted"
    if classes is not None:
        for module in method.packages:
            need(module, extra=method.extra, for_what=f"the cost of {method.name}")
        from ..methods.networks.cost import nominal_cost

        try:
            found |= nominal_cost(method, n_classes=classes)
        except ModelError as error:
            # A network on weights of others is described where they are not, but not counted.
            if error.code != "model-missing":
                raise
            note = f"not counted: {error}"
        else:
            note = (
                f"of {found['frames']} frames of {found['dim']} numbers "
                f"({found['duration_s']:g} s); flops = 2 x macs (multiply-adds)"
            )
            if method.counts_statistics:
                note += "; parameters count the statistics of BatchNorm, as its source does"
    return {
        **found,
        "cost_note": note,
        "network": method.network.partition(":")[2],
        "options": _plain(method.options),
        "training": _plain(method.training),
        "windows": None if method.windows is None else _plain(method.windows),
        "grid": [_plain(method.grid)] if method.grid else [],
    }


def _print(found: Mapping[str, Any]) -> None:
    """Lay a method out for people."""
    print(f"{found['name']}: {found['title']}")
    _paragraph("source", found["source"])
    if found["note"]:
        _paragraph("note", found["note"])
    frames = ", as frames" if found["needs"]["form"] == "frames" else ""
    _paragraph("feature", f"{found['needs']['feature']}{frames}")
    for corpus, feature in found["needs"]["by_corpus"].items():
        _paragraph("", f"for {corpus}: {feature}")
    _paragraph("tasks", ", ".join(found["tasks"]))
    _paragraph("estimator", found.get("estimator") or found["network"])
    for title in ("options", "steps", "settings", "training"):
        _settings(title, found.get(title) or {})
    if found["parameters"] is not None:
        _paragraph("cost", f"{found['parameters']:,} parameters ({found['trainable']:,} trained)")
        rates = (found["macs_per_second"], found["flops_per_second"])
        _paragraph("", "{:,} multiply-adds, {:,} FLOPs a second of audio".format(*rates))
    _paragraph("cost" if found["parameters"] is None else "", found["cost_note"])
    print(f"  grid        {found['grid_size']} candidates")
    for part in found["grid"][:3]:
        for key, values in part.items():
            _paragraph("", f"{key}: {', '.join(str(value) for value in values)}")
    if len(found["grid"]) > 3:
        _paragraph("", f"and {len(found['grid']) - 3} parts more (--json shows them)")


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as JSON has them."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()
    }


def _settings(title: str, settings: Mapping[str, Any]) -> None:
    if settings:
        _paragraph(title, ", ".join(f"{key}={value}" for key, value in settings.items()))


def _paragraph(title: str, text: str) -> None:
    """Print `text` beside its title, wrapped."""
    lines = textwrap.wrap(text, 84, break_long_words=False, break_on_hyphens=False) or [""]
    print(f"  {title:<10}  {lines[0]}")
    for line in lines[1:]:
        print(f"{'':14}{line}")
