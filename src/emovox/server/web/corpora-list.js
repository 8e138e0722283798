/** The corpora at hand, and, folded, those that emovox could read if they were here. */

import { h } from "./elements.js";
import { bytes, number, problem, t } from "./i18n.js";
import { genders, languages, spread } from "./corpora-words.js";

/** @param {{corpora: object[]}} found  @returns {Node[]} */
export function listOfCorpora({ corpora }) {
  const here = corpora.filter(({ state }) => state !== "missing");
  const missing = corpora.filter(({ state }) => state === "missing");
  return [
    h("h1", { tabindex: "-1", text: () => t("corpora.title") }),
    h("p", { class: "lead", text: () => t("corpora.lead") }),
    here.length ? tableOf(here) : nothing(),
    missing.length > 0 && h("details", { class: "corpora-missing", data: { test: "corpora-missing" },
      open: here.length === 0 },
    h("summary", { text: () => t("corpora.missing", { n: missing.length }) }),
    h("p", { class: "note", text: () => t("corpora.howToAdd") }),
    tableOfMissing(missing)),
  ];
}

function nothing() {
  return h("div", { class: "notice", data: { test: "corpora-none" } },
    h("p", { text: () => t("corpora.none") }),
    h("pre", { text: "EMOVOX_CORPORA=FOLDER emovox serve\nemovox serve --corpus NAME=FOLDER" }));
}

function tableOf(corpora) {
  return scrolled("corpora.title", h("table", { class: "sticky wide corpora-table" },
    h("thead", {}, headings([
      ["corpora.name", "words"], ["corpora.languages", "words"], ["corpora.utterances"],
      ["corpora.emotions"], ["corpora.speakers"], ["corpora.genders"], ["corpora.size"],
      ["corpora.licence", "words"],
    ])),
    h("tbody", {}, ...corpora.map(lineOf))));
}

function lineOf(corpus) {
  const name = h("th", { scope: "row" },
    h("a", { href: address(corpus), text: corpus.name, data: { test: `corpus-${corpus.name}` } }),
    corpus.title !== corpus.name && h("small", { text: corpus.title }));
  if (corpus.state === "failed") {
    return h("tr", { data: { test: "corpus-row" } }, name,
      h("td", { class: "words long warn", colspan: "7", text: () => problem(corpus.error) }));
  }
  return h("tr", { data: { test: "corpus-row" } },
    name,
    h("td", { class: "words", text: () => languages(corpus.languages) }),
    h("td", {}, number(corpus.n), falling(corpus)),
    h("td", { text: () => String(spread(corpus.emotions)) }),
    h("td", { text: number(corpus.speakers) }),
    h("td", { text: () => genders(corpus.genders) }),
    h("td", { text: bytes(corpus.bytes) }),
    h("td", { class: "words long", text: corpus.licence ?? "–" }));
}

/** What is missing of the published number, below it. */
function falling({ n, n_published: published }) {
  if (!published || published === n) return null;
  return h("small", { class: n < published ? "warn" : null,
    text: () => t("corpora.ofPublished", { n: published }) });
}

function tableOfMissing(corpora) {
  return scrolled("corpora.missingTable", h("table", { class: "sticky wide corpora-table" },
    h("thead", {}, headings([
      ["corpora.name", "words"], ["corpora.languages", "words"], ["corpora.utterances"],
      ["corpora.speakers"], ["corpora.licence", "words"], ["corpora.source", "words"],
    ])),
    h("tbody", {}, ...corpora.map((corpus) => h("tr", {},
      h("th", { scope: "row" }, corpus.name, h("small", { text: corpus.title })),
      h("td", { class: "words", text: () => languages(corpus.languages) }),
      h("td", { text: corpus.n_published ? number(corpus.n_published) : "–" }),
      h("td", { text: corpus.speakers ? number(corpus.speakers) : "–" }),
      h("td", { class: "words long", text: corpus.licence ?? "–" }),
      h("td", { class: "words long" }, source(corpus.source)))))));
}

/** Where a corpus is to be had: a link where it is an address. */
export function source(said) {
  if (!/^https?:\/\//i.test(said ?? "")) return said ?? "–";
  return h("a", { href: said, rel: "noopener noreferrer", target: "_blank",
    text: said.replace(/^https?:\/\/(www\.)?/i, "").replace(/\/$/, "") });
}

function address({ name }) {
  return `#/corpora/${encodeURIComponent(name)}`;
}

function headings(columns) {
  return h("tr", {}, ...columns.map(([key, kind]) =>
    h("th", { scope: "col", class: kind, text: () => t(key) })));
}

function scrolled(key, table) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": () => t(key) }, table);
}
