/** How facts about corpora read. */

import { emotion, has, language, number, t } from "./i18n.js";

const UNKNOWN = new Set(["", "none", "null", "no agreement", "unknown"]);

/** Whether a key of counts stands for what is not known. */
export function isUnknown(name) {
  return UNKNOWN.has(String(name ?? ""));
}

/** Name of an emotion, or that the raters did not agree. */
export function emotionName(name) {
  return isUnknown(name) ? t("corpora.noAgreement") : emotion(name);
}

/** @returns {string} */
export function genderName(name) {
  return has(`corpora.gender.${name}`) ? t(`corpora.gender.${name}`) : t("corpora.gender.unknown");
}

/** Such as "302 f / 233 m". */
export function genders(counts) {
  const said = byGender(counts);
  if (!said.length) return "–";
  return said.map(([name, n]) => `${number(n)} ${shortGender(name)}`).join(" / ");
}

/** Names and counts, always in the same order; what is 0 is left out. */
export function byGender(counts) {
  return Object.entries(counts ?? {}).filter(([, n]) => n).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** One letter of a gender. */
export function shortGender(name) {
  return has(`corpora.gender.short.${name}`) ? t(`corpora.gender.short.${name}`) : "?";
}

/** How many emotions of the vocabulary there are. */
export function spread(counts) {
  return Object.keys(counts ?? {}).filter((name) => !isUnknown(name) && counts[name]).length;
}

/** Names of languages, such as "German"; a tag that the browser does not know stays. */
export function languages(tags) {
  const names = new Intl.DisplayNames([language() === "zh" ? "zh-CN" : "en"], { type: "language" });
  return (tags ?? []).map((tag) => {
    try {
      return names.of(tag) ?? tag;
    } catch {
      return tag;
    }
  }).join(", ") || "–";
}
