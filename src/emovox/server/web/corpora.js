/** The view of corpora: those at hand, one of them, its recordings. */

import { getJson } from "./api.js";
import { listOfCorpora } from "./corpora-list.js";
import { oneCorpus } from "./corpora-one.js";
import { fill, h } from "./elements.js";
import { loadWords, onLanguage, t } from "./i18n.js";
import { failure } from "./progress.js";

let list;
let one;
let opened = null;
let section = null;
let asking = null;

export async function mount(root) {
  await Promise.all([loadWords("progress"), loadWords("recognise")]);
  list = h("div", { data: { test: "corpora-list" } });
  one = h("div", { data: { test: "corpus" }, hidden: true });
  root.append(list, one);
  onLanguage(() => section?.translate());
  addEventListener("hashchange", () => section?.stop());
}

/** @param {string[]} parts  The name of a corpus, or nothing. */
export async function open([name]) {
  list.hidden = Boolean(name);
  one.hidden = !name;
  if (!name) {
    // A check may have found other recordings meanwhile: the list is asked for anew.
    await show(list, "/page/api/corpora", listOfCorpora);
    return;
  }
  if (opened === name) return;
  opened = null;
  await show(one, `/page/api/corpora/${encodeURIComponent(name)}`, (corpus) => {
    opened = name;
    section = oneCorpus(corpus);
    return section.nodes;
  });
  scrollTo(0, 0);
  one.querySelector("h1")?.focus({ preventScroll: true });
}

async function show(element, path, draw) {
  asking?.abort();
  asking = new AbortController();
  if (!element.children.length || element === one) {
    fill(element, h("p", { class: "soft", text: () => t("corpora.reading") }));
  }
  try {
    const found = await getJson(path, { signal: asking.signal });
    fill(element, ...draw(found));
  } catch (error) {
    if (error.code === "aborted") return;
    if (error.code === undefined) throw error;
    fill(element,
      h("h1", { text: () => t("shell.corpora") }),
      failure(error),
      h("p", { class: "actions" },
        h("button", { type: "button", text: () => t("corpora.again"), data: { test: "corpora-again" },
          onclick: () => show(element, path, draw) }),
        element === one && h("a", { href: "#/corpora", text: () => t("corpora.all") })));
  }
}
