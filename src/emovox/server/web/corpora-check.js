/** `check`: the recordings that are here against what was published, and its report in words. */

import { postJson } from "./api.js";
import { emotionName } from "./corpora-words.js";
import { fill, h } from "./elements.js";
import { language, number, t } from "./i18n.js";
import { failure, follow } from "./progress.js";

const MOST_NAMES = 200;

/** @returns {HTMLElement} */
export function checkSection(corpus) {
  const button = h("button", { type: "button", onclick: begin, data: { test: "check" },
    text: () => t("corpora.check") });
  const progress = h("div", {});
  const report = h("div", { data: { test: "check-report" } });
  const element = h("section", { class: "corpus-check", "aria-label": () => t("corpora.checkTitle") },
    h("h2", { text: () => t("corpora.checkTitle") }),
    h("p", { class: "note", text: () => t("corpora.checkExplained") }),
    h("p", { class: "actions" }, button), progress, report);
  if (corpus.check) fill(report, ...checkReport(corpus.check, corpus));

  async function begin() {
    button.disabled = true;
    try {
      const { job } = await postJson(`/page/api/corpora/${encodeURIComponent(corpus.name)}/check`);
      follow(progress, job, {
        label: () => t("corpora.checking", { name: corpus.name }),
        seen: () => element.isConnected,
        ended,
      });
    } catch (error) {
      button.disabled = false;
      fill(progress, failure(error));
    }
  }

  function ended(job) {
    button.disabled = false;
    if (job.state !== "done" || !job.result) return;
    corpus.check = job.result;
    fill(report, ...checkReport(job.result, corpus));
    button.focus({ preventScroll: true });
  }

  return element;
}

/**
 * A report in words: what is right in one sentence, what is wrong in one each, with its names.
 *
 * @param {object} check  As `emovox corpora check --json` prints it.
 * @param {object} corpus  A table has no published number, only what it lists.
 * @returns {Node[]}
 */
export function checkReport(check, corpus) {
  const isTable = corpus.n_published === null;
  const wrong = findings(check);
  return [
    h("p", { class: "check-verdict", role: "status" },
      h("span", { text: () => verdict(check, wrong.length, isTable) }),
      check.checked && h("span", { class: "soft", text: () => ` ${t("corpora.checked", { time: time(check.checked) })}` })),
    wrong.length > 0 && h("ul", { class: "findings" }, ...wrong.map(finding)),
    wrong.length > 0 && emotionsTable(check),
  ];
}

function time(checked) {
  return new Date(checked).toLocaleString(language() === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
}

function verdict({ utterances, audio_checked: listened }, nWrong, isTable) {
  const { found, published } = utterances;
  const said = [published === null
    ? t("corpora.found", { n: found })
    : t(isTable ? "corpora.foundOfListed" : "corpora.foundOf", { n: found, published })];
  if (!nWrong) said.push(t("corpora.allWell"));
  said.push(t(listened ? "corpora.listened" : "corpora.notListened"));
  return said.join(t("corpora.stop")) + t("corpora.end");
}

/** @returns {{key: string, n: number, names: string[]}[]} */
function findings(check) {
  const groups = (found) => (found ?? []).map((names) => names.join(" = "));
  const named = (found) => Object.entries(found ?? {}).map(([name, said]) => `${name}: ${said}`);
  const all = [
    ["missing", check.missing_names ?? [], check.utterances.missing],
    ["extra", [], check.utterances.extra],
    ["unreadable", named(check.unreadable)],
    ["empty", check.empty],
    ["silent", check.silent],
    ["cutShort", check.cut_short],
    ["pastEnd", check.past_end],
    ["conflicting", groups(check.conflicting)],
    ["identical", groups(check.identical)],
    ["extraCopies", [], check.extra_copies],
    ["foreign", named(check.foreign)],
    ["twoGenders", check.two_genders],
    ["twoSpellings", groups(check.two_spellings)],
    ["leftOut", [], check.left_out],
    ["sideFiles", [], check.side_files],
    ["altered", check.altered],
  ];
  return all
    .map(([key, names, n]) => ({ key, names: names ?? [], n: n ?? names?.length ?? 0 }))
    .filter(({ n }) => n > 0);
}

function finding({ key, names, n }) {
  const sentence = h("span", { text: () => t(`corpora.finding.${key}`, { n }) });
  if (!names.length) return h("li", { data: { test: `finding-${key}` } }, sentence);
  const shown = names.slice(0, MOST_NAMES);
  return h("li", { data: { test: `finding-${key}` } },
    h("details", { open: names.length <= 3 },
      h("summary", {}, sentence),
      h("ul", { class: "names" }, ...shown.map((name) => h("li", { text: name })),
        names.length > shown.length &&
          h("li", { class: "soft", text: () => t("corpora.andMore", { n: names.length - shown.length }) }))));
}

function emotionsTable({ emotions }) {
  const figure = (value) => h("td", { class: value ? null : "soft", text: value === null ? "–" : number(value) });
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": () => t("corpora.byEmotion") },
    h("table", {},
      h("thead", {}, h("tr", {}, ...["emotion", "foundColumn", "published", "missingColumn", "extraColumn",
        "unreadableColumn", "cutShortColumn", "identicalColumn"].map((key) =>
        h("th", { scope: "col", text: () => t(`corpora.${key}`) })))),
      h("tbody", {}, ...Object.entries(emotions).map(([name, count]) => h("tr", {},
        h("th", { scope: "row", text: () => emotionName(name) }),
        figure(count.found), figure(count.published), figure(count.missing), figure(count.extra),
        figure(count.unreadable), figure(count.cut_short), figure(count.identical))))));
}
