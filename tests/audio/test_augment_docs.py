"""The page about augmentation: its examples run, and its table holds the defaults."""

from __future__ import annotations

import dataclasses
import doctest
import re
from pathlib import Path

from emovox.audio import augment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "augmentation.md"


def test_examples_of_the_page_run() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert tried > 10


def test_every_setting_and_default_stands_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    kinds = [getattr(augment, name) for name in augment.__all__]
    kinds = [
        kind for kind in kinds
        if dataclasses.is_dataclass(kind) and hasattr(kind, "draw") and isinstance(kind, type)
    ]  # fmt: skip
    assert len(kinds) == 13
    for kind in kinds:
        rows = re.findall(rf"^\| `{kind.__name__}` \|([^|]*)\|", text, re.MULTILINE)
        assert rows, kind
        said = dict(re.findall(r"`(\w+)=([^`]+)`", rows[0]))
        for field in dataclasses.fields(kind):
            if field.default is dataclasses.MISSING:
                assert f"`{field.name}`" in rows[0]
            else:
                # Whole numbers stand without their decimal point.
                shown = repr(field.default).replace("'", '"')
                if field.name not in ("probabilities", "max_time_share", "alpha"):
                    shown = shown.replace(".0", "")
                assert said[field.name] == shown
