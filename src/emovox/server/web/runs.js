/** The runs: those that go on, with their progress, and the list of all. */

import { getJson, postJson } from "./api.js";
import { bind, h } from "./elements.js";
import { problem, t } from "./i18n.js";
import { poll } from "./polling.js";
import { isActive, progressLine } from "./progress.js";
import { best, corporaOf, scoreOf, timeOf } from "./runs-words.js";
import { createTable } from "./table.js";

const OFTEN_MS = 1000;
const SOON_MS = 2500;
const SELDOM_MS = 8000;

/** @param {{seen: () => boolean}} options */
export function runList({ seen }) {
  const lost = h("p", { class: "warn", role: "status", data: { test: "runs-lost" } });
  const active = h("div", { class: "active-runs", data: { test: "active-runs" } });
  const compare = h("button", { type: "button", disabled: true, onclick: openComparison,
    text: () => t("runs.compare"), data: { test: "compare" } });
  const compareNote = h("span", { class: "soft", text: () => t("runs.compareNote") });
  const table = createTable({
    name: "runs",
    caption: () => t("runs.title"),
    columns: columns(),
    key: (run) => run.id,
    open: (run) => { location.hash = address(run); },
    selectable: true,
    selectionChanged: (selected) => {
      compare.disabled = selected.length < 2;
      compareNote.hidden = selected.length > 1;
    },
    empty: () => t("runs.none"),
  });
  const element = h("section", { class: "runs", "aria-label": () => t("runs.title") },
    h("h2", { text: () => t("runs.title") }), lost, active, table.element,
    h("p", { class: "actions" }, compare, compareNote));
  const lines = new Map();
  let known = "";

  const polling = poll(async (signal) => {
    const { runs } = await getJson("/page/api/runs", { signal });
    show(runs);
    if (runs.some(isActive)) return OFTEN_MS;
    return runs.some(isRead) ? SOON_MS : SELDOM_MS;
  }, {
    seen,
    lost: () => bind(lost, "text", () => t("progress.lost")),
    found: () => bind(lost, "text", ""),
    refused: (error) => bind(lost, "text", () => problem(error)),
  });

  function show(runs) {
    const going = runs.filter(isActive);
    const ids = new Set(going.map(({ id }) => id));
    for (const [id, line] of lines) {
      if (ids.has(id)) continue;
      line.element.remove();
      lines.delete(id);
    }
    for (const run of going) {
      if (!lines.has(run.id)) {
        lines.set(run.id, activeRun(run, polling));
        active.append(lines.get(run.id).element);
      }
      lines.get(run.id).show(run);
    }
    // The table is drawn again only where it would look different, so that it can be used meanwhile.
    const now = JSON.stringify(runs.map(({ id, state, summary, created }) => [id, state, summary?.length, created]));
    if (now === known) return;
    known = now;
    table.setRows(runs);
  }

  function openComparison() {
    location.hash = `#/experiment/compare/${table.selected().map(({ id }) => encodeURIComponent(id)).join(",")}`;
  }

  return {
    element,
    now: () => polling.now(),
    began: () => {
      known = "";
      polling.now();
      active.scrollIntoView({ block: "nearest" });
    },
    translate: () => table.refresh(),
  };
}

function columns() {
  return [
    { key: "name", title: () => t("runs.name"), value: (run) => run.name, kind: "words", search: true },
    { key: "state", title: () => t("runs.state"), value: (run) => run.state, kind: "words", choices: true,
      text: (run) => t(`runs.states.${run.state}`), choice: (state) => t(`runs.states.${state}`) },
    { key: "corpora", title: () => t("runs.corpora"), value: (run) => corporaOf(run), kind: "words", search: true, long: true },
    { key: "methods", title: () => t("runs.methods"), kind: "words", search: true, long: true,
      value: (run) => run.methods.join(", "),
      text: (run) => (run.methods.length > 3 ? t("runs.manyMethods", { n: run.methods.length }) : run.methods.join(", ")) },
    { key: "ua", title: () => t("runs.bestUa"), value: (run) => best(run)?.ua ?? null, kind: "figure",
      cell: (run) => (isRead(run) ? "…" : scoreOf(best(run))) },
    { key: "created", title: () => t("runs.created"), value: (run) => run.created ?? "", text: (run) => timeOf(run.created) },
  ];
}

/** Whether the server still reads the records of a run. */
function isRead({ state, summary, error }) {
  return state === "recorded" && !summary.length && !error;
}

/** A run that goes on: what it does, and a button that stops it. */
function activeRun(run, polling) {
  const line = progressLine(() => t("runs.progressOf", { name: run.name }));
  const said = h("span", { class: "warn", role: "alert" });
  const stop = h("button", { type: "button", text: () => t("shell.cancel"), onclick: cancel, data: { test: `cancel-${run.id}` } });
  const element = h("div", { class: "active-run", data: { test: `active-${run.id}` } },
    h("a", { href: address(run), text: run.name }), line.element, stop, said);

  async function cancel() {
    stop.disabled = true;
    try {
      await postJson(`/page/api/runs/${encodeURIComponent(run.id)}/cancel`);
    } catch (error) {
      stop.disabled = false;
      bind(said, "text", () => problem(error));
    }
    polling.now();
  }

  return { element, show: line.show };
}

function address({ id }) {
  return `#/experiment/run/${encodeURIComponent(id)}`;
}
