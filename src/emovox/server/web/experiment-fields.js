/** Fields of the form: a label, a control, a note, and room for what is wrong with it. */

import { bind, h } from "./elements.js";
import { has, t } from "./i18n.js";

let count = 0;

/** Name of a choice of the server in words: the page's own where it has them, else the server's. */
export function titleOf(kind, { name, title }) {
  const key = `choice.${kind}.${name}`;
  return has(key) ? t(key) : title || name;
}

/**
 * A control with its label.
 *
 * @param {{label: () => string, control: HTMLElement, note?: () => string, test: string}} options
 * @returns {{element: HTMLElement, control: HTMLElement, note: HTMLElement,
 *   setError: (said: (() => string)|null) => void}}
 */
export function field({ label, control, note, test }) {
  const id = `field-${++count}`;
  control.id = id;
  control.dataset.test = test;
  control.setAttribute("aria-describedby", `${id}-note ${id}-error`);
  const noteElement = h("p", { class: "note", id: `${id}-note`, text: note });
  const error = errorLine(`${id}-error`, test);
  const element = h("div", { class: "field" }, h("label", { for: id, text: label }), control, noteElement, error.element);
  return {
    element, control, note: noteElement,
    setError: (said) => {
      if (said) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
      error.set(said);
    },
  };
}

/** Line that says what is wrong, empty while nothing is. */
export function errorLine(id, test) {
  const element = h("p", { class: "warn field-error", id, hidden: true, data: { test: `error-${test}` } });
  return {
    element,
    set: (said) => {
      element.hidden = !said;
      bind(element, "text", said ?? "");
    },
  };
}

/** Menu; `options` are {value, label: () => string}. */
export function menu(options) {
  return h("select", {}, ...options.map(({ value, label }) => h("option", { value, text: label })));
}

/** Box with its words; `aside` stands behind them more quietly. */
export function check({ value, label, aside, test, checked = false }) {
  const box = h("input", { type: "checkbox", value, data: { test } });
  box.checked = checked;
  return {
    box,
    element: h("label", { class: "check" }, box,
      h("span", {}, h("span", { class: "check-name", text: label }), aside && h("small", { text: aside }))),
  };
}

/** One of several, as round buttons; `options` are {value, label}. */
export function radios({ name, legend, options, value, test }) {
  const boxes = options.map((option) => {
    const box = h("input", { type: "radio", name, value: option.value, data: { test: `${test}-${option.value}` } });
    box.checked = option.value === value;
    return { box, element: h("label", { class: "check" }, box, h("span", { text: option.label })) };
  });
  const element = h("div", { class: "radios", role: "radiogroup", "aria-label": legend },
    ...boxes.map((each) => each.element));
  return {
    element,
    get: () => boxes.find(({ box }) => box.checked)?.box.value ?? null,
    set: (wanted) => boxes.forEach(({ box }) => { box.checked = box.value === wanted; }),
  };
}

/** Field for a number, which may be left empty. */
export function numberInput({ min, max, step = 1, placeholder }) {
  return h("input", { type: "number", min, max, step, placeholder, inputmode: step === 1 ? "numeric" : "decimal" });
}

/** Number of a field: null where it is empty, undefined where it is none. */
export function numberOf(input) {
  if (input.validity.badInput || !input.validity.valid) return undefined;
  return input.value === "" ? null : Number(input.value);
}

/** Part of the form under a heading. */
export function part(legend, ...children) {
  return h("fieldset", { class: "part" }, h("legend", { text: legend }), ...children);
}
