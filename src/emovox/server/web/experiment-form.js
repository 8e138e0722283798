/** The form of an experiment: its parts, what they add up to, whether a plan can be asked for. */

import { advancedPart } from "./experiment-advanced.js";
import { dataPart } from "./experiment-data.js";
import { featurePart, methodPart } from "./experiment-method.js";
import { protocolPart } from "./experiment-protocol.js";
import { h } from "./elements.js";
import { problem, t } from "./i18n.js";

/**
 * @param {object} options
 *   choices: object              as GET choices gives it
 *   corpora: object[]            those at hand
 *   changed: (experiment: object, valid: boolean) => void
 */
export function experimentForm({ choices, corpora, changed }) {
  const parts = {};
  const touched = () => {
    parts.protocol.setAcross(parts.data.isAcross());
    changed(read(), valid());
  };
  const of = { choices, corpora, changed: touched };
  parts.data = dataPart(of);
  parts.method = methodPart(of);
  parts.features = featurePart(of);
  parts.protocol = protocolPart(of);
  parts.advanced = advancedPart(of);
  const element = h("form", { class: "experiment-form", "aria-label": () => t("experiment.form"),
    onsubmit: (event) => event.preventDefault(), data: { test: "experiment-form" } },
  ...Object.values(parts).map((each) => each.element));

  function read() {
    return Object.assign({}, ...Object.values(parts).map((each) => each.read()));
  }

  function valid() {
    // Every part says what is wrong with it, not only the first.
    return Object.values(parts).map((each) => each.check()).every(Boolean);
  }

  /** Set the form, such as to an experiment that was run before. */
  function write(experiment) {
    for (const each of Object.values(parts)) each.write(experiment);
    touched();
  }

  /** Show an error of the server, "FIELD is VALUE; what is allowed", at its field. */
  function refuse(error) {
    const [, name] = /^(\w+) is /.exec(error?.detail ?? "") ?? [];
    if (name) for (const each of Object.values(parts)) each.refuse?.(name, () => problem(error));
  }

  return { element, read, write, refuse };
}

/** What the form begins with: one small corpus, speakers kept apart, one plain method. */
export function firstExperiment(choices, corpora) {
  const smallest = [...corpora].sort((one, other) => one.n - other.n)[0];
  const names = choices.methods.map(({ name }) => name);
  const plain = ["logistic-regression", "ridge"].find((name) => names.includes(name)) ?? names[0];
  return {
    corpora: smallest ? [smallest.name] : [], methods: plain ? [plain] : [], label_set: "own",
    protocol: "speaker", normalisation: "training", seed: 0,
  };
}
