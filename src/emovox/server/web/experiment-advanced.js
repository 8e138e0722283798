/** Settings that most experiments leave as they are. */

import { check, field, menu, numberInput, numberOf, titleOf } from "./experiment-fields.js";
import { bind, h } from "./elements.js";
import { t } from "./i18n.js";

const OWN = "";

export function advancedPart({ choices, changed }) {
  const listed = (kind, names, first) => menu([
    ...first,
    ...names.map((each) => ({ value: each.name, label: () => titleOf(kind, each) })),
  ]);
  const own = { value: OWN, label: () => t("experiment.methodsOwn") };
  const no = { value: OWN, label: () => t("experiment.no") };
  const fields = {
    normalisation: field({ label: () => t("experiment.normalisation"), test: "normalisation",
      control: listed("normalisation", choices.normalisations, []) }),
    scaler: field({ label: () => t("experiment.scaler"), test: "scaler",
      control: listed("scaler", withNone(choices.scalers), [own]) }),
    select: field({ label: () => t("experiment.select"), test: "select", note: () => t("experiment.selectNote"),
      control: numberInput({ min: 1, max: 100000, placeholder: () => t("experiment.allFeatures") }) }),
    pca: field({ label: () => t("experiment.pca"), test: "pca",
      control: menu([own, ...["none", "number", "share", "mle"].map((name) =>
        ({ value: name, label: () => t(`experiment.pca.${name}`) }))]) }),
    pcaValue: field({ label: () => t("experiment.pcaValue"), test: "pca-value",
      control: numberInput({ min: 0, step: "any" }) }),
    balance: field({ label: () => t("experiment.balance"), test: "balance",
      control: listed("balance", choices.balances, [no]) }),
    search: field({ label: () => t("experiment.search"), test: "search", note: () => t("experiment.searchNote"),
      control: listed("search", withNone(choices.searches), [own]) }),
    seed: field({ label: () => t("experiment.seed"), test: "seed", control: numberInput({ min: 0 }) }),
    level_db: field({ label: () => t("experiment.level"), test: "level", note: () => t("experiment.levelNote"),
      control: numberInput({ min: -60, max: 0, step: "any", placeholder: () => t("experiment.asRecorded") }) }),
  };
  const trim = check({ value: "trim", test: "trim", label: () => t("experiment.trim") });
  const shuffle = check({ value: "shuffle", test: "shuffle", label: () => t("experiment.shuffle") });
  const changes = h("span", { class: "soft" });
  const element = h("details", { class: "part advanced", data: { test: "advanced" } },
    h("summary", {}, h("span", { text: () => t("experiment.advanced") }), changes),
    h("div", { class: "fields" }, ...Object.values(fields).map((each) => each.element)),
    h("div", { class: "checks" }, trim.element, shuffle.element));
  const control = (name) => fields[name].control;
  control("normalisation").value = "training";
  control("seed").value = "0";
  for (const event of ["change", "input"]) {
    element.addEventListener(event, () => {
      update();
      changed();
    });
  }
  update();

  function normalisationNote() {
    const key = `experiment.normalisationNote.${control("normalisation").value}`;
    const said = t(key);
    return said === key ? "" : said;
  }

  function update() {
    const kind = control("pca").value;
    fields.pcaValue.element.hidden = kind !== "number" && kind !== "share";
    bind(fields.normalisation.note, "text", normalisationNote);
    fields.normalisation.note.classList.toggle("warn", control("normalisation").value === "before-folds");
    const said = read();
    const n = Object.entries(said).filter(([name, value]) =>
      value !== null && value !== false && !(name === "seed" && value === 0) &&
      !(name === "normalisation" && value === "training")).length;
    bind(changes, "text", () => (n ? ` ${t("experiment.changes", { n })}` : ""));
  }

  function pca() {
    const kind = control("pca").value;
    if (kind === "none" || kind === "mle") return kind;
    if (kind === OWN) return null;
    return numberOf(control("pcaValue")) ?? null;
  }

  function read() {
    const word = (name) => control(name).value || null;
    return {
      normalisation: word("normalisation"),
      scaler: word("scaler"),
      pca: pca(),
      select: numberOf(control("select")) ?? null,
      balance: word("balance"),
      search: word("search"),
      seed: numberOf(control("seed")) ?? 0,
      level_db: numberOf(control("level_db")) ?? null,
      trim: trim.box.checked,
      shuffle: shuffle.box.checked,
    };
  }

  function write(experiment) {
    for (const name of ["scaler", "balance", "search", "select", "level_db"]) {
      control(name).value = experiment[name] ?? OWN;
    }
    control("normalisation").value = experiment.normalisation ?? "training";
    control("seed").value = experiment.seed ?? 0;
    const amount = experiment.pca;
    const isNumber = typeof amount === "number";
    control("pca").value = isNumber ? (amount < 1 ? "share" : "number") : (amount ?? OWN);
    control("pcaValue").value = isNumber ? amount : "";
    trim.box.checked = Boolean(experiment.trim);
    shuffle.box.checked = Boolean(experiment.shuffle);
    update();
    if (changes.textContent) element.open = true;
  }

  function valid() {
    let all = true;
    const judge = (name, wrong, key) => {
      fields[name].setError(wrong ? () => t(key) : null);
      all &&= !wrong;
    };
    for (const name of ["select", "level_db"]) judge(name, numberOf(control(name)) === undefined, "experiment.badNumber");
    judge("seed", numberOf(control("seed")) === undefined || control("seed").value === "", "experiment.badNumber");
    const kind = control("pca").value;
    const amount = numberOf(control("pcaValue"));
    judge("pcaValue", (kind === "share" && !(amount > 0 && amount < 1)) || (kind === "number" && !(amount >= 1 && Number.isInteger(amount))),
      kind === "share" ? "experiment.badShare" : "experiment.badCount");
    if (!all) element.open = true;
    return all;
  }

  /** What the server has found wrong with a field. */
  function refuse(name, said) {
    if (!fields[name]) return;
    fields[name].setError(said);
    element.open = true;
  }

  return { element, read, write, check: valid, refuse };
}

/** A list of the server's with the choice to do without. */
function withNone(choices) {
  return choices.some(({ name }) => name === "none") ? choices : [...choices, { name: "none", title: "none" }];
}
