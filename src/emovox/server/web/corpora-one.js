/** One corpus: what it is, what it holds, its check, its recordings. */

import { checkSection } from "./corpora-check.js";
import { countsTable } from "./corpora-counts.js";
import { source } from "./corpora-list.js";
import { utterancesSection } from "./corpora-utterances.js";
import { byGender, emotionName, genderName, isUnknown, languages, shortGender } from "./corpora-words.js";
import { h } from "./elements.js";
import { bytes, number, problem, t } from "./i18n.js";

/**
 * @param {object} corpus  As GET corpora/NAME gives it.
 * @returns {{nodes: Node[], translate: () => void, stop: () => void}} `translate` writes anew what
 *   does not follow the language by itself, `stop` ends the sound
 */
export function oneCorpus(corpus) {
  const head = [
    h("p", { class: "back" }, h("a", { href: "#/corpora", text: () => t("corpora.all"), data: { test: "corpora-all" } })),
    h("h1", { tabindex: "-1", text: corpus.title || corpus.name, data: { test: "corpus-title" } }),
  ];
  if (corpus.state !== "ready") {
    const said = corpus.error ? () => problem(corpus.error) : () => t("corpora.notHere");
    return {
      nodes: [...head, h("p", { class: "warn", text: said, data: { test: "failure" } }), facts(corpus)],
      translate() {}, stop() {},
    };
  }
  const utterances = utterancesSection(corpus);
  const nodes = [
    ...head,
    h("p", { class: "lead", data: { test: "corpus-counts" }, text: () => inWords(corpus) }),
    facts(corpus),
    counts(corpus, (column, value) => utterances.choose(column, value)),
    checkSection(corpus),
    utterances.element,
  ];
  return { nodes, translate: utterances.translate, stop: utterances.stop };
}

function inWords({ n, n_published: published, speakers, bytes: size }) {
  const said = [
    published ? t("corpora.foundOf", { n, published }) : t("corpora.found", { n }),
    t("corpora.speakersFound", { n: speakers }),
    bytes(size),
  ];
  return said.join(t("corpora.comma"));
}

function facts(corpus) {
  const rows = [
    ["corpora.nameHere", h("code", { text: corpus.name })],
    ["corpora.languages", h("span", { text: () => languages(corpus.languages) })],
    ["corpora.licence", corpus.licence ?? "–"],
    ["corpora.source", source(corpus.source)],
  ];
  return h("dl", { class: "keys" },
    ...rows.flatMap(([key, value]) => [h("dt", { text: () => t(key) }), h("dd", {}, value)]));
}

function counts(corpus, pick) {
  const published = corpus.check?.emotions ?? {};
  const emotions = Object.entries(corpus.emotions).map(([name, n]) => ({
    value: isUnknown(name) ? "" : name, label: () => emotionName(name), n,
    published: published[name]?.published ?? null,
  }));
  const genders = byGender(corpus.genders).map(([name, n]) => ({
    value: isUnknown(name) ? "" : name, label: () => genderName(name), n, gender: name,
  }));
  const speakers = corpus.by_speaker.map(({ speaker, gender, n }) => ({
    value: speaker ?? "", label: () => speaker ?? t("corpora.speakerUnknown"), n, gender,
    aside: gender ? () => shortGender(gender) : null,
  }));
  return h("div", { class: "counts-plates" },
    h("div", {},
      countsTable({ caption: () => t("corpora.byEmotion"), rows: emotions, test: "counts-emotion",
        pick: (value) => pick("emotion", value) }),
      genders.length > 0 && countsTable({ caption: () => t("corpora.byGender"), rows: genders,
        test: "counts-gender", pick: (value) => pick("gender", value) })),
    countsTable({ caption: () => t("corpora.bySpeaker", { n: number(speakers.length) }), rows: speakers,
      test: "counts-speaker", pick: (value) => pick("speaker", value) }));
}
