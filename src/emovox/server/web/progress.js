/** How far long work of the server is: a line, what it does, the time that is left. */

import { getJson, postJson } from "./api.js";
import { bind, fill, h } from "./elements.js";
import { duration, has, problem, t } from "./i18n.js";
import { poll } from "./polling.js";

const OFTEN_MS = 1000;
const ACTIVE = new Set(["queued", "running"]);

/** Whether a job or run of this state still changes by itself. */
export function isActive({ state }) {
  return ACTIVE.has(state);
}

/**
 * The line of one job or run: {"state", "done", "total", "activity", "seconds_left"}.
 *
 * @param {() => string} label  What is going on, read out with the line.
 * @returns {{element: HTMLElement, show: (job: object) => void}}
 */
export function progressLine(label) {
  const bar = h("div");
  const line = h("div", { class: "progress", role: "progressbar", "aria-label": label,
    "aria-valuemin": "0", "aria-valuemax": "100" }, bar);
  const words = h("span", { class: "soft figure" });
  const element = h("div", { class: "progress-line", data: { test: "progress" } }, line, words);

  function show(job) {
    const share = job.total ? Math.min(1, job.done / job.total) : 0;
    bar.style.setProperty("transform", `scaleX(${share})`);
    line.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    bind(words, "text", () => inWords(job));
  }

  return { element, show };
}

/** Such as "folds: 3 of 10, about 12 s left". */
export function inWords(job) {
  if (job.state === "queued") return t("progress.queued");
  if (!job.total) return t("progress.begins");
  const what = activity(job.activity ?? "");
  const said = [t(what ? "progress.of" : "progress.plain", { what, done: job.done, total: job.total })];
  if (job.seconds_left >= 1) {
    // Whole seconds: a tenth would pretend to know.
    const time = duration(Math.round(job.seconds_left)).replace(".0 s", " s");
    said.push(t("progress.left", { time }));
  }
  return said.join(t("progress.comma"));
}

/** What the command line calls its work, in words: "folds", "features mfcc", the name of a corpus. */
function activity(title) {
  const [kind, ...rest] = title.split(" ");
  const key = `progress.activity.${kind}`;
  return has(key) ? [t(key), ...rest].join(" ") : title;
}

/**
 * Follow a job of the server within an element until it has ended.
 *
 * @param {HTMLElement} element  Gets the line, a button that cancels, and at last the error if any.
 * @param {object} job
 * @param {{label: () => string, seen?: () => boolean, ended: (job: object) => void}} options
 */
export function follow(element, job, { label, seen, ended }) {
  const line = progressLine(label);
  const said = h("p", { class: "warn", role: "alert" });
  const stop = h("button", { type: "button", text: () => t("shell.cancel"), onclick: cancel,
    data: { test: "job-cancel" } });
  fill(element, h("div", { class: "actions" }, line.element, stop), said);
  line.show(job);

  const polling = poll(async (signal) => {
    const now = await getJson(`/page/api/jobs/${encodeURIComponent(job.id)}`, { signal });
    line.show(now);
    if (isActive(now)) return OFTEN_MS;
    finish(now);
    return null;
  }, {
    seen,
    lost: () => bind(said, "text", () => t("progress.lost")),
    found: () => bind(said, "text", ""),
    // A server that was started anew does not know the jobs of the one before.
    refused: (error) => finish({ ...job, state: "failed", error }),
  });

  function finish(now) {
    element.replaceChildren();
    if (now.state === "failed") element.append(failure(now.error));
    if (now.state === "cancelled") element.append(h("p", { class: "soft", text: () => t("progress.cancelled") }));
    ended(now);
  }

  async function cancel() {
    stop.disabled = true;
    try {
      await postJson(`/page/api/jobs/${encodeURIComponent(job.id)}/cancel`);
    } catch (error) {
      bind(said, "text", () => problem(error));
    }
    polling.now();
  }
}

/** Paragraph that says an error. */
export function failure(error) {
  return h("p", { class: "warn", role: "alert", text: () => problem(error), data: { test: "failure" } });
}
