/** Whether spectrograms are drawn on the mel or the linear scale: one choice for all views, remembered. */

import { h } from "./elements.js";
import { t } from "./i18n.js";
import { recall, remember } from "./memory.js";

const SCALES = ["mel", "linear"];
const CHANGE = "spectrogram-scale";
let chosen = recall("spectrogram") === "linear" ? "linear" : "mel";

/** @returns {"mel"|"linear"} */
export function scale() {
  return chosen;
}

/** Call `listener` when another scale is chosen, as long as `element` is in the page. */
export function onScale(element, listener) {
  element.dataset.scaled = "";
  element.addEventListener(CHANGE, listener);
}

/** A menu of the scales. */
export function scaleMenu() {
  const menu = h("select", { onchange: () => choose(menu.value), data: { test: "scale" } },
    ...SCALES.map((name) => h("option", { value: name, text: () => t(`shell.scale.${name}`) })));
  const follow = () => { menu.value = chosen; };
  onScale(menu, follow);
  follow();
  return h("label", { class: "check" }, h("span", { class: "soft", text: () => t("shell.spectrogram") }), menu);
}

function choose(name) {
  chosen = name;
  remember("spectrogram", name);
  for (const element of document.querySelectorAll("[data-scaled]")) element.dispatchEvent(new Event(CHANGE));
}
