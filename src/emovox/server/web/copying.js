/** Text to copy, with its button. */

import { announce, fill, h } from "./elements.js";
import { t } from "./i18n.js";

/** A command line; `set` changes it. @returns {{element: HTMLElement, set: (text: string|null) => void}} */
export function copyable(label, test) {
  const code = h("code", { data: { test } });
  const button = h("button", { type: "button", text: () => t("shell.copy"), onclick: copy, data: { test: `${test}-copy` } });
  const element = h("div", { class: "copyable", role: "group", "aria-label": label }, h("pre", {}, code), button);

  async function copy() {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      // Without the permission the text is selected, so that the keyboard copies it.
      getSelection().selectAllChildren(code);
      return;
    }
    button.textContent = t("shell.copied");
    announce(t("shell.copied"));
    setTimeout(() => { button.textContent = t("shell.copy"); }, 1600);
  }

  function set(text) {
    element.hidden = !text;
    // Lines break between the words of a command, never after the hyphens of an option.
    fill(code, ...(text ?? "").split(/( )/).filter(Boolean).map((word) =>
      (word === " " ? word : h("span", { class: "token", text: word }))));
  }

  return { element, set };
}
