/** One recording of a corpus: its sound, its drawings, what is known of it. */

import { getJson, withQuery } from "./api.js";
import { emotionName, genderName, languages } from "./corpora-words.js";
import { fill, h } from "./elements.js";
import { bytes, duration, emotion, has, language, number, t } from "./i18n.js";
import { createPlayer } from "./player.js";
import { failure } from "./progress.js";
import { onScale, scale } from "./spectrogram-scale.js";

/**
 * @param {string} corpus
 * @returns {{element: HTMLElement, open: (row: object) => void, translate: () => void,
 *   stop: () => void}}
 */
export function utterancePanel(corpus) {
  const player = createPlayer();
  const title = h("h3", { tabindex: "-1", data: { test: "utterance-title" } });
  const facts = h("dl", { class: "keys" });
  const said = h("div", {});
  const content = h("div", { hidden: true }, title, player.element, said, facts);
  const hint = h("p", { class: "soft", text: () => t("corpora.chooseOne") });
  const element = h("aside", { class: "utterance", "aria-label": () => t("corpora.recording"),
    data: { test: "utterance" } }, hint, content);
  let row = null;
  let asking = null;

  onScale(element, translate);

  function open(chosen) {
    row = chosen;
    hint.hidden = true;
    content.hidden = false;
    title.textContent = row.path.replace(/^.*\//, "");
    load(true);
    // On a narrow page it stands above the table.
    if (element.getBoundingClientRect().top < 0) element.scrollIntoView({ block: "start" });
  }

  async function load(isNew) {
    asking?.abort();
    asking = new AbortController();
    const base = `/page/api/corpora/${encodeURIComponent(corpus)}`;
    if (isNew) {
      player.setSource(null, 0);
      player.setDrawings([]);
      fill(facts);
    }
    element.setAttribute("aria-busy", "true");
    try {
      const found = await getJson(
        withQuery(`${base}/utterance`, { id: row.id, language: language(), scale: scale() }),
        { signal: asking.signal });
      if (isNew) player.setSource(withQuery(`${base}/audio`, { id: row.id }), found.duration_s);
      const { waveform, spectrogram, axis } = found.drawings;
      player.setDrawings([waveform, spectrogram, axis]);
      fill(facts, ...factsOf(row, found));
      fill(said);
    } catch (error) {
      if (error.code === "aborted") return;
      if (error.code === undefined) throw error;
      fill(said, failure(error));
      fill(facts, ...factsOf(row, null));
    }
    element.removeAttribute("aria-busy");
  }

  /** The drawings have words of their own, which the server writes. */
  function translate() {
    if (row) load(false);
  }

  return { element, open, translate, stop: player.stop };
}

const OWN = new Set(["emotion", "label", "speaker", "gender", "sentence", "language"]);

/** @returns {Node[]} */
function factsOf(row, found) {
  const rows = [
    ["emotion", row.emotion && (() => emotionName(row.emotion))],
    ["label", row.label],
    ["speaker", row.speaker],
    ["gender", row.gender && (() => genderName(row.gender))],
    ["sentence", row.sentence],
    ["path", found?.path ?? row.path],
    ["size", row.bytes === null ? null : bytes(row.bytes)],
    ["duration", found && duration(found.duration_s)],
    ["rate", found && (() => t("corpora.hertz", { n: number(found.sample_rate) }))],
    ["channels", found && String(found.channels)],
    ["language", found?.facts.language && (() => languages([found.facts.language]))],
    ...Object.entries(found?.facts ?? {}).filter(([name]) => !OWN.has(name)),
  ];
  return rows.filter(([, value]) => value).flatMap(([name, value]) => [
    h("dt", { text: () => (has(`corpora.${name}`) ? t(`corpora.${name}`) : name.replaceAll("_", " ")) }),
    h("dd", { text: typeof value === "function" ? value : () => shown(value) }),
  ]);
}

function shown(value) {
  if (typeof value !== "object") return String(value);
  return Object.entries(value).map(([name, part]) => `${emotion(name)} ${part}`).join(", ");
}
