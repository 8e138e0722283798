/** "Recognise these": the chosen recordings, handed to the view Recognise as files. */

import { bind, h } from "./elements.js";
import { problem, t } from "./i18n.js";
import { progressLine } from "./progress.js";
import { add } from "./recognise-queue.js";

const MOST = 500;
const AT_ONCE = 4;

/**
 * @param {string} corpus
 * @returns {{element: HTMLElement, setSelected: (rows: object[]) => void}}
 */
export function recogniseButton(corpus) {
  let selected = [];
  const button = h("button", { type: "button", class: "primary", disabled: true, onclick: begin,
    data: { test: "recognise-selected" } });
  const said = h("span", { class: "soft", data: { test: "recognise-said" } });
  const line = progressLine(() => t("corpora.fetching"));
  line.element.hidden = true;
  const element = h("div", { class: "recognise-these" }, h("p", { class: "actions" }, button, said), line.element);
  setSelected([]);

  function setSelected(rows) {
    selected = rows;
    const n = rows.length;
    button.disabled = !n || n > MOST;
    bind(button, "text", () => t(n ? "corpora.recogniseN" : "corpora.recognise", { n }));
    bind(said, "text", () => (n > MOST ? t("corpora.tooMany", { most: MOST }) : n ? "" : t("corpora.selectFirst")));
  }

  async function begin() {
    const rows = selected;
    const files = new Array(rows.length);
    const waiting = rows.map((row, place) => [row, place]);
    let done = 0;
    button.disabled = true;
    line.element.hidden = false;
    line.show({ state: "running", done, total: rows.length, activity: "" });
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          files[next[1]] = await fetched(corpus, next[0]);
          line.show({ state: "running", done: ++done, total: rows.length, activity: "" });
        }
      }));
      add(files);
      location.hash = "#/recognise";
    } catch (error) {
      waiting.length = 0;
      bind(said, "text", () => problem(error));
    } finally {
      line.element.hidden = true;
      button.disabled = false;
    }
  }

  return { element, setSelected };
}

/** @returns {Promise<{file: File, path: string}>} */
async function fetched(corpus, row) {
  const query = new URLSearchParams({ id: row.id });
  const answer = await fetch(`/page/api/corpora/${encodeURIComponent(corpus)}/audio?${query}`).catch(() => null);
  if (!answer) throw Object.assign(new Error(), { code: "offline" });
  if (!answer.ok) throw await answer.json().catch(() => ({ code: "unknown" }));
  const name = row.path.replace(/^.*\//, "");
  return { file: new File([await answer.blob()], name), path: `${corpus}/${row.path}` };
}
