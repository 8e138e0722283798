/** Two or more runs beside one another. */

import { getJson, withQuery } from "./api.js";
import { fill, h } from "./elements.js";
import { language, t } from "./i18n.js";
import { failure } from "./progress.js";
import { drawingOf, notes } from "./runs-page.js";
import { inOrder, rowsTable } from "./runs-rows.js";

/** @param {string[]} ids  @returns {{element: HTMLElement, stop: () => void, translate: () => void}} */
export function comparisonPage(ids) {
  const content = h("div", {}, h("p", { class: "soft", text: () => t("experiment.reading") }));
  const element = h("div", { class: "run", data: { test: "comparison" } },
    h("p", { class: "back" }, h("a", { href: "#/experiment", text: () => t("runs.all") })),
    h("h1", { tabindex: "-1", text: () => t("runs.comparison") }),
    h("p", { class: "lead" }, ...ids.flatMap((id, place) => [
      place > 0 && ", ",
      h("a", { href: `#/experiment/run/${encodeURIComponent(id)}`, text: id }),
    ])),
    content);
  let asking = null;
  load();

  async function load() {
    asking?.abort();
    asking = new AbortController();
    try {
      const found = await getJson(
        withQuery("/page/api/comparison", { runs: ids.join(","), language: language() }), { signal: asking.signal });
      fill(content, rowsTable(inOrder(found.rows)), notes(found.notes),
        ...drawingOf(found.heat_map, "heat-map"), ...drawingOf(found.comparison, "run-comparison"));
    } catch (error) {
      if (error.code === "aborted") return;
      if (error.code === undefined) throw error;
      fill(content, failure(error));
    }
  }

  return { element, stop: () => asking?.abort(), translate: load };
}
