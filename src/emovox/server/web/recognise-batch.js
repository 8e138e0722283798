/** The table of several recordings: progress, counts by emotion, export. */

import { postJson } from "./api.js";
import { cell, csv } from "./csv.js";
import { download } from "./download.js";
import { setDrawing } from "./drawing.js";
import { announce, bind, h } from "./elements.js";
import { duration, emotion, language, onLanguage, percentage, problem, t, warning } from "./i18n.js";
import { cancel, clear, entries, isOpen, onQueue, resume } from "./recognise-queue.js";
import { createTable } from "./table.js";

const COUNTED_EVERY_MS = 400;

/** @param {{open: (entry: object) => void}} options */
export function createBatch({ open }) {
  const table = createTable({
    name: "recordings",
    caption: () => t("recognise.table"),
    columns: columns(),
    key: (entry) => entry.id,
    open,
    empty: () => "",
  });
  const counts = h("div", { data: { test: "counts" } });
  const bar = h("div", {});
  const progress = h("div", { class: "progress", role: "progressbar", "aria-valuemin": "0",
    "aria-label": () => t("recognise.progress"), data: { test: "progress" } }, bar);
  const said = h("span", { data: { test: "progress-said" } });
  const stop = act("shell.cancel", "cancel", cancel);
  const go = act("recognise.resume", "resume", resume);
  const csvButton = act("recognise.exportCsv", "export-csv", saveCsv);
  const jsonButton = act("recognise.exportJson", "export-json", saveJson);
  const element = h("section", { class: "batch", hidden: true, "aria-label": () => t("recognise.table"),
    data: { test: "batch" } },
    h("div", { class: "batch-head" },
      h("p", { class: "actions" }, said, stop, go),
      h("p", { class: "actions" }, csvButton, jsonButton, act("recognise.clear", "clear", clear))),
    progress,
    h("div", { class: "batch-body" }, table.element,
      h("figure", {}, h("figcaption", { text: () => t("recognise.counts") }), counts)));
  let waiting = false;
  let counted = "";
  let counting = false;
  let wasOpen = false;

  onLanguage(drawCounts);

  onQueue((what, entry) => {
    if (what === "list") table.setRows([...entries]);
    else table.update(entry);
    element.hidden = !entries.length;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      summarise();
    });
  });

  function summarise() {
    const left = entries.filter(isOpen).length;
    const done = entries.filter(({ state }) => state === "done" || state === "failed").length;
    const failed = entries.filter(({ state }) => state === "failed").length;
    const halted = entries.some(({ state }) => state === "cancelled");
    element.classList.toggle("single", entries.length === 1);
    bind(said, "text", () => t("recognise.done", { n: done, all: entries.length })
      + (failed ? t("recognise.failed", { n: failed }) : ""));
    bar.style.transform = `scaleX(${entries.length ? done / entries.length : 0})`;
    progress.hidden = !left;
    progress.setAttribute("aria-valuemax", entries.length);
    progress.setAttribute("aria-valuenow", done);
    stop.hidden = !left;
    go.hidden = Boolean(left) || !halted;
    for (const button of [csvButton, jsonButton]) button.disabled = !done;
    if (wasOpen && !left) announce(said.textContent);
    wasOpen = left > 0;
    drawCounts();
  }

  function count() {
    const answers = entries.map(({ answer }) => answer?.result).filter(Boolean);
    const found = new Map();
    for (const name of answers.flatMap(({ scores }) => Object.keys(scores ?? {}))) found.set(name, 0);
    for (const result of answers) {
      if (result.emotion) found.set(result.emotion, (found.get(result.emotion) ?? 0) + 1);
    }
    return Object.fromEntries(found);
  }

  /** The counts of now, drawn again where they have changed; one drawing at a time is asked for. */
  async function drawCounts() {
    const now = JSON.stringify({ counts: count(), language: language() });
    if (counting || now === counted || entries.length < 2) return;
    counting = true;
    counted = now;
    try {
      const { bars } = await postJson("/page/api/drawings/counts", JSON.parse(now));
      setDrawing(counts, bars);
    } catch {
      counted = "";  // The next answer of the batch asks again.
    }
    await new Promise((resolve) => setTimeout(resolve, COUNTED_EVERY_MS));
    counting = false;
    if (counted) drawCounts();
  }

  return { element, setCurrent: table.setCurrent };
}

function columns() {
  return [
    { key: "name", title: () => t("recognise.columnName"), value: (entry) => entry.path, search: true,
      cell: (entry) => nameCell(entry.path) },
    { key: "length", title: () => t("recognise.columnLength"), value: (entry) => entry.answer?.length_s ?? null,
      text: (entry) => (entry.answer ? duration(entry.answer.length_s) : ""), kind: "figure" },
    { key: "emotion", title: () => t("recognise.columnEmotion"), kind: "words", choices: true,
      choice: emotion, value: (entry) => entry.answer?.result.emotion ?? "",
      text: (entry) => verdict(entry) },
    { key: "score", title: () => t("recognise.columnScore"), kind: "figure", value: topScore,
      text: (entry) => (topScore(entry) === null ? "" : percentage(topScore(entry))) },
    { key: "said", title: () => t("recognise.columnSaid"), kind: "words", long: true, search: true,
      value: remarks, cell: (entry) => remarkCell(entry) },
  ];
}

/** The file's name, its folder before it more quietly. */
function nameCell(path) {
  const at = path.lastIndexOf("/") + 1;
  return h("span", { class: "name" }, at > 0 && h("span", { class: "soft", text: path.slice(0, at) }),
    document.createTextNode(path.slice(at)));
}

function verdict(entry) {
  if (entry.state === "done") return entry.answer.result.emotion ? emotion(entry.answer.result.emotion) : "–";
  return entry.state === "failed" ? "–" : "";
}

function topScore(entry) {
  const scores = Object.values(entry.answer?.result.scores ?? {});
  return scores.length ? Math.max(...scores) : null;
}

function remarks(entry) {
  if (entry.state === "failed") return problem(entry.error);
  if (entry.state !== "done") return t(`recognise.state-${entry.state}`);
  return entry.answer.result.warnings.map(warning).join("; ");
}

function remarkCell(entry) {
  const kind = { failed: "warn", done: "" }[entry.state] ?? "soft";
  return h("span", { class: `remark ${kind}`, text: remarks(entry) });
}

function saveCsv() {
  const answers = entries.map(({ answer }) => answer).filter(Boolean);
  const header = answers[0]?.csv.header ?? ["path", "start", "end", "emotion", "warnings", "error"];
  const rows = entries.flatMap((entry) => {
    if (entry.answer) return entry.answer.csv.rows;
    if (entry.state !== "failed") return [];
    return [[cell(entry.path), ...header.slice(2).map(() => ""), entry.error.code]];
  });
  download(`emovox-${stamp()}.csv`, csv([header, ...rows]), "text/csv");
}

function saveJson() {
  const results = entries.flatMap((entry) => {
    if (entry.answer) return [entry.answer.result];
    if (entry.state !== "failed") return [];
    const error = { code: entry.error.code, message: entry.error.detail };
    return [{ path: entry.path, ok: false, error }];
  });
  download(`emovox-${stamp()}.json`, `${JSON.stringify(results, null, 1)}\n`, "application/json");
}

function stamp() {
  const now = new Date(Date.now() - 60_000 * new Date().getTimezoneOffset());
  return now.toISOString().slice(0, 16).replace("T", "-").replace(":", "");
}

function act(key, test, work) {
  return h("button", { type: "button", text: () => t(key), onclick: work, data: { test } });
}
