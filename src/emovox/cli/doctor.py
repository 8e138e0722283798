"""`emovox doctor`: what is installed, what is missing, what would help."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..visible import visible

BRINGS: dict[str, str] = {
    "bench": "training, bench, audit and reports of classic methods",
    "train": "networks: training, bench and export of them (recognising with one needs none of it)",
    "tensorboard": "curves of a training for TensorBoard (--set tensorboard=true)",
    "ssl": "pretrained speech encoders (a later release)",
    "serve": "the page and the service (emovox serve); the page's experiments need bench too",
    "media": "MP4, WebM and other containers (a later release)",
    "mic": "the microphone of emovox listen; on Linux it needs the PortAudio library too",
    "cluster": "many machines through joblib's backends (not yet tried by us)",
    "dev": "the test suite",
}
"""Extra -> what it brings."""

LATER = frozenset({"ssl", "media"})
"""Extras that nothing uses yet: people are not told to install them."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


@dataclass(frozen=True)
class Package:
    """One distribution that emovox uses.

    Parameters
    ----------
    name : str
    version : str or None
        None where it is not installed.
    extra : str or None
        The extra that brings it; None for the core.
    """

    name: str
    version: str | None
    extra: str | None


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Say what is installed, what is missing, what would help."""
    found = findings()
    if as_json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2))
    else:
        print("\n".join(_lines(found)))
    return 1 if found["missing"] else 0


def findings() -> dict[str, Any]:
    """Everything that `emovox doctor` says, without importing what it looks for.

    Returns
    -------
    dict
        ``emovox``, ``python``, ``system``, ``packages`` (core), ``extras``, ``missing`` (core
        packages that are not installed), ``decoders``, ``threads``, ``places``.

    Examples
    --------
    >>> sorted(findings())[:3]
    ['decoders', 'emovox', 'extras']
    """
    packages = required()
    core = [package for package in packages if package.extra is None]
    return {
        "emovox": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {package.name: package.version for package in core},
        "missing": [package.name for package in core if package.version is None],
        "extras": _extras(packages),
        "decoders": _decoders(),
        "threads": {
            "processors": os.cpu_count(),
            **{name: os.environ[name] for name in THREADS if name in os.environ},
        },
        "places": _places(),
    }


def required() -> list[Package]:
    """Distributions that emovox's own metadata asks for, with their versions.

    An extra that is made of another (``emovox[bench]``) is given that one's packages too.
    """
    lines = importlib.metadata.requires("emovox") or []
    wanted: list[tuple[str, str | None]] = []
    for line in lines:
        requirement, _, marker = line.partition(";")
        match, extra = _NAME.match(requirement.strip()), _EXTRA.search(marker)
        if match and match.group() != "emovox":
            wanted.append((match.group(), extra.group(1) if extra else None))
    return [Package(name, _version(name), extra) for name, extra in dict.fromkeys(wanted)]


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _extras(packages: list[Package]) -> dict[str, Any]:
    """Each extra that this version offers: what it brings, what is there, how to get the rest."""
    found: dict[str, Any] = {}
    offered = importlib.metadata.metadata("emovox").get_all("Provides-Extra") or []
    for extra in offered:
        versions = {each.name: each.version for each in packages if each.extra == extra}
        missing = [name for name, version in versions.items() if version is None]
        found[extra] = {
            "for": BRINGS.get(extra, ""),
            "packages": versions,
            "missing": missing,
            "install": f'pip install "emovox[{extra}]"' if missing else None,
        }
    return found


def _decoders() -> dict[str, Any]:
    """What decodes sound: libsndfile through soundfile; other containers are for PyAV."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        return {"soundfile": None, "error": str(error)}
    return {
        "soundfile": soundfile.__version__,
        "libsndfile": soundfile.__libsndfile_version__,
        "formats": sorted(soundfile.available_formats()),
        "av": _version("av"),
    }


def _places() -> dict[str, Any]:
    """Where corpora, models and the cache are looked for, and what is there."""
    root = os.environ.get("EMOVOX_CORPORA")
    return {
        "corpora": {
            "variable": "EMOVOX_CORPORA",
            "folder": root,
            "found": _folders(Path(root)) if root else [],
        },
        "models": {
            "variable": "EMOVOX_MODELS",
            "folder": os.environ.get("EMOVOX_MODELS"),
            "found": _models(),
        },
        "cache": {"variable": "EMOVOX_CACHE", "folder": _cache_folder()},
    }


def _folders(root: Path) -> list[str]:
    """Names of the folders in `root`; none where it cannot be read."""
    try:
        return sorted(each.name for each in root.iterdir() if each.is_dir())
    except OSError:
        return []


def _models() -> list[str]:
    """Names of the models that can be used; none where the runtime is missing."""
    try:
        from ..models.lookup import installed
    except ImportError:
        return []
    return list(installed())


def _cache_folder() -> str | None:
    """Where features are kept; None where nothing can be kept or numpy is missing."""
    try:
        from ..features.cache import default_cache
    except ImportError:
        return None
    cache = default_cache()
    return None if cache.off else str(cache.folder)


def _lines(found: dict[str, Any]) -> list[str]:
    """Lay the findings out for people."""
    lines = [
        f"emovox {found['emovox']}, Python {found['python']}, {found['system']}",
        f"at {visible(str(Path(__file__).resolve().parents[1]))}, run by {visible(sys.executable)}",
        "",
        "core (recognising recordings)",
        *(f"  {name:<18} {version or 'MISSING'}" for name, version in found["packages"].items()),
    ]
    if found["missing"]:
        lines.append(f"  get them: pip install {' '.join(found['missing'])}")
    lines += ["", "extras"]
    for extra, each in found["extras"].items():
        n_there = len(each["packages"]) - len(each["missing"])
        state = f"{n_there} of {len(each['packages'])} packages"
        lines.append(f"  {extra:<18} {state:<18} {each['for']}")
        if each["missing"] and extra not in LATER:
            lines.append(f"  {'':<18} missing: {', '.join(each['missing'])}; {each['install']}")
    lines += ["", "decoders"]
    decoders = found["decoders"]
    if decoders["soundfile"] is None:
        lines.append(f"  none: {visible(decoders['error'])}")
    else:
        lines.append(f"  soundfile {decoders['soundfile']}, libsndfile {decoders['libsndfile']}")
        lines.append(f"  {', '.join(decoders['formats'])}")
    threads = ", ".join(f"{name}={value}" for name, value in found["threads"].items())
    lines += ["", f"threads: {threads}", "", "places"]
    for name, place in found["places"].items():
        where = visible(place["folder"]) if place["folder"] else f"{place['variable']} is not set"
        inside = f": {', '.join(map(visible, place['found']))}" if place.get("found") else ""
        lines.append(f"  {name:<18} {where}{inside}")
    return lines
