from xml.etree.ElementTree import XML

import pytest

from emovox.report import escape

HOSTILE = [
    "a\nemovox: forged line",
    "\x1b[31mred\x07",
    "evil\u202egnp.wav",
    "\u2066isolate\u2069",
    "caf\udce9.wav",
    "\x00",
    "\u2028separator",
    "\ufeff",
    "<script>alert('x')</script>",
    '" onload="alert(1)',
    "]]>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_control_or_direction_character_survives(name):
    shown = escape.visible(name)
    shown.encode("utf-8")
    assert shown.isprintable()
    assert "\u202e" not in shown


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text_in_markup(name):
    element = XML(f'<t a="{escape.html(name)}">{escape.html(name)}</t>')
    assert element.text == element.get("a") == escape.visible(name)
    assert len(element) == 0


def test_a_byte_that_is_not_utf8_is_shown_as_that_byte():
    assert escape.visible("caf\udce9") == "caf\\xe9"


def test_names_in_other_scripts_stay_as_they_are():
    name = "快乐, été, \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert escape.visible(name) == name


def test_latex_escapes_every_special_character():
    assert escape.latex("a_b & 5% {x}$#~^\\") == (
        r"a\_b \& 5\% \{x\}\$\#\textasciitilde{}\textasciicircum{}\textbackslash{}"
    )


def test_markdown_neither_ends_a_cell_nor_starts_a_link():
    assert escape.markdown("a|b [c](d) <i>") == "a\\|b \\[c\\](d) &lt;i&gt;"
    assert escape.markdown("ccser_svc") == "ccser_svc"
    assert escape.markdown("_x_") == "\\_x\\_"
