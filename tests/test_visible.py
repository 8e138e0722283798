"""In text from outside nothing hides."""

import pytest

from emovox.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 声音.wav", "plain 声音.wav"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("\u202egnp.wav", "\\u202egnp.wav"),
        ("\udcff.wav", "\\xff.wav"),
        ("\ud800", "\\ud800"),
    ],
)
def test_nothing_hides_in_visible_text(text, shown):
    assert visible(text) == shown
