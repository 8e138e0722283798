"""The choices of an experiment, from the registry and the modules that it names."""

from __future__ import annotations

import inspect
from importlib.util import find_spec
from typing import Any

from ... import registry
from ...errors import need
from ...evaluation.normalisation import NORMALISATIONS
from ...evaluation.protocols.cross_corpus import MODES
from ...labels import LABEL_SETS

NOT_ASKED = frozenset({"self", "utterances", "content_hashes", "dev", "train", "test", "seed"})
"""Parameters of a protocol's folds that are said elsewhere, or not at all."""
CHOICES = {"mode": MODES}
"""Option of a protocol -> its values."""

TITLES = {
    "training": "by statistics of the training part only",
    "standard": "mean 0, deviation 1",
    "minmax": "from 0 to 1",
    "robust": "by median and quartiles",
    "quantile": "to a normal distribution, by ranks",
    "undersample": "as many of each emotion as the rarest has, the first ones",
    "undersample-random": "as many of each emotion as the rarest has, drawn at random",
    "class_weight": "all of them, weighted by their emotion's rarity",
    "exhaustive": "every candidate of the grid",
    "halving": "all candidates on a little, the best of them on more",
    "random": "some candidates, drawn at random",
}


def choices() -> dict[str, Any]:
    """Object of ``GET choices``.

    Raises
    ------
    MissingExtra
        ``extra-missing`` without scikit-learn.
    """
    need("sklearn", extra="bench", for_what="an experiment")
    from ...methods.classic.balance import BALANCES
    from ...methods.classic.search import SEARCHES
    from ...methods.classic.steps import SCALERS

    return {
        "methods": [method for name in registry.names("method") if (method := _method(name))],
        "features": [feature for name in registry.names("feature") if (feature := _feature(name))],
        "label_sets": [
            {"name": name, "emotions": list(emotions)} for name, emotions in LABEL_SETS.items()
        ],
        "normalisations": [
            {"name": name, "title": said or TITLES[name]} for name, said in NORMALISATIONS.items()
        ],
        "scalers": _titled(SCALERS),
        "balances": _titled(BALANCES),
        "searches": _titled(SEARCHES),
        "protocols": [_protocol(name) for name in registry.names("protocol")],
    }


def _method(name: str) -> dict[str, Any] | None:
    """Choice of a method; one whose packages are missing is none."""
    method = registry.get("method", name)
    if not all(find_spec(module) for module in getattr(method, "packages", ())):
        return None
    return {
        "name": name,
        "kind": "network" if hasattr(method, "network") else "classic",
        "title": method.title,
        "features": method.needs.feature,
        "grid_size": method.grid_size,
        "tasks": list(method.tasks),
    }


def _feature(name: str) -> dict[str, Any] | None:
    """Choice of a feature; those with frames only belong to methods that bring them."""
    feature = registry.get("feature", name)
    if not feature.names:
        return None
    return {"name": name, "dim": len(feature.names), "title": getattr(feature, "title", name)}


def _protocol(name: str) -> dict[str, Any]:
    protocol = registry.get("protocol", name)
    known = inspect.signature(protocol.folds).parameters
    return {
        "name": name,
        "title": protocol.describes,
        "separates": sorted(protocol.separates),
        "options": [
            _option(one, parameter.annotation, parameter.default)
            for one, parameter in known.items()
            if one not in NOT_ASKED
        ],
    }


def _option(name: str, annotation: object, default: object) -> dict[str, Any]:
    """Option of a protocol; its kind is read from its annotation."""
    said = str(annotation)
    kind = "integer" if said.startswith("int") else "number" if "float" in said else "text"
    return {
        "name": name,
        "kind": kind,
        "default": default,
        "choices": list(CHOICES[name]) if name in CHOICES else None,
    }


def _titled(names: Any) -> list[dict[str, str]]:
    return [{"name": name, "title": TITLES.get(name, name)} for name in names if name is not None]
