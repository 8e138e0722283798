"""What the page asks for as command lines: every value checked, none of them a free argument.

Values that a client typed always follow an equals sign (``--seed=3``), so that none can become an
option, and corpora are named as the server was told of them, never by a path of the client.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import registry
from ..corpora.reading import ROOT_VARIABLE
from ..labels import EMOTIONS, LABEL_SETS
from .at_hand import AtHand
from .problems import Problem, shown

CROSSING = "cross-corpus"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)
"""Names that Windows keeps for itself, whatever their ending."""
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*")
CONSTANTS = frozenset({"none", "true", "false", "null", "nan", "infinity"})
"""Words that ``--set`` takes for something else."""
MOST = 100
"""Longest list of a request."""

Choices = Mapping[str, Any]
Experiment = Mapping[str, Any]

KEYS = (
    "methods", "corpora", "train", "test", "label_set", "features", "normalisation", "scaler",
    "pca", "select", "balance", "search", "protocol", "protocol_options", "seed", "level_db",
    "trim", "shuffle",
)  # fmt: skip
"""What an experiment may hold."""


def bench_arguments(
    experiment: Experiment, *, choices: Choices, corpora: Mapping[str, AtHand]
) -> list[str]:
    """Arguments of ``emovox bench`` for an experiment of the page.

    Parameters
    ----------
    experiment : mapping
        As docs/architecture.md has it.
    choices : mapping
        As ``GET choices`` gives them.
    corpora : mapping
        Those at hand.

    Returns
    -------
    list of str
        Without ``--records``.

    Raises
    ------
    Problem
        ``bad-request`` (400), naming the field, its value and what is allowed; ``not-found``
        (404) for a corpus.
    """
    for name in experiment:
        if name not in KEYS:
            raise _bad(name, experiment[name], f"allowed: {', '.join(KEYS)}")
    said = {name: value for name, value in experiment.items() if value not in (None, [])}
    methods = _names(said, "methods", _known(choices, "methods"), least=1)
    found = ["bench", ",".join(methods)]
    flags: dict[str, str | None] = {}
    crossed = "train" in said or "test" in said
    if crossed == ("corpora" in said):
        raise Problem(400, "bad-request", "an experiment needs corpora, or train and test")
    for key in ("train", "test") if crossed else ("corpora",):
        flags[key] = sources(_list(said, key, least=1), corpora)
    protocol = CROSSING if crossed else "speaker"
    protocol = _one(said, "protocol", _known(choices, "protocols")) or protocol
    flags["protocol"] = protocol
    if "label_set" in said:
        flags["label-set"] = _label_set(said["label_set"])
    features = _names(said, "features", _known(choices, "features"))
    flags["features"] = "+".join(features) or None
    flags["normalisation"] = _one(said, "normalisation", _known(choices, "normalisations"))
    flags["scaler"] = _one(said, "scaler", [*_known(choices, "scalers"), "none"])
    flags["select"] = _select(said)
    flags["pca"] = _pca(said)
    flags["search"] = _one(said, "search", [*_known(choices, "searches"), "none"])
    flags["balance"] = _one(said, "balance", [*_known(choices, "balances"), "none"])
    flags["level-db"] = _level(said)
    flags["seed"] = _whole(said, "seed", least=0, most=2**32 - 1)
    found += [f"--{name}={value}" for name, value in flags.items() if value is not None]
    found += _options(said.get("protocol_options") or {}, protocol, choices)
    found += [f"--{name}" for name in ("trim", "shuffle") if _yes(said, name)]
    return found


def train_arguments(
    settings: Mapping[str, Any], *, corpora: Mapping[str, AtHand], out: Path
) -> list[str]:
    """Arguments of ``emovox train`` for the settings of a record.

    Parameters
    ----------
    settings : mapping
        Of the record: what a command line of emovox has written.
    corpora : mapping
        Those at hand; the training corpora must be among them.
    out : path
        The model folder to write.

    Raises
    ------
    Problem
        ``not-found`` (404) for a corpus that is not at hand; ``conflict`` (409) for settings that
        no model can have; ``records-damaged`` (422) for what no command line writes.
    """
    try:
        return _trained(settings, corpora, out)
    except (KeyError, TypeError, AttributeError) as error:
        raise Problem(
            422, "records-damaged", "the settings of this row are not those of a run"
        ) from error


def _trained(settings: Mapping[str, Any], corpora: Mapping[str, AtHand], out: Path) -> list[str]:
    if settings["method"] not in registry.names("method"):
        sentence = f"this installation knows no method {shown(settings['method'])}"
        raise Problem(409, "conflict", sentence)
    if settings["normalisation"] == "before-folds":
        raise Problem(409, "conflict", "its scaler has seen the test part; such a model is no use")
    parameters = dict(settings["parameters"])
    if parameters.get("watch") == "test":
        if parameters.get("epoch") == "best" or parameters.get("patience") is not None:
            sentence = "its epoch was chosen on the test part; such a model is no use"
            raise Problem(409, "conflict", sentence)
        # Nothing depended on it; there is no test part to look at when a model is trained.
        del parameters["watch"]
    names = [_at_hand(name, corpora) for name in settings["train_corpora"]]
    flags: dict[str, str | None] = {
        "out": str(out),
        "features": settings["features"],
        "label-set": _trained_set(settings),
        "level-db": _text(settings["front_end"].get("level_db")),
        "seed": str(settings["seed"]),
    }
    if settings.get("dimension"):
        flags |= {"task": "regression", "dimension": settings["dimension"], "label-set": None}
    found = ["train", settings["method"], *(source_of(corpora[name]) for name in names)]
    found += [f"--{name}={value}" for name, value in flags.items() if value is not None]
    for name, value in parameters.items():
        if name in ("scaler", "select", "pca", "search", "balance"):
            found.append(f"--{name}={'none' if value is None else value}")
        else:
            found.append(f"--set={name}={_typed(value)}")
    found.append(f"--augment={settings.get('augment', 'none')}")
    if settings["front_end"].get("trim"):
        found.append("--trim")
    return found


def sources(names: Sequence[str], corpora: Mapping[str, AtHand]) -> str:
    """Corpora as one flag of the command line names them.

    Raises
    ------
    Problem
        ``not-found`` (404); ``conflict`` (409) for a folder that no list of names can hold.
    """
    found = []
    for name in dict.fromkeys(names):
        if name not in corpora:
            known = ", ".join(corpora) or "none"
            raise Problem(404, "not-found", f"there is no corpus {name!r} here; known: {known}")
        source = source_of(corpora[name])
        if "," in source:
            raise Problem(409, "conflict", f"the folder of {name} has a comma in its name")
        found.append(source)
    return ",".join(found)


def source_of(corpus: AtHand) -> str:
    """How the command line names a corpus: by name alone where it finds it by itself."""
    home = os.environ.get(ROOT_VARIABLE)
    is_found = home and corpus.place == Path(os.path.abspath(home), corpus.name)
    return corpus.name if corpus.is_corpus and is_found else corpus.source


def spoken(arguments: Sequence[str]) -> str:
    """Command line to copy.

    Examples
    --------
    >>> spoken(["bench", "ridge", "--label-set=anger,sadness"])
    'emovox bench ridge --label-set=anger,sadness'
    """
    return shlex.join(["emovox", *arguments])


def checked_name(value: object, *, what: str) -> str:
    """Name that is safe as that of a file or folder.

    Raises
    ------
    Problem
        ``bad-request`` (400).

    Examples
    --------
    >>> checked_name("first-run_2", what="name")
    'first-run_2'
    """
    if not isinstance(value, str) or not NAME.fullmatch(value) or value.endswith("."):
        raise _bad(what, value, "letters, digits, and - _ . within, at most 80 of them")
    if DEVICE.fullmatch(value.partition(".")[0]):
        raise _bad(what, value, "any name but that of a device of Windows")
    return value


def _at_hand(name: str, corpora: Mapping[str, AtHand]) -> str:
    """Name at hand of a corpus that a record names; tables bear the name of their file there."""
    if name in corpora:
        return name
    for known, corpus in corpora.items():
        if not corpus.is_corpus and corpus.place.stem == name:
            return known
    raise Problem(404, "not-found", f"the training corpus {name!r} is not at hand")


def _trained_set(settings: Mapping[str, Any]) -> str:
    """Label set of a model: the emotions themselves where test corpora have limited them."""
    name = str(settings["label_set"])
    if name == "own" and settings["train_corpora"] != settings["test_corpora"]:
        return ",".join(settings["emotions"])
    return name


def _typed(value: Any) -> str:
    """Value as ``--set`` reads it back: a word as it is, everything else as JSON.

    Examples
    --------
    >>> _typed("rbf"), _typed("none"), _typed([1, 2])
    ('rbf', '"none"', '[1, 2]')
    """
    is_word = isinstance(value, str) and WORD.fullmatch(value) and value.lower() not in CONSTANTS
    return str(value) if is_word else json.dumps(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _options(said: object, protocol: str, choices: Choices) -> list[str]:
    """Flags of the protocol's options."""
    if not isinstance(said, Mapping):
        raise _bad("protocol_options", said, "an object")
    [own] = [one for one in choices["protocols"] if one["name"] == protocol]
    known = {option["name"]: option for option in own["options"]}
    found = []
    for name, value in said.items():
        if value is None:
            continue
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise _bad("protocol_options", name, f"options of {protocol}: {allowed}")
        option = known[name]
        if option["choices"]:
            _one(said, name, option["choices"])
        else:
            _number(said, name, whole=option["kind"] == "integer")
        found.append(f"--protocol-options={name}={value}")
    return found


