/** Which methods, and what they are given: features, steps before the estimator, settings. */

import { check, errorLine, part, radios, titleOf } from "./experiment-fields.js";
import { bind, h } from "./elements.js";
import { number, t } from "./i18n.js";

/** Methods that belong together, by their names; what fits none stands first. */
const GROUPS = [
  ["networks", ({ kind }) => kind === "network"],
  ["chosen", ({ name }) => /-best$/.test(name) || name === "svm-kurpukdee"],
  ["ccser", ({ name }) => name.startsWith("ccser-")],
  ["kurpukdee", ({ name }) => name.includes("kurpukdee")],
  ["general", () => true],
];
const ORDER = ["general", "networks", "chosen", "ccser", "kurpukdee"];

/** The methods, in groups that can be folded. */
export function methodPart({ choices, changed }) {
  const usable = choices.methods.filter(({ tasks }) => !tasks || tasks.includes("classification"));
  const groups = new Map(ORDER.map((name) => [name, []]));
  for (const method of usable) groups.get(GROUPS.find(([, fits]) => fits(method))[0]).push(method);
  const boxes = [];
  const folded = [...groups].filter(([, methods]) => methods.length).map(([name, methods]) => group(name, methods));
  const error = errorLine(null, "methods");
  const element = part(() => t("experiment.methods"), ...folded.map((each) => each.element), error.element);
  element.addEventListener("change", () => {
    count();
    changed();
  });

  function group(name, methods) {
    const own = methods.map((method) => check({ value: method.name, test: `method-${method.name}`,
      label: () => method.name, aside: () => titleOf("method", method) }));
    boxes.push(...own.map(({ box }) => box));
    const ticked = h("span", { class: "soft" });
    return {
      element: h("details", { class: "method-group", open: name === "general" || name === "chosen", data: { test: `methods-${name}` } },
        h("summary", {}, h("span", { text: () => t(`experiment.methods.${name}`) }), ticked),
        h("div", { class: "checks column" }, ...own.map((each) => each.element))),
      count: () => {
        const n = own.filter(({ box }) => box.checked).length;
        bind(ticked, "text", () => ` ${t("experiment.tickedOf", { n, all: own.length })}`);
      },
      own,
    };
  }

  function count() {
    for (const each of folded) each.count();
  }

  function read() {
    return { methods: boxes.filter((box) => box.checked).map((box) => box.value) };
  }

  function write({ methods }) {
    for (const box of boxes) box.checked = (methods ?? []).includes(box.value);
    for (const each of folded) if (each.own.some(({ box }) => box.checked)) each.element.open = true;
    count();
  }

  function valid() {
    const none = read().methods.length === 0;
    error.set(none ? () => t("experiment.noMethod") : null);
    return !none;
  }

  count();
  return { element, read, write, check: valid };
}

/** The features: the method's own, or a choice. */
export function featurePart({ choices, changed }) {
  const own = radios({ name: "features", legend: () => t("experiment.features"), value: "own", test: "features",
    options: [
      { value: "own", label: () => t("experiment.ownFeatures") },
      { value: "choice", label: () => t("experiment.chosenFeatures") },
    ] });
  const boxes = choices.features.map((feature) => check({ value: feature.name, test: `feature-${feature.name}`,
    label: () => feature.name, aside: () => t("experiment.dim", { n: feature.dim, text: number(feature.dim) }) }));
  const total = h("p", { class: "note" });
  const list = h("div", { class: "checks", role: "group", "aria-label": () => t("experiment.features") },
    ...boxes.map((each) => each.element));
  const error = errorLine(null, "features");
  const element = part(() => t("experiment.features"), own.element, list, total, error.element);
  element.addEventListener("change", () => {
    update();
    changed();
  });

  function ticked() {
    return boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  }

  function update() {
    const isChoice = own.get() === "choice";
    list.hidden = total.hidden = !isChoice;
    const names = ticked();
    const dim = choices.features.filter(({ name }) => names.includes(name)).reduce((sum, one) => sum + one.dim, 0);
    bind(total, "text", () => (names.length ? t("experiment.dims", { n: dim, text: number(dim) }) : ""));
  }

  function read() {
    return { features: own.get() === "choice" ? ticked() : null };
  }

  function write({ features }) {
    own.set(features?.length ? "choice" : "own");
    for (const { box } of boxes) box.checked = (features ?? []).includes(box.value);
    update();
  }

  function valid() {
    const none = own.get() === "choice" && ticked().length === 0;
    error.set(none ? () => t("experiment.noFeature") : null);
    return !none;
  }

  update();
  return { element, read, write, check: valid };
}
