/** The view Models: what is installed, its figures and its card. */

import { getJson, withQuery } from "./api.js";
import { bind, fill, h } from "./elements.js";
import { bytes, emotion, has, language, number, onLanguage, percentage, problem, t } from "./i18n.js";
import { parse } from "./markup.js";

let answer = null;
let wanted = null;
let list = null;
let sheet = null;
let said = null;

export function mount(root) {
  list = h("ul", { class: "model-list", data: { test: "models" } });
  sheet = h("article", { class: "model", data: { test: "model-sheet" } });
  said = h("p", { class: "warn", role: "alert" });
  root.append(
    h("h1", { text: () => t("models.title") }),
    h("p", { class: "lead", text: () => t("models.lead") }),
    said,
    h("div", { class: "models-body" },
      h("nav", { "aria-label": () => t("models.installed") }, list), sheet));
  onLanguage(() => answer && load());
}

/** `#/models/NAME` shows one. */
export async function open([name]) {
  wanted = name ?? null;
  await load();
}

async function load() {
  try {
    answer = await getJson(withQuery("/page/api/models", { language: language() }));
    bind(said, "text", "");
  } catch (error) {
    bind(said, "text", () => problem(error));
    return;
  }
  const { models } = answer;
  const shown = models.find(({ name }) => name === (wanted ?? answer.default)) ?? models[0];
  fill(list, ...models.map((model) => entry(model, model === shown)));
  if (wanted && shown?.name !== wanted) bind(said, "text", () => t("models.missing", { name: wanted }));
  fill(sheet, ...(shown ? content(shown) : [h("p", { class: "soft", text: () => t("models.none") })]));
}

function entry(model, isShown) {
  const kind = () => {
    if (model.error) return t("models.broken");
    if (model.name === answer.default) return t("models.default");
    return model.shipped ? t("models.shipped") : t("models.own");
  };
  return h("li", {},
    h("a", { href: `#/models/${encodeURIComponent(model.name)}`, "aria-current": isShown ? "true" : null,
      data: { test: "model", name: model.name } },
    h("span", { class: "model-name", text: model.name }),
    h("span", { class: model.error ? "warn" : "soft", text: kind })));
}

function content(model) {
  const head = [
    h("h2", { text: model.name }),
    model.title && model.title !== model.name && h("p", { class: "lead", text: model.title }),
  ];
  if (model.error) {
    return [...head,
      h("p", { class: "warn", text: () => t("models.cannot", { sentence: problem(model.error) }), data: { test: "model-error" } })];
  }
  return [...head,
    h("p", { class: "actions" },
      h("a", { class: "button", href: `#/recognise/model/${encodeURIComponent(model.name)}`,
        text: () => t("models.use"), data: { test: "use-model" } })),
    facts(model),
    figures(model.figures ?? []),
    model.card && card(model)];
}

function facts(model) {
  const rows = [
    ["models.emotions", () => model.labels.map(emotion).join(language() === "zh" ? "、" : ", ")],
    ["models.task", () => (has(`models.task-${model.task}`) ? t(`models.task-${model.task}`) : model.task)],
    ["models.size", () => bytes(model.bytes)],
    ["models.created", () => String(model.created ?? "–").slice(0, 10)],
    ["models.hash", () => model.sha256],
  ];
  return h("dl", { class: "keys" }, ...rows.flatMap(([key, value]) =>
    [h("dt", { text: () => t(key) }), h("dd", { class: key === "models.hash" ? "hash" : null, text: value })]));
}

function figures(rows) {
  if (!rows.length) return h("p", { class: "soft", text: () => t("models.noFigures") });
  const column = (key, kind) => h("th", { scope: "col", class: kind, text: () => t(key) });
  return h("section", {},
    h("h3", { text: () => t("models.figures") }),
    h("p", { class: "note", text: () => t("models.figuresExplained") }),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": () => t("models.figures") },
      h("table", { data: { test: "model-figures" } },
        h("thead", {}, h("tr", {},
          column("models.columnCorpus"), column("models.columnProtocol", "words"),
          column("models.columnMeasure", "words"), column("models.columnValue"),
          column("models.columnInterval"), column("models.columnN"))),
        h("tbody", {}, ...rows.map(figure)))));
}

function figure(row) {
  const shown = (value) => (typeof value === "number" ? percentage(value) : "–");
  const interval = Array.isArray(row.interval) ? row.interval.map(shown).join(" – ") : "–";
  return h("tr", {},
    h("th", { scope: "row", text: String(row.corpus ?? "–").replaceAll("+", " + ") }),
    h("td", { class: "words", text: () => (has(`models.protocol-${row.protocol}`) ? t(`models.protocol-${row.protocol}`) : row.protocol ?? "–") }),
    h("td", { class: "words", text: row.measure ?? "–" }),
    h("td", { class: "best", text: shown(row.value) }),
    h("td", { text: interval }),
    h("td", { text: row.n === undefined ? "–" : number(row.n) }));
}

/** The card as the server renders it; its headings stand below the page's own. */
function card(model) {
  const content = parse(model.card);
  const first = content.querySelector("h1");
  if (first?.textContent.trim() === model.name) first.remove();
  for (const heading of content.querySelectorAll("h1, h2, h3, h4")) {
    const lower = document.createElement(`h${Math.min(Number(heading.localName[1]) + 1, 6)}`);
    lower.append(...heading.childNodes);
    heading.replaceWith(lower);
  }
  for (const table of content.querySelectorAll("table")) {
    const scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": () => t("models.cardTable") });
    table.replaceWith(scroll);
    scroll.append(table);
  }
  return h("section", { class: "model-card", lang: "en", data: { test: "model-card" } },
    h("h3", { lang: language(), text: () => t("models.card") }), content);
}
