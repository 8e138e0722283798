"""Printing what a benchmark would do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..visible import visible

if TYPE_CHECKING:
    from ..evaluation import Experiment
    from ..evaluation.plan import Plan

PLAN_FORMATS = ("text", "json")


def show_plans(
    experiments: Sequence[Experiment],
    form: str,
    *,
    roots: Mapping[str, Path],
    corpus_options: Mapping[str, Mapping[str, Any]],
) -> None:
    """Print the folds of experiments, and what they leak, in one of `PLAN_FORMATS`.

    Raises
    ------
    EmovoxError
        For a setting that a method does not have, and what else a run would refuse at once.
    """
    from ..evaluation.fitting import unfitted
    from ..evaluation.plan import plan
    from ..features import feature

    for one in experiments:
        unfitted(one)
        feature(one.feature)
    plans = plan(experiments, roots=roots, corpus_options=corpus_options)
    n_folds = sum(one.experiments * len(one.folds) for one in plans)
    if form == "json":
        found = {"format": 1, "n_folds": n_folds, "plans": [one.as_json() for one in plans]}
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return
    for each in plans:
        _show(each)
    fits = "1 fit" if n_folds == 1 else f"{n_folds} fits"
    print(f"{fits} of a method; nothing was extracted or fitted.")


def _show(plan: Plan) -> None:
    """Print one plan for people."""
    emotions = ", ".join(f"{name} {n}" for name, n in plan.emotions.items())
    print(f"{visible(', '.join(plan.corpora))}, protocol {plan.protocol}, seed {plan.seed}")
    print(f"  {plan.n_utterances} utterances of {plan.n_speakers} speakers")
    if emotions:
        print(f"  {emotions}")
    rows = [("fold", "train", "test")]
    rows += [(visible(one.name), str(one.n_train), str(one.n_test)) for one in plan.folds]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  " + "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)))
    for leak in plan.shared():
        print(f"  {leak['sentence']}")
    for note in plan.notes:
        print(f"  note: {note}")
