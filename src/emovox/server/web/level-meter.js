/** A bar for the loudness of now, with a mark that holds the peak. */

import { h } from "./elements.js";
import { levels } from "./recorder.js";
import { t } from "./i18n.js";

const LOWEST_DB = -60;
const FALL_DB = 1.5;

/** @returns {{element: HTMLElement, feed: (piece: Int16Array) => void, clear: () => void}} */
export function createLevelMeter() {
  const bar = h("div", { class: "bar" });
  const mark = h("div", { class: "mark" });
  const level = h("div", { class: "level", role: "meter", "aria-label": () => t("recognise.level"),
    "aria-valuemin": LOWEST_DB, "aria-valuemax": 0, data: { test: "level" } }, bar, mark);
  const element = h("div", {}, level, h("div", { class: "level-scale", "aria-hidden": "true" },
    ...[-60, -40, -20, 0].map((value) => h("span", { text: value ? `${value}` : "0 dBFS" }))));
  let peak = LOWEST_DB;

  function show(rms, held) {
    const share = (value) => Math.min(Math.max(1 - value / LOWEST_DB, 0), 1);
    bar.style.transform = `scaleX(${share(rms)})`;
    mark.style.left = `${100 * share(held)}%`;
    mark.classList.toggle("clipping", held > -0.5);
    level.setAttribute("aria-valuenow", Math.round(Math.max(rms, LOWEST_DB)));
  }

  function feed(piece) {
    const { rms_db: rms, peak_db: now } = levels(piece);
    peak = Math.max(now, peak - FALL_DB, LOWEST_DB);
    show(rms, peak);
  }

  function clear() {
    peak = LOWEST_DB;
    show(LOWEST_DB, LOWEST_DB);
  }

  clear();
  return { element, feed, clear };
}
