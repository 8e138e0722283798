/** How runs and their scores read. */

import { h } from "./elements.js";
import { language, percentage, t } from "./i18n.js";

/** The line of a run with the highest UA; what leaks on purpose counts as any other. */
export function best({ summary }) {
  return (summary ?? []).reduce((top, row) => (row.ua !== null && !(row.ua <= top?.ua) ? row : top), null);
}

/** Such as "emodb", "emodb → ravdess", or all that take part where there are more pairs. */
export function corporaOf(run) {
  const pairs = [...new Set((run.summary ?? []).map(pairOf))];
  if (pairs.length === 1) return pairs[0];
  const named = (run.summary ?? []).flatMap(({ train, test }) => [...train.split("+"), ...test.split("+")]);
  return [...new Set([...named, ...(run.corpora ?? [])])].sort().join(", ");
}

/** Such as "emodb → ravdess", or "emodb" where both are the same. */
export function pairOf({ train, test }) {
  return train === test ? test : `${train} → ${test}`;
}

/** A fold by its name: "emodb->ravdess" as pairs are written elsewhere. */
export function foldName(name) {
  return name.replaceAll("->", " → ");
}

/** UA with its interval: "82.9 [80.7, 84.8]". */
export function scoreOf(row) {
  if (!row || row.ua === null || row.ua === undefined) return "–";
  const span = row.ua_interval ?? (row.ua_low === null || row.ua_low === undefined ? null : [row.ua_low, row.ua_high]);
  return h("span", { class: "score" }, h("b", { text: percentage(row.ua) }),
    h("span", { text: span ? ` [${percentage(span[0])}, ${percentage(span[1])}]` : "" }));
}

/** Share in percent, or a dash. */
export function share(value) {
  return value === null || value === undefined || Number.isNaN(value) ? "–" : percentage(value);
}

/** Mean and standard deviation: "76.8 ± 6.1". */
export function meanOf(mean, deviation) {
  if (mean === null || mean === undefined) return "–";
  return deviation === null || deviation === undefined ? percentage(mean) : `${percentage(mean)} ± ${percentage(deviation)}`;
}

/** Such as "10", "4/10" of a row that is not finished, or "10 × 5" of five seeds. */
export function foldsOf({ n_folds: n, n_folds_done: done, seeds }) {
  if (done < n) return `${done}/${n}`;
  return seeds.length > 1 ? `${n / seeds.length} × ${seeds.length}` : String(n);
}

/** Date and time of seconds since 1970 or of an ISO text. */
export function timeOf(created) {
  if (created === null || created === undefined || created === "") return "–";
  const date = new Date(typeof created === "number" ? created * 1000 : created);
  if (Number.isNaN(date.getTime())) return String(created);
  return date.toLocaleString(language() === "zh" ? "zh-CN" : "en-GB", {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
  });
}

/** What leaks: "speaker 10/10, sentence 10/10", or that nothing does. */
export function leakOf({ leak, normalisation, epoch_on_test: epoch }) {
  const found = Object.entries(leak ?? {}).filter(([, shared]) => shared?.folds)
    .map(([kind, { shared, of }]) => `${t(`experiment.kind.${kind}`)} ${shared}/${of}`);
  if (normalisation === "before-folds") found.push(t("experiment.kind.statistics"));
  if (epoch) found.push(t("experiment.kind.epoch"));
  return found.join(", ") || t("runs.noLeak");
}
