/** One run: how far it is, its rows, one of them in detail, what they say together. */

import { getJson, postJson, remove, withQuery } from "./api.js";
import { confirmed } from "./confirming.js";
import { copyable } from "./copying.js";
import { setDrawing } from "./drawing.js";
import { bind, fill, h } from "./elements.js";
import { language, problem, t } from "./i18n.js";
import { poll } from "./polling.js";
import { failure, isActive, progressLine } from "./progress.js";
import { rowDetail } from "./runs-row.js";
import { inOrder, rowsTable } from "./runs-rows.js";
import { corporaOf, timeOf } from "./runs-words.js";

const OFTEN_MS = 1000;
/** Of more tasks than this, what tells methods apart is folded. */
const MOST_OPEN = 3;
const GOES_ON = new Set(["interrupted", "cancelled", "failed"]);

/** @param {string} id  @returns {{element: HTMLElement, stop: () => void, translate: () => void}} */
export function runPage(id) {
  const address = `/page/api/runs/${encodeURIComponent(id)}`;
  const title = h("h1", { tabindex: "-1", text: id, data: { test: "run-title" } });
  const lead = h("p", { class: "lead", data: { test: "run-lead" } });
  const line = progressLine(() => t("runs.progressOf", { name: id }));
  const said = h("div", {}, h("p", { class: "soft", text: () => t("experiment.reading") }));
  const command = copyable(() => t("experiment.command"), "run-command");
  const actions = h("p", { class: "actions", data: { test: "run-actions" } });
  const results = h("div", { data: { test: "run-results" } });
  const element = h("div", { class: "run", data: { test: "run" } },
    h("p", { class: "back" }, h("a", { href: "#/experiment", text: () => t("runs.all") })),
    title, lead, line.element, said, command.element, actions, results);
  const lost = h("p", { class: "warn", role: "status" });
  let run = null;
  let drawn = "";
  let openRow = 0;
  line.element.hidden = true;
  command.set(null);

  const polling = poll(async (signal) => {
    show(await getJson(withQuery(address, { language: language() }), { signal }));
    return isActive(run) ? OFTEN_MS : null;
  }, {
    seen: () => element.isConnected || run === null,
    lost: () => { fill(said, lost); bind(lost, "text", () => t("progress.lost")); },
    found: () => fill(said),
    refused: (error) => fill(said, failure(error)),
  });

  function show(found) {
    run = found;
    title.textContent = run.name;
    bind(lead, "text", () => [t(`runs.states.${run.state}`), corporaOf(run), timeOf(run.created)].filter((part) => part && part !== "–")
      .join(t("runs.dot")));
    line.element.hidden = !isActive(run);
    line.show(run);
    command.set(run.command);
    fill(said, run.error && failure(run.error), unfinished());
    fill(actions, ...buttons());
    const now = JSON.stringify([run.rows, run.state === "done", run.done, language()]);
    if (now === drawn) return;
    drawn = now;
    drawResults();
  }

  function unfinished() {
    if (!GOES_ON.has(run.state) || !run.total) return null;
    return h("p", { class: "soft", text: () => t("runs.unfinished", { done: run.done, all: run.total }) });
  }

  function buttons() {
    const active = isActive(run);
    return [
      active && button("runs.cancel", "run-cancel", () => act(`${address}/cancel`)),
      GOES_ON.has(run.state) && run.experiment &&
        button("runs.continue", "run-continue", () => act(`${address}/continue`), true),
      run.rows.length > 0 && h("a", { class: "button", href: withQuery(`${address}/report`, { language: language() }), download: "",
        text: () => t("runs.report"), data: { test: "run-report" } }),
      run.experiment && h("a", { class: "button", href: `#/experiment/again/${encodeURIComponent(id)}`,
        text: () => t("runs.again"), data: { test: "run-again" } }),
      !active && button("runs.delete", "run-delete", erase),
    ];
  }

  function button(key, test, onclick, primary = false) {
    return h("button", { type: "button", class: primary ? "primary" : null, onclick, text: () => t(key), data: { test } });
  }

  async function act(path) {
    try {
      await postJson(path);
    } catch (error) {
      fill(said, failure(error));
      return;
    }
    polling.now();
  }

  async function erase() {
    const sure = await confirmed({
      title: () => t("runs.deleteTitle", { name: run.name }), text: () => t("runs.deleteText"),
      yes: () => t("runs.delete"), test: "confirm-delete",
    });
    if (!sure) return;
    try {
      await remove(address);
      location.hash = "#/experiment";
    } catch (error) {
      fill(said, h("p", { class: "warn", role: "alert", text: () => problem(error) }));
    }
  }

  function drawResults() {
    const rows = inOrder(run.rows);
    if (!rows.length) {
      fill(results, !isActive(run) && h("p", { class: "soft", text: () => t("runs.noRows") }));
      return;
    }
    openRow = Math.min(openRow, rows.length - 1);
    const detail = h("section", { class: "row-detail", "aria-live": "off", data: { test: "row-detail" } });
    const table = rowsTable(rows, { current: openRow, open: (place) => {
      openRow = place;
      drawRow();
      detail.querySelector("h2")?.focus({ preventScroll: true });
      detail.scrollIntoView({ block: "nearest" });
    } });
    const drawRow = () => fill(detail, ...rowDetail(rows[openRow], { run, savable: !isActive(run) }));
    drawRow();
    fill(results, table, notes(run.notes), detail,
      ...drawingOf(run.heat_map, "heat-map"), ...drawingOf(run.comparison, "run-comparison"));
  }

  return { element, stop: polling.stop, translate: () => polling.now() };
}

/** Sentences of a run, folded where they are many. */
export function notes(sentences) {
  if (!sentences?.length) return null;
  const list = h("div", { class: "note", data: { test: "run-notes" } }, ...sentences.map((text) => h("p", { text })));
  if (sentences.length <= 6) return list;
  return h("details", {}, h("summary", { text: () => t("runs.notes", { n: sentences.length }) }), list);
}

/** Markup of the report in a place of its own. */
export function drawingOf(markup, test) {
  if (!markup) return [];
  const element = h("div", { class: "report-part", data: { test } });
  setDrawing(element, markup);
  if (element.querySelectorAll(":scope > h3").length <= MOST_OPEN) return [element];
  return [h("details", {}, h("summary", { text: () => t("runs.apart") }), element)];
}
