/** The recordings of a corpus: a table to filter, search and select in, and the one that is open. */

import { emotionName, genderName } from "./corpora-words.js";
import { recogniseButton } from "./corpora-recognise.js";
import { utterancePanel } from "./corpora-utterance.js";
import { h } from "./elements.js";
import { bytes, t } from "./i18n.js";
import { createTable } from "./table.js";

/**
 * @param {object} corpus
 * @returns {{element: HTMLElement, choose: (column: string, value: string) => void,
 *   translate: () => void, stop: () => void}}
 */
export function utterancesSection(corpus) {
  const rows = rowsOf(corpus.columns);
  const panel = utterancePanel(corpus.name);
  const recognise = recogniseButton(corpus.name);
  const table = createTable({
    name: "utterances",
    caption: () => t("corpora.utterancesOf", { name: corpus.title || corpus.name }),
    columns: columns(),
    key: (row) => row.id,
    open: (row) => panel.open(row),
    selectable: true,
    selectionChanged: (selected) => recognise.setSelected(selected),
    sort: "path",
    empty: () => t("corpora.noUtterances"),
  });
  table.setRows(rows);

  const element = h("section", { class: "utterances", "aria-label": () => t("corpora.recordings") },
    h("h2", { text: () => t("corpora.recordings") }),
    h("div", { class: "utterances-columns" },
      h("div", { class: "utterances-table" }, table.element, recognise.element),
      panel.element));

  function choose(column, value) {
    table.filter({ [column]: value });
    element.scrollIntoView({ block: "start" });
    table.element.querySelector(`[data-test="filter-${column}"]`)?.focus({ preventScroll: true });
  }

  function translate() {
    table.refresh();
    panel.translate();
  }

  return { element, choose, translate, stop: panel.stop };
}

function columns() {
  return [
    { key: "path", title: () => t("corpora.file"), value: (row) => row.path, kind: "words", search: true },
    { key: "emotion", title: () => t("corpora.emotion"), value: (row) => row.emotion ?? "", kind: "words",
      text: (row) => (row.emotion ? emotionName(row.emotion) : "–"), choices: true, choice: emotionName },
    { key: "label", title: () => t("corpora.label"), value: (row) => row.label ?? "", kind: "words", search: true },
    { key: "speaker", title: () => t("corpora.speaker"), value: (row) => row.speaker ?? "", kind: "words",
      choices: true, search: true },
    { key: "gender", title: () => t("corpora.gender"), value: (row) => row.gender ?? "", kind: "words",
      text: (row) => (row.gender ? genderName(row.gender) : "–"), choices: true, choice: genderName },
    { key: "sentence", title: () => t("corpora.sentence"), value: (row) => row.sentence ?? "", kind: "words",
      search: true },
    { key: "bytes", title: () => t("corpora.size"), value: (row) => row.bytes, kind: "figure",
      text: (row) => (row.bytes === null ? "–" : bytes(row.bytes)) },
  ];
}

/** Parallel lists as rows. */
function rowsOf(lists) {
  return lists.id.map((id, place) => ({
    id,
    path: lists.path[place],
    emotion: lists.emotion[place],
    label: lists.label[place],
    speaker: lists.speaker[place],
    gender: lists.gender[place],
    sentence: lists.sentence[place],
    bytes: lists.bytes[place],
  }));
}