def _known(choices: Choices, kind: str) -> list[str]:
    return [one["name"] for one in choices[kind]]


def _list(said: Experiment, name: str, *, least: int = 0) -> list[str]:
    value = said.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _bad(name, value, "a list of names")
    if not least <= len(value) <= MOST:
        raise _bad(name, value, f"{least} to {MOST} names")
    return value


def _names(said: Experiment, name: str, known: Sequence[str], *, least: int = 0) -> list[str]:
    found = _list(said, name, least=least)
    for one in found:
        if one not in known:
            raise _bad(name, one, f"known: {', '.join(known)}")
    return list(dict.fromkeys(found))


def _one(said: Experiment, name: str, known: Sequence[str]) -> str | None:
    value = said.get(name)
    if value is not None and (not isinstance(value, str) or value not in known):
        raise _bad(name, value, f"known: {', '.join(known)}")
    return value


def _label_set(value: object) -> str:
    """Name of a label set, also with the O for "other", or emotions joined by commas."""
    names = {"own", *LABEL_SETS, *(f"{name}O" for name in LABEL_SETS)}
    if isinstance(value, str):
        emotions = [part.strip() for part in value.split(",")]
        if value in names or all(one in EMOTIONS for one in emotions):
            return ",".join(emotions)
    raise _bad("label_set", value, f"own, {', '.join(LABEL_SETS)}, or emotions joined by commas")


