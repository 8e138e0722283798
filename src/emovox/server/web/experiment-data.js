/** Which corpora train and test, and which emotions take part. */

import { check, errorLine, field, menu, part, radios } from "./experiment-fields.js";
import { bind, fill, h } from "./elements.js";
import { emotion, number, t } from "./i18n.js";

const CHOICE = "choice";

/**
 * @param {{choices: object, corpora: object[], changed: () => void}} options  `corpora` are those at hand.
 */
export function dataPart({ choices, corpora, changed }) {
  const mode = radios({ name: "mode", legend: () => t("experiment.mode"), value: "within", test: "mode",
    options: [
      { value: "within", label: () => t("experiment.within") },
      { value: "across", label: () => t("experiment.across") },
    ] });
  const lines = corpora.map((corpus) => line(corpus));
  const heads = {
    use: h("th", { scope: "col", class: "box", text: () => t("experiment.use") }),
    train: h("th", { scope: "col", class: "box", text: () => t("experiment.train") }),
    test: h("th", { scope: "col", class: "box", text: () => t("experiment.test") }),
  };
  const table = h("table", { class: "pick-corpora" },
    h("caption", { class: "unseen", text: () => t("experiment.corpora") }),
    h("thead", {}, h("tr", {},
      h("th", { scope: "col", class: "words", text: () => t("experiment.corpus") }),
      h("th", { scope: "col", text: () => t("experiment.utterances") }), heads.use, heads.train, heads.test)),
    h("tbody", {}, ...lines.map((each) => each.element)));
  const corporaError = errorLine(null, "corpora");

  const labels = field({ label: () => t("experiment.labelSet"), test: "label-set",
    control: menu([
      { value: "own", label: () => t("experiment.own") },
      ...choices.label_sets.filter(({ name }) => name !== "own").map(({ name, emotions }) =>
        ({ value: name, label: () => `${name}: ${emotions.map(emotion).join(t("experiment.comma"))}` })),
      { value: CHOICE, label: () => t("experiment.chosenEmotions") },
    ]) });
  const others = check({ value: "others", test: "others", label: () => t("experiment.others") });
  const emotions = h("div", { class: "checks", role: "group", "aria-label": () => t("experiment.emotions") });
  let boxes = [];

  const element = part(() => t("experiment.data"), mode.element, table, corporaError.element,
    corpora.length === 0 && h("p", { class: "warn", text: () => t("experiment.noCorpora") }),
    labels.element, others.element, emotions);
  element.addEventListener("change", () => {
    update();
    changed();
  });
  drawEmotions([]);
  update();

  function line(corpus) {
    const box = (role) => h("input", { type: "checkbox", value: corpus.name,
      "aria-label": () => `${t(`experiment.${role}`)}: ${corpus.name}`, data: { test: `${role}-${corpus.name}` } });
    const parts = { use: box("use"), train: box("train"), test: box("test") };
    const cells = Object.fromEntries(Object.entries(parts).map(([role, input]) => [role, h("td", { class: "box" }, input)]));
    return { corpus, parts, cells, element: h("tr", {},
      h("th", { scope: "row", text: corpus.name, title: corpus.title }),
      h("td", { text: number(corpus.n) }), cells.use, cells.train, cells.test) };
  }

  function chosen(role) {
    return lines.filter(({ parts }) => parts[role].checked).map(({ corpus }) => corpus.name);
  }

  function isAcross() {
    return mode.get() === "across";
  }

  function named() {
    const names = isAcross() ? [...chosen("train"), ...chosen("test")] : chosen("use");
    return corpora.filter(({ name }) => names.includes(name));
  }

  /** What the chosen corpora have in common. */
  function common() {
    const sets = named().map((corpus) => Object.keys(corpus.emotions));
    return sets[0].filter((name) => sets.every((set) => set.includes(name))).sort();
  }

  function update() {
    const across = isAcross();
    for (const each of [heads, ...lines.map(({ cells }) => cells)]) {
      each.use.hidden = across;
      each.train.hidden = each.test.hidden = !across;
    }
    const isChoice = labels.control.value === CHOICE;
    emotions.hidden = !isChoice;
    others.element.hidden = isChoice || labels.control.value === "own";
    if (isChoice) drawEmotions(boxes.filter(({ box }) => box.checked).map(({ box }) => box.value));
    bind(labels.note, "text", labelNote);
  }

  function drawEmotions(ticked) {
    const known = [...new Set([...named().flatMap((corpus) => Object.keys(corpus.emotions)), ...ticked])]
      .filter((name) => name && name !== "null" && name !== "no agreement").sort();
    if (boxes.map(({ box }) => box.value).join() === known.join()) return;
    boxes = known.map((name) => check({ value: name, label: () => emotion(name), test: `emotion-${name}`,
      checked: ticked.includes(name) }));
    fill(emotions, ...boxes.map((each) => each.element));
  }

  function labelNote() {
    if (labels.control.value !== "own" || !named().length) return "";
    if (!isAcross() && named().length > 1) return t("experiment.eachItsOwn");
    const shared = common().map(emotion).join(t("experiment.comma"));
    return t(isAcross() ? "experiment.inAll" : "experiment.inIt", { emotions: shared || "–" });
  }

  function read() {
    const label = labels.control.value === CHOICE
      ? boxes.filter(({ box }) => box.checked).map(({ box }) => box.value).join(",")
      : `${labels.control.value}${others.box.checked && labels.control.value !== "own" ? "O" : ""}`;
    return isAcross()
      ? { train: chosen("train"), test: chosen("test"), label_set: label }
      : { corpora: chosen("use"), label_set: label };
  }

  function write(experiment) {
    const across = Boolean(experiment.train?.length || experiment.test?.length);
    mode.set(across ? "across" : "within");
    for (const { corpus, parts } of lines) {
      parts.use.checked = !across && (experiment.corpora ?? []).includes(corpus.name);
      parts.train.checked = (experiment.train ?? []).includes(corpus.name);
      parts.test.checked = (experiment.test ?? []).includes(corpus.name);
    }
    const wanted = experiment.label_set ?? "own";
    const sets = [...labels.control.options].map((option) => option.value);
    const hasOthers = !sets.includes(wanted) && sets.includes(wanted.replace(/O$/, ""));
    others.box.checked = hasOthers;
    if (hasOthers || sets.includes(wanted)) {
      labels.control.value = hasOthers ? wanted.slice(0, -1) : wanted;
    } else {
      labels.control.value = CHOICE;
      drawEmotions(wanted.split(",").map((name) => name.trim()));
    }
    update();
  }

  /** @returns {boolean} whether a plan can be asked for */
  function check_() {
    const { train, test, corpora: within, label_set: label } = read();
    corporaError.set(missing(train, test, within));
    const tooFew = labels.control.value === CHOICE && label.split(",").filter(Boolean).length < 2;
    labels.setError(tooFew ? () => t("experiment.twoEmotions") : null);
    return !missing(train, test, within) && !tooFew;
  }

  return { element, read, write, check: check_, isAcross };
}

function missing(train, test, within) {
  if (within) return within.length ? null : () => t("experiment.noCorpus");
  if (!train.length || !test.length) return () => t("experiment.noTrainTest");
  if (train.some((name) => test.includes(name))) return () => t("experiment.bothSides");
  return null;
}
