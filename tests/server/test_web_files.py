"""The page's files: two languages, nothing from elsewhere, nothing inline, small."""

import re

import pytest

from emovox.errors import CODES
from emovox.labels import EMOTIONS
from emovox.report.theme import DARK, LIGHT, page_style
from emovox.report.wording import WARNINGS
from emovox.server.problems import SERVER_CODES

from .web_files import (
    LANGUAGES,
    addresses_elsewhere,
    against_policy,
    broken_imports,
    first_view,
    keys_used,
    tables,
    uneven_words,
    web_files,
)

KILOBYTE = 1000


@pytest.fixture(scope="module")
def page():
    return web_files()


@pytest.fixture(scope="module")
def sentences(page):
    return {
        language: {
            key: said for table in tables(page).values() for key, said in table[language].items()
        }
        for language in LANGUAGES
    }


def test_both_languages_have_the_same_keys_and_values(page):
    assert set(tables(page)) >= {"shell", "emotions", "problems", "recognise", "models"}
    assert uneven_words(page) == []


def test_a_key_or_value_that_one_language_lacks_is_found(page):
    planted = dict(page)
    planted["shell.zh.js"] = page["shell.zh.js"].replace("shell.skip", "shell.skap", 1)
    planted["models.zh.js"] = page["models.zh.js"].replace("{name}", "{nome}", 1)
    assert len(uneven_words(planted)) == 3


def test_every_key_that_is_used_has_words(page, sentences):
    whole, begun = keys_used(page)
    assert len(whole) > 100
    assert sorted(whole - sentences["en"].keys()) == []
    assert [
        each for each in begun if not any(key.startswith(each) for key in sentences["en"])
    ] == []


def test_no_words_are_left_that_nobody_uses(page, sentences):
    whole, begun = keys_used(page)
    unused = [
        key for key in sentences["en"] if key not in whole and not key.startswith(tuple(begun))
    ]
    assert unused == []


def test_every_error_that_a_client_can_meet_has_a_sentence_in_both_languages(sentences):
    for language in LANGUAGES:
        codes = {*CODES, *SERVER_CODES, "too-fast"}
        assert {code for code in codes if f"problem.{code}" not in sentences[language]} == set()


def test_every_warning_and_emotion_has_words_in_both_languages(sentences):
    for language in LANGUAGES:
        said = sentences[language]
        assert {code for code in WARNINGS if f"warning.{code}" not in said} == set()
        assert {name for name in EMOTIONS if f"emotion.{name}" not in said} == set()


def test_english_warnings_are_those_of_the_reports(sentences):
    said = sentences["en"]
    assert {code: said[f"warning.{code}"] for code in WARNINGS} == WARNINGS


def test_every_module_that_is_imported_is_there(page):
    assert broken_imports(page) == []
    assert broken_imports({"a.js": 'import { b } from "./b.js";'}) == ["a.js imports b.js"]


def test_nothing_comes_from_another_origin(page):
    assert addresses_elsewhere(page) == []
    planted = {
        "a.css": '@import "//cdn.example/a.css"',
        "a.js": 'import("https://cdn.example/a.js")',
    }
    assert len(addresses_elsewhere(planted)) == 2


def test_the_page_holds_nothing_that_its_policy_refuses(page):
    assert against_policy(page) == []
    planted = {
        "a.html": '<p onclick="x()" style="color:red"><script>x()</script>',
        "a.js": 'element.innerHTML = text; eval("1")',
    }
    assert len(against_policy(planted)) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_view_is_small_and_all_of_the_page_stays_under_300_kilobytes(page, language):
    def size(names):
        return sum(len(page[name].encode("utf-8")) for name in names)

    loaded = first_view(page, language)
    assert "table.js" in loaded
    assert "models.js" not in loaded
    assert size(loaded) + len(page_style()) < 120 * KILOBYTE
    assert size(name for name in page if not name.endswith(".zh.js")) < 300 * KILOBYTE


def luminance(colour):
    """Relative luminance of #rrggbb, as WCAG has it."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_all_that_they_stand_on(theme):
    for words in ("ink", "soft", "link", "accent", "warn", "second"):
        for ground in ("paper", "panel", "track"):
            assert contrast(theme[words], theme[ground]) >= 4.5, (words, ground)
    assert contrast(theme["paper"], theme["accent"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_edges_of_fields_and_buttons_stand_out(page, theme):
    (share,) = re.findall(r"--edge: color-mix\(in srgb, var\(--soft\) (\d+)%", page["controls.css"])
    mixed = [
        round((int(share) * int(theme["soft"][i : i + 2], 16)
               + (100 - int(share)) * int(theme["paper"][i : i + 2], 16)) / 100)
        for i in (1, 3, 5)
    ]  # fmt: skip
    for ground in ("paper", "panel"):
        assert contrast("#" + "".join(f"{each:02x}" for each in mixed), theme[ground]) >= 3.0


def test_page_and_reports_have_the_same_colours_and_drawings():
    style = page_style()
    for name in LIGHT:
        assert style.count(f"--{name}:{LIGHT[name]}") >= 2
        assert style.count(f"--{name}:{DARK[name]}") >= 2
    assert ":root[data-theme=dark]" in style
    assert ":root:not([data-theme=light])" in style
    assert "svg .wave{" in style
    assert "body{" not in style
