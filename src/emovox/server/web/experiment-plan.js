/** What the form adds up to, before anything is run: command, folds, what they share. */

import { postJson } from "./api.js";
import { copyable } from "./copying.js";
import { bind, fill, h } from "./elements.js";
import { emotion, has, number, percentage, problem, t, together } from "./i18n.js";
import { foldName } from "./runs-words.js";

const PAUSE_MS = 350;
const RETRY_MS = 3000;
/** Kinds whose sharing makes figures too good wherever it happens. */
const GRAVE = new Set(["speaker", "identical_audio", "statistics"]);

/**
 * @param {object} options
 *   choices: object
 *   start: (name: string|null) => Promise<void>
 *   refused: (error: object) => void     the server found something wrong with the experiment
 */
export function planPanel({ choices, start, refused }) {
  const command = copyable(() => t("experiment.command"), "command");
  const data = h("p", { data: { test: "plan-data" } });
  const folds = h("div", { data: { test: "plan-folds" } });
  const leaks = h("dl", { class: "leaks", data: { test: "plan-leaks" } });
  const effort = h("p", { class: "note", data: { test: "plan-effort" } });
  const said = h("p", { class: "warn", role: "alert", data: { test: "plan-problem" } });
  const waits = h("p", { class: "soft" });
  const content = h("div", {}, command.element,
    h("h3", { text: () => t("experiment.leakCheck") }), leaks,
    h("h3", { text: () => t("experiment.folds") }), data, folds, effort);
  const name = h("input", { type: "text", id: "run-name", autocomplete: "off", spellcheck: "false", maxlength: "60",
    pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", placeholder: () => t("experiment.nameAutomatic"), data: { test: "run-name" } });
  const button = h("button", { type: "button", class: "primary", disabled: true, onclick: begin,
    text: () => t("experiment.start"), data: { test: "start" } });
  const element = h("section", { class: "plan", "aria-label": () => t("experiment.plan"), data: { test: "plan" } },
    h("h2", { text: () => t("experiment.plan") }), waits, content, said,
    h("div", { class: "start" },
      h("div", { class: "field" }, h("label", { for: "run-name", text: () => t("experiment.runName") }), name), button));
  let timer = null;
  let asking = null;
  let wanted = null;
  content.hidden = true;

  /** Plan an experiment, a moment after the last change; null where the form does not allow it. */
  function plan(experiment) {
    wanted = experiment;
    clearTimeout(timer);
    asking?.abort();
    button.disabled = true;
    if (!experiment) {
      content.classList.add("stale");
      bind(said, "text", () => t("experiment.incomplete"));
      return;
    }
    element.setAttribute("aria-busy", "true");
    if (content.hidden) bind(waits, "text", () => t("experiment.reading"));
    timer = setTimeout(ask, PAUSE_MS);
  }

  async function ask() {
    asking = new AbortController();
    const experiment = wanted;
    try {
      const found = await postJson("/page/api/plans", experiment, { signal: asking.signal });
      show(found, experiment);
    } catch (error) {
      if (error.code === "aborted") return;
      if (error.code === undefined) throw error;
      content.classList.add("stale");
      bind(said, "text", () => problem(error));
      refused(error);
      if (error.code === "offline" || error.code === "busy") timer = setTimeout(ask, RETRY_MS);
    }
    bind(waits, "text", "");
    element.removeAttribute("aria-busy");
  }

  function show(found, experiment) {
    content.hidden = false;
    content.classList.toggle("stale", Boolean(found.problem));
    bind(said, "text", found.problem ? () => problem(found.problem) : "");
    command.set(found.command);
    button.disabled = Boolean(found.problem);
    if (found.problem) {
      refused(found.problem);
      return;
    }
    bind(data, "text", () => dataInWords(found, isOneTable(experiment)));
    fill(folds, ...foldsInWords(found.folds));
    fill(leaks, ...found.leaks.flatMap((leak) => leakInWords(leak, found.n_folds)), ...statistics(experiment));
    bind(effort, "text", () => effortInWords(choices, experiment, found));
  }

  async function begin() {
    if (!name.checkValidity()) {
      bind(said, "text", () => t("experiment.badName"));
      name.focus();
      return;
    }
    button.disabled = true;
    try {
      await start(name.value.trim() || null);
      name.value = "";
      bind(said, "text", "");
    } catch (error) {
      if (error.code === undefined) throw error;
      bind(said, "text", () => problem(error));
    }
    button.disabled = false;
  }

  return { element, plan };
}

/** Whether all utterances share one set of emotions: several corpora give a table each. */
function isOneTable({ corpora, protocol }) {
  return !corpora || corpora.length === 1 || protocol === "cross-corpus";
}

function dataInWords({ n_utterances: n, emotions }, isOne) {
  const names = Object.keys(emotions);
  const counts = names.map((name) => `${emotion(name)} ${number(emotions[name])}`).join(t("experiment.comma"));
  const said = t("experiment.dataInWords", { n, counts });
  if (!isOne || !names.length) return said;
  return together(said, t("experiment.chance", { chance: percentage(1 / names.length) }));
}

function foldsInWords(folds) {
  const sizes = (key) => {
    const all = folds.map((fold) => fold[key]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return low === high ? number(low) : t("experiment.range", { low: number(low), high: number(high) });
  };
  if (!folds.length) return [];
  return [
    h("p", { text: () => t("experiment.foldsInWords", { n: folds.length, train: sizes("n_train"), test: sizes("n_test") }) }),
    folds.length > 1 && h("details", { data: { test: "fold-list" } },
      h("summary", { text: () => t("experiment.eachFold") }),
      h("div", { class: "scroll fold-rows", tabindex: "0", role: "region", "aria-label": () => t("experiment.folds") },
        h("table", {},
          h("thead", {}, h("tr", {},
            h("th", { scope: "col", class: "words", text: () => t("experiment.fold") }),
            h("th", { scope: "col", text: () => t("experiment.train") }),
            h("th", { scope: "col", text: () => t("experiment.test") }))),
          h("tbody", {}, ...folds.map((fold) => h("tr", {},
            h("th", { scope: "row", text: foldName(fold.name) }),
            h("td", { text: number(fold.n_train) }),
            h("td", { text: number(fold.n_test) }))))))),
  ];
}

/** One kind: what of it training and test share, and what that means for the figures. */
function leakInWords(leak, nFolds) {
  const { kind, shared, of, folds, unknown } = leak;
  if (shared === null) return line(kind, "unknown", () => t("experiment.leak.notKnown"));
  const grade = shared ? (GRAVE.has(kind) ? "leak" : "shared") : "apart";
  const key = `experiment.leak.${kind}.${shared ? "shared" : "apart"}`;
  const sentence = () => {
    const values = { shared, of, folds, all: nFolds, unknown: unknown ?? 0 };
    const own = has(key) ? t(key, values) : (leak.sentence ?? "");
    return together(own, unknown && t("experiment.leak.unknown", values));
  };
  return line(kind, grade, sentence);
}

/** What normalisation takes from the test part. */
function statistics({ normalisation }) {
  if (!normalisation || normalisation === "training") return [];
  const grade = normalisation === "before-folds" ? "leak" : "shared";
  return line("statistics", grade, () => t(`experiment.normalisationNote.${normalisation}`));
}

function line(kind, grade, sentence) {
  return [
    h("dt", { class: grade, data: { test: `leak-${kind}`, grade } },
      h("span", { class: "leak-kind", text: () => t(`experiment.kinds.${kind}`) }),
      h("span", { class: "leak-grade", text: () => t(`experiment.grade.${grade}`) })),
    h("dd", { text: sentence }),
  ];
}

/** How many times a method is fitted. */
function effortInWords(choices, { methods, search }, { n_folds: nFolds, n_fits: nFits }) {
  const grids = methods.map((name) => choices.methods.find((method) => method.name === name)?.grid_size ?? 0);
  const fits = nFits ?? nFolds * methods.length;
  if (search && search !== "none" && grids.some((size) => size > 1)) {
    const most = Math.max(...grids);
    return t("experiment.effortSearch", { n: fits, most: number(most) });
  }
  return t("experiment.effort", { n: fits });
}
