"""What an experiment would do: its command line, its folds, what they leak. Nothing is fitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..command_lines import spoken
from ..json_body import read_json
from ..problems import Problem
from .run_files import free_name
from .run_keeper import keeper_of


async def plans(request: Request) -> JSONResponse:
    """POST /page/api/plans: an experiment."""
    state = request.app.state
    experiment = await read_json(request, limit=state.settings.limits.json_bytes)
    keeper = keeper_of(state)
    arguments = await keeper.arguments(experiment)
    name = free_name(state.settings.records, experiment["methods"], corpora_named(experiment))
    command = spoken(await keeper.arguments(experiment, name))
    try:
        found = joined((await keeper.plan(experiment, arguments))["plans"])
    except Problem as problem:
        if problem.status == 503:
            raise
        return JSONResponse({"command": command, **joined([]), "problem": problem.as_json()})
    return JSONResponse({"command": command, **found, "problem": None})


def corpora_named(experiment: Mapping[str, Any]) -> list[str]:
    """Every corpus of an experiment, in its order."""
    return [
        name for key in ("corpora", "train", "test") for name in experiment.get(key) or [] if name
    ]


def joined(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Plans of several corpora as one.

    Examples
    --------
    >>> joined([])["n_folds"]
    0
    """
    emotions: Counter[str] = Counter()
    folds = []
    for plan in found:
        emotions.update(plan["emotions"])
        where = f"{', '.join(plan['corpora'])}: " if len(found) > 1 else ""
        folds += [{**fold, "name": f"{where}{fold['name']}"} for fold in plan["folds"]]
    return {
        "n_utterances": sum(plan["n_utterances"] for plan in found),
        "n_speakers": sum(plan["n_speakers"] for plan in found),
        "emotions": dict(emotions),
        "n_folds": len(folds),
        "n_fits": sum(plan["experiments"] * len(plan["folds"]) for plan in found),
        "folds": folds,
        "leaks": _leaks([leak for plan in found for leak in plan["leaks"]]),
        "notes": list(dict.fromkeys(note for plan in found for note in plan["notes"])),
    }


def _leaks(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is shared of each kind: the worst of several plans, and how many folds of all."""
    kinds = dict.fromkeys(leak["kind"] for leak in found)
    return [_worst([leak for leak in found if leak["kind"] == kind]) for kind in kinds]


def _worst(leaks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    worst = max(leaks, key=lambda leak: (leak["shared"] or 0) / (leak["of"] or 1))
    return {
        **worst,
        "folds": sum(leak["folds"] for leak in leaks),
        "unknown": sum(leak["unknown"] for leak in leaks),
        "sentence": " ".join(dict.fromkeys(leak["sentence"] for leak in leaks)),
    }


def routes() -> list[Route]:
    """Addresses of this view."""
    return [Route("/page/api/plans", plans, methods=["POST"])]
