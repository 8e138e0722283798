/** The view Recognise: recordings and the microphone in, scores and drawings out. */

import { h } from "./elements.js";
import { t } from "./i18n.js";
import { createBatch } from "./recognise-batch.js";
import { createDetail } from "./recognise-detail.js";
import { createIntake } from "./recognise-intake.js";
import { add, clear, entries, model, onQueue, setModel } from "./recognise-queue.js";

let intake = null;

export function mount(root) {
  const detail = createDetail();
  const batch = createBatch({ open: (entry) => show(entry, true) });
  intake = createIntake({ accept: (files) => accept(add(files)), clear });
  let shown = null;

  function accept(added) {
    if (added.length) show(added[0], false);
  }

  function show(entry, byHand) {
    shown = entry;
    batch.setCurrent(entry.id);
    detail.show(entry);
    if (byHand) detail.reveal();
  }

  onQueue((what, entry) => {
    if (what === "list" && !entries.includes(shown)) {
      shown = null;
      detail.show(null);
    }
    if (entry && entry === shown) detail.changed();
    if (what === "list" && shown) detail.show(shown);
    if (what === "list" && !shown && entries.length) show(entries[0], false);
    root.classList.toggle("is-empty", !entries.length);
  });

  root.classList.toggle("is-empty", !entries.length);
  root.append(
    h("h1", { text: () => t("recognise.title") }),
    h("p", { class: "lead", text: () => t("recognise.lead") }),
    intake.element, batch.element, detail.element);
}

/** `#/recognise/model/NAME` chooses a model. */
export async function open([what, name]) {
  if (what === "model" && name && name !== model()) setModel(name);
  await intake?.showModels();
}
