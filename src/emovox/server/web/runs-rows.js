/** The rows of a run or of several: one line a method and task, in the order of the report. */

import { setDrawing } from "./drawing.js";
import { h } from "./elements.js";
import { number, t } from "./i18n.js";
import { foldsOf, leakOf, meanOf, pairOf, scoreOf, share } from "./runs-words.js";

/** Columns that stand in the table only where the rows differ in them; else they are said above it. */
const VARYING = [
  ["run", (row) => row.runs?.join(", ") ?? null],
  ["corpora", pairOf],
  ["protocol", (row) => row.protocol],
  ["labelSet", (row) => row.label_set],
  ["features", (row) => row.features],
  ["normalisation", (row) => row.normalisation],
  ["seed", (row) => (row.seeds ?? []).join(", ")],
];

/** Rows of one task together, the best first; tasks in the order in which they come. */
export function inOrder(rows) {
  const task = (row) => JSON.stringify([row.train, row.test, row.protocol, row.label_set, row.task, row.dimension]);
  const tasks = [...new Set(rows.map(task))];
  const score = (row) => row.ccc ?? row.ua ?? -1;
  return [...rows].sort((one, other) =>
    tasks.indexOf(task(one)) - tasks.indexOf(task(other)) || score(other) - score(one));
}

/**
 * @param {object[]} rows
 * @param {{current?: number, open?: (place: number) => void}} options  `open` is called with the place
 *   of the row that was chosen; without it, rows cannot be chosen.
 * @returns {HTMLElement}
 */
export function rowsTable(rows, { current = null, open } = {}) {
  const varying = VARYING.filter(([, value]) => new Set(rows.map(value)).size > 1);
  const constant = VARYING.filter(([name, value]) => !varying.some(([other]) => other === name) && value(rows[0]));
  const isRegression = rows.every((row) => row.ccc !== null && row.ccc !== undefined);
  const hasStrip = rows.some((row) => row.interval_drawing);
  const body = h("tbody", {}, ...rows.map((row, place) => lineOf(row, place)));
  mark(current);

  function lineOf(row, place) {
    const name = open
      ? h("button", { type: "button", class: "open", text: row.method, onclick: () => choose(place), data: { test: `row-${place}` } })
      : row.method;
    const strip = h("td", { class: "strip" });
    if (row.interval_drawing) setDrawing(strip, row.interval_drawing);
    const score = isRegression ? { ua: row.ccc, ua_low: row.ccc_low, ua_high: row.ccc_high } : row;
    return h("tr", { data: { test: "result-row" } },
      h("th", { scope: "row" }, name, varying.length > 0 && h("small", { class: "varying-below", text: () =>
        varying.map(([column, value]) => shown(column, value(row))).join(t("runs.dot")) })),
      ...varying.map(([column, value]) => h("td", { class: "words varying", text: () => shown(column, value(row)) })),
      h("td", { class: row.is_best ? "best" : null }, scoreOf(score)),
      hasStrip && strip,
      h("td", { text: meanOf(row.ua_fold_mean, row.ua_fold_sd) }),
      h("td", { text: share(row.wa) }),
      h("td", { text: share(row.train_ua) }),
      h("td", { text: share(row.train_wa) }),
      h("td", { text: share(row.f1) }),
      h("td", { text: number(row.n_utterances) }),
      h("td", { text: foldsOf(row) }),
      h("td", { class: "words", text: () => leakOf(row) }));
  }

  function choose(place) {
    mark(place);
    open(place);
  }

  function mark(chosen) {
    [...body.rows].forEach((line, place) => {
      if (place === chosen) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    });
  }

  if (open) {
    body.addEventListener("click", (event) => {
      const line = event.target.closest("tr");
      if (line && !event.target.closest("button, a") && !String(getSelection())) choose([...body.rows].indexOf(line));
    });
  }

  const heading = (key, small) => h("th", { scope: "col" },
    h("span", { class: "plain", text: () => t(key) }), small && h("small", { text: () => t(small) }));
  return h("div", { class: "result-rows", data: { test: "result-rows" } },
    constant.length > 0 && h("p", { class: "constants" }, ...constant.map(([column, value]) =>
      h("span", { text: () => `${t(`runs.${column}`)} ${shown(column, value(rows[0]))}` }))),
    h("div", { class: "scroll all-rows", tabindex: "0", role: "region", "aria-label": () => t("runs.rows") },
      h("table", { class: open ? "sticky wide choosable" : "sticky wide" },
        h("thead", {}, h("tr", {},
          h("th", { scope: "col", class: "words", text: () => t("runs.method") }),
          ...varying.map(([column]) => h("th", { scope: "col", class: "words varying", text: () => t(`runs.${column}`) })),
          heading(isRegression ? "runs.ccc" : "runs.ua", "runs.interval"),
          hasStrip && axis(),
          heading("runs.overFolds"), heading("runs.wa"), heading("runs.trainUa"), heading("runs.trainWa"),
          heading("runs.f1"), heading("runs.n"), heading("runs.folds"),
          h("th", { scope: "col", class: "words", text: () => t("runs.leak") }))),
        body)),
    h("p", { class: "note", text: () => t("runs.reading") }));
}

function axis() {
  return h("th", { scope: "col", class: "strip", "aria-label": () => t("runs.strip") },
    h("span", { class: "strip-axis", "aria-hidden": "true" },
      ...["0", "50", "100"].map((text) => h("span", { text }))));
}

function shown(column, value) {
  if (column === "normalisation") return t(`runs.normalised.${value}`);
  return value ?? "–";
}
