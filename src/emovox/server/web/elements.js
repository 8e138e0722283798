/** Elements made in code. What follows the language is given as a function and kept up to date. */

import { onLanguage, t } from "./i18n.js";

const bindings = new WeakMap();

/**
 * Make an element.
 *
 * @param {string} tag
 * @param {object} properties  `text`; `class`; `data` (dataset); on... (listeners); else attributes.
 *   A function as text or attribute is called now and again when the language changes.
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else bind(element, name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

/** Set a text or attribute, now and whenever the language changes if it is a function. */
export function bind(element, name, value) {
  const bound = bindings.get(element) ?? new Map();
  if (typeof value === "function") {
    bound.set(name, value);
    bindings.set(element, bound);
    element.dataset.bound = "";
  } else {
    bound.delete(name);
  }
  write(element, name, typeof value === "function" ? value() : value);
}

/** Follow the language with the words of index.html (data-t, data-t-label). */
export function bindDocument() {
  for (const element of document.querySelectorAll("[data-t]")) {
    bind(element, "text", () => t(element.dataset.t));
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    bind(element, "aria-label", () => t(element.dataset.tLabel));
  }
}

/** Replace what is in an element; a text that followed the language follows it no longer. */
export function fill(element, ...children) {
  bindings.get(element)?.delete("text");
  element.replaceChildren(...children.filter(Boolean));
}

/** Say something to who does not see the page. */
export function announce(sentence) {
  document.getElementById("status").textContent = sentence;
}

/** Write everything below `root` in the language of now (for what was not in the document). */
export function relabel(root = document) {
  for (const element of root.querySelectorAll("[data-bound]")) {
    for (const [name, value] of bindings.get(element) ?? []) write(element, name, value());
  }
}

onLanguage(() => relabel());

function write(element, name, value) {
  if (name === "text") element.textContent = value;
  else if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
  // An input shows its value, not its attribute.
  if (name === "value") element.value = value;
}
