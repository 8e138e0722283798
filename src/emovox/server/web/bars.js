/** A meter of the live scores, which move four times a second; all drawings that stand come from the server. */

import { bind, fill, h } from "./elements.js";

/**
 * @param {{label: () => string, test: string}} options
 * @returns {{element: HTMLElement, set: (rows: {name: string, label: () => string, share: number,
 *   figure: string}[]) => void}} rows keep their order; the largest share is marked
 */
export function createBars({ label, test }) {
  const element = h("dl", { class: "bars", "aria-label": label, data: { test } });
  const drawn = new Map();

  function set(rows) {
    if (rows.length !== drawn.size || rows.some((row) => !drawn.has(row.name))) draw(rows);
    const highest = Math.max(...rows.map((row) => row.share));
    for (const row of rows) {
      const parts = drawn.get(row.name);
      parts.bar.style.transform = `scaleX(${Math.min(Math.max(row.share, 0), 1)})`;
      parts.figure.textContent = row.figure;
      for (const part of parts.all) part.classList.toggle("top", row.share === highest && highest > 0);
    }
  }

  function draw(rows) {
    drawn.clear();
    fill(element);
    for (const row of rows) {
      const name = h("dt", {});
      bind(name, "text", row.label);
      const bar = h("div", { class: "bar" });
      const track = h("dd", { class: "track", "aria-hidden": "true" }, bar);
      const figure = h("dd", { class: "figure" });
      element.append(name, track, figure);
      drawn.set(row.name, { bar, figure, all: [name, track, figure] });
    }
  }

  return { element, set };
}
