/** Ways in: drop, choose, record, live; and the model that recognises. */

import { getJson, withQuery } from "./api.js";
import { filesOfChoice, filesOfDrop } from "./dropped.js";
import { announce, bind, fill, h } from "./elements.js";
import { emotion, language, problem, t } from "./i18n.js";
import { model, setModel } from "./recognise-queue.js";

/**
 * @param {{accept: (files: {file: File, path: string}[]) => void}} options
 */
export function createIntake({ accept }) {
  const files = h("input", { type: "file", multiple: true, class: "unseen", tabindex: "-1",
    "aria-hidden": "true", onchange: chosen, data: { test: "files" } });
  const folder = h("input", { type: "file", multiple: true, webkitdirectory: true, class: "unseen",
    tabindex: "-1", "aria-hidden": "true", onchange: chosen, data: { test: "folder" } });
  const record = way("recognise.record", "record", () => microphone("record"));
  const live = way("recognise.live", "live", () => microphone("live"));
  const models = h("select", { id: "recognise-model", "aria-describedby": "recognise-labels", onchange: choose, data: { test: "model" } });
  const labels = h("p", { class: "note", id: "recognise-labels", data: { test: "model-labels" } });
  const said = h("p", { class: "note said", role: "status", data: { test: "intake-said" } });
  const panel = h("div", { class: "microphone" });
  const field = h("div", { class: "drop", data: { test: "drop" } },
    h("p", { class: "drop-here", text: () => t("recognise.drop") }),
    h("p", { class: "actions" },
      way("recognise.chooseFiles", "choose-files", () => files.click()),
      way("recognise.chooseFolder", "choose-folder", () => folder.click()),
      record, live),
    h("p", { class: "note", text: () => t("recognise.formats") }));
  const element = h("div", { class: "intake" }, files, folder, field,
    h("div", { class: "intake-side" },
      h("div", { class: "field" },
        h("label", { for: "recognise-model", text: () => t("recognise.model") }), models),
      labels,
      h("p", { class: "note", text: () => t("recognise.kept") })),
    said, panel);
  let open = null;
  let known = [];

  // The whole page takes what is dropped, so that a near miss does not leave it.
  addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    field.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) field.classList.remove("over");
  });
  addEventListener("drop", async (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    field.classList.remove("over");
    if (element.closest("section").hidden) location.hash = "#/recognise";
    take(await filesOfDrop(event.dataTransfer));
  });

  function chosen(event) {
    take(filesOfChoice(event.target.files));
    event.target.value = "";
  }

  function take({ files: found, left }) {
    bind(said, "text", () => {
      if (!found.length) return t("recognise.noRecording");
      return left ? t("recognise.leftOut", { n: left }) : "";
    });
    if (found.length) announce(t("recognise.added", { n: found.length }));
    accept(found);
  }

  async function microphone(kind) {
    if (open) {
      const same = open.kind === kind;
      await open.close();
      if (same) return;
    }
    const create = kind === "live"
      ? (await import("./recognise-live.js")).createLive
      : (await import("./recognise-record.js")).createRecord;
    const part = create({ accept: (file) => accept([{ file, path: file.name }]), close: closed });
    open = { kind, close: part.close };
    record.setAttribute("aria-expanded", String(kind === "record"));
    live.setAttribute("aria-expanded", String(kind === "live"));
    fill(panel, part.element);
    await part.start();
  }

  function closed() {
    open = null;
    record.setAttribute("aria-expanded", "false");
    live.setAttribute("aria-expanded", "false");
    fill(panel);
  }

  function choose() {
    setModel(models.value);
    tellLabels();
  }

  /** What the chosen model tells apart, below its name. */
  function tellLabels() {
    const chosen = known.find(({ name }) => name === models.value);
    bind(labels, "text", () => (chosen?.labels ?? []).map(emotion).join(t("recognise.comma")));
  }

  async function showModels() {
    try {
      const answer = await getJson(withQuery("/page/api/models", { language: language() }));
      fill(models, ...answer.models.map((each) =>
        h("option", { value: each.name, disabled: Boolean(each.error),
          text: () => nameOf(each, answer.default) })));
      models.value = model() ?? answer.default;
      known = answer.models;
      tellLabels();
      models.disabled = false;
    } catch (error) {
      models.disabled = true;
      bind(said, "text", () => problem(error));
    }
  }

  return { element, showModels };
}

function way(key, test, act) {
  return h("button", { type: "button", text: () => t(key), onclick: act, data: { test } });
}

/** A model in the menu: its name, how much it tells apart, and whether it is the one used unless another is chosen. */
function nameOf({ name, labels, task, error }, standard) {
  if (error) return t("recognise.brokenModel", { name });
  const what = t(task === "regression" ? "recognise.dimensionsOf" : "recognise.emotionsOf", { name, n: labels.length });
  return name === standard && name !== "default" ? t("recognise.defaultModel", { what }) : what;
}
