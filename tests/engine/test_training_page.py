"""The example of docs/training.md runs, and does what it says."""

from __future__ import annotations

import re

import numpy as np


def test_the_example_of_the_page_trains(repository, capsys):
    page = (repository / "docs" / "training.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(example, "docs/training.md", "exec"), names)  # noqa: S102 -- our own page
    trained = names["trained"]
    assert len(trained.history) == 20
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]
    best, last = capsys.readouterr().out.split()
    assert int(best) == trained.best_epoch
    assert float(last) > 0.7
    assert np.isfinite(trained.history[-1]["watched"]["loss"])
