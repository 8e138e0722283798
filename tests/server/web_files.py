"""What the files of the page say about themselves: words, imports, addresses."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files

LANGUAGES = ("en", "zh")
ENGLISH_OF_THE_SERVER = frozenset({"choices"})
"""Views whose English titles come from the registry; there Chinese may have further keys."""

_ENTRY = re.compile(r'^  "([^"\\]+)": "((?:[^"\\]|\\.)*)",$', re.MULTILINE)
_PLACE = re.compile(r"\{(\w+)\}")  # plurals, {n|one|many}, are a matter of English alone
_IMPORT = re.compile(r'(?:\bfrom|\bimport\(|\bimport|new URL\()\s*"\./([\w.-]+)"')
_STATIC_IMPORT = re.compile(r'^(?:import|export)\b[^;]*?"\./([\w.-]+)";', re.MULTILINE)
_ADDRESS = re.compile(r"""https?://[\w\[]|(?<=["'(=])//\w""")
_NAMESPACES = re.compile(r"http://www\.w3\.org/\d{4}/\w+")


def web_files() -> dict[str, str]:
    """Name -> text of every file of the page."""
    folder = files("emovox.server").joinpath("web")
    return {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.is_file()}


def tables(page: dict[str, str]) -> dict[str, dict[str, dict[str, str]]]:
    """View -> language -> key -> sentence."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, text in page.items():
        parts = name.split(".")
        if len(parts) == 3 and parts[1] in LANGUAGES and parts[2] == "js":
            found.setdefault(parts[0], {})[parts[1]] = dict(_ENTRY.findall(text))
    return found


def uneven_words(page: dict[str, str]) -> list[str]:
    """Keys and placeholders that one language has and the other lacks; lines of no table."""
    faults = []
    for view, languages in sorted(tables(page).items()):
        if set(languages) != set(LANGUAGES):
            faults.append(f"{view}: only {', '.join(sorted(languages))}")
            continue
        english, chinese = (languages[name] for name in LANGUAGES)
        alone = english.keys() ^ chinese.keys()
        if view in ENGLISH_OF_THE_SERVER:
            alone = english.keys() - chinese.keys()
        faults += [f"{view}: {key} in one language only" for key in alone]
        faults += [
            f"{view}: {key} has other places"
            for key in english.keys() & chinese.keys()
            if set(_PLACE.findall(english[key])) != set(_PLACE.findall(chinese[key]))
        ]
        for language in LANGUAGES:
            lines = page[f"{view}.{language}.js"].splitlines()
            written = [line for line in lines if line.startswith("  ")]
            if len(written) != len(languages[language]):
                faults.append(f"{view}.{language}.js: a key twice, or a line that is no entry")
    return faults


def keys_used(page: dict[str, str]) -> tuple[set[str], set[str]]:
    """Keys that modules and the index name, and beginnings of those that they put together."""
    known = tables(page)
    views = "|".join({key.split(".")[0] for t in known.values() for key in t.get("en", {})})
    whole, begun = set(), set()
    for name, text in page.items():
        if re.fullmatch(r"[\w-]+\.(en|zh)\.js", name) or not name.endswith((".js", ".html")):
            continue
        whole |= set(re.findall(rf'"((?:{views})\.[\w-]+(?:\.[\w-]+)*)"', text))
        begun |= set(re.findall(rf"`((?:{views})\.[\w.-]*)\$\{{", text))
    return whole, begun


def broken_imports(page: dict[str, str]) -> list[str]:
    """Modules that are imported and not there."""
    return [
        f"{name} imports {wanted}"
        for name, text in page.items()
        if name.endswith(".js")
        for wanted in _IMPORT.findall(text)
        if wanted not in page
    ]


def first_view(page: dict[str, str], language: str) -> set[str]:
    """Files that the browser loads to show the first view in one language."""
    wanted = {"index.html", "boot.js", "icon.svg", "recognise.css", "recognise.js", "app.js"}
    wanted |= set(re.findall(r'"static/([\w.-]+)"', page["index.html"])) & page.keys()
    wanted |= {f"{view}.{language}.js" for view in ("shell", "emotions", "problems", "recognise")}
    waiting = list(wanted)
    while waiting:
        for name in _STATIC_IMPORT.findall(page[waiting.pop()]):
            if name in page and name not in wanted:
                wanted.add(name)
                waiting.append(name)
    return wanted


def addresses_elsewhere(page: dict[str, str]) -> list[str]:
    """Addresses of other origins, apart from the names of XML's kinds of elements."""
    found = []
    for name, text in page.items():
        for match in _ADDRESS.finditer(_NAMESPACES.sub("", text)):
            found.append(f"{name}: {match.group()}")
    return found


def against_policy(page: dict[str, str]) -> list[str]:
    """What a policy without 'unsafe-inline' and 'unsafe-eval' refuses, or what goes round it."""
    faults = []
    for name, text in page.items():
        if name.endswith((".html", ".svg")):
            reader = _Inline()
            reader.feed(text)
            faults += [f"{name}: {fault}" for fault in reader.faults]
        if name.endswith(".js"):
            parts = r"\beval\(|new Function\(|document\.write|insertAdjacentHTML|outerHTML"
            parts += r'|setAttribute\(\s*"(?:style|on)|srcdoc|\bstyle: '
            faults += [f"{name}: {found}" for found in re.findall(parts, text)]
            if "innerHTML" in text and name != "markup.js":
                faults.append(f"{name}: innerHTML")
    return faults


class _Inline(HTMLParser):
    """Handlers, styles and scripts that stand in the markup itself."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        self.faults += [f"<{tag} {name}>" for name in names if name.startswith("on")]
        if "style" in names or tag == "style":
            self.faults.append(f"style in <{tag}>")
        if tag == "script" and "src" not in names:
            self.faults.append("script without src")