def _select(said: Experiment) -> str | None:
    if said.get("select") == "none":
        return "none"
    return _whole(said, "select", least=1, most=100_000)


def _pca(said: Experiment) -> str | None:
    value = said.get("pca")
    if value in (None, "none", "mle"):
        return None if value is None else str(value)
    number = _number(said, "pca")
    if not (0 < number < 1 or (number >= 1 and number == int(number))):
        raise _bad("pca", value, "a number of components, a share in 0..1, mle or none")
    return str(value)


def _level(said: Experiment) -> str | None:
    if "level_db" not in said:
        return None
    value = _number(said, "level_db")
    if not -60 <= value <= 0:
        raise _bad("level_db", value, "-60 to 0 dBFS")
    return str(value)


def _whole(said: Experiment, name: str, *, least: int, most: int) -> str | None:
    if name not in said:
        return None
    value = _number(said, name, whole=True)
    if not least <= value <= most:
        raise _bad(name, value, f"{least} to {most}")
    return str(value)


def _number(said: Experiment, name: str, *, whole: bool = False) -> int | float:
    value = said[name]
    kinds = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise _bad(name, value, "a whole number" if whole else "a number")
    return value


def _yes(said: Experiment, name: str) -> bool:
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise _bad(name, value, "true or false")
    return value


def _bad(name: str, value: object, allowed: str) -> Problem:
    return Problem(400, "bad-request", f"{name} is {shown(value)}; {allowed}")
