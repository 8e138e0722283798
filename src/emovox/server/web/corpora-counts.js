/** Counts as a table with a bar in each row; its names choose what the recordings are filtered by. */

import { h } from "./elements.js";
import { number, percent, t } from "./i18n.js";

/**
 * @param {object} options
 *   caption: () => string
 *   rows: {value, label: () => string, n, published?: number|null, gender?: string|null,
 *     aside?: () => string}[]
 *   pick: (value) => void        a name was pressed
 *   test: string
 * @returns {HTMLElement}
 */
export function countsTable({ caption, rows, pick, test }) {
  const largest = Math.max(1, ...rows.map(({ n, published }) => Math.max(n, published ?? 0)));
  const total = rows.reduce((sum, { n }) => sum + n, 0);
  const hasPublished = rows.some(({ published, n }) => published && published !== n);
  const hasAside = rows.some(({ aside }) => aside);
  return h("figure", { class: "counts", data: { test } },
    h("figcaption", { text: caption }),
    h("div", { class: "counts-rows", tabindex: rows.length > 12 ? "0" : null,
      role: rows.length > 12 ? "region" : null, "aria-label": rows.length > 12 ? caption : null },
    h("table", {},
      h("thead", { class: "unseen" }, h("tr", {},
        h("th", { scope: "col", text: caption }),
        hasAside && h("th", { scope: "col", text: () => t("corpora.gender") }),
        h("th", { scope: "col", text: "" }),
        h("th", { scope: "col", text: () => t("corpora.utterances") }),
        h("th", { scope: "col", text: hasPublished ? () => t("corpora.published") : "%" }))),
      h("tbody", {}, ...rows.map((row) => h("tr", {},
        h("th", { scope: "row" },
          h("button", { type: "button", class: "link quiet", text: row.label,
            title: () => t("corpora.showThese", { name: row.label() }),
            onclick: () => pick(row.value), data: { test: `pick-${row.value}` } })),
        hasAside && h("td", { class: "aside soft", text: row.aside ?? "" }),
        h("td", { class: "track" }, bar(row, largest)),
        h("td", { text: number(row.n) }),
        h("td", { class: "share soft", text: hasPublished ? published(row) : () => percent(row.n / total) })))))));
}

function bar({ n, published: wanted, gender }, largest) {
  const element = h("div", { class: gender === "male" ? "count-bar male" : "count-bar", "aria-hidden": "true" });
  element.style.setProperty("width", `${(100 * n) / largest}%`);
  if (!wanted || wanted <= n) return element;
  const expected = h("div", { class: "count-expected", "aria-hidden": "true" }, element);
  expected.style.setProperty("width", `${(100 * wanted) / largest}%`);
  element.style.setProperty("width", `${(100 * n) / wanted}%`);
  return expected;
}

function published({ published: wanted, n }) {
  if (!wanted) return "";
  return () => (wanted === n ? "" : t("corpora.ofPublished", { n: wanted }));
}
