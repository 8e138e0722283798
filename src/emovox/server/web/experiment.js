/** The view Experiment: the form and its plan, the runs, one run, runs compared. */

import { getJson, postJson } from "./api.js";
import { experimentForm, firstExperiment } from "./experiment-form.js";
import { planPanel } from "./experiment-plan.js";
import { fill, h } from "./elements.js";
import { loadWords, onLanguage, t } from "./i18n.js";
import { failure } from "./progress.js";
import { comparisonPage } from "./runs-comparison.js";
import { runPage } from "./runs-page.js";
import { runList } from "./runs.js";

const parts = {};
let form = null;
let preparing = null;
let plan = null;
let runs = null;
let shown = null;

export async function mount(root) {
  await Promise.all([loadWords("progress"), loadWords("choices"), loadWords("runs")]);
  runs = runList({ seen: () => Boolean(parts.home) && !root.hidden && !parts.home.hidden });
  parts.bench = h("div", { class: "bench-columns" }, h("p", { class: "soft", text: () => t("experiment.reading") }));
  parts.home = h("div", { data: { test: "experiment" } },
    h("h1", { text: () => t("experiment.title") }),
    h("p", { class: "lead", text: () => t("experiment.lead") }),
    parts.bench, runs.element);
  parts.page = h("div", { hidden: true });
  root.append(parts.home, parts.page);
  onLanguage(() => {
    shown?.translate();
    runs.translate();
  });
  prepared();
}

/** Nothing: the form and the runs; run/ID: one run; again/ID: its experiment in the form; compare/ID,ID. */
export async function open([what, name]) {
  shown?.stop();
  shown = null;
  if (what === "again" && name) {
    await reload(name);
    return;
  }
  const isHome = !name || (what !== "run" && what !== "compare");
  parts.home.hidden = !isHome;
  parts.page.hidden = isHome;
  if (isHome) {
    prepared();
    runs.now();
    return;
  }
  shown = what === "run" ? runPage(name) : comparisonPage(name.split(","));
  fill(parts.page, shown.element);
  scrollTo(0, 0);
  parts.page.querySelector("h1").focus({ preventScroll: true });
}

/** The form, prepared once; after a failure it is tried again at the next visit. */
function prepared() {
  if (!form) preparing ??= prepare().finally(() => { preparing = null; });
  return preparing;
}

/** What the server can do and which corpora are here, then the form. */
async function prepare() {
  try {
    const [choices, { corpora }] = await Promise.all([
      getJson("/page/api/choices"), getJson("/page/api/corpora"),
    ]);
    const here = corpora.filter(({ state }) => state === "ready");
    plan = planPanel({ choices, start, refused: (error) => form.refuse(error) });
    form = experimentForm({ choices, corpora: here, changed: (experiment, valid) => plan.plan(valid ? experiment : null) });
    fill(parts.bench, form.element, plan.element);
    form.write(firstExperiment(choices, here));
  } catch (error) {
    if (error.code === undefined) throw error;
    form = null;
    fill(parts.bench, h("div", {}, failure(error),
      h("p", { class: "actions" }, h("button", { type: "button", text: () => t("experiment.again"), onclick: prepared }))));
  }
}

async function start(name) {
  const run = await postJson("/page/api/runs", { experiment: form.read(), name });
  runs.began(run);
}

/** Bring the experiment of a run back into the form. */
async function reload(id) {
  parts.home.hidden = false;
  parts.page.hidden = true;
  runs.now();
  await prepared();
  const run = await getJson(`/page/api/runs/${encodeURIComponent(id)}`).catch(() => null);
  if (form && run?.experiment) form.write(run.experiment);
  history.replaceState(null, "", "#/experiment");
  parts.home.querySelector("h1").scrollIntoView();
}
