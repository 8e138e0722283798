/** One row of a run: fold by fold, its confusions, and the model that can be made of it. */

import { postJson } from "./api.js";
import { setDrawing } from "./drawing.js";
import { bind, fill, h } from "./elements.js";
import { number, problem, t } from "./i18n.js";
import { follow } from "./progress.js";
import { foldName, pairOf, share } from "./runs-words.js";

/**
 * @param {object} row
 * @param {{run: object, savable: boolean}} options
 * @returns {Node[]}
 */
export function rowDetail(row, { run, savable }) {
  return [
    h("h2", { tabindex: "-1", data: { test: "row-title" },
      text: `${row.method}, ${pairOf(row)}` }),
    h("p", { class: "soft", text: () => detailOf(row) }),
    h("div", { class: "plates" }, folds(row), confusion(row)),
    savable && row.task === "classification" && modelForm(row, run),
  ];
}

function detailOf(row) {
  const said = [row.features, t("runs.normalisedHow", { how: t(`runs.normalised.${row.normalisation}`) }),
    t("runs.tested", { n: row.n_utterances }), row.n_speakers ? t("runs.ofSpeakers", { n: row.n_speakers }) : "",
    row.seeds.length > 1 ? t("runs.ofSeeds", { n: row.seeds.length }) : "",
    row.chance ? t("runs.chance", { chance: share(row.chance) }) : ""];
  return said.filter(Boolean).join(t("runs.dot"));
}

function folds(row) {
  const scores = row.fold_scores ?? [];
  if (!scores.length) return null;
  const strip = h("div", { data: { test: "fold-strip" } });
  setDrawing(strip, row.folds_drawing);
  const hasChosen = scores.some(({ chosen }) => Object.keys(chosen ?? {}).length);
  const hasSeeds = new Set(scores.map(({ seed }) => seed)).size > 1;
  const columns = ["nTrain", "nTest", "ua", "wa", "trainUa", "trainWa"];
  return h("figure", {},
    h("figcaption", { text: () => t("runs.foldByFold") }),
    strip,
    h("div", { class: "scroll fold-rows", tabindex: "0", role: "region", "aria-label": () => t("runs.foldByFold") },
      h("table", { class: "sticky wide", data: { test: "fold-scores" } },
        h("thead", {}, h("tr", {},
          h("th", { scope: "col", class: "words", text: () => t("experiment.fold") }),
          hasSeeds && h("th", { scope: "col", text: () => t("runs.seed") }),
          ...columns.map((name) => h("th", { scope: "col", text: () => t(`runs.${name}`) })),
          hasChosen && h("th", { scope: "col", class: "words", text: () => t("runs.chosen") }))),
        h("tbody", {}, ...scores.map((fold) => h("tr", {},
          h("th", { scope: "row", text: foldName(fold.name) }),
          hasSeeds && h("td", { text: String(fold.seed) }),
          h("td", { text: fold.n_train === null || fold.n_train === undefined ? "–" : number(fold.n_train) }),
          h("td", { text: number(fold.n_test) }),
          h("td", { text: share(fold.ua) }),
          h("td", { text: share(fold.wa) }),
          h("td", { class: "soft", text: share(fold.train_ua) }),
          h("td", { class: "soft", text: share(fold.train_wa) }),
          hasChosen && h("td", { class: "words", text: settings(fold.chosen) })))))));
}

/** Settings that were chosen inside a training part: "C 10, gamma 0.001". */
function settings(chosen) {
  return Object.entries(chosen ?? {}).map(([name, value]) => `${name} ${value}`).join(", ") || "–";
}

function confusion(row) {
  if (!row.confusion_drawing) {
    return row.confusion ? h("p", { class: "note", text: () => t("runs.notDrawn") }) : null;
  }
  const drawing = h("div", { data: { test: "confusion" } });
  setDrawing(drawing, row.confusion_drawing);
  return h("figure", {},
    h("figcaption", { text: () => t("runs.confusion") }),
    drawing);
}

/** "Save as a model": a name, the job that trains it, the way to use it. */
function modelForm(row, run) {
  const corpora = row.train.replaceAll("+", "-");
  const name = h("input", { type: "text", id: "model-name", required: true, maxlength: "60", autocomplete: "off",
    spellcheck: "false", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", value: `${row.method}-${corpora}`.replace(/[^A-Za-z0-9._-]/g, "-"),
    "aria-describedby": "model-note model-problem", data: { test: "model-name" } });
  const button = h("button", { type: "submit", text: () => t("runs.saveModel"), data: { test: "save-model" } });
  const said = h("p", { class: "warn", id: "model-problem", role: "alert" });
  const progress = h("div", {});
  const done = h("p", { role: "status", data: { test: "model-saved" } });
  const form = h("form", { class: "model-form", onsubmit: save, novalidate: true, "aria-label": () => t("runs.modelTitle"),
    data: { test: "model-form" } },
  h("h3", { text: () => t("runs.modelTitle") }),
  h("p", { class: "note", id: "model-note", text: () => t("runs.modelNote", { corpora: row.train.replaceAll("+", ", ") }) }),
  row.normalisation === "training"
    ? h("p", { class: "note", text: () => t("runs.modelExpect") })
    : h("p", { class: "note warn", text: () => t("runs.modelNormalised", { how: t(`runs.normalised.${row.normalisation}`) }) }),
  h("div", { class: "start" },
    h("div", { class: "field" }, h("label", { for: "model-name", text: () => t("runs.modelName") }), name), button),
  said, progress, done);

  async function save(event) {
    event.preventDefault();
    bind(said, "text", "");
    fill(done);
    if (!name.checkValidity()) {
      bind(said, "text", () => t("experiment.badName"));
      name.focus();
      return;
    }
    const wanted = name.value.trim();
    button.disabled = true;
    try {
      const { job } = await postJson("/page/api/models", { run: run.id, row: row.row, name: wanted });
      follow(progress, job, {
        label: () => t("runs.training", { name: wanted }),
        seen: () => form.isConnected,
        ended: (ended) => {
          button.disabled = false;
          if (ended.state === "done") fill(done, ...saved(wanted));
        },
      });
    } catch (error) {
      button.disabled = false;
      if (error.code === undefined) throw error;
      bind(said, "text", () => problem(error));
    }
  }

  return form;
}

function saved(name) {
  return [
    h("span", { text: () => t("runs.saved", { name }) }), " ",
    h("a", { href: `#/recognise/model/${encodeURIComponent(name)}`, text: () => t("runs.useIt"), data: { test: "use-model" } }),
  ];
}
