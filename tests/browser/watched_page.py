"""A page of the browser with everything written down that must not happen."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import emovox

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request

STATUS = re.compile(r"status of (\d+)")
UNNAMED = re.compile(
    r"^\s*- (button|link|textbox|searchbox|checkbox|combobox|radio|slider|spinbutton|tab|switch)"
    r"(?![\w-]| \")[^\n]*$",
    re.MULTILINE,
)
RAW_KEY = re.compile(
    r"\b(?:shell|recognise|corpora|experiment|models|problem|warning|emotion)\.[a-zA-Z][\w-]*\b"
)

WEB = Path(emovox.__file__).parent / "server" / "web"
WORDS = sorted(path.name.removesuffix(".en.js") for path in WEB.glob("*.en.js"))
"""Modules of sentences: NAME.en.js and NAME.zh.js."""

BOTH_LANGUAGES = """
const both = (name) => Promise.all(["en", "zh"].map(
  (language) => import(`/static/${name}.${language}.js`).then((module) => module.default)));
"""

ENGLISH_LEFT = """async (names) => {
  const [sentences, left] = [new Map(), []];
  for (const name of names) {
    const [en, zh] = await both(name);
    for (const [key, said] of Object.entries(en)) {
      if (zh[key] !== said && /[a-z]{3}/.test(said)) sentences.set(said, key);
    }
  }
  const look = (text) => {
    if (sentences.has(text?.trim())) left.push(`${sentences.get(text.trim())}: ${text}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  // Cards are English, identifiers are the same in every language.
  const isMeant = (element) => element.closest("[lang]").lang === "en"
    || element.closest("code, pre") || element.value === element.textContent;
  while (walker.nextNode()) {
    if (!isMeant(walker.currentNode.parentElement)) look(walker.currentNode.data);
  }
  const attributes = ["aria-label", "title", "placeholder"];
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
    for (const name of attributes) look(element.getAttribute(name));
  }
  return left;
}"""

UNLIKE_WORDS = """async (names) => {
  const found = [];
  const values = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
  const all = /\\{(\\w+)/g;
  const alone = /\\{(\\w+)\\}/g;
  for (const name of names) {
    const [en, zh] = await both(name);
    for (const key of new Set([...Object.keys(en), ...Object.keys(zh)])) {
      if (!(key in zh)) found.push(`${name}: ${key} has no Chinese`);
      // What the server itself names in English needs no other words.
      else if (key in en) {
        // A number that English has only for its plural is needless in Chinese.
        const [given, taken] = [values(en[key], all), values(zh[key], all)];
        const left = values(en[key], alone).filter((each) => !taken.includes(each));
        const invented = taken.filter((each) => !given.includes(each));
        if (left.length + invented.length) found.push(`${name}: values of ${key}`);
      } else if (name !== "choices") found.push(`${name}: ${key} has no English`);
    }
  }
  return found;
}"""

FOCUSED = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return {
    id: element.dataset.test ?? element.id ?? "",
    text: element.textContent.trim().slice(0, 40),
    tag: element.localName,
    marked: outlined || style.boxShadow !== "none",
  };
}"""

WIDER_THAN_THE_SCREEN = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const outside = [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > page.clientWidth + 1)
    .map((each) => each.outerHTML.slice(0, 160));
  return [`${page.scrollWidth} px`, ...outside.slice(0, 5)];
}"""


class Watched:
    """What went wrong on the pages of a context, and which strangers were asked.

    Parameters
    ----------
    context : BrowserContext
    address : str
        The server's; requests to anything else are written down and refused.
    expected : collection of int
        HTTP statuses that the test brings about; the browser logs each as an error. 0 stands for a
        server that is not there.
    """

    def __init__(
        self, context: BrowserContext, address: str, expected: Collection[int] = ()
    ) -> None:
        self.address = address
        self.faults: list[str] = []
        self.strangers: list[str] = []
        self.expected = set(expected)
        context.on("page", self._watch)
        context.route("**/*", self._route)

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._error)

    def _console(self, message: ConsoleMessage) -> None:
        status = STATUS.search(message.text)
        if status and int(status[1]) in self.expected:
            return
        if message.type in ("error", "warning") and not self.forgives(message.text):
            self.faults.append(f"console {message.type}: {message.text}")

    def forgives(self, text: str) -> bool:
        """Whether it is the browser's own complaint about a server that a test has killed."""
        return "ERR_CONNECTION_REFUSED" in text and 0 in self.expected

    def _error(self, error: Error) -> None:
        self.faults.append(f"page error: {error.message}\n{error.stack}")

    def _route(self, route: Any, request: Request) -> None:
        if request.url.startswith((f"{self.address}/", "data:", "blob:")):
            route.continue_()
        else:
            self.strangers.append(request.url)
            route.abort()


def unnamed_controls(page: Page) -> list[str]:
    """Controls that a screen reader could not name."""
    return [
        match.group().strip() for match in UNNAMED.finditer(page.locator("body").aria_snapshot())
    ]


def raw_keys(page: Page) -> list[str]:
    """Keys of sentences that are shown in the place of the sentence."""
    return sorted(set(RAW_KEY.findall(page.locator("body").inner_text())))


def too_wide(page: Page) -> list[str]:
    """Elements that make the page scroll sideways."""
    found: list[str] = page.evaluate(WIDER_THAN_THE_SCREEN)
    return found


def english_left(page: Page) -> list[str]:
    """English sentences of the page that have a Chinese one and are shown all the same."""
    found: list[str] = page.evaluate(with_both(ENGLISH_LEFT), WORDS)
    return found


def unlike_words(page: Page) -> list[str]:
    """Sentences that one language lacks, or that take other values there."""
    found: list[str] = page.evaluate(with_both(UNLIKE_WORDS), WORDS)
    return found


def with_both(function: str) -> str:
    """A function of the page that can call `both`."""
    return f"async (names) => {{ {BOTH_LANGUAGES} return await ({function})(names); }}"


def focused(page: Page) -> dict[str, Any]:
    """The element that has the focus: id, text, tag, and whether one can see that it has it."""
    found: dict[str, Any] = page.evaluate(FOCUSED)
    return found


def drawing_sizes(part: Any) -> list[tuple[float, float, int]]:
    """Width and height in pixels, and how many marks each drawing of a part of the page has."""
    found = part.locator("svg").evaluate_all(
        """(all) => all.map((svg) => {
          const box = svg.getBoundingClientRect();
          return [box.width, box.height, svg.querySelectorAll("*").length];
        })"""
    )
    return [(width, height, marks) for width, height, marks in found]


def clock_passes(page: Any, name: str, seconds: float) -> None:
    """Wait until the time that the element `name` shows ("0:01.3 ...") is later than this."""
    page.wait_for_function(
        """([name, seconds]) => {
          const said = document.querySelector(`[data-test=${name}]`)?.textContent ?? "0:0";
          const [, minutes, rest] = said.match(/(\\d+):(\\d+(?:\\.\\d)?)/);
          return 60 * Number(minutes) + Number(rest) > seconds;
        }""",
        arg=[name, seconds],
    )


def drawings_come(page: Any, name: str, n: int) -> None:
    """Wait until the element `name` holds at least `n` drawings."""
    page.wait_for_function(
        "([name, n]) => document.querySelectorAll(`[data-test=${name}] svg`).length >= n",
        arg=[name, n],
    )
